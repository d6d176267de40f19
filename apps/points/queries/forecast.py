"""What will expire, month by month: members, lots, points and what they cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

from apps.ledger.assets import asset_id
from apps.points.queries.valuing import unit_cost
from apps.points.rules.valuing import cost_fen

_MONTHS = """
  SELECT date_trunc('month', l.expires_on::timestamp)::date AS month, count(DISTINCT l.account_id), count(*),
         sum(l.remaining)::bigint, min(l.expires_on)
    FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id {issued}
   WHERE l.is_open AND a.asset_id = %(asset)s
   GROUP BY month ORDER BY month NULLS LAST"""
_ISSUED = "JOIN ledger_entry e ON e.id = l.entry_id AND e.store_id = ANY (%(stores)s)"


@dataclass(frozen=True)
class Month:
    """What expires in one calendar month; ``first_day`` None: never. ``soonest`` is its first last day."""

    first_day: date | None
    members: int
    lots: int
    points: int
    soonest: date | None
    cost_fen: int

    def is_past(self, day: date) -> bool:
        """Whether some of it is past its last day and waits for clearing."""
        return self.soonest is not None and self.soonest < day


def expiry_months(*, day: date, stores: Collection[int] | None = None, asset: str = "points") -> list[Month]:
    """Months in order, what never expires last; ``stores`` keeps lots these stores issued (None: all)."""
    facts = {"asset": asset_id(asset), "stores": list(stores or ())}
    cost = unit_cost(day)
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS.format(issued="" if stores is None else _ISSUED), facts)
        return [Month(*row, cost_fen(row[3], cost)) for row in cursor.fetchall()]
