"""Money in: choose a plan, say how it was paid, get a receipt."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.errors import LaurelError
from apps.counter.forms.wallet import TopUpForm
from apps.counter.till import TOP_UP, Till, at_counter
from apps.counter.views.pages import REFUSED, member_or_404, page, top_up_or_404
from apps.wallet import queries as wallet
from apps.wallet import refusals, services


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter(TOP_UP)
def top_up(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    member, at = member_or_404(till, number), clock.now()
    plans = wallet.offered_plans(till.store.pk, at)
    form = TopUpForm(request.POST or None, plans=plans, takes_any_amount=wallet.policy().takes_any_amount)
    if form.is_valid():
        try:
            made = services.top_up(wish=form.wish(member.pk, till.store.pk), actor=till.actor, at=at)
        except LaurelError as error:
            form.add_error(None, refusals.refusal(error))
        else:
            return redirect("counter:top-up-receipt", made.pk)
    balance = wallet.balance_of(member.pk, day=clock.business_day(at))
    status = REFUSED if form.is_bound else 200
    return page(request, till, "top_up", member=member, form=form, balance=balance, status=status)


@require_safe
@at_counter()
def receipt(request: HttpRequest, till: Till, top_up_id: int) -> HttpResponse:
    """What was taken in, what came on top, what is left of it."""
    found, day = top_up_or_404(till, top_up_id), clock.business_day(clock.now())
    shown = {
        "top_up": found,
        "member": found.member,
        "rest": wallet.rests_of([found.pk], day=day)[found.pk],
        "refunds": list(found.refunds.order_by("pk")),
        "balance": wallet.balance_of(found.member_id, day=day),
    }
    return page(request, till, "top_up_receipt", **shown)
