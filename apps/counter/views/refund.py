"""A refund: choose lines, see first what happens to points and money, then confirm."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.activity import queries, services
from apps.core import clock
from apps.core.errors import LaurelError
from apps.counter import wording
from apps.counter.forms.refunds import RefundForm
from apps.counter.till import REFUND, Till, at_counter
from apps.counter.views.pages import REFUSED, page, purchase_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter(REFUND)
def refund(request: HttpRequest, till: Till, activity_id: int) -> HttpResponse:
    """The form; posted: what would happen, or with the wish to confirm, the refund."""
    visit = purchase_or_404(till, activity_id)
    sale = queries.sale(activity_id)
    form = RefundForm(request.POST or None, lines=sale.lines)
    shown = {"visit": visit, "member": visit.member, "sale": sale, "form": form}
    if not form.is_valid():
        return page(request, till, "refund", status=REFUSED if form.is_bound else 200, **shown)
    is_confirmed = request.POST.get("act") == "confirm"
    act = services.refund if is_confirmed else services.preview_refund
    try:
        outcome = act(form.request(activity_id), actor=till.actor, at=clock.now())
    except LaurelError as error:
        return page(
            request,
            till,
            "refund",
            status=REFUSED,
            refusal=wording.sale_refused(error, at=clock.now()),
            **shown,
        )
    if is_confirmed:
        return redirect("counter:receipt", outcome.activity_id)
    return page(request, till, "refund", outcome=outcome, **shown)


@require_POST
@at_counter(REFUND)
def preview(request: HttpRequest, till: Till, activity_id: int) -> HttpResponse:
    """What the refund as typed would do to points and money. Nothing is kept."""
    purchase_or_404(till, activity_id)
    form = RefundForm(request.POST, lines=queries.sale(activity_id).lines)
    if not form.is_valid():
        return page(request, till, "_outcome", hint=form.first_error())
    try:
        outcome = services.preview_refund(form.request(activity_id), actor=till.actor, at=clock.now())
    except LaurelError as error:
        return page(request, till, "_outcome", hint=wording.sale_refused(error, at=clock.now()))
    return page(request, till, "_outcome", outcome=outcome)
