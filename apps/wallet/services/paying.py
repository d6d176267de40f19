"""A sale paid from the balance: set aside with its quote, paid with the sale or let go, given back with a
refund.

Lots are taken in the ledger's order, soonest-expiring first; a return goes into the same lots, a gift past
its last day with the policy's grace.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core import clock
from apps.ledger import queries as ledger_queries
from apps.ledger import services as ledger
from apps.ledger.errors import AccountFrozen, NotEnough
from apps.wallet import queries, rules
from apps.wallet.assets import GIFT, PART, PRINCIPAL, payment_source, return_source
from apps.wallet.errors import BalanceFrozen, NotEnoughBalance, UnknownPayment
from apps.wallet.models import Payment, Return
from apps.wallet.services.locking import active_member, lock_wallet


@dataclass(frozen=True, slots=True)
class PaymentWish:
    """So much of a sale, in fen, from a member's balance. ``id`` is the quote's."""

    id: UUID
    member_id: int
    store_id: int
    amount_fen: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class GiveBack:
    """So much of a payment, in fen, goes back with a refund. ``refund_id`` acts once."""

    payment_id: UUID
    refund_id: int
    amount_fen: int
    staff_id: int | None = None
    store_id: int | None = None


@transaction.atomic
def hold(wish: PaymentWish, *, at: datetime) -> Payment:
    """Set the amount aside, split by the policy's rule, until it is paid, released or due.

    Raises NotEnoughBalance, MemberRests, BalanceFrozen.
    """
    principal, gift = lock_wallet(wish.member_id)
    active_member(wish.member_id)
    policy, balance = queries.policy(), queries.balance_of(wish.member_id, day=clock.business_day(at))
    try:
        parts = rules.split(wish.amount_fen, have=balance.spendable, rule=policy.split)
    except rules.BeyondBalance as beyond:
        raise NotEnoughBalance(beyond.needed, beyond.held, principal.held + gift.held) from beyond
    amounts = {PRINCIPAL: parts.principal_fen, GIFT: parts.gift_fen}
    holds = {asset: _held(wish, asset, amount, at) for asset, amount in amounts.items()}
    return Payment.objects.create(
        id=wish.id,
        member_id=wish.member_id,
        principal_fen=parts.principal_fen,
        gift_fen=parts.gift_fen,
        principal_hold_id=holds[PRINCIPAL],
        gift_hold_id=holds[GIFT],
        split=policy.split,
        store_id=wish.store_id,
        held_at=at,
    )


def _held(wish: PaymentWish, asset: str, amount_fen: int, at: datetime) -> int | None:
    if not amount_fen:
        return None
    try:
        made = ledger.hold(
            member_id=wish.member_id,
            amount=amount_fen,
            source=f"hold:{payment_source(wish.id, asset)}",
            at=at,
            due_at=wish.due_at,
            asset=asset,
        )
    except AccountFrozen as frozen:
        raise BalanceFrozen(frozen.account_id) from frozen
    return made.hold_id


@transaction.atomic
def pay(payment_id: UUID, *, sale_id: int, staff_id: int | None, at: datetime) -> Payment:
    """Spend what was set aside, for this sale.

    Raises UnknownPayment, HoldEnded, MemberRests, BalanceFrozen, and NotEnoughBalance when gift ended
    meanwhile."""
    payment = _payment(payment_id)
    lock_wallet(payment.member_id)
    active_member(payment.member_id)
    for asset, hold_id in _holds(payment):
        proof = {"sale": sale_id, "split": payment.split}
        source = payment_source(payment.pk, asset)
        _capture(hold_id, ledger.Capture(source, at, proof, staff_id, payment.store_id))
    payment.sale_id, payment.paid_at = sale_id, at
    payment.save(update_fields=["sale_id", "paid_at"])
    return payment


def _capture(hold_id: int, spending: ledger.Capture) -> None:
    try:
        ledger.capture(hold_id, spending)
    except NotEnough as short:
        raise NotEnoughBalance(short.needed, short.held, short.reserved) from short
    except AccountFrozen as frozen:
        raise BalanceFrozen(frozen.account_id) from frozen


@transaction.atomic
def release(payment_id: UUID, *, at: datetime) -> None:
    """Let what was set aside go. Raises UnknownPayment."""
    payment = _payment(payment_id)
    lock_wallet(payment.member_id)
    for _asset, hold_id in _holds(payment):
        ledger.release(hold_id, at=at)


@transaction.atomic
def give_back(wish: GiveBack, *, at: datetime) -> Return:
    """Give back a part of a payment, in the split it was paid, into the lots it came from.

    Raises UnknownPayment, NothingLeftToReverse, AlreadyPosted.
    """
    payment = _payment(wish.payment_id)
    lock_wallet(payment.member_id)
    before = queries.given_back(payment.pk)
    paid = rules.Split(payment.principal_fen, payment.gift_fen)
    parts = rules.part_back(paid, before=before, amount_fen=wish.amount_fen)
    made = Return.objects.create(
        payment=payment,
        refund_id=wish.refund_id,
        principal_fen=parts.principal_fen,
        gift_fen=parts.gift_fen,
        at=at,
    )
    for asset, amount in ((PRINCIPAL, parts.principal_fen), (GIFT, parts.gift_fen)):
        if amount:
            _reverse(made, asset, amount, wish)
    return made


def _reverse(made: Return, asset: str, amount_fen: int, wish: GiveBack) -> None:
    spent = ledger_queries.entry_by_source(payment_source(made.payment_id, asset))
    request = ledger.ReversalRequest(
        source=return_source(made.pk, asset),
        at=made.at,
        amount=amount_fen,
        grace_days=queries.policy().grace_days,
        explanation={"refund": made.refund_id, "part": PART[asset]},
        staff_id=wish.staff_id,
        store_id=wish.store_id,
    )
    ledger.reverse(spent.pk, request)


def _payment(payment_id: UUID) -> Payment:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise UnknownPayment(payment_id)
    return payment


def _holds(payment: Payment) -> list[tuple[str, int]]:
    holds = [(PRINCIPAL, payment.principal_hold_id), (GIFT, payment.gift_hold_id)]
    return [(asset, hold_id) for asset, hold_id in holds if hold_id is not None]
