"""The liability book: points owed to members, by issuing store, expiry month and age, with what they cost and
what of them will probably never be used.

*Outstanding* is what lots still hold. It equals the sum of entries plus what members owe, to the point; the
book carries both sides and their difference.

*Expected breakage* by the ultimate redemption rate (Gault, Llaguno, Ménard: "Loyalty Rewards and Gift
Card Programs: Basic Actuarial Estimation Techniques", CAS E-Forum, Summer 2012; IFRS 15 B46 calls it the
breakage an entity expects to be entitled to): of the lots whose last day lay in the 365 days before,
``rate`` = points that lapsed ÷ points granted less those taken back by refunds. A cohort (the lots of one
store, expiry month and age, those used up among them) granted G that still holds R is expected to lapse by
min(R, ⌊G × rate⌋): the rate is one of all that was granted, so what others have used up counts. Points
without a last day break nothing; points past theirs break wholly. Without lots that came to their day there
is no history and no estimate.

Read from the kept count and what was entered since (``cells``), a book of a million members takes a moment;
past days are counted from the entries in effect by then.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from apps.core import clock
from apps.points.queries import reading
from apps.points.queries.valuing import unit_cost
from apps.points.rules.valuing import cost_fen
from apps.stores.models import Store

AGES = (90, 180, 365)  # days since the points were earned; older ones come last
# First the few cohorts of store, month and age, then the three ways to read them.
_BOOK = """
  , history AS (
    SELECT coalesce(sum(granted), 0)::bigint AS matured, coalesce(sum(lapsed), 0)::bigint AS lapsed,
           CASE WHEN sum(granted) > 0 THEN div(sum(lapsed) * 1000000, sum(granted)) ELSE 0 END AS rate
      FROM cells WHERE expires_on >= %(day)s - %(history)s AND expires_on < %(day)s
  ), cohorts AS (
    SELECT store_id, month, age, sum(lots) AS lots, sum(points) AS points,
           CASE WHEN month IS NULL THEN 0 WHEN age = -1 THEN sum(points)
                ELSE least(sum(points), div(sum(granted) * (SELECT rate FROM history), 1000000)) END AS broken
      FROM (
      SELECT store_id, date_trunc('month', expires_on::timestamp)::date AS month,
             CASE WHEN expires_on < %(day)s THEN -1
                  ELSE width_bucket(%(day)s - earned_on, %(ages)s::int[]) END AS age, lots, points, granted
        FROM cells WHERE %(stores)s::bigint[] IS NULL OR store_id = ANY (%(stores)s)) c
     GROUP BY 1, 2, 3 HAVING sum(lots) <> 0
  )
  SELECT grouping(store_id, month, age) AS what, store_id, month, age, sum(lots)::bigint, sum(points)::bigint,
         sum(broken)::bigint
    FROM cohorts GROUP BY GROUPING SETS ((), (store_id), (month), (age))
  UNION ALL SELECT {sums}, NULL, NULL, NULL, entries, owed, NULL FROM sums
  UNION ALL SELECT {history}, NULL, NULL, NULL, matured, lapsed, NULL FROM history
  UNION ALL  -- who sees some stores is told of the members of each, added up
  SELECT {members}, NULL, NULL, NULL, sum(members)::bigint, NULL, NULL FROM crowds
   WHERE level = CASE WHEN %(stores)s::bigint[] IS NULL THEN 3 ELSE 1 END
     AND (%(stores)s::bigint[] IS NULL OR store_id = ANY (%(stores)s))
   ORDER BY 1, 6 DESC"""
BY_STORE, BY_MONTH, BY_AGE, TOTAL, SUMS, HISTORY, MEMBERS = 3, 5, 6, 7, reading.SUMS, 9, 10


@dataclass(frozen=True)
class Line:
    """One line of the book. ``key``: a store's id, a month's first day, a bound of age; None: none."""

    key: str | int | None
    title: str
    lots: int
    points: int
    cost_fen: int
    breakage: int


@dataclass(frozen=True)
class Book:
    """The book at the close of a business day. Entries are left out where only some stores are told of.

    ``counted_at`` says that it is older than now: so much was entered since that it waits to be counted."""

    through: str
    fen_per_hundred: int
    members: int
    total: Line
    by_store: list[Line]
    by_month: list[Line]
    by_age: list[Line]
    matured: int
    lapsed: int
    entries: int | None
    owed: int | None
    counted_at: datetime | None = None

    @property
    def has_history(self) -> bool:
        return self.matured > 0

    @property
    def rate_bp(self) -> int:
        """The breakage rate in hundredths of a per cent."""
        return self.lapsed * 10_000 // self.matured if self.matured else 0

    @property
    def difference(self) -> int | None:
        """Lots less entries less what is owed: zero, to the point."""
        return None if self.entries is None else self.total.points - self.entries - self.owed


def book(
    *, today: date, through: date | None = None, stores: Collection[int] | None = None, asset: str = "points"
) -> Book:
    """The book now, or at the close of a past day; ``stores`` keeps what these stores issued (None: all).

    Raises NotCounted when there are too many lots to count while somebody waits and no count is kept yet.
    """
    day = today if through is None else through
    facts = {
        "day": clock.business_day(clock.day_end(day)) if through else today,
        "stores": None if stores is None else list(stores),
        "ages": [0, *(age + 1 for age in AGES)],
    }
    sql = _BOOK.format(sums=SUMS, history=HISTORY, members=MEMBERS)
    told = reading.then(sql, facts, clock.day_end(day), asset) if through else reading.now(sql, facts, asset)
    single = {row[0]: row[4:] for row in told.rows if row[0] in (SUMS, HISTORY, MEMBERS)}
    sums = (None, None) if stores is not None else single[SUMS][:2]
    lines = [row for row in told.rows if row[0] < SUMS]
    sums = (*single[HISTORY][:2], *sums, told.counted_at)
    return _book(day, single[MEMBERS][0] or 0, lines, sums)


def _book(day: date, members: int, rows: list[tuple], sums: tuple) -> Book:
    cost = unit_cost(day)
    names = dict(Store.objects.values_list("pk", "name"))
    lines: dict[int, list[Line]] = {BY_STORE: [], BY_MONTH: [], BY_AGE: [], TOTAL: []}
    for group, store_id, month, age, lots, points, broken in rows:
        key = {BY_STORE: store_id, BY_MONTH: month and f"{month:%Y-%m}", BY_AGE: age, TOTAL: None}[group]
        title = names.get(store_id, "") if group == BY_STORE else str(key if key is not None else "")
        lots, points, broken = lots or 0, points or 0, broken or 0
        lines[group].append(Line(key, title, lots, points, cost_fen(points, cost), broken))
    months = sorted(lines[BY_MONTH], key=lambda line: (line.key is None, line.key))
    ages = sorted(lines[BY_AGE], key=lambda line: line.key)
    return Book(day.isoformat(), cost, members, lines[TOTAL][0], lines[BY_STORE], months, ages, *sums)
