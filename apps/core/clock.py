"""The only clock. Doors (views, commands, tasks) read it and pass ``at`` down; services never do.

A *business day* is a calendar day in the programme's zone. A deadline written as a DATE passes at the
next local midnight. A rehearsal moves the clock with ``moved_to``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings

_fixed: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present instant in UTC, or the one a rehearsal moved the clock to."""
    return _fixed.get() or datetime.now(UTC)


def zone() -> ZoneInfo:
    """The programme's zone, in which business days begin and end."""
    return _zone(settings.TIME_ZONE)


_zone = cache(ZoneInfo)


def business_day(at: datetime) -> date:
    """The business day an instant falls on."""
    return at.astimezone(zone()).date()


def day_start(day: date) -> datetime:
    """The instant a business day begins."""
    return datetime.combine(day, time.min, tzinfo=zone()).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The instant a business day ends: the next local midnight, not part of the day."""
    return day_start(day + timedelta(days=1))


@contextmanager
def moved_to(at: datetime) -> Iterator[None]:
    """Within the block ``now()`` answers ``at``."""
    token = _fixed.set(at)
    try:
        yield
    finally:
        _fixed.reset(token)
