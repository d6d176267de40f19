"""Cells of the liability book: sums of lots by store, day of earning and last day, as SQL to build on.

Everything a lot ever held follows from entries: its grant, the allocations from it, the moves of its last
day. So what it held when entry N was the last one is known at any later time, whatever was written meanwhile.
A *side* is one lot at one entry: with sign 1 at ``through``, with sign −1 at ``since``; what changed between
them is their sum. ``chosen`` are the accounts looked at, ``met`` their lots.
"""

NO_END = 2**63 - 1

# Accounts with entries after ``since``, and of their lots those that hold something or have since lost it.
MOVED = """
  chosen AS MATERIALIZED (
    SELECT DISTINCT e.account_id FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
     WHERE e.id > {since} AND e.id <= {through} AND a.asset_id = {asset}
  ), met AS MATERIALIZED (
    SELECT {lot} FROM chosen c JOIN ledger_lot l ON l.account_id = c.account_id AND l.is_open
    UNION
    SELECT {lot} FROM chosen c JOIN ledger_entry e ON e.account_id = c.account_id AND e.id > {since}
      JOIN ledger_allocation al ON al.entry_id = e.id JOIN ledger_lot l ON l.id = al.lot_id
  )"""
# A range of accounts and all their lots.
RANGE = """
  chosen AS MATERIALIZED (
    SELECT id AS account_id FROM ledger_account
     WHERE asset_id = {asset} AND id > %(first)s AND id <= %(last)s
  ), met AS MATERIALIZED (
    SELECT {lot} FROM chosen c JOIN ledger_entry e ON e.account_id = c.account_id AND e.id <= {through}
      JOIN ledger_lot l ON l.entry_id = e.id
  )"""
# All lots.
WHOLE = """
  met AS MATERIALIZED (
    SELECT {lot} FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
     WHERE a.asset_id = {asset} AND l.entry_id <= {through}
  )"""

SIDES = """
  , taken AS MATERIALIZED (
    SELECT al.lot_id,
           sum(al.amount) FILTER (WHERE al.entry_id > {since}) AS after_since,
           sum(al.amount) FILTER (WHERE al.entry_id > {through}) AS after_through,
           sum(al.amount) FILTER (WHERE al.entry_id <= {since} AND e.reverses_id = l.entry_id) AS back_since,
           sum(al.amount) FILTER (WHERE al.entry_id <= {through} AND e.reverses_id = l.entry_id)
             AS back_through,
           sum(al.amount) FILTER (WHERE al.entry_id <= {since} AND 'expire' IN (e.kind, o.kind))
             AS lapsed_since,
           sum(al.amount) FILTER (WHERE al.entry_id <= {through} AND 'expire' IN (e.kind, o.kind))
             AS lapsed_through
      FROM met l JOIN ledger_allocation al ON al.lot_id = l.id
      JOIN ledger_entry e ON e.id = al.entry_id LEFT JOIN ledger_entry o ON o.id = e.reverses_id
     GROUP BY al.lot_id
  ), sides AS MATERIALIZED (
    SELECT s.sign, l.account_id, e.store_id, (e.at AT TIME ZONE {zone})::date AS earned_on, s.expires_on,
           s.points,
           CASE WHEN s.expires_on IS NULL THEN 0 ELSE l.granted - coalesce(s.back, 0) END AS granted,
           CASE WHEN s.expires_on IS NULL THEN 0 ELSE coalesce(s.lapsed, 0) END AS lapsed
      FROM met l JOIN ledger_entry e ON e.id = l.entry_id LEFT JOIN taken t ON t.lot_id = l.id
      LEFT JOIN (SELECT DISTINCT ON (lot_id) lot_id, was FROM ledger_extension WHERE entry_id > {since}
                  ORDER BY lot_id, entry_id) xs ON xs.lot_id = l.id
      LEFT JOIN (SELECT DISTINCT ON (lot_id) lot_id, was FROM ledger_extension WHERE entry_id > {through}
                  ORDER BY lot_id, entry_id) xt ON xt.lot_id = l.id
     CROSS JOIN LATERAL (VALUES
       (-1, {since}, coalesce(xs.was, l.expires_on), l.remaining + coalesce(t.after_since, 0),
        t.back_since, t.lapsed_since),
       (1, {through}, coalesce(xt.was, l.expires_on), l.remaining + coalesce(t.after_through, 0),
        t.back_through, t.lapsed_through)) AS s (sign, at_entry, expires_on, points, back, lapsed)
     WHERE l.entry_id <= s.at_entry
  )"""
# Lots as of an instant: by the entries in effect by then. A debit told earlier than the credit it took from
# leaves its lot below zero for that while, so that both sides of the book still agree.
SIDES_THEN = """
  taken AS MATERIALIZED (
    SELECT al.lot_id, sum(al.amount) AS amount,
           sum(al.amount) FILTER (WHERE e.reverses_id = l.entry_id) AS back,
           sum(al.amount) FILTER (WHERE 'expire' IN (e.kind, o.kind)) AS lapsed
      FROM ledger_account a JOIN ledger_lot l ON l.account_id = a.id
      JOIN ledger_allocation al ON al.lot_id = l.id
      JOIN ledger_entry e ON e.id = al.entry_id LEFT JOIN ledger_entry o ON o.id = e.reverses_id
     WHERE a.asset_id = {asset} AND e.at < %(close)s
     GROUP BY al.lot_id
  ), lots AS (
    SELECT l.account_id, e.store_id, (e.at AT TIME ZONE {zone})::date AS earned_on,
           coalesce(m.was, l.expires_on) AS expires_on, e.at < %(close)s AS is_there, l.granted,
           t.amount, t.back, t.lapsed
      FROM ledger_account a JOIN ledger_lot l ON l.account_id = a.id JOIN ledger_entry e ON e.id = l.entry_id
      LEFT JOIN taken t ON t.lot_id = l.id
      LEFT JOIN (SELECT DISTINCT ON (x.lot_id) x.lot_id, x.was
                   FROM ledger_extension x JOIN ledger_entry m ON m.id = x.entry_id
                  WHERE m.at >= %(close)s ORDER BY x.lot_id, x.entry_id) m ON m.lot_id = l.id
     WHERE a.asset_id = {asset} AND (e.at < %(close)s OR t.amount <> 0)
  ), sides AS MATERIALIZED (
    SELECT 1 AS sign, account_id, store_id, earned_on, expires_on,
           CASE WHEN is_there THEN granted ELSE 0 END - coalesce(amount, 0) AS points,
           CASE WHEN expires_on IS NULL OR NOT is_there THEN 0
                ELSE granted - coalesce(back, 0) END AS granted,
           CASE WHEN expires_on IS NULL THEN 0 ELSE coalesce(lapsed, 0) END AS lapsed
      FROM lots
  )"""

CHANGES = """
  , changed_cells AS MATERIALIZED (
    SELECT store_id, earned_on, expires_on, sum(sign * (points <> 0)::int)::bigint AS lots,
           sum(sign * points)::bigint AS points, sum(sign * granted)::bigint AS granted,
           sum(sign * lapsed)::bigint AS lapsed
      FROM sides GROUP BY 1, 2, 3
  ), changed_crowds AS MATERIALIZED (
    SELECT grouping(store_id, month) AS level, store_id, month,
           count(DISTINCT account_id) FILTER (WHERE sign > 0)
           - count(DISTINCT account_id) FILTER (WHERE sign < 0) AS members
      FROM (SELECT sign, account_id, store_id, date_trunc('month', expires_on::timestamp)::date AS month
              FROM sides WHERE points <> 0) held
     GROUP BY GROUPING SETS ((store_id, month), (store_id), (month), ())
  )"""
# The other side of the book: the entries of the same accounts between the same two.
SUMS = """
  , changed_sums AS MATERIALIZED (
    SELECT coalesce(sum(e.amount), 0)::bigint AS entries,
           (coalesce(sum(r.owed), 0) - coalesce(sum(s.met), 0))::bigint AS owed
      FROM chosen c
      JOIN ledger_entry e ON e.account_id = c.account_id AND e.id > {since} AND e.id <= {through}
      LEFT JOIN ledger_reversal r ON r.entry_id = e.id
      LEFT JOIN LATERAL (SELECT sum(al.amount) AS met FROM ledger_allocation al
                          WHERE al.entry_id = e.id AND e.kind = 'settle') s ON e.kind = 'settle'
  )"""

LOT = "l.id, l.account_id, l.entry_id, l.granted, l.remaining, l.expires_on"
_NAMES = {
    "lot": LOT,
    "since": "%(since)s",
    "through": "%(through)s",
    "asset": "%(asset)s",
    "zone": "%(zone)s",
}
_KEPT = """
  , cells AS (
    SELECT store_id, earned_on, expires_on, lots, points, granted, lapsed FROM points_bookcell
     WHERE count_id = %(count)s AND (lots <> 0 OR expires_on >= %(day)s - %(history)s)
    UNION ALL SELECT * FROM changed_cells
  ), crowds AS (
    SELECT level, store_id, month, members FROM points_bookcrowd WHERE count_id = %(count)s
    UNION ALL SELECT * FROM changed_crowds
  ), sums AS (
    SELECT k.entries + s.entries AS entries, k.owed + s.owed AS owed
      FROM points_bookcount k, changed_sums s WHERE k.id = %(count)s AND k.through = %(since)s
  )"""
_COUNTED = """
  , cells AS (SELECT * FROM changed_cells), crowds AS (SELECT * FROM changed_crowds)"""
_SUMS_NOW = """
  , sums AS (
    SELECT coalesce(sum(balance), 0)::bigint AS entries, coalesce(sum(owed), 0)::bigint AS owed
      FROM ledger_account WHERE asset_id = %(asset)s
  )"""
_SUMS_THEN = """
  , sums AS (
    SELECT coalesce(sum(e.amount), 0)::bigint AS entries,
           coalesce(sum(r.owed), 0)::bigint - coalesce(sum(s.met), 0)::bigint AS owed
      FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
      LEFT JOIN ledger_reversal r ON r.entry_id = e.id
      LEFT JOIN LATERAL (SELECT sum(al.amount) AS met FROM ledger_allocation al
                          WHERE al.entry_id = e.id AND e.kind = 'settle') s ON e.kind = 'settle'
     WHERE a.asset_id = %(asset)s AND e.at < %(close)s
  )"""


def _put(*parts: str) -> str:
    return "".join(parts).format(**_NAMES)


# Each gives ``cells``, ``crowds`` and ``sums`` to read from.
KEPT = "WITH" + _put(MOVED, SIDES, CHANGES, SUMS) + _KEPT
NOW = "WITH" + _put(WHOLE, SIDES, CHANGES) + _COUNTED + _SUMS_NOW
THEN = "WITH" + _put(SIDES_THEN, CHANGES) + _COUNTED + _SUMS_THEN

# Each gives ``changed_cells``, ``changed_crowds`` and ``changed_sums`` to add to a count.
SINCE = "WITH" + _put(MOVED, SIDES, CHANGES, SUMS)
OF_RANGE = "WITH" + _put(RANGE, SIDES, CHANGES, SUMS)
