"""What must never break in clearing: K1–K6, each one SQL that returns the offending rows.

A lot's last day may have been moved on since (a return with grace); an entry is judged by the last day the
lot had when the entry was written.
"""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core import invariants
from apps.points import cells

_TOUCHED = """
  SELECT e.id AS entry_id, e.kind, e.at, al.lot_id, al.amount,
         coalesce((SELECT x.was FROM ledger_extension x WHERE x.lot_id = l.id AND x.entry_id > e.id
                    ORDER BY x.entry_id LIMIT 1), l.expires_on) AS last_day
    FROM ledger_entry e JOIN ledger_allocation al ON al.entry_id = e.id JOIN ledger_lot l ON l.id = al.lot_id
   WHERE e.kind = '{kind}'"""
_DEADLINE = "((last_day + 1)::timestamp AT TIME ZONE '{zone}')"

K1 = f"""
  SELECT entry_id, lot_id, at, last_day FROM ({_TOUCHED.format(kind="expire")}) t
   WHERE last_day IS NULL OR at < {_DEADLINE}"""

K2 = f"""
  SELECT entry_id, lot_id, at, last_day FROM ({_TOUCHED.format(kind="spend")}) t
   WHERE at >= {_DEADLINE}"""

# A lot that expired is empty. It expires again only with what came back into it since: by a return with
# grace, by taking the expiry back, or by a reversal in effect while the lot was still valid (told late).
K3 = """
  SELECT lot_id, entry_id, before FROM (
    SELECT al.lot_id, al.entry_id,
           lag(al.entry_id) OVER (PARTITION BY al.lot_id ORDER BY al.entry_id) AS before
      FROM ledger_allocation al JOIN ledger_entry e ON e.id = al.entry_id WHERE e.kind = 'expire') x
   WHERE before IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM ledger_allocation b
      WHERE b.lot_id = x.lot_id AND b.amount < 0 AND b.entry_id > x.before AND b.entry_id < x.entry_id)"""

# Due is a lot past its deadline, from the first business day that saw it so (a lot of imported history is
# written long after its deadline: then from the day after it was written).
K4 = """
  SELECT l.id AS lot_id, l.expires_on, l.remaining
    FROM ledger_lot l JOIN ledger_entry e ON e.id = l.entry_id
   WHERE l.is_open AND l.expires_on < (now() AT TIME ZONE '{zone}')::date
     AND (greatest(l.expires_on, (e.posted_at AT TIME ZONE '{zone}')::date) + 1)::timestamp
         AT TIME ZONE '{zone}' + interval '6 hours' < now()"""

K5 = """
  SELECT asset_id, as_of, round, count(*) AS runs FROM points_clearingrun WHERE state = 'done'
   GROUP BY asset_id, as_of, round HAVING count(*) > 1"""

K5_OPEN = """
  SELECT r.id AS run_id, c.id AS chunk_id
    FROM points_clearingrun r JOIN points_clearingchunk c ON c.run_id = r.id
   WHERE r.state = 'done' AND c.done_at IS NULL"""

K6 = """
  SELECT id AS chunk_id, run_id, planned_points, points, late_points FROM points_clearingchunk
   WHERE done_at IS NOT NULL AND (points <> planned_points + late_points OR (late_entries = 0
         AND (accounts, lots, points) <> (planned_accounts, planned_lots, planned_points)))"""

K6_TOTAL = """
  SELECT r.id AS run_id, r.points, c.points AS chunks, r.plan->>'points' AS planned, e.points AS entries
    FROM points_clearingrun r
    LEFT JOIN (SELECT run_id, sum(points) AS points, sum(planned_points) AS planned
                 FROM points_clearingchunk GROUP BY 1) c ON c.run_id = r.id
    LEFT JOIN (SELECT split_part(source, ':', 2)::bigint AS run_id, -sum(amount) AS points FROM ledger_entry
                WHERE kind = 'expire' AND source LIKE 'clear:%' GROUP BY 1) e ON e.run_id = r.id
   WHERE r.state = 'done' AND (r.points <> coalesce(c.points, 0) OR r.points <> coalesce(e.points, 0)
         OR coalesce((r.plan->>'points')::bigint, 0) <> coalesce(c.planned, 0))"""

A1_CLEARING = """
  SELECT r.id AS run_id, r.state, r.started_at FROM points_clearingrun r
   WHERE r.started_at IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM core_approvalrequest q
          WHERE q.subject_type = 'points.clearing' AND q.subject_id = r.id::text AND q.basis <> '')"""

A1_BY_HAND = """
  SELECT e.id AS entry_id, e.source, e.amount, q.state FROM ledger_entry e
    LEFT JOIN core_approvalrequest q ON q.id = substring(e.source from '^(?:adjust|mass):([0-9]+)')::bigint
   WHERE e.kind = 'adjust' AND (e.source LIKE 'adjust:%' OR e.source LIKE 'mass:%')
     AND (q.id IS NULL OR q.basis = '')"""

_ASSET = "(SELECT id FROM ledger_asset WHERE code = 'points')"
_THROUGH = "(SELECT through FROM points_bookcount WHERE is_live)"
_RECOUNTED = (cells.WHOLE + cells.SIDES + cells.CHANGES).format(
    lot=cells.LOT, asset=_ASSET, since="0", through=_THROUGH, zone="'{zone}'"
)
B1 = f"""
  SELECT part, store_id, earned_on, day, sum(lots) AS lots, sum(points) AS points, sum(granted) AS granted,
         sum(lapsed) AS lapsed
    FROM (
      WITH {_RECOUNTED}
      SELECT 'lots' AS part, store_id, earned_on, expires_on AS day, -lots AS lots, -points AS points,
             -granted AS granted, -lapsed AS lapsed FROM changed_cells
      UNION ALL SELECT 'members ' || level, store_id, NULL, month, -members, 0, 0, 0 FROM changed_crowds
      UNION ALL SELECT 'lots', store_id, earned_on, expires_on, lots, points, granted, lapsed
        FROM points_bookcell b JOIN points_bookcount k ON k.id = b.count_id WHERE k.is_live
      UNION ALL SELECT 'members ' || level, store_id, NULL, month, members, 0, 0, 0
        FROM points_bookcrowd b JOIN points_bookcount k ON k.id = b.count_id WHERE k.is_live) sides
   GROUP BY 1, 2, 3, 4 HAVING (sum(lots), sum(points), sum(granted), sum(lapsed)) <> (0, 0, 0, 0)"""

B2 = """
  SELECT k.through, k.entries, k.owed, coalesce(sum(b.points), 0) AS lots
    FROM points_bookcount k LEFT JOIN points_bookcell b ON b.count_id = k.id WHERE k.is_live
   GROUP BY k.id HAVING coalesce(sum(b.points), 0) <> k.entries + k.owed"""


A1_EXTENSION = """
  SELECT r.id AS run_id, r.state, r.started_at FROM points_extensionrun r
    LEFT JOIN core_approvalrequest q ON q.id = r.request_id
    LEFT JOIN core_approvalrequest u ON u.id = r.undo_request_id
   WHERE (r.started_at IS NOT NULL AND coalesce(q.basis, '') = '')
      OR (r.state IN ('undoing', 'undone') AND coalesce(u.basis, '') = '')"""


def register() -> None:
    """Declare the invariants of clearing, of what is moved by hand and of the kept count."""
    declare, zone = invariants.register, settings.TIME_ZONE
    declare("K1", _("No lot expired before its deadline"), K1.format(zone=zone))
    declare("K2", _("No lot was spent after its deadline"), K2.format(zone=zone))
    declare("K3", _("A lot expired once, unless something came back into it"), K3)
    declare("K4", _("Nothing due is left six hours later"), K4.format(zone=zone))
    declare("K5", _("A round of clearing finished once"), K5)
    declare("K5 open", _("A finished run has no open chunk"), K5_OPEN)
    declare("K6", _("Each chunk did what was planned, or names what came late"), K6)
    declare("A1 by hand", _("No points were moved by hand without a request on record"), A1_BY_HAND)
    declare("A1 clearing", _("No clearing run was started without a request on record"), A1_CLEARING)
    declare("A1 extension", _("No points were extended without a request on record"), A1_EXTENSION)
    declare(
        "B1",
        _("The kept book is what the lots held at the entry it was counted through"),
        B1.format(zone=zone),
    )
    declare("B2", _("The kept book's lots are its entries and what is owed"), B2)
    declare("K6 total", _("A run's total is its plan, its chunks and its entries"), K6_TOTAL)
