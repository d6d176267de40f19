"""What came of a fact, as its receipt tells it; read back, it says the same as on the first day."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.activity.rules import Fact
from apps.core import roundtrip

RECORDED, REPLAYED, REFUSED = "recorded", "replayed", "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """``points`` were awarded; when none were, ``reason`` says why (of a refused fact: why it was refused).

    ``points`` of a refund is what was taken back, negative. ``balance`` is the account's after the award.
    """

    outcome: str
    channel: str
    external_id: str
    member_id: int
    activity_id: int | None = None
    reason: str = ""
    points: int = 0
    explanation: Mapping[str, Any] = field(default_factory=dict)
    amount_fen: int = 0
    discount_fen: int = 0
    points_spent: int = 0
    balance: int | None = None

    @property
    def to_pay_fen(self) -> int:
        """The money still to be paid, or given back."""
        return self.amount_fen - self.discount_fen


_RECEIPTS = """
  SELECT a.id, c.code, a.external_id, a.member_id, a.amount_fen, a.discount_fen, a.points_spent,
         a.kind = 'refund', e.amount, e.balance_after, e.explanation, d.reason, d.explanation,
         coalesce(t.amount, 0)
    FROM activity_activity a
    JOIN members_channel c ON c.id = a.channel_id
    LEFT JOIN ledger_entry e ON e.source = 'activity:' || a.id || ':points'
    LEFT JOIN ledger_decline d ON d.source = 'activity:' || a.id || ':points'
    LEFT JOIN ledger_entry o ON o.source = 'activity:' || a.refund_of_id || ':points'
    LEFT JOIN ledger_entry t ON t.source = 'refund:' || a.id || ':' || o.id
   WHERE a.id = ANY (%s::bigint[])"""


def receipts_of(activity_ids: Collection[int], *, outcome: str = RECORDED) -> dict[int, Receipt]:
    """The receipts of these activities, in one query."""
    if not activity_ids:
        return {}
    rows = roundtrip.fetch(_RECEIPTS, [roundtrip.array(activity_ids)])
    return {row[0]: _receipt(row, outcome) for row in rows}


def _receipt(row: tuple, outcome: str) -> Receipt:
    activity_id, channel, external_id, member_id, amount, discount, spent, *rest = row
    is_refund, points, balance, proof, reason, decline_proof, taken_back = rest
    return Receipt(
        outcome=outcome,
        channel=channel,
        external_id=external_id,
        member_id=member_id,
        activity_id=activity_id,
        reason=reason or "",
        points=taken_back if is_refund else points or 0,
        explanation=json.loads(proof or decline_proof or "{}"),
        amount_fen=amount,
        discount_fen=discount,
        points_spent=spent,
        balance=balance,
    )


def replayed(receipt: Receipt) -> Receipt:
    """The same receipt, told again."""
    return replace(receipt, outcome=REPLAYED)


def refused(fact: Fact, reason: str) -> Receipt:
    """The receipt of a fact that was not accepted."""
    return Receipt(REFUSED, fact.channel, fact.external_id, fact.member_id, reason=reason)
