"""What a month that is to be closed holds."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from apps.core import clock
from apps.ledger.assets import asset_id
from apps.ledger.models import ClosedMonth

_ENTRIES = """
  SELECT count(*), coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::bigint,
         coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)::bigint
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
   WHERE a.asset_id = %(asset)s AND e.at < %(ends)s
     AND (%(starts)s::timestamptz IS NULL OR e.at >= %(starts)s)"""


@dataclass(frozen=True, slots=True)
class MonthEntries:
    """Entries, and the points that came in and went out by them."""

    entries: int
    came: int
    went: int


def month_entries(month: date, asset: str = "points") -> MonthEntries:
    """What closing the month that begins on ``month`` would close: all since the end of the month closed
    before it, or since ever."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    before = ClosedMonth.objects.filter(month__lt=month).order_by("-month").first()
    facts = {
        "asset": asset_id(asset),
        "ends": clock.day_start(following),
        "starts": before and before.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, facts)
        return MonthEntries(*cursor.fetchone())
