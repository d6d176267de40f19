"""Moving the last day of lots: on the record, for lots that still hold something and are not past it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from apps.core import clock
from apps.core.roundtrip import array, jsonb, numbers
from apps.ledger.services._call import call


@dataclass(frozen=True, slots=True)
class Move:
    """A lot valid through ``was`` shall be valid through ``now``."""

    lot_id: int
    was: date
    now: date


@dataclass(frozen=True, slots=True)
class Moving:
    """Why and by whom: one entry of zero per account, keyed by ``source_prefix`` and the account."""

    source_prefix: str
    at: datetime
    explanation: Mapping[str, Any] = field(default_factory=dict)
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A lot whose last day was moved, with the points it held then."""

    lot_id: int
    points: int


def extend(moves: Sequence[Move], moving: Moving) -> list[Moved]:
    """Move last days in one statement. A lot that is closed, past its last day, or no longer valid through
    ``was`` is left alone and not among those returned. Raises AlreadyPosted."""
    if not moves:
        return []
    sql = "SELECT * FROM ledger_extend(%s::bigint[], %s::date[], %s::date[], %s, %s, %s, %s::jsonb, %s)"
    params = [
        numbers(move.lot_id for move in moves),
        array(move.was for move in moves),
        array(move.now for move in moves),
        moving.at,
        clock.business_day(moving.at),
        moving.source_prefix,
        jsonb(moving.explanation),
        moving.staff_id,
    ]
    return [Moved(*row) for row in call(sql, params)]
