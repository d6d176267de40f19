"""Sales at a till: quote, take, cancel. Points to spend, and what the balance pays, are held from the quote
to the sale.

A quote ends once: sold, or cancelled by the clerk or by time. Taking a sold quote again answers its
receipt.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.activity import queries
from apps.activity.errors import CannotSpend, OverBill, QuoteEnded, Refused, UnknownQuote
from apps.activity.models import ActivityKind, Quote
from apps.activity.queries import Receipt
from apps.activity.rules import Fact, FactLine, Reason, fault_of
from apps.activity.services.recording import record_one
from apps.core import audit, clock
from apps.core.audit import Actor
from apps.core.money import format_fen
from apps.ledger import queries as ledger_queries
from apps.ledger import services as ledger
from apps.members import services as members
from apps.members.models import Member, MemberStatus
from apps.points import queries as points_queries
from apps.points import rules as points
from apps.wallet import services as wallet

TILL = "till"
LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class SaleRequest:
    """What a clerk rings up: lines, whose sale it is (``staff_id``), how many points to use, and how much the
    member's balance pays."""

    member_id: int
    store_id: int
    staff_id: int
    lines: tuple[FactLine, ...]
    points: int = 0
    quote_id: uuid.UUID | None = None
    balance_fen: int = 0

    @property
    def amount_fen(self) -> int:
        return sum(line.amount_fen or 0 for line in self.lines)


@dataclass(frozen=True)
class SalePreview:
    """What a sale would do. ``refusal`` is why the points asked for can't be used ("" when they can)."""

    spendable: int
    max_points: int
    max_discount_fen: int
    refusal: str = ""
    discount_fen: int = 0
    receipt: Receipt | None = None
    balance_fen: int = 0

    @property
    def to_pay_fen(self) -> int:
        """The money still to be paid beside points and balance."""
        return self.receipt.to_pay_fen - self.balance_fen


def preview_sale(request: SaleRequest, *, actor: Actor, at: datetime) -> SalePreview:
    """Quote and take the sale, and roll both back; points that can't be used are left out.

    Raises Refused, OverBill, NotEnoughBalance.
    """
    allowed = _allowed(request, at)
    usable = replace(request, points=0, quote_id=None) if allowed.refusal else replace(request, quote_id=None)
    with transaction.atomic():
        quote = quote_sale(usable, actor=actor, at=at)
        receipt = take_sale(quote.pk, actor=actor, at=at)
        transaction.set_rollback(True)
    return replace(allowed, receipt=receipt, balance_fen=request.balance_fen)


@transaction.atomic
def quote_sale(request: SaleRequest, *, actor: Actor, at: datetime) -> Quote:
    """Word a sale and hold its points until it is taken, cancelled or 15 minutes old.

    The same ``quote_id`` again answers the same quote. Raises Refused, CannotSpend, NotEnough, OverBill,
    NotEnoughBalance.
    """
    known = Quote.objects.filter(pk=request.quote_id).first() if request.quote_id else None
    if known is not None:
        return known
    members.ensure_channel(TILL)
    _check(request, at)
    allowed = _allowed(request, at)
    if allowed.refusal:
        raise CannotSpend(allowed.refusal, request.points, allowed.max_points)
    quote = Quote(
        pk=request.quote_id or uuid.uuid4(),
        member_id=request.member_id,
        store_id=request.store_id,
        staff_id=request.staff_id,
        taken_by_id=actor.staff_id,
        lines=[[line.category, line.sku, line.quantity, line.amount_fen] for line in request.lines],
        amount_fen=request.amount_fen,
        points=request.points,
        discount_fen=allowed.discount_fen,
        balance_fen=request.balance_fen,
        created_at=at,
        due_at=at + LIFETIME,
    )
    if request.points:
        quote.hold_id = ledger.hold(
            member_id=request.member_id,
            amount=request.points,
            source=f"hold:quote:{quote.pk}",
            at=at,
            due_at=quote.due_at,
        ).hold_id
    if request.balance_fen:
        _hold_balance(quote, at)
    quote.save(force_insert=True)
    return quote


def _hold_balance(quote: Quote, at: datetime) -> None:
    if quote.to_pay_fen < 0:
        raise OverBill(quote.balance_fen, quote.amount_fen - quote.discount_fen)
    wish = wallet.PaymentWish(quote.pk, quote.member_id, quote.store_id, quote.balance_fen, quote.due_at)
    wallet.hold(wish, at=at)


@transaction.atomic
def take_sale(quote_id: uuid.UUID, *, actor: Actor, at: datetime) -> Receipt:
    """Spend what was held and record the purchase; a sold quote answers its receipt again.

    Raises UnknownQuote, QuoteEnded, Refused, NotEnoughBalance.
    """
    quote = _locked(quote_id)
    if quote.state == Quote.State.SOLD:
        return queries.receipts_of([quote.activity_id], outcome=queries.REPLAYED)[quote.activity_id]
    _check_open(quote, at)
    receipt = record_one(_fact(quote, actor, at), at=at)
    if quote.balance_fen:
        wallet.pay(quote.pk, sale_id=receipt.activity_id, staff_id=quote.staff_id, at=at)
    quote.state, quote.activity_id = Quote.State.SOLD, receipt.activity_id
    quote.save(update_fields=["state", "activity"])
    return receipt


@transaction.atomic
def cancel_quote(quote_id: uuid.UUID, *, actor: Actor, at: datetime) -> bool:
    """Let a quote and its points go; False when it had ended before. Raises UnknownQuote."""
    quote = _locked(quote_id)
    if quote.state != Quote.State.OPEN:
        return False
    _end(quote, at)
    data = {"amount": format_fen(quote.amount_fen), "points": quote.points}
    audit.record("activity.cancel_quote", actor=actor, subject=("quote", quote.pk), at=at, data=data)
    return True


def expire_quotes(*, at: datetime, limit: int = 500) -> int:
    """Let go the quotes whose time is over, and any other overdue hold; how many quotes."""
    due = Quote.objects.filter(state=Quote.State.OPEN, due_at__lte=at).order_by("due_at")
    ended = sum(_expire(quote_id, at) for quote_id in list(due.values_list("pk", flat=True)[:limit]))
    ledger.release_due(at=at, limit=limit)
    return ended


@transaction.atomic
def _expire(quote_id: uuid.UUID, at: datetime) -> bool:
    quote = (
        Quote.objects.select_for_update(skip_locked=True).filter(pk=quote_id, state=Quote.State.OPEN).first()
    )
    if quote is None:
        return False
    _end(quote, at)
    return True


def _end(quote: Quote, at: datetime) -> None:
    if quote.hold_id is not None:
        ledger.release(quote.hold_id, at=at)
    if quote.balance_fen:
        wallet.release(quote.pk, at=at)
    quote.state = Quote.State.CANCELLED
    quote.save(update_fields=["state"])


def _locked(quote_id: uuid.UUID) -> Quote:
    quote = Quote.objects.select_for_update().filter(pk=quote_id).first()
    if quote is None:
        raise UnknownQuote(quote_id)
    return quote


def _check_open(quote: Quote, at: datetime) -> None:
    if quote.state == Quote.State.CANCELLED:
        raise QuoteEnded("cancelled", quote.due_at)
    if quote.due_at <= at:
        raise QuoteEnded("overdue", quote.due_at)


def _check(request: SaleRequest, at: datetime) -> None:
    """Refuse now what taking the sale would refuse. Raises Refused."""
    fact = Fact(
        ActivityKind.PURCHASE, TILL, "quote", request.member_id, at, request.store_id, lines=request.lines
    )
    status = Member.objects.filter(pk=request.member_id).values_list("status", flat=True).first()
    fault = fault_of(fact, at)
    if not fault and status == MemberStatus.CLOSED:
        fault = Reason.MEMBER_CLOSED
    if not fault and status == MemberStatus.FROZEN and (request.points or request.balance_fen):
        fault = Reason.MEMBER_FROZEN
    if fault:
        raise Refused(fault, TILL, "quote")


def _allowed(request: SaleRequest, at: datetime) -> SalePreview:
    spec = points_queries.live_spec("spending", at)
    spendable = ledger_queries.spendable(request.member_id, day=clock.business_day(at))
    if spec is None:
        return SalePreview(spendable, 0, 0, "no_rule" if request.points else "")
    found = points.quote(spec, points=request.points, bill_fen=request.amount_fen, spendable=spendable)
    most = points.discount_for(spec, found.max_points)
    return SalePreview(spendable, found.max_points, most, found.refusal, found.discount_fen)


def _fact(quote: Quote, actor: Actor, at: datetime) -> Fact:
    return Fact(
        kind=ActivityKind.PURCHASE,
        channel=TILL,
        external_id=f"till:{quote.pk}",
        member_id=quote.member_id,
        occurred_at=at,
        store_id=quote.store_id,
        staff_id=quote.staff_id,
        lines=tuple(FactLine(*line) for line in quote.lines),
        amount_fen=quote.amount_fen,
        discount_fen=quote.discount_fen,
        points_spent=quote.points,
        hold_id=quote.hold_id,
        attributes=_attributes(quote, actor),
    )


def _attributes(quote: Quote, actor: Actor) -> dict[str, Any]:
    """Who took the sale where another served, and what the balance paid: a refund reads it."""
    taken = {"taken_by": actor.staff_id} if actor.staff_id != quote.staff_id else {}
    paid = {"balance_fen": quote.balance_fen, "payment": str(quote.pk)} if quote.balance_fen else {}
    return taken | paid
