"""A sale: typed, quoted (its points are held), confirmed with a receipt; or let go."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.activity import services as activity
from apps.activity.errors import CannotSpend, OverBill
from apps.activity.models import Quote
from apps.core import clock
from apps.core.errors import LaurelError
from apps.counter import offers, receipts, wording
from apps.counter.forms import sales
from apps.counter.till import SELL, Till, at_counter
from apps.counter.views.member import member_page, sale_form
from apps.counter.views.pages import REFUSED, member_or_404, page, quote_or_404
from apps.ledger.errors import AccountFrozen, NotEnough
from apps.members.models import Member
from apps.wallet import queries as wallet
from apps.wallet.errors import WalletError

POINTS_TO_BLAME = (AccountFrozen, CannotSpend, NotEnough)
BALANCE_TO_BLAME = (OverBill, WalletError)


@require_POST
@at_counter(SELL)
def sale(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    """What was typed, with one of three wishes: another line, all points that may be used, or a quote."""
    wishes = {"more": _another_line, "max": _most_points, "balance": _most_balance}
    wish = wishes.get(request.POST.get("act"), _quote)
    return wish(request, till, member_or_404(till, number))


@require_POST
@at_counter(SELL)
def preview(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    """What the sale as typed would cost and earn, and why. Nothing is kept."""
    member = member_or_404(till, number)
    form = sale_form(till, request.POST)
    if not form.is_valid():
        return page(request, till, "_live", hint=form.first_error())
    wish, at = form.request(member.pk, till.store.pk), clock.now()
    try:
        shown = activity.preview_sale(wish, actor=till.actor, at=at)
    except LaurelError as error:
        return page(request, till, "_live", refusal=wording.sale_refused(error, at=clock.now()))
    return page(request, till, "_live", offer=offers.of_preview(shown, wish.points, at=at))


def _another_line(request: HttpRequest, till: Till, member: Member) -> HttpResponse:
    shown = sales.with_another_line(sales.typed(request.POST))
    return member_page(request, till, member, sale=sale_form(till, initial=shown))


def _most_points(request: HttpRequest, till: Till, member: Member) -> HttpResponse:
    form = sale_form(till, request.POST)
    if not form.is_valid():
        return member_page(request, till, member, sale=form, status=REFUSED)
    try:
        wish = form.request(member.pk, till.store.pk)
        most = activity.preview_sale(wish, actor=till.actor, at=clock.now()).max_points
    except LaurelError as error:
        return _refused(request, till, member, form, error)
    shown = sales.with_points(sales.typed(request.POST), most)
    return member_page(request, till, member, sale=sale_form(till, initial=shown))


def _most_balance(request: HttpRequest, till: Till, member: Member) -> HttpResponse:
    """All that the balance has for this bill."""
    shown = sales.with_balance(sales.typed(request.POST), 0)
    form = sale_form(till, {**request.POST.dict(), "balance": ""})
    if not form.is_valid():
        return member_page(request, till, member, sale=form, status=REFUSED)
    at = clock.now()
    try:
        wish = form.request(member.pk, till.store.pk)
        bill = activity.preview_sale(wish, actor=till.actor, at=at).to_pay_fen
    except LaurelError as error:
        return _refused(request, till, member, form, error)
    has = wallet.balance_of(member.pk, day=clock.business_day(at)).spendable.amount_fen
    shown = sales.with_balance(shown, min(bill, has))
    return member_page(request, till, member, sale=sale_form(till, initial=shown))


def _quote(request: HttpRequest, till: Till, member: Member) -> HttpResponse:
    form = sale_form(till, request.POST)
    if not form.is_valid():
        return member_page(request, till, member, sale=form, status=REFUSED)
    try:
        wish = form.request(member.pk, till.store.pk)
        quote = activity.quote_sale(wish, actor=till.actor, at=clock.now())
    except LaurelError as error:
        return _refused(request, till, member, form, error)
    return redirect("counter:quote", quote.pk)


def _refused(request: HttpRequest, till: Till, member: Member, form, error: LaurelError) -> HttpResponse:
    """The same page with everything as typed, and what would make it right."""
    refusal = wording.sale_refused(error, at=clock.now())
    for field, blamed in (("points", POINTS_TO_BLAME), ("balance", BALANCE_TO_BLAME)):
        if isinstance(error, blamed):
            form.whole.add_error(field, refusal)
    if form.whole.errors:
        return member_page(request, till, member, sale=form, status=REFUSED)
    return member_page(request, till, member, sale=form, refusal=refusal, status=REFUSED)


@require_safe
@at_counter(SELL)
def confirm(request: HttpRequest, till: Till, quote_id: UUID) -> HttpResponse:
    """The quote: what is to be paid, the points held for it and until when."""
    quote = quote_or_404(till, quote_id)
    if quote.activity_id:
        return redirect("counter:receipt", quote.activity_id)
    return _quote_page(request, till, quote)


@require_POST
@at_counter(SELL)
def take(request: HttpRequest, till: Till, quote_id: UUID) -> HttpResponse:
    quote = quote_or_404(till, quote_id)
    try:
        receipt = activity.take_sale(quote.pk, actor=till.actor, at=clock.now())
    except LaurelError as error:
        refusal = wording.sale_refused(error, at=clock.now())
        return _quote_page(request, till, quote, refusal=refusal, status=REFUSED)
    return redirect("counter:receipt", receipt.activity_id)


def _quote_page(request: HttpRequest, till: Till, quote: Quote, **context) -> HttpResponse:
    shown = {"quote": quote, "member": quote.member, "lines": receipts.of_quote(quote)}
    shown["to_pay_fen"] = quote.to_pay_fen
    shown["payment"] = wallet.payment(quote.pk) if quote.balance_fen else None
    return page(request, till, "quote", **shown | context)


@require_POST
@at_counter(SELL)
def cancel(request: HttpRequest, till: Till, quote_id: UUID) -> HttpResponse:
    """Back to the sale as it was typed; the points are free again."""
    quote = quote_or_404(till, quote_id)
    try:
        activity.cancel_quote(quote.pk, actor=till.actor, at=clock.now())
    except LaurelError as error:
        messages.warning(request, wording.sale_refused(error, at=clock.now()))
    else:
        messages.info(request, _("Nothing was sold; nothing is held any more."))
    return redirect(f"{reverse('counter:member', args=[quote.member.number])}?from={quote.pk}")
