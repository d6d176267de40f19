"""Taking purchases back, line by line or (of a bare amount) fen by fen, in part and again and again, never
more than was bought.

Lock the purchase, see what is left of it, claim the refund, then give back what those lines gave: the
points their earning versions no longer yield are taken from the purchase's own award (what cannot be
taken follows the refund policy: owed, waived, or deducted from the cash), and spent points return to the
lots they came from with their own last day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.activity import queries
from apps.activity.errors import (
    DifferentBody,
    NothingToRefund,
    RefundsTooMuch,
    RefundsTooMuchMoney,
    Refused,
    UnknownLine,
    UnknownPurchase,
)
from apps.activity.models import Activity, ActivityKind
from apps.activity.queries import RefundReceipt
from apps.activity.rules import Fact, FactLine, Reason, TooMuchMoney
from apps.activity.services.returning import RefundClaim, claim_refunds, lock_members, settle
from apps.core import audit
from apps.core.audit import Actor
from apps.core.money import format_fen

TILL = "till"


@dataclass(frozen=True)
class RefundRequest:
    """Units to take back, by line of one purchase, and fen, by line that is a bare amount. ``key`` names this
    act: the same key acts once."""

    activity_id: int
    quantities: Mapping[int, int]
    key: str
    amounts_fen: Mapping[int, int] = field(default_factory=dict)


@transaction.atomic
def refund(request: RefundRequest, *, actor: Actor, at: datetime) -> RefundReceipt:
    """Take lines back at a counter, whatever the member's standing. The same request again answers the same
    receipt.

    Raises UnknownPurchase, UnknownLine, NothingToRefund, RefundsTooMuch, RefundsTooMuchMoney, DifferentBody,
    Refused.
    """
    fact = _stated(request, actor, at)
    lock_members([fact.member_id])
    (found,) = claim_refunds([fact], at=at)
    if found.claim.fault:
        _refuse(found)
    if found.claim.is_new:
        settle([found], at=at)
        _audit(found, actor, at)
    return queries.refund_receipt(found.claim.activity_id)


def preview_refund(request: RefundRequest, *, actor: Actor, at: datetime) -> RefundReceipt:
    """What ``refund`` would answer; the same code, rolled back. Raises the same."""
    with transaction.atomic():
        receipt = refund(request, actor=actor, at=at)
        transaction.set_rollback(True)
    return receipt


def _stated(request: RefundRequest, actor: Actor, at: datetime) -> Fact:
    lines = _lines(request)
    if not lines:
        raise NothingToRefund
    purchase = Activity.objects.filter(pk=request.activity_id, kind=ActivityKind.PURCHASE).first()
    if purchase is None:
        raise UnknownPurchase
    return Fact(
        kind=ActivityKind.REFUND,
        channel=TILL,
        external_id=f"refund:{request.key}",
        member_id=purchase.member_id,
        occurred_at=at,
        store_id=actor.store_id,
        staff_id=actor.staff_id,
        refund_of=purchase.pk,
        lines=lines,
        body={"refund_of": purchase.pk, "lines": [_told(line) for line in lines]},
    )


def _lines(request: RefundRequest) -> tuple[FactLine, ...]:
    units = [FactLine("", "", n, None, line_id) for line_id, n in sorted(request.quantities.items()) if n]
    sums = [FactLine("", "", 0, fen, line_id) for line_id, fen in sorted(request.amounts_fen.items()) if fen]
    return tuple(units + sums)


def _told(line: FactLine) -> list[int]:
    told = [line.takes_back, line.quantity]
    return told if line.amount_fen is None else [*told, line.amount_fen]


def _refuse(found: RefundClaim) -> None:
    fault, fact = found.claim.fault, found.claim.fact
    if fault == Reason.MORE_THAN_BOUGHT:
        too_much = found.too_much
        beyond = RefundsTooMuchMoney if isinstance(too_much, TooMuchMoney) else RefundsTooMuch
        raise beyond(too_much.line_id, too_much.asked, too_much.left)
    if fault == Reason.NOT_IN_PURCHASE:
        raise UnknownLine(found.stranger)
    refusal = DifferentBody if fault == Reason.DIFFERENT_BODY else Refused
    raise refusal(fault, fact.channel, fact.external_id)


def _audit(found: RefundClaim, actor: Actor, at: datetime) -> None:
    fact = found.claim.fact
    audit.record(
        "activity.refund",
        actor=actor,
        subject=("activity", found.claim.activity_id),
        at=at,
        data={"purchase": found.purchase.external_id, "amount": format_fen(fact.total_fen)},
    )
