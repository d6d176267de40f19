"""Doorbells of clearing: what is due and what is left stands in the database."""

import time
from collections.abc import Callable
from datetime import date

from celery import Task, shared_task

from apps.core import clock
from apps.points import queries
from apps.points import services as points
from apps.points.errors import ClearingBusy

WORKERS = 2
SECONDS_AT_ONCE = 40
REMINDED_AT_ONCE = 20_000  # accounts in one transaction


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


@shared_task(name="points.remind", ignore_result=True)
def remind(day: str = "", after: int = 0) -> int:
    """Plan the reminders of a business day (ISO; today by default), accounts after a key; how many.

    Rings again for the accounts that are left when the time is up.
    """
    ends, planned = time.monotonic() + SECONDS_AT_ONCE, 0
    now = clock.now()
    today = date.fromisoformat(day) if day else clock.business_day(now)
    last = queries.last_account()
    while after < last:
        planned += points.plan_reminders(day=today, after=after, upto=after + REMINDED_AT_ONCE, at=now)
        after += REMINDED_AT_ONCE
        if after < last and time.monotonic() > ends:
            remind.delay(today.isoformat(), after)
            break
    return planned


@shared_task(name="points.run_extension", ignore_result=True)
def run_extension(run_id: int) -> None:
    """Extend (or restore) lots of a run for a while, then ring again if some are left."""
    ends = time.monotonic() + SECONDS_AT_ONCE
    while points.run_extension_chunk(run_id=run_id, at=clock.now()):
        if time.monotonic() > ends:
            run_extension.delay(run_id)
            return


@shared_task(name="points.resume_extensions", ignore_result=True)
def resume_extensions() -> list[int]:
    """Ring for every extension that is under way, in case its worker died; their ids."""
    found = [run.pk for run in queries.extensions_under_way()]
    for run_id in found:
        run_extension.delay(run_id)
    return found


@shared_task(name="points.keep_books", ignore_result=True)
def keep_books() -> int:
    """Count the books of closed months whose counting was cut short; how many."""
    return points.keep_books(at=clock.now())


@shared_task(name="points.count_book", ignore_result=True)
def count_book() -> int:
    """Bring the kept count of the book up to what was entered; how many steps it took.

    What is still being written keeps a step waiting for the next ring.
    """
    ends, steps = time.monotonic() + SECONDS_AT_ONCE, 0
    while points.count_step(at=clock.now()):
        steps += 1
        if time.monotonic() > ends:
            break
    return steps


def ring(run_id: int) -> None:
    """Call workers to a run."""
    for _worker in range(WORKERS):
        run_chunks.delay(run_id)


@shared_task(name="points.award_list", ignore_result=True)
def award_list(list_id: int) -> int:
    """Award rows of a list for a while, then ring again if some are left; how many were awarded."""
    return _for_a_while(award_list, list_id, lambda: points.award_chunk(list_id=list_id, at=clock.now()))


@shared_task(name="points.undo_act", ignore_result=True)
def undo_act(run_id: int) -> int:
    """Take entries back for a while, then ring again if some are left; how many were."""
    return _for_a_while(undo_act, run_id, lambda: points.undo_chunk(run_id=run_id, at=clock.now()))


@shared_task(name="points.resume_by_hand", ignore_result=True)
def resume_by_hand() -> int:
    """Ring for every list and undoing that is not at its end, in case its workers died; how many."""
    lists, undoings = queries.open_lists(), queries.open_undoings()
    for list_id in lists:
        award_list.delay(list_id)
    for run_id in undoings:
        undo_act.delay(run_id)
    return len(lists) + len(undoings)


def _for_a_while(bell: Task, key: int, chunk: Callable[[], int]) -> int:
    ends, done = time.monotonic() + SECONDS_AT_ONCE, 0
    while number := chunk():
        done += number
        if time.monotonic() > ends:
            bell.delay(key)
            return done
    return done
