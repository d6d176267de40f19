"""Replays as they are looked at: how far one has come, and what its book was."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from apps.activity.models import Replay, ReplayChunk, ReplayState
from apps.activity.queries.history import Window
from apps.core import clock
from apps.points import queries as points
from apps.points import rules


@dataclass(frozen=True)
class ReplayProgress:
    """Activities replayed of those planned."""

    done: int
    planned: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.planned if self.planned else 100


def replay_progress(replay: Replay) -> ReplayProgress:
    """How far a replay has come, from its chunks."""
    if replay.state == ReplayState.DONE:
        return ReplayProgress(replay.activities, replay.activities)
    done = ReplayChunk.objects.filter(replay=replay).aggregate(
        done=Sum("activities", filter=Q(done_at__isnull=False), default=0)
    )
    return ReplayProgress(done["done"], replay.activities)


def running_replays() -> QuerySet[Replay]:
    """Replays under way, oldest first."""
    return Replay.objects.filter(state=ReplayState.RUNNING).order_by("id")


def window_of(replay: Replay) -> Window:
    """The stretch of history a replay is about, in local time."""
    zone = clock.zone()
    return Window(replay.starts_at.astimezone(zone), replay.ends_at.astimezone(zone), replay.last_activity)


def book_of(replay: Replay) -> rules.Rulebook:
    """The rulebook of history in which the replayed version is live throughout."""
    return points.book_with(replay.version, replay.definition)
