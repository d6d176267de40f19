"""Money out: what each formula would pay for a top-up, side by side, then the refund; large ones wait for a
second person."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.errors import LaurelError
from apps.counter.forms.wallet import PayOutForm
from apps.counter.till import PAY_OUT, Till, at_counter
from apps.counter.views.pages import REFUSED, page, top_up_or_404
from apps.members import queries as members
from apps.stores import doors
from apps.wallet import acts, refusals, rules, services
from apps.wallet import queries as wallet
from apps.wallet.models import Formula, TopUp


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter(PAY_OUT)
def pay_out(request: HttpRequest, till: Till, top_up_id: int) -> HttpResponse:
    top_up, today = top_up_or_404(till, top_up_id), clock.business_day(clock.now())
    doors.allow(request, PAY_OUT)
    deposit = wallet.deposit_of(top_up, asked_on=today, day=today)
    policy = wallet.policy()
    outcomes = rules.outcomes(deposit, cooling_days=policy.cooling_days)
    form = PayOutForm(request.POST or None, outcomes=outcomes, means=top_up.means)
    if form.is_valid():
        try:
            return _ask(request, till, top_up, form)
        except LaurelError as error:
            form.add_error(None, refusals.refusal(error))
    words = dict(Formula.choices)
    shown = {"top_up": top_up, "member": top_up.member, "deposit": deposit, "form": form}
    shown["formulas"] = [(each, words[each.formula]) for each in outcomes]
    shown["chosen"] = form["formula"].value()
    shown["cooling_days"] = policy.cooling_days
    return page(request, till, "pay_out", status=REFUSED if form.is_bound else 200, **shown)


def _ask(request: HttpRequest, till: Till, top_up: TopUp, form: PayOutForm) -> HttpResponse:
    data, at = form.cleaned_data, clock.now()
    terms = (data["formula"], data["means"], data["reason"], till.store.pk, clock.business_day(at))
    row = approvals.ask(
        act=acts.REFUND,
        payload=acts.refund_payload(services.RefundWish(top_up.pk, *terms)),
        reason=data["reason"],
        staff=till.staff,
        at=at,
        key=data["key"],
    )
    door.say(request, row)
    return redirect(_after(row, top_up))


def _after(row: ApprovalRequest, top_up: TopUp) -> str:
    if row.state == RequestState.DONE:
        made = wallet.refund_of_request(row.pk)
        return reverse("counter:pay-out-receipt", args=[made.pk])
    return reverse("counter:top-up-receipt", args=[top_up.pk])


@require_safe
@at_counter()
def receipt(request: HttpRequest, till: Till, principal_refund_id: int) -> HttpResponse:
    """What was paid out, for the member."""
    made = wallet.principal_refund(principal_refund_id)
    if made is None:
        raise Http404
    members.access_member(till.staff, made.member_id)
    balance = wallet.balance_of(made.member_id, day=clock.business_day(clock.now()))
    return page(request, till, "pay_out_receipt", refund=made, member=made.member, balance=balance)
