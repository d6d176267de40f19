"""Taking an entry back, in full or in any number of parts.

Reversing a credit takes from its own lots alone. What they no longer hold because it *expired* is
not asked for twice; what was *spent* is owed (later credits absorb it), waived, or left to the
caller to deduct in cash. Reversing a debit returns it to the lots it came from, the last-expiring first; a
lot past its last day opens again for ``grace_days``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core import clock
from apps.core.roundtrip import jsonb, numbers
from apps.ledger.services._call import call
from apps.ledger.services._terms import check_reversal


@dataclass(frozen=True, slots=True)
class ReversalRequest:
    """How to reverse: ``amount`` None takes all that is left; ``shortfall`` is owe, waive or cash."""

    source: str | None
    at: datetime
    amount: int | None = None
    shortfall: str = "owe"
    grace_days: int = 30
    explanation: Mapping[str, Any] = field(default_factory=dict)
    staff_id: int | None = None
    store_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reversed:
    """What came of it. ``moved`` changed lots, ``lapsed`` had expired, ``owed`` is debt, ``waived`` was let
    go (with the policy *cash*: is to be deducted in cash)."""

    entry_id: int
    balance: int
    amount: int
    moved: int
    lapsed: int
    owed: int
    waived: int


def reverse(entry_id: int, request: ReversalRequest) -> Reversed:
    """Reverse an award, spend, expiry or adjustment.

    Raises NothingLeftToReverse, UnknownRow, AlreadyPosted, NotAWholeAmount, UnknownShortfall.
    """
    check_reversal(request.amount, request.shortfall, request.grace_days)
    sql = "SELECT * FROM ledger_reverse(%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)"
    params = [
        entry_id,
        request.amount,
        request.source,
        request.at,
        clock.business_day(request.at),
        request.shortfall == "owe",
        request.grace_days,
        jsonb({**request.explanation, "shortfall": request.shortfall}),
        request.staff_id,
        request.store_id,
    ]
    return Reversed(*call(sql, params)[0])


@dataclass(frozen=True, slots=True)
class Waived:
    """What came of taking many entries back: entries reversed, and points by what became of them."""

    entries: int
    moved: int
    lapsed: int
    waived: int


def waive_all(entry_ids: Sequence[int], request: ReversalRequest) -> Waived:
    """Reverse many entries in one round trip, each wholly; what was spent is let go. ``request.source`` is
    the beginning of each key, before the entry's number. Entries with nothing left are passed over.

    Raises UnknownRow, AlreadyPosted.
    """
    sql = "SELECT * FROM ledger_waive_all(%s::bigint[], %s, %s, %s, %s, %s::jsonb, %s)"
    params = [
        numbers(entry_ids),
        request.source,
        request.at,
        clock.business_day(request.at),
        request.grace_days,
        jsonb({**request.explanation, "shortfall": "waive"}),
        request.staff_id,
    ]
    return Waived(*call(sql, params)[0])
