"""What will expire, month by month: members, lots, points and what they cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from apps.points.queries import reading
from apps.points.queries.valuing import unit_cost
from apps.points.rules.valuing import cost_fen

_MONTHS = """
  , days AS (
    SELECT expires_on, sum(lots) AS lots, sum(points) AS points FROM cells
     WHERE %(stores)s::bigint[] IS NULL OR store_id = ANY (%(stores)s)
     GROUP BY 1 HAVING sum(lots) <> 0
  ), months AS (
    SELECT date_trunc('month', expires_on::timestamp)::date AS month, sum(lots)::bigint AS lots,
           sum(points)::bigint AS points, min(expires_on) AS soonest
      FROM days GROUP BY 1
  ), counted AS (  -- who sees some stores is told of the members of each, added up
    SELECT month, sum(members)::bigint AS members FROM crowds
     WHERE level = CASE WHEN %(stores)s::bigint[] IS NULL THEN 2 ELSE 0 END
       AND (%(stores)s::bigint[] IS NULL OR store_id = ANY (%(stores)s))
     GROUP BY 1
  )
  SELECT {month}, m.month, c.members, m.lots, m.points, m.soonest
    FROM months m JOIN counted c ON c.month IS NOT DISTINCT FROM m.month
  UNION ALL SELECT {sums}, NULL, NULL, NULL, entries, NULL FROM sums
   ORDER BY 1, 2 NULLS LAST"""
MONTH = 1


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


@dataclass(frozen=True)
class Forecast:
    """Months in order, what never expires last. ``counted_at``: older than now, and of when."""

    months: list[Month]
    counted_at: datetime | None = None


def forecast(*, day: date, stores: Collection[int] | None = None, asset: str = "points") -> Forecast:
    """What will expire; ``stores`` keeps lots these stores issued (None: all). Raises NotCounted."""
    facts = {"day": day, "stores": None if stores is None else list(stores)}
    told = reading.now(_MONTHS.format(month=MONTH, sums=reading.SUMS), facts, asset)
    cost = unit_cost(day)
    rows = [row[1:] for row in told.rows if row[0] == MONTH]
    return Forecast([Month(*row, cost_fen(row[3], cost)) for row in rows], told.counted_at)


def expiry_months(*, day: date, stores: Collection[int] | None = None, asset: str = "points") -> list[Month]:
    """The months of the forecast alone. Raises NotCounted."""
    return forecast(day=day, stores=stores, asset=asset).months
