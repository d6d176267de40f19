"""Extensions of points and how far they have come."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import F, QuerySet, Sum

from apps.points.models import ExtensionLot, ExtensionRun, ExtensionState

_OTHERS = """
  SELECT count(*) FROM points_extensionlot x JOIN ledger_lot l ON l.id = x.lot_id
   WHERE x.run_id = %(run)s AND (%(first)s::bigint IS NULL OR x.account_id BETWEEN %(first)s AND %(last)s)
     AND l.is_open AND l.expires_on IS DISTINCT FROM x.was AND NOT EXISTS (
         SELECT 1 FROM ledger_extension m JOIN ledger_entry e ON e.id = m.entry_id
          WHERE m.lot_id = l.id AND e.source = 'extend:' || x.run_id || ':' || x.account_id)"""


@dataclass(frozen=True, slots=True)
class StillThere:
    """Listed lots that still hold something and are valid through the day listed, and what they hold."""

    lots: int
    points: int


def extensions_under_way() -> QuerySet[ExtensionRun]:
    """Extensions being done or undone, oldest first."""
    states = (ExtensionState.RUNNING, ExtensionState.UNDOING)
    return ExtensionRun.objects.filter(state__in=states).order_by("id")


def still_there(run: ExtensionRun) -> StillThere:
    """What of the list could be extended now."""
    rows = ExtensionLot.objects.filter(run=run, lot__is_open=True, lot__expires_on=F("was"))
    return StillThere(rows.count(), rows.aggregate(total=Sum("lot__remaining", default=0))["total"])


def moved_by_others(run: ExtensionRun, first: int | None = None, last: int | None = None) -> int:
    """Listed lots (of a range of accounts) whose last day was moved since by anything but this run."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, {"run": run.pk, "first": first, "last": last})
        return cursor.fetchone()[0]
