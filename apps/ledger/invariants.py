"""What must never break in the ledger: L1–L6 and L8–L13, each one SQL that returns the offending rows.

(L7, every accepted fact has one outcome, belongs to the app that accepts facts.)
"""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core import invariants

L1 = """
  SELECT a.id AS account_id, a.member_id, a.balance, coalesce(sum(e.amount), 0) AS entries
    FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
   GROUP BY a.id, a.member_id, a.balance HAVING a.balance <> coalesce(sum(e.amount), 0)"""

L1_RUNNING = """
  SELECT * FROM (
    SELECT id AS entry_id, account_id, balance_after,
           sum(amount) OVER (PARTITION BY account_id ORDER BY id) AS entries FROM ledger_entry) r
   WHERE balance_after <> entries"""

L2 = """
  SELECT a.id AS account_id, a.member_id, a.balance, a.owed, coalesce(sum(l.remaining), 0) AS lots
    FROM ledger_account a LEFT JOIN ledger_lot l ON l.account_id = a.id AND l.is_open
   GROUP BY a.id, a.member_id, a.balance, a.owed
  HAVING a.balance <> coalesce(sum(l.remaining), 0) - a.owed"""

L2_OWED = """
  SELECT a.id AS account_id, a.owed, coalesce(r.owed, 0) - coalesce(s.met, 0) AS recorded
    FROM ledger_account a
    LEFT JOIN (SELECT e.account_id, sum(v.owed) AS owed FROM ledger_reversal v
                 JOIN ledger_entry e ON e.id = v.entry_id GROUP BY 1) r ON r.account_id = a.id
    LEFT JOIN (SELECT e.account_id, sum(al.amount) AS met FROM ledger_entry e
                 JOIN ledger_allocation al ON al.entry_id = e.id WHERE e.kind = 'settle' GROUP BY 1) s
           ON s.account_id = a.id
   WHERE a.owed <> coalesce(r.owed, 0) - coalesce(s.met, 0)"""

L3 = "SELECT id AS lot_id, granted, remaining FROM ledger_lot WHERE remaining < 0 OR remaining > granted"

L4 = """
  SELECT l.id AS lot_id, l.granted, l.remaining, coalesce(sum(al.amount), 0) AS allocated
    FROM ledger_lot l LEFT JOIN ledger_allocation al ON al.lot_id = l.id
   GROUP BY l.id, l.granted, l.remaining HAVING l.remaining <> l.granted - coalesce(sum(al.amount), 0)"""

L4_ENTRY = """
  SELECT e.id AS entry_id, e.kind, e.amount, coalesce(g.granted, 0) AS granted, coalesce(t.taken, 0) AS taken
    FROM ledger_entry e
    LEFT JOIN (SELECT entry_id, sum(granted) AS granted FROM ledger_lot GROUP BY 1) g ON g.entry_id = e.id
    LEFT JOIN (SELECT entry_id, sum(amount) AS taken FROM ledger_allocation GROUP BY 1) t ON t.entry_id = e.id
    LEFT JOIN ledger_reversal r ON r.entry_id = e.id
   WHERE e.kind <> 'settle'
     AND e.amount <> coalesce(g.granted, 0) - coalesce(t.taken, 0) - coalesce(r.owed, 0)"""

L5 = """
  SELECT e.id AS entry_id, e.account_id, e.balance_after FROM ledger_entry e
   WHERE e.balance_after < 0 AND NOT EXISTS (
     SELECT 1 FROM ledger_reversal r JOIN ledger_entry o ON o.id = r.entry_id
      WHERE o.account_id = e.account_id AND r.owed > 0 AND o.id <= e.id)"""

L6 = """
  SELECT source, count(*) AS times FROM (
    SELECT source FROM ledger_entry WHERE source IS NOT NULL
    UNION ALL SELECT source FROM ledger_decline) s
   GROUP BY source HAVING count(*) > 1"""

L8 = """
  SELECT al.entry_id, al.lot_id, al.amount, e.reverses_id AS original_id
    FROM ledger_entry e JOIN ledger_allocation al ON al.entry_id = e.id JOIN ledger_lot l ON l.id = al.lot_id
   WHERE e.kind = 'reverse' AND l.entry_id <> e.reverses_id AND NOT EXISTS (
     SELECT 1 FROM ledger_allocation o WHERE o.entry_id = e.reverses_id AND o.lot_id = al.lot_id)"""

L8_AMOUNT = """
  SELECT r.original_id, abs(o.amount) AS amount, sum(r.requested) AS reversed
    FROM ledger_reversal r JOIN ledger_entry o ON o.id = r.original_id
   GROUP BY r.original_id, o.amount HAVING sum(r.requested) > abs(o.amount)"""

L8_LOT = """
  SELECT o.entry_id AS original_id, o.lot_id, o.amount, -sum(b.amount) AS returned
    FROM ledger_allocation o
    JOIN ledger_entry r ON r.reverses_id = o.entry_id
    JOIN ledger_allocation b ON b.entry_id = r.id AND b.lot_id = o.lot_id
   GROUP BY o.entry_id, o.lot_id, o.amount HAVING -sum(b.amount) > o.amount"""

L8_LAPSED = """
  SELECT r.original_id, sum(r.lapsed) AS lapsed, ledger_lapsed(r.original_id, 'infinity') AS uncounted
    FROM ledger_reversal r WHERE r.lapsed > 0
   GROUP BY r.original_id HAVING ledger_lapsed(r.original_id, 'infinity') < 0"""

L8_RECORD = """
  SELECT e.id AS entry_id, e.kind, e.reverses_id, r.original_id, r.moved, coalesce(t.taken, 0) AS taken
    FROM ledger_entry e LEFT JOIN ledger_reversal r ON r.entry_id = e.id
    LEFT JOIN (SELECT entry_id, sum(amount) AS taken FROM ledger_allocation GROUP BY 1) t ON t.entry_id = e.id
   WHERE (e.kind = 'reverse' OR r.entry_id IS NOT NULL)
     AND (e.kind <> 'reverse' OR r.original_id IS DISTINCT FROM e.reverses_id
          OR r.moved <> abs(coalesce(t.taken, 0)))"""

# Each spend against every lot that was open would be quadratic on an account that is used a lot. So the
# spends of an account are numbered, and each span of two, four, eight… of them knows the latest lot it took
# and its days. A lot that held something while spends lo to hi were made is compared with the few spans that
# make up lo to hi; only where a span took a later lot are its spends looked at one by one.
L9 = """
  WITH terms AS (  -- a lot's last day from one entry to another, as extensions moved it
    SELECT lot_id, was AS last_day, lag(entry_id, 1, 0::bigint) OVER of_lot AS since, entry_id AS until
      FROM ledger_extension WINDOW of_lot AS (PARTITION BY lot_id ORDER BY entry_id)
    UNION ALL
    SELECT l.id, l.expires_on, coalesce(x.last_moved, 0), {end}
      FROM ledger_lot l
      LEFT JOIN (SELECT lot_id, max(entry_id) AS last_moved FROM ledger_extension GROUP BY 1) x
             ON x.lot_id = l.id
  ), taken AS (  -- each spend with the last lot it took from
    SELECT DISTINCT ON (e.id) e.id, e.account_id, (e.at AT TIME ZONE '{zone}')::date AS day, al.lot_id,
           coalesce(t.last_day, 'infinity'::date) AS last_day
      FROM ledger_entry e JOIN ledger_allocation al ON al.entry_id = e.id
      JOIN terms t ON t.lot_id = al.lot_id AND t.since < e.id AND e.id < t.until
     WHERE e.kind IN ('spend', 'adjust') AND e.amount < 0
     ORDER BY e.id, coalesce(t.last_day, 'infinity'::date) DESC, al.lot_id DESC
  ), spent AS MATERIALIZED (
    SELECT t.*, least(last_day, '9999-12-31'::date) - '2000-01-01'::date AS last,
           row_number() OVER of_account - 1 AS nr, floor(log(2, count(*) OVER whole))::int AS levels
      FROM taken t
    WINDOW of_account AS (PARTITION BY account_id ORDER BY id), whole AS (PARTITION BY account_id)
  ), tops AS MATERIALIZED (
    SELECT account_id, max(ARRAY[last::bigint, lot_id]) AS latest FROM spent GROUP BY 1
  ), touched AS (
    SELECT id AS lot_id, account_id, available_on, entry_id, granted AS change
      FROM ledger_lot JOIN tops USING (account_id)
    UNION ALL
    SELECT al.lot_id, l.account_id, l.available_on, al.entry_id, -al.amount
      FROM ledger_allocation al JOIN ledger_lot l ON l.id = al.lot_id JOIN tops USING (account_id)
  ), filled AS (  -- from which entry to which a lot held something
    SELECT * FROM (
      SELECT lot_id, account_id, available_on, entry_id AS since, sum(change) OVER of_lot AS remaining,
             lead(entry_id, 1, {end}) OVER of_lot AS until
        FROM touched WINDOW of_lot AS (PARTITION BY lot_id ORDER BY entry_id)) r
     WHERE remaining > 0
  ), spans AS MATERIALIZED (
    SELECT account_id, level, nr >> level AS span, max(ARRAY[last::bigint, lot_id]) AS latest,
           min(day) AS from_day, max(day) AS to_day
      FROM spent CROSS JOIN LATERAL generate_series(0, levels) AS level GROUP BY 1, 2, 3
  ), open AS MATERIALIZED (  -- what a lot held under one last day, where a later one was ever taken
    SELECT row_number() OVER () AS piece, f.lot_id, f.account_id, f.available_on,
           coalesce(t.last_day, 'infinity'::date) AS last_day, greatest(f.since, t.since + 1) AS since,
           least(f.until, t.until) AS until,
           least(coalesce(t.last_day, 'infinity'), '9999-12-31'::date) - '2000-01-01'::date AS last
      FROM filled f JOIN terms t ON t.lot_id = f.lot_id AND t.since < f.until AND f.since < t.until
      JOIN tops USING (account_id)
     WHERE tops.latest > ARRAY[
       least(coalesce(t.last_day, 'infinity'), '9999-12-31'::date) - '2000-01-01'::date, f.lot_id]
  ), marks AS (  -- how many spends came before a piece began, and before it ended
    SELECT piece, min(before) AS lo, max(before) AS hi FROM (
      SELECT piece, sum(is_spend) OVER (PARTITION BY account_id ORDER BY at, is_spend
                                         ROWS UNBOUNDED PRECEDING) AS before
        FROM (SELECT account_id, id AS at, 1 AS is_spend, NULL AS piece FROM spent
              UNION ALL SELECT account_id, since, 0, piece FROM open
              UNION ALL SELECT account_id, until, 0, piece FROM open) m) n
     WHERE piece IS NOT NULL GROUP BY piece HAVING min(before) < max(before)
  ), compared AS MATERIALIZED (  -- the spans that make up the spends lo to hi of a piece
    SELECT o.*, c.level, c.span
      FROM marks m JOIN open o USING (piece)
     CROSS JOIN LATERAL generate_series(0, floor(log(2, m.hi - m.lo))::int) AS level
     CROSS JOIN LATERAL (SELECT (m.lo::bigint + (1::bigint << level) - 1) >> level AS first,
                                m.hi::bigint >> level AS past) r
     CROSS JOIN LATERAL (
       SELECT level, r.first AS span WHERE r.first < r.past AND r.first % 2 = 1
       UNION ALL SELECT level, r.past - 1 WHERE r.first < r.past AND r.past % 2 = 1) c
  ), suspects AS MATERIALIZED (
    SELECT c.* FROM compared c JOIN spans s USING (account_id, level, span)
     WHERE s.latest > ARRAY[c.last::bigint, c.lot_id] AND s.from_day <= c.last_day
       AND (c.available_on IS NULL OR c.available_on <= s.to_day)
  )
  SELECT s.id AS entry_id, s.lot_id, c.lot_id AS sooner_lot_id
    FROM suspects c JOIN spent s ON s.account_id = c.account_id AND s.nr >> c.level = c.span
   WHERE (c.last_day, c.lot_id) < (s.last_day, s.lot_id)
     AND c.last_day >= s.day AND coalesce(c.available_on, s.day) <= s.day"""

L10 = """
  SELECT l.id AS lot_id, l.expires_on FROM ledger_asset s
    JOIN ledger_account a ON a.asset_id = s.id JOIN ledger_lot l ON l.account_id = a.id
   WHERE NOT s.can_expire AND l.expires_on IS NOT NULL"""

L11 = """
  SELECT table_name, column_name, data_type FROM information_schema.columns
   WHERE table_schema = current_schema() AND table_name LIKE 'ledger\\_%' AND data_type <> 'bigint'
     AND column_name IN ('amount', 'balance', 'balance_after', 'held', 'owed', 'granted', 'remaining',
                         'requested', 'moved', 'lapsed', 'waived')"""

GUARDS = (
    "ledger_entry_kept",
    "ledger_allocation_kept",
    "ledger_reversal_kept",
    "ledger_extension_kept",
    "ledger_decline_kept",
    "ledger_lot_grant_kept",
    "ledger_hold_kept",
    "core_auditentry_kept",
    "ledger_hold_ended",
    "ledger_lot_last_day_recorded",
    "ledger_entry_month_open",
    "ledger_closedmonth_kept",
)
L12 = f"""
  SELECT name AS missing_guard FROM unnest(ARRAY{list(GUARDS)}::text[]) AS name
   WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgname = name AND t.tgenabled = 'O')"""

L13 = """
  SELECT a.id AS account_id, a.held, coalesce(sum(h.amount), 0) AS open_holds
    FROM ledger_account a LEFT JOIN ledger_hold h ON h.account_id = a.id AND h.state = 'open'
   GROUP BY a.id, a.held HAVING a.held <> coalesce(sum(h.amount), 0)"""

L13_ENDED = """
  SELECT h.id AS hold_id, h.state, h.amount, e.amount AS captured FROM ledger_hold h
    LEFT JOIN ledger_entry e ON e.id = h.entry_id
   WHERE (h.state = 'captured') <> (h.entry_id IS NOT NULL) OR -e.amount > h.amount OR e.kind <> 'spend'"""


L14 = """
  SELECT e.id AS entry_id, e.account_id, e.at, e.posted_at, c.month
    FROM (SELECT month, ends_at, guarded_at, lag(ends_at, 1, '-infinity') OVER (ORDER BY ends_at) AS since
            FROM ledger_closedmonth) c
    JOIN ledger_entry e ON e.at >= c.since AND e.at < c.ends_at AND e.posted_at > c.guarded_at"""


def register() -> None:
    """Declare the ledger's invariants."""
    declare = invariants.register
    declare("L1", _("A balance is the sum of its entries"), L1)
    declare("L1 running", _("Every balance after an entry follows from the entries before it"), L1_RUNNING)
    declare("L2", _("A balance is what its lots still hold, less what is owed"), L2)
    declare("L2 owed", _("What is owed is what reversals could not take, less what was settled"), L2_OWED)
    declare("L3", _("No lot is below zero or above its grant"), L3)
    declare("L4", _("A lot holds its grant less its allocations"), L4)
    declare("L4 entry", _("An entry is its lots and allocations"), L4_ENTRY)
    declare("L5", _("No account was ever below zero without owing"), L5)
    declare("L6", _("A source key acted once"), L6)
    declare("L8", _("A reversal touches only lots its original touched"), L8)
    declare("L8 amount", _("Nothing is reversed beyond its amount"), L8_AMOUNT)
    declare("L8 lot", _("No lot gets back more than was taken from it"), L8_LOT)
    declare("L8 lapsed", _("No expiry counts for more than was lost to it"), L8_LAPSED)
    declare("L8 record", _("Every reversal says how it was met"), L8_RECORD)
    declare(
        "L9",
        _("Spending took the lots that expire soonest"),
        L9.format(zone=settings.TIME_ZONE, end=2**63 - 1),
    )
    declare("L10", _("Stored-value principal carries no expiry"), L10)
    declare("L11", _("Amounts are whole numbers"), L11)
    declare("L12", _("History is protected in the database"), L12)
    declare("L13", _("What is held is the sum of open holds"), L13)
    declare("L14", _("Nothing was entered into a month that was closed"), L14)
    declare("L13 ended", _("A hold ended once, captured or released"), L13_ENDED)
