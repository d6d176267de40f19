"""Doorbells of clearing: what is due and what is left stands in the database."""

import time

from celery import shared_task

from apps.core import clock
from apps.points import queries
from apps.points import services as points
from apps.points.errors import ClearingBusy

WORKERS = 2
SECONDS_AT_ONCE = 40


@shared_task(name="points.clear_due", ignore_result=True)
def clear_due() -> int | None:
    """Plan and start the clearing of today's business day; the run's id, None when nothing new is due."""
    now = clock.now()
    try:
        run = points.plan_clearing(as_of=clock.business_day(now), actor=points.CLEARER, at=now)
    except ClearingBusy as busy:
        ring(busy.run_id)
        return busy.run_id
    if run is None:
        return None
    points.start_clearing(run_id=run.pk, actor=points.CLEARER, at=now)
    ring(run.pk)
    return run.pk


@shared_task(name="points.run_chunks", ignore_result=True)
def run_chunks(run_id: int) -> int:
    """Clear chunks of a run for a while, then ring again if some are left; how many were cleared."""
    ends, cleared = time.monotonic() + SECONDS_AT_ONCE, 0
    while points.run_chunk(run_id=run_id, at=clock.now()):
        cleared += 1
        if time.monotonic() > ends:
            run_chunks.delay(run_id)
            return cleared
    points.finish_clearing(run_id=run_id, at=clock.now())
    return cleared


@shared_task(name="points.resume_clearing", ignore_result=True)
def resume_clearing() -> list[int]:
    """Ring for every run that is under way, in case its workers died; their ids."""
    found = [run.pk for run in queries.running()]
    for run_id in found:
        ring(run_id)
    return found


def ring(run_id: int) -> None:
    """Call workers to a run."""
    for _worker in range(WORKERS):
        run_chunks.delay(run_id)
