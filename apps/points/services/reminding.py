"""Planning reminders of expiry from the very lots that will expire.

A reminder is due from so many days before a last day on. Whoever is met late (the job was, or the lot is
young) gets the one of the shortest notice only, never several at once. Each is a row, unique per member,
last day and notice, and one announced event: planning again plans nothing more.
"""

from datetime import date, datetime

from django.db import connection, transaction

from apps.ledger.assets import asset_id
from apps.members.models import MemberStatus

NOTICES = (30, 7, 1)  # days before the last day
TOPIC = "points.expiring"

_PLAN = """
  WITH due AS (
    SELECT l.account_id, l.member_id, l.expires_on, sum(l.remaining)::bigint AS points,
           (SELECT min(d) FROM unnest(%(notices)s::int[]) d WHERE d >= l.expires_on - %(day)s) AS days_before
      FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
      JOIN members_member m ON m.id = l.member_id
     WHERE l.account_id > %(after)s AND l.account_id <= %(upto)s AND l.is_open
       AND l.expires_on >= %(day)s AND l.expires_on <= %(day)s + %(longest)s
       AND a.asset_id = %(asset)s AND m.status = %(active)s
     GROUP BY l.account_id, l.member_id, l.expires_on
  ), planned AS (
    INSERT INTO points_reminder (member_id, asset_id, expires_on, days_before, points, planned_at)
    SELECT member_id, %(asset)s, expires_on, days_before, points, %(at)s FROM due
     ORDER BY expires_on, days_before, member_id
    ON CONFLICT ON CONSTRAINT points_reminder_once DO NOTHING
    RETURNING id, member_id, expires_on, days_before, points
  )
  INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
  SELECT %(topic)s, jsonb_build_object('reminder', id, 'member', member_id, 'expires_on', expires_on,
                                       'days_before', days_before, 'points', points), %(at)s, 0, ''
    FROM planned ORDER BY id"""


@transaction.atomic
def plan_reminders(*, day: date, after: int, upto: int, at: datetime, asset: str = "points") -> int:
    """Plan and announce what is due on a business day for accounts ``after < id <= upto``; how many."""
    facts = {
        "day": day,
        "after": after,
        "upto": upto,
        "at": at,
        "asset": asset_id(asset),
        "notices": list(NOTICES),
        "longest": max(NOTICES),
        "active": MemberStatus.ACTIVE.value,
        "topic": TOPIC,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, facts)
        return cursor.rowcount
