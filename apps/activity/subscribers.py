"""What this app does when it hears of something: a registration counts as an activity, and every member
has one row of facts about their purchases.
"""

from datetime import datetime

from django.db import connection

from apps.activity import services
from apps.activity.models import ActivityKind
from apps.activity.rules import Fact
from apps.core.models import OutboxEvent
from apps.core.outbox import subscribe
from apps.members import services as members

REGISTRATIONS = "system"

_SUMMARISE = """
  INSERT INTO activity_membersummary AS s (member_id, purchases, spent_fen, first_visit_at, last_visit_at)
  SELECT a.member_id, count(*) FILTER (WHERE a.kind = 'purchase'),
         sum(CASE a.kind WHEN 'purchase' THEN 1 ELSE -1 END * (a.amount_fen - a.discount_fen)),
         min(a.occurred_at), max(a.occurred_at)
    FROM activity_activity a
   WHERE a.id = ANY (%s) AND a.kind IN ('purchase', 'refund')
   GROUP BY a.member_id ORDER BY a.member_id
  ON CONFLICT (member_id) DO UPDATE SET
    purchases = s.purchases + excluded.purchases,
    spent_fen = s.spent_fen + excluded.spent_fen,
    first_visit_at = least(s.first_visit_at, excluded.first_visit_at),
    last_visit_at = greatest(s.last_visit_at, excluded.last_visit_at)"""


def summarise(event: OutboxEvent) -> None:
    """Add a batch of activities to their members' summaries. The delivery row makes it happen once."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARISE, [event.payload["activities"]])


def record_registration(event: OutboxEvent) -> None:
    """A member enrolled: let rules for registrations award it. A member closed by now gets nothing."""
    told = event.payload
    members.ensure_channel(REGISTRATIONS)
    fact = Fact(
        kind=ActivityKind.REGISTER,
        channel=REGISTRATIONS,
        external_id=f"register:{told['member_id']}",
        member_id=told["member_id"],
        occurred_at=datetime.fromisoformat(told["at"]),
        store_id=told["store_id"],
        attributes={"channel": told["channel"]} if told["channel"] else {},
    )
    services.record([fact], at=event.created_at)


subscribe("activity.recorded", "activity.member_summary", summarise)
subscribe("member.enrolled", "activity.registration", record_registration)
