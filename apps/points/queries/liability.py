"""The liability book: points owed to members, by issuing store, expiry month and age, with what they cost and
what of them will probably never be used.

*Outstanding* is what lots still hold. It equals the sum of entries plus what members owe, to the point; the
book carries both sides and their difference.

*Expected breakage* by the ultimate redemption rate (Gault, Llaguno, Ménard: "Loyalty Rewards and Gift
Card Programs: Basic Actuarial Estimation Techniques", CAS E-Forum, Summer 2012; IFRS 15 B46 calls it the
breakage an entity expects to be entitled to): of the lots whose last day lay in the 365 days before,
``rate`` = points that lapsed ÷ points granted less those taken back by refunds. A lot granted G that still
holds R is expected to lapse by min(R, ⌊G × rate⌋). Points without a last day break nothing; points past
theirs break wholly. Without such lots there is no history and no estimate.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from apps.core import clock
from apps.ledger.assets import asset_id
from apps.points.queries.valuing import unit_cost
from apps.points.rules.valuing import cost_fen
from apps.stores.models import Store

AGES = (90, 180, 365)  # days since the points were earned; older ones come last
HISTORY_DAYS = 365
MILLION = 1_000_000  # the rate is reckoned in millionths

_NOW = """
  SELECT l.account_id, e.store_id, l.expires_on, l.granted, l.remaining, e.at
    FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id JOIN ledger_entry e ON e.id = l.entry_id
   WHERE l.is_open AND a.asset_id = %(asset)s"""
# What lots held at a past instant follows from the entries in effect by then; a debit told earlier than the
# credit it took from leaves its lot below zero for that while, so that both sides still agree.
_THEN = """
  SELECT * FROM (
    SELECT l.account_id, e.store_id, l.granted, e.at, coalesce(m.was, l.expires_on) AS expires_on,
           CASE WHEN e.at < %(close)s THEN l.granted ELSE 0 END - coalesce(t.taken, 0) AS remaining
      FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id JOIN ledger_entry e ON e.id = l.entry_id
      LEFT JOIN (SELECT DISTINCT ON (x.lot_id) x.lot_id, x.was
                   FROM ledger_extension x JOIN ledger_entry m ON m.id = x.entry_id
                  WHERE m.at >= %(close)s ORDER BY x.lot_id, x.entry_id) m ON m.lot_id = l.id
      LEFT JOIN (SELECT al.lot_id, sum(al.amount)::bigint AS taken
                   FROM ledger_allocation al JOIN ledger_entry x ON x.id = al.entry_id
                  WHERE x.at < %(close)s GROUP BY 1) t ON t.lot_id = l.id
     WHERE a.asset_id = %(asset)s) past
   WHERE remaining <> 0"""
# First the few cells of store, month and age, then the three ways to read them.
_BOOK = """
  SELECT grouping(store_id, month, age), store_id, month, age, sum(lots)::bigint, sum(points)::bigint,
         sum(broken)::bigint
    FROM (
    SELECT store_id, date_trunc('month', expires_on::timestamp)::date AS month,
           CASE WHEN expires_on < %(day)s THEN -1
                ELSE width_bucket(%(day)s - (at AT TIME ZONE %(zone)s)::date, %(ages)s::int[]) END AS age,
           count(*) AS lots, sum(remaining) AS points,
           sum(CASE WHEN expires_on IS NULL THEN 0 WHEN expires_on < %(day)s THEN remaining
                    ELSE least(remaining, granted * %(rate)s / 1000000) END) AS broken
      FROM ({lots}) held
     WHERE %(stores)s::bigint[] IS NULL OR store_id = ANY (%(stores)s)
     GROUP BY 1, 2, 3) cells
   GROUP BY GROUPING SETS ((), (store_id), (month), (age))
  UNION ALL  -- in the same statement: both sides of the same instant
  SELECT {entries}, NULL, NULL, NULL, owed, entries, NULL FROM ({sums}) s
   ORDER BY 1, 6 DESC"""
_MEMBERS = """
  SELECT count(DISTINCT account_id) FROM ({lots}) held
   WHERE %(stores)s::bigint[] IS NULL OR store_id = ANY (%(stores)s)"""
_HISTORY = """
  SELECT coalesce(sum(x.granted - x.back), 0)::bigint, coalesce(sum(x.lapsed), 0)::bigint FROM (
    SELECT l.granted,
           coalesce(sum(al.amount) FILTER (WHERE e.reverses_id = l.entry_id), 0) AS back,
           coalesce(sum(al.amount) FILTER (WHERE e.kind = 'expire' OR o.kind = 'expire'), 0) AS lapsed
      FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
      LEFT JOIN ledger_allocation al ON al.lot_id = l.id
      LEFT JOIN ledger_entry e ON e.id = al.entry_id LEFT JOIN ledger_entry o ON o.id = e.reverses_id
     WHERE a.asset_id = %(asset)s AND l.expires_on >= %(day)s - %(history)s AND l.expires_on < %(day)s
     GROUP BY l.id) x"""
_ENTRIES_NOW = """
  SELECT coalesce(sum(balance), 0)::bigint AS entries, coalesce(sum(owed), 0)::bigint AS owed
    FROM ledger_account WHERE asset_id = %(asset)s"""
_ENTRIES_THEN = """
  SELECT coalesce(sum(e.amount), 0)::bigint AS entries,
         coalesce(sum(r.owed), 0)::bigint - coalesce(sum(s.met), 0)::bigint AS owed
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    LEFT JOIN ledger_reversal r ON r.entry_id = e.id
    LEFT JOIN LATERAL (SELECT sum(al.amount) AS met FROM ledger_allocation al
                        WHERE al.entry_id = e.id AND e.kind = 'settle') s ON e.kind = 'settle'
   WHERE a.asset_id = %(asset)s AND e.at < %(close)s"""
BY_STORE, BY_MONTH, BY_AGE, TOTAL, ENTRIES = 3, 5, 6, 7, 8


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
    """The book at the close of a business day. Entries are left out where only some stores are told of."""

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
    """The book now, or at the close of a past day; ``stores`` keeps what these stores issued (None: all)."""
    day = today if through is None else through
    facts = {
        "asset": asset_id(asset),
        "day": clock.business_day(clock.day_end(day)) if through else today,
        "close": clock.day_end(day),
        "stores": None if stores is None else list(stores),
        "history": HISTORY_DAYS,
        "zone": str(clock.zone()),
        "ages": [0, *(age + 1 for age in AGES)],
    }
    lots, sums = (_THEN, _ENTRIES_THEN) if through else (_NOW, _ENTRIES_NOW)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '128MB'")  # a million lots without spilling
        cursor.execute(_HISTORY, facts)
        matured, lapsed = cursor.fetchone()
        facts["rate"] = lapsed * MILLION // matured if matured else 0
        cursor.execute(_BOOK.format(lots=lots, sums=sums, entries=ENTRIES), facts)
        rows = cursor.fetchall()
        cursor.execute(_MEMBERS.format(lots=lots), facts)
        members = cursor.fetchone()[0]
    entries, owed = next((row[5], row[4]) for row in rows if row[0] == ENTRIES)
    known = (entries, owed) if stores is None else (None, None)
    lines = [row for row in rows if row[0] != ENTRIES]
    return _book(day, members, lines, (matured, lapsed, *known))


def _book(day: date, members: int, rows: list[tuple], sums: tuple) -> Book:
    cost = unit_cost(day)
    names = dict(Store.objects.values_list("pk", "name"))
    lines: dict[int, list[Line]] = {BY_STORE: [], BY_MONTH: [], BY_AGE: [], TOTAL: []}
    for group, store_id, month, age, lots, points, broken in rows:
        key = {BY_STORE: store_id, BY_MONTH: month and f"{month:%Y-%m}", BY_AGE: age, TOTAL: None}[group]
        title = names.get(store_id, "") if group == BY_STORE else str(key if key is not None else "")
        points, broken = points or 0, broken or 0
        lines[group].append(Line(key, title, lots, points, cost_fen(points, cost), broken))
    months = sorted(lines[BY_MONTH], key=lambda line: (line.key is None, line.key))
    ages = sorted(lines[BY_AGE], key=lambda line: line.key)
    return Book(day.isoformat(), cost, members, lines[TOTAL][0], lines[BY_STORE], months, ages, *sums)
