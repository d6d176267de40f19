"""What a request did to the ledger, and what of it could still be taken back."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from apps.core.approvals.models import ApprovalRequest
from apps.ledger.models import Entry
from apps.points.models import ClearingRun, MassRow
from apps.points.queries.clearing import source_prefix

ADJUST, AWARD_LIST, CLEAR = "points.adjust", "points.award_list", "points.clear"


@dataclass(frozen=True, slots=True)
class Takeable:
    """Entries and points of an act, and how many of those points their lots still hold."""

    entries: int
    points: int
    left: int


def entries_of(row: ApprovalRequest) -> QuerySet[Entry]:
    """The entries a request wrote."""
    if row.act == ADJUST:
        return Entry.objects.filter(source=f"adjust:{row.pk}")
    if row.act == AWARD_LIST:
        keys = MassRow.objects.filter(award_id=row.payload["list"], entry_id__isnull=False)
        return Entry.objects.filter(pk__in=keys.values("entry_id"))
    run = ClearingRun.objects.get(pk=row.payload["run"])
    cleared = Entry.objects.filter(kind="expire", source__startswith=source_prefix(run.pk))
    return cleared.filter(pk__gt=run.plan.get("last_entry", 0))  # none is older than the plan


def takeable(row: ApprovalRequest) -> Takeable:
    """What undoing would meet now: points taken come back whole, points given as far as they are left."""
    entries, params = entries_of(row).values("pk").query.sql_with_params()
    sql = f"""
      SELECT count(*), coalesce(sum(abs(e.amount)), 0)::bigint, coalesce(sum(CASE
               WHEN e.amount < 0 THEN -e.amount
               ELSE (SELECT coalesce(sum(l.remaining), 0) FROM ledger_lot l WHERE l.entry_id = e.id)
             END), 0)::bigint
        FROM ledger_entry e WHERE e.id IN ({entries})"""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return Takeable(*cursor.fetchone())
