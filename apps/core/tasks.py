"""Doorbells of the kernel."""

from celery import shared_task

from apps.core import clock
from apps.core.approvals import services as approvals
from apps.core.relay import BATCH, relay_outbox

MOST_ROUNDS = 20


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
