"""What was sold or refunded, to look at and to print."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.activity.models import ActivityKind
from apps.core import clock
from apps.counter import receipts
from apps.counter.till import Till, at_counter
from apps.counter.views.pages import page, visit_or_404
from apps.ledger import queries as ledger
from apps.wallet import queries as wallet


@require_safe
@at_counter()
def receipt(request: HttpRequest, till: Till, activity_id: int) -> HttpResponse:
    visit = visit_or_404(till, activity_id)
    holding = ledger.holding(visit.member_id, day=clock.business_day(clock.now()))
    shown = {"visit": visit, "member": visit.member, "holding": holding}
    if visit.kind == ActivityKind.REFUND:
        return page(request, till, "refund_receipt", told=receipts.of_refund(visit), **shown)
    told = receipts.of_sale(visit)
    payment = wallet.payment_of_sale(visit.pk) if told.sale.balance_fen else None
    return page(request, till, "receipt", told=told, payment=payment, **shown)
