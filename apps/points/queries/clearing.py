"""What is due for clearing, how far a run has come, and what history says was due when it was planned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from apps.points.models import ClearingChunk, ClearingRun, RunState

_DUE_AT_ENTRY = """
  SELECT coalesce(sum(l.granted - coalesce(
           (SELECT sum(al.amount) FROM ledger_allocation al
             WHERE al.lot_id = l.id AND al.entry_id <= %(entry)s), 0)), 0)::bigint
    FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
   WHERE a.asset_id = %(asset)s AND a.id BETWEEN %(first)s AND %(last)s AND l.entry_id <= %(entry)s
     AND coalesce((SELECT x.was FROM ledger_extension x WHERE x.lot_id = l.id AND x.entry_id > %(entry)s
                    ORDER BY x.entry_id LIMIT 1), l.expires_on) < %(as_of)s"""
_LATE_ENTRIES = """
  SELECT count(*) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
   WHERE e.id > %(entry)s AND a.asset_id = %(asset)s AND a.id BETWEEN %(first)s AND %(last)s
     AND NOT (e.kind = 'expire' AND e.source = %(prefix)s || a.id)"""
_PLANNED_LOTS = """
  SELECT m.number, due.last_day, count(*), sum(due.points)::bigint
    FROM (SELECT a.member_id,
                 coalesce((SELECT x.was FROM ledger_extension x
                            WHERE x.lot_id = l.id AND x.entry_id > %(entry)s
                            ORDER BY x.entry_id LIMIT 1), l.expires_on) AS last_day,
                 l.granted - coalesce((SELECT sum(al.amount) FROM ledger_allocation al
                                        WHERE al.lot_id = l.id AND al.entry_id <= %(entry)s), 0) AS points
            FROM points_clearingchunk c
            JOIN ledger_account a ON a.id BETWEEN c.first_account AND c.last_account
            JOIN ledger_lot l ON l.account_id = a.id
           WHERE c.run_id = %(run)s AND a.asset_id = %(asset)s AND l.entry_id <= %(entry)s) due
    JOIN members_member m ON m.id = due.member_id
   WHERE due.last_day < %(as_of)s AND due.points > 0
   GROUP BY m.id, m.number, due.last_day ORDER BY m.id, due.last_day"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: chunks and points done of those planned."""

    chunks: int
    chunks_done: int
    accounts: int
    lots: int
    points: int
    late_points: int

    @property
    def percent(self) -> int:
        return 100 * self.chunks_done // self.chunks if self.chunks else 100


@dataclass(frozen=True, slots=True)
class Late:
    """What came after the plan in a range: the points history says were due then, and later entries."""

    due_then: int
    entries: int


def progress(run_id: int) -> Progress:
    """The run's progress, from its chunks."""
    sums = ClearingChunk.objects.filter(run_id=run_id).aggregate(
        chunks=Count("id"),
        done=Count("id", filter=Q(done_at__isnull=False)),
        accounts=Sum("accounts", default=0),
        lots=Sum("lots", default=0),
        points=Sum("points", default=0),
        late=Sum("late_points", default=0),
    )
    return Progress(
        sums["chunks"], sums["done"], sums["accounts"], sums["lots"], sums["points"], sums["late"]
    )


def running() -> QuerySet[ClearingRun]:
    """Runs that are under way, oldest first."""
    return ClearingRun.objects.filter(state=RunState.RUNNING).order_by("id")


def newest_run(asset_id: int, as_of: date) -> ClearingRun | None:
    """The latest round of a day."""
    return ClearingRun.objects.filter(asset_id=asset_id, as_of=as_of).order_by("-round").first()


def late(run: ClearingRun, chunk: ClearingChunk) -> Late:
    """History's account of a chunk's range: read only when a chunk is not as planned."""
    facts = {
        "entry": run.plan["last_entry"],
        "asset": run.asset_id,
        "first": chunk.first_account,
        "last": chunk.last_account,
        "as_of": run.as_of,
        "prefix": source_prefix(run.pk),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE_AT_ENTRY, facts)
        due_then = cursor.fetchone()[0]
        cursor.execute(_LATE_ENTRIES, facts)
        return Late(due_then, cursor.fetchone()[0])


def planned_lots(run: ClearingRun) -> Iterator[tuple[str, date, int, int]]:
    """What the plan would clear: (member number, last day, lots, points), as history knows it also later."""
    facts = {"run": run.pk, "asset": run.asset_id, "as_of": run.as_of, "entry": run.plan["last_entry"]}
    with connection.chunked_cursor() as cursor:
        cursor.execute(_PLANNED_LOTS, facts)
        yield from cursor


def source_prefix(run_id: int) -> str:
    """What the source keys of a run's entries begin with; the account follows."""
    return f"clear:{run_id}:"
