"""Setting value aside between a quote and its sale. A hold ends once: captured (spent) or released."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core import clock
from apps.core.roundtrip import jsonb
from apps.ledger.assets import asset_id
from apps.ledger.models import Hold, HoldState
from apps.ledger.services._call import call
from apps.ledger.services._terms import check_hold, check_positive
from apps.ledger.services.posting import Posted


@dataclass(frozen=True, slots=True)
class Held:
    """The hold made and what the member can still spend beside it."""

    hold_id: int
    spendable: int


@dataclass(frozen=True, slots=True)
class Capture:
    """Who captures what for: the spend entry's source, instant, proof and place."""

    source: str
    at: datetime
    explanation: Mapping[str, Any] = field(default_factory=dict)
    staff_id: int | None = None
    store_id: int | None = None


def hold(
    *, member_id: int, amount: int, source: str, at: datetime, due_at: datetime, asset: str = "points"
) -> Held:
    """Set ``amount`` aside until ``due_at``.

    Raises NotEnough, AlreadyPosted, HeldForNoTime, NotAWholeAmount.
    """
    check_hold(amount, at, due_at)
    sql = "SELECT * FROM ledger_hold(%s, %s::smallint, %s, %s, %s, %s, %s)"
    day = clock.business_day(at)
    return Held(*call(sql, [member_id, asset_id(asset), amount, source, at, day, due_at])[0])


def capture(hold_id: int, spending: Capture, *, amount: int | None = None) -> Posted:
    """Spend what was held, or less of it; the rest is free again.

    Raises HoldEnded, NotEnough (what is held may expire meanwhile), AlreadyPosted, NotAWholeAmount,
    UnknownRow.
    """
    if amount is not None:
        check_positive(amount)
    sql = "SELECT * FROM ledger_capture(%s, %s, %s, %s, %s, %s::jsonb, %s, %s)"
    proof = jsonb(spending.explanation)
    day = clock.business_day(spending.at)
    at, place = spending.at, [spending.staff_id, spending.store_id]
    return Posted(*call(sql, [hold_id, amount, spending.source, at, day, proof, *place])[0])


def release(hold_id: int, *, at: datetime) -> bool:
    """Free what was held; False when the hold had ended before. Raises UnknownRow."""
    return call("SELECT ledger_release(%s, %s)", [hold_id, at])[0][0]


def release_due(*, at: datetime, limit: int = 1000) -> int:
    """Release holds past their time, at most ``limit``; how many were released."""
    due = Hold.objects.filter(state=HoldState.OPEN, due_at__lte=at).order_by("due_at")
    found = sorted(due.values_list("account_id", "id")[:limit])  # accounts are locked in their order
    return sum(release(hold_id, at=at) for _, hold_id in found)
