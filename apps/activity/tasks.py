"""Doorbells: what is due stands in the database."""

import time

from celery import shared_task

from apps.activity import queries, services
from apps.core import clock

WORKERS = 2
SECONDS_AT_ONCE = 40


@shared_task(name="activity.expire_quotes", ignore_result=True)
def expire_quotes() -> int:
    """Let go the quotes and holds whose time is over."""
    return services.expire_quotes(at=clock.now())


@shared_task(name="activity.run_replay", ignore_result=True)
def run_replay(replay_id: int) -> int:
    """Replay ranges for a while, then ring again if some are left; how many were done."""
    ends, done = time.monotonic() + SECONDS_AT_ONCE, 0
    while services.run_replay_chunk(replay_id=replay_id, at=clock.now()):
        done += 1
        if time.monotonic() > ends:
            run_replay.delay(replay_id)
            return done
    services.finish_replay(replay_id=replay_id, at=clock.now())
    return done


@shared_task(name="activity.resume_replays", ignore_result=True)
def resume_replays() -> list[int]:
    """Ring for every replay under way, in case its workers died; their ids."""
    found = list(queries.running_replays().values_list("pk", flat=True))
    for replay_id in found:
        ring(replay_id)
    return found


def ring(replay_id: int) -> None:
    """Call workers to a replay."""
    for _worker in range(WORKERS):
        run_replay.delay(replay_id)
