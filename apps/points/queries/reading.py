"""Where the books read their cells from: the kept count and what was entered since, or the lots."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.core import clock
from apps.ledger.assets import asset_id
from apps.ledger.models import Account, Entry
from apps.points import cells
from apps.points.book_models import BookCount
from apps.points.errors import NotCounted

HISTORY_DAYS = 365  # lots that came to their last day tell what lapses
MOST_ENTRIES_SINCE = 3_000  # entered since the count, looked at while somebody waits
MOST_ACCOUNTS = 50_000  # counted while somebody waits, where no count is kept
TRIES = 3
SUMS = 8  # what the row of both sides' sums begins with


@dataclass(frozen=True)
class Told:
    """Rows of a question, and since when they are out of date; None: they are of this moment."""

    rows: list[tuple]
    counted_at: datetime | None = None


def now(sql: str, facts: dict[str, Any], asset: str = "points") -> Told:
    """What the cells say now; ``sql`` goes on after them and has a row of ``sums`` that begins with ``SUMS``:
    where that is missing, the count has moved on while it was read. Raises NotCounted."""
    for _try in range(TRIES):
        count = BookCount.objects.filter(is_live=True).first() if asset == "points" else None
        if count is None:
            return _from_lots(sql, facts, asset)
        told = _from_count(count, sql, facts, asset)
        if told is not None:
            return told
    raise NotCounted(0)


def then(sql: str, facts: dict[str, Any], close: datetime, asset: str = "points") -> Told:
    """What the cells said at an instant, by the entries in effect before it."""
    return Told(_rows(cells.THEN + sql, {**_facts(asset), **facts, "close": close}))


def counting() -> int | None:
    """How far (in per cent) a count that is being made has come; None when none is."""
    made = BookCount.objects.filter(is_live=False).first()
    return None if made is None else min(100 * made.after // max(_accounts(), 1), 100)


def _from_lots(sql: str, facts: dict[str, Any], asset: str) -> Told:
    if _accounts() > MOST_ACCOUNTS:
        raise NotCounted(counting() or 0)
    span = {"since": 0, "through": cells.NO_END}
    return Told(_rows(cells.NOW + sql, {**_facts(asset), **span, **facts}))


def _from_count(count: BookCount, sql: str, facts: dict[str, Any], asset: str) -> Told | None:
    """None when the count has moved on between looking at it and reading it."""
    is_behind = Entry.objects.filter(pk__gt=count.through)[MOST_ENTRIES_SINCE:].exists()
    span = {
        "count": count.pk,
        "since": count.through,
        "through": count.through if is_behind else cells.NO_END,
    }
    rows = _rows(cells.KEPT + sql, {**_facts(asset), **span, **facts})
    if not any(row[0] == SUMS for row in rows):
        return None
    return Told(rows, count.counted_at if is_behind else None)


def _facts(asset: str) -> dict[str, Any]:
    return {"asset": asset_id(asset), "zone": str(clock.zone()), "history": HISTORY_DAYS}


def _rows(sql: str, facts: dict[str, Any]) -> list[tuple]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '128MB'")
        cursor.execute(sql, facts)
        return cursor.fetchall()


def _accounts() -> int:
    return Account.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
