"""A refund as it was met: money, points taken back, points returned with their last day."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.activity.models import Activity
from apps.core import roundtrip
from apps.ledger.models import Account, Allocation, Extension
from apps.points.rules import SpendingSpec, discount_for
from apps.wallet import queries as wallet
from apps.wallet.rules import Split

NO_BALANCE = Split(0, 0)


@dataclass(frozen=True, slots=True)
class ReturnedLot:
    """Spent points that are back, and until when; ``is_grace``: they had expired and opened again."""

    points: int
    expires_on: date | None
    is_grace: bool


@dataclass(frozen=True, slots=True)
class RefundReceipt:
    """``cash_fen`` is paid out, ``to_balance`` went back to stored value. Of the points the purchase gave,
    ``points_taken_back`` are asked back: taken from lots, lapsed before, owed, or waived
    (``cash_deducted_fen`` was kept for them)."""

    activity_id: int
    purchase_id: int
    member_id: int
    amount_fen: int
    discount_fen: int
    cash_fen: int
    cash_deducted_fen: int
    points_taken_back: int
    lapsed: int
    owed: int
    waived: int
    points_returned: tuple[ReturnedLot, ...]
    balance: int
    owed_now: int
    to_balance: Split = NO_BALANCE


_REVERSALS = """
  SELECT o.amount > 0, e.id, v.requested, v.lapsed, v.owed, v.waived, e.explanation
    FROM activity_activity a
    JOIN ledger_entry o
      ON o.source IN ('activity:' || a.refund_of_id || ':points', 'spend:' || a.refund_of_id)
    JOIN ledger_entry e ON e.source = 'refund:' || a.id || ':' || o.id
    JOIN ledger_reversal v ON v.entry_id = e.id
   WHERE a.id = %s"""
_NOTHING = (True, None, 0, 0, 0, 0, "{}")


def refund_receipt(activity_id: int) -> RefundReceipt:
    """The receipt of a recorded refund."""
    act = Activity.objects.get(pk=activity_id)
    met = {row[0]: row for row in roundtrip.fetch(_REVERSALS, [activity_id])}
    _award, _entry, requested, lapsed, owed, waived, proof = met.get(True, _NOTHING)
    account = Account.objects.filter(member=act.member_id, asset__code="points").first()
    deducted = _deducted(json.loads(proof), waived)
    to_balance = _to_balance(act)
    return RefundReceipt(
        activity_id=act.pk,
        purchase_id=act.refund_of_id,
        member_id=act.member_id,
        amount_fen=act.amount_fen,
        discount_fen=act.discount_fen,
        cash_fen=act.amount_fen - act.discount_fen - to_balance.amount_fen - deducted,
        cash_deducted_fen=deducted,
        points_taken_back=requested,
        lapsed=lapsed,
        owed=owed,
        waived=waived,
        points_returned=_returned(met[False][1]) if False in met else (),
        balance=account.balance if account else 0,
        owed_now=account.owed if account else 0,
        to_balance=to_balance,
    )


def _to_balance(act: Activity) -> Split:
    if not act.attributes.get("balance_fen"):
        return NO_BALANCE
    given = wallet.return_of_refund(act.pk)
    return Split(given.principal_fen, given.gift_fen)


def _deducted(proof: Mapping[str, Any], waived: int) -> int:
    """The money kept for points that could not be taken, at the rate of spending, at most what is paid."""
    if "cash" not in proof:
        return 0
    rate = SpendingSpec(points=proof["cash"]["points"], fen=proof["cash"]["fen"])
    return min(discount_for(rate, waived), proof["cash"]["most_fen"])


def _returned(entry_id: int) -> tuple[ReturnedLot, ...]:
    back = Allocation.objects.filter(entry_id=entry_id, amount__lt=0).select_related("lot").order_by("lot_id")
    opened = dict(Extension.objects.filter(entry_id=entry_id).values_list("lot_id", "now"))
    return tuple(
        ReturnedLot(-part.amount, opened.get(part.lot_id, part.lot.expires_on), part.lot_id in opened)
        for part in back
    )
