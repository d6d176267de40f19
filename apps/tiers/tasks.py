"""Doorbells of tiers: what is due and what is left stands in the database."""

import time
from datetime import date, datetime

from celery import shared_task

from apps.core import clock
from apps.tiers import queries
from apps.tiers import services as tiers
from apps.tiers.errors import (
    AssessedSince,
    AssessmentBusy,
    AssessmentEnded,
    AssessmentTooEarly,
    PastPending,
)
from apps.tiers.models import AssessmentRun, Backfill, RunState

WORKERS = 2
SECONDS_AT_ONCE = 40


@shared_task(name="tiers.run_chunks", ignore_result=True)
def run_chunks(run_id: int) -> int:
    """Assess chunks of a run for a while, then ring again if some are left; how many were assessed."""
    ends, done = time.monotonic() + SECONDS_AT_ONCE, 0
    while tiers.run_assessment_chunk(run_id=run_id, at=clock.now()) is not None:
        done += 1
        if time.monotonic() > ends:
            run_chunks.delay(run_id)
            return done
    tiers.finish_assessment(run_id=run_id, at=clock.now())
    return done


@shared_task(name="tiers.book_past", ignore_result=True)
def book_past(programme_id: int) -> int:
    """Book ranges of a programme's past for a while, then ring again if some are left; how many."""
    ends, done = time.monotonic() + SECONDS_AT_ONCE, 0
    while tiers.run_backfill_chunk(programme_id=programme_id, at=clock.now()) is not None:
        done += 1
        if time.monotonic() > ends:
            book_past.delay(programme_id)
            return done
    tiers.finish_backfill(programme_id=programme_id, at=clock.now())
    return done


@shared_task(name="tiers.assess_due", ignore_result=True)
def assess_due() -> list[int]:
    """Assess every programme whose day has come and has not been assessed; the runs begun."""
    now = clock.now()
    begun = []
    for programme in queries.live_programmes():
        for day in queries.days_due(programme, clock.business_day(now)):
            run_id = _assess(programme, day, now)
            if run_id is None:
                break
            begun.append(run_id)
    return begun


def _assess(programme: queries.LiveProgramme, day: date, now: datetime) -> int | None:
    """Begin an assessment, as many days in a row as nothing is in the way."""
    try:
        run = tiers.plan_assessment(code=programme.code, as_of=day, actor=tiers.ASSESSOR, at=now)
        tiers.start_assessment(run_id=run.pk, actor=tiers.ASSESSOR, at=now)
    except AssessmentBusy as busy:
        ring(busy.run_id)
    except PastPending:
        ring_past(programme.id)
    except (AssessmentEnded, AssessmentTooEarly, AssessedSince):
        return None
    else:
        ring(run.pk)
        return run.pk
    return None


@shared_task(name="tiers.settle", ignore_result=True)
def settle() -> int:
    """Let graces and entitlements that are over end; how many."""
    now = clock.now()
    return tiers.settle_entitlements(at=now) + tiers.settle_falls(at=now)


@shared_task(name="tiers.resume", ignore_result=True)
def resume() -> int:
    """Ring for every assessment and backfill under way, in case its workers died; how many."""
    runs = AssessmentRun.objects.filter(state=RunState.RUNNING).values_list("pk", flat=True)
    pasts = Backfill.objects.filter(finished_at__isnull=True).values_list("programme", flat=True)
    for run_id in runs:
        ring(run_id)
    for programme_id in pasts:
        ring_past(programme_id)
    return len(runs) + len(pasts)


def ring(run_id: int) -> None:
    """Call workers to an assessment."""
    for _worker in range(WORKERS):
        run_chunks.delay(run_id)


def ring_past(programme_id: int) -> None:
    """Call workers to a programme's past."""
    for _worker in range(WORKERS):
        book_past.delay(programme_id)
