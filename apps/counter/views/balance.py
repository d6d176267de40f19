"""The member's stored value: the top-ups with what is left of each, and every movement."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.counter.till import Till, at_counter
from apps.counter.views.pages import member_or_404, page
from apps.wallet import queries as wallet

ROWS = 30


@require_safe
@at_counter()
def balance(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    member, day = member_or_404(till, number), clock.business_day(clock.now())
    before = request.GET.get("before", "")
    before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    rows = list(wallet.movements(member.pk, before_id=before_id, limit=ROWS + 1))
    top_ups = wallet.top_ups_of(member.pk, limit=ROWS)
    rests = wallet.rests_of([top_up.pk for top_up in top_ups], day=day)
    shown = {
        "balance": wallet.balance_of(member.pk, day=day),
        "top_ups": [(top_up, rests[top_up.pk]) for top_up in top_ups],
        "rows": rows[:ROWS],
        "older": f"?before={rows[ROWS - 1].entry.pk}" if len(rows) > ROWS else "",
    }
    return page(request, till, "balance", member=member, **shown)
