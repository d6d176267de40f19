"""Doorbells of the kernel."""

import time

from celery import shared_task

from apps.core import clock
from apps.core.approvals import services as approvals
from apps.core.relay import BATCH, relay_outbox
from apps.core.truth import services
from apps.core.truth.queries import RING

MOST_ROUNDS = 20
SECONDS_AT_ONCE = 40


@shared_task(name="core.relay_outbox", ignore_result=True)
def relay_outbox_task() -> int:
    """Hand on what is due, at most ``MOST_ROUNDS`` batches; how many events were done."""
    done = 0
    for _round in range(MOST_ROUNDS):
        handed_on = relay_outbox(at=clock.now())
        done += handed_on
        if handed_on < BATCH:
            break
    return done


@shared_task(name="core.expire_approvals", ignore_result=True)
def expire_approvals() -> int:
    """End the approval requests nobody decided in time; how many."""
    return approvals.expire_due(at=clock.now())


@shared_task(name="core.reconcile_touched", ignore_result=True)
def reconcile_touched() -> None:
    """Check the invariants of accounts touched lately."""
    services.reconcile_touched(at=clock.now())


@shared_task(name="core.reconcile_all", ignore_result=True)
def reconcile_all(run_id: int = 0) -> None:
    """Check every invariant of every account for a while, then ring again for the rest."""
    ends = time.monotonic() + SECONDS_AT_ONCE
    if not run_id:
        run = services.begin_full(at=clock.now())
        services.forget_old(at=clock.now())
        run_id = run.pk if run else 0
    while run_id and services.reconcile_chunk(run_id=run_id, at=clock.now()):
        if time.monotonic() > ends:
            reconcile_all.delay(run_id)
            return


@shared_task(name="core.beat", ignore_result=True)
def beat() -> None:
    """A ring came through: beat, broker and a worker carry one another."""
    services.beat(name=RING, at=clock.now())
