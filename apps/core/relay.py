"""Handing announced events to their subscribers.

An event is *due* while a subscriber has not handled it. The relay first takes due events for itself by
moving their next attempt away (so a relay that dies, or a second one, changes nothing), then hands
each one on: every subscriber runs in one transaction with its delivery row. A subscriber that fails
leaves its message on the event and raises; the event comes back later, each time after a longer wait,
and the subscribers that had handled it are not called again.
"""

import traceback
from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.core.models import OutboxEvent
from apps.core.outbox import SUBSCRIBERS, Subscriber

BATCH = 50
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
SHOWN = 2000  # characters of a failure kept on the event

_TAKE = """
  UPDATE core_outboxevent SET attempts = attempts + 1,
         next_attempt_at = %(at)s + least(%(first)s * (2 ^ least(attempts, 20)), %(longest)s)
   WHERE id IN (SELECT id FROM core_outboxevent
                 WHERE done_at IS NULL AND (next_attempt_at IS NULL OR next_attempt_at <= %(at)s)
                 ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
  RETURNING id"""
_PROVE = """
  INSERT INTO core_delivery (event_id, subscriber, at) VALUES (%s, %s, %s)
  ON CONFLICT (event_id, subscriber) DO NOTHING"""


def relay_outbox(*, at: datetime, limit: int = BATCH) -> int:
    """Hand on at most ``limit`` due events, oldest first; how many. Raises what a subscriber raised."""
    taken = _take(at, limit)
    for event_id in taken:
        _hand_on(event_id, at)
    return len(taken)


def _take(at: datetime, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        waits = {"first": FIRST_WAIT, "longest": LONGEST_WAIT}
        cursor.execute(_TAKE, {"at": at, "limit": limit, **waits})
        return sorted(event_id for (event_id,) in cursor.fetchall())


def _hand_on(event_id: int, at: datetime) -> None:
    event = OutboxEvent.objects.get(pk=event_id)
    try:
        for name, handle in SUBSCRIBERS[event.topic].items():
            _deliver(event, name, handle, at)
    except BaseException:
        OutboxEvent.objects.filter(pk=event_id).update(last_error=traceback.format_exc()[-SHOWN:])
        raise
    OutboxEvent.objects.filter(pk=event_id, done_at=None).update(done_at=at, last_error="")


@transaction.atomic
def _deliver(event: OutboxEvent, name: str, handle: Subscriber, at: datetime) -> None:
    """Call the subscriber unless its delivery row exists: the row is its lock and its proof."""
    with connection.cursor() as cursor:
        cursor.execute(_PROVE, [event.pk, name, at])
        is_first = cursor.rowcount == 1
    if is_first:
        handle(event)
