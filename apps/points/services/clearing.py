"""Running a planned clearing: chunk by chunk, each in one transaction, by any number of workers.

A worker claims a chunk (others skip it), expires its accounts and writes what was done. Killed at any
point, the chunk is as if never begun and the next worker takes it. A chunk must do what the plan says;
if entries written after the plan explain the difference it is kept as late, else the run stops.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.core import audit, outbox
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.points import queries
from apps.points.errors import ClearingBusy, ClearingDiffers, ClearingEnded
from apps.points.models import ClearingChunk, ClearingRun, RunState
from apps.points.services.planning import one_at_a_time

CLEARER = Actor("points.clear_due")
ACCOUNTS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """What one chunk cleared."""

    accounts: int
    lots: int
    points: int


@transaction.atomic
def start_clearing(*, run_id: int, actor: Actor, at: datetime, reason: str = "") -> ClearingRun:
    """Let workers at a planned run; a run under way stays so. Raises ClearingEnded, ClearingBusy."""
    one_at_a_time()
    run = ClearingRun.objects.select_for_update().get(pk=run_id)
    if run.state == RunState.RUNNING:
        return run
    if run.state != RunState.PLANNED:
        raise ClearingEnded(run_id, run.state)
    other = queries.running().filter(asset_id=run.asset_id).first()
    if other is not None:
        raise ClearingBusy(other.pk)
    run.state, run.started_at, run.note = RunState.RUNNING, at, reason
    run.save(update_fields=["state", "started_at", "note"])
    _record("points.start_clearing", run, actor, at, accounts=run.plan["accounts"], points=run.plan["points"])
    return run


def run_chunk(*, run_id: int, at: datetime) -> ChunkDone | None:
    """Clear one chunk; None when none is left to claim.

    Raises ClearingDiffers when it is not what was planned: then the chunk is undone and the run stopped.
    """
    try:
        return _claim_and_clear(run_id, at)
    except ClearingDiffers as difference:
        _stop(run_id, at, difference)
        raise


@transaction.atomic
def finish_clearing(*, run_id: int, at: datetime) -> bool:
    """Close the run if its last chunk is done; False while some are not, or when it was closed before."""
    undone = ClearingChunk.objects.filter(run_id=OuterRef("pk"), done_at__isnull=True)
    open_runs = ClearingRun.objects.filter(pk=run_id, state=RunState.RUNNING).exclude(Exists(undone))
    if not open_runs.update(state=RunState.DONE, finished_at=at):
        return False
    done = queries.progress(run_id)  # read after the last chunk is known to be done, not before
    totals = {"accounts": done.accounts, "lots": done.lots, "points": done.points}
    ClearingRun.objects.filter(pk=run_id).update(**totals)
    run = ClearingRun.objects.get(pk=run_id)
    _record("points.finish_clearing", run, CLEARER, at, late_points=done.late_points, **totals)
    outbox.announce("points.cleared", {"run": run_id, "as_of": run.as_of.isoformat(), **totals}, at=at)
    return True


@transaction.atomic
def _claim_and_clear(run_id: int, at: datetime) -> ChunkDone | None:
    waiting = ClearingChunk.objects.filter(
        run_id=run_id, run__state=RunState.RUNNING, done_at__isnull=True
    ).select_related("run")
    chunk = waiting.order_by("first_account").select_for_update(skip_locked=True, of=("self",)).first()
    if chunk is None:
        return None
    done = _expire(chunk)
    chunk.accounts, chunk.lots, chunk.points = done.accounts, done.lots, done.points
    if done != ChunkDone(chunk.planned_accounts, chunk.planned_lots, chunk.planned_points):
        _explain_difference(chunk)
    chunk.done_at = at
    chunk.save()
    return done


def _expire(chunk: ClearingChunk) -> ChunkDone:
    """Clear the chunk's range; more than once around only if later accounts swelled it."""
    run, after = chunk.run, chunk.first_account - 1
    done = ChunkDone(0, 0, 0)
    while True:
        expired = ledger.expire_accounts(
            asset=run.asset.code,
            as_of=run.as_of,
            accounts=ledger.AccountRange(after, chunk.last_account, ACCOUNTS_AT_ONCE),
            source_prefix=queries.source_prefix(run.pk),
        )
        done = ChunkDone(
            done.accounts + expired.accounts, done.lots + expired.lots, done.points + expired.points
        )
        if expired.accounts < ACCOUNTS_AT_ONCE or expired.last_account is None:
            return done
        after = expired.last_account


def _explain_difference(chunk: ClearingChunk) -> None:
    """Keep what later entries changed. Raises ClearingDiffers when they don't explain it."""
    late = queries.late(chunk.run, chunk)
    if late.due_then != chunk.planned_points or not late.entries:
        raise ClearingDiffers(chunk.planned_points, chunk.points, late.due_then)
    chunk.late_points = chunk.points - chunk.planned_points
    chunk.late_entries = late.entries


@transaction.atomic
def _stop(run_id: int, at: datetime, difference: ClearingDiffers) -> None:
    stopped = ClearingRun.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        state=RunState.STOPPED, finished_at=at, note=str(difference)
    )
    if stopped:
        run = ClearingRun.objects.get(pk=run_id)
        _record("points.stop_clearing", run, CLEARER, at, planned=difference.planned, due=difference.due)


def _record(code: str, run: ClearingRun, actor: Actor, at: datetime, **facts: int) -> None:
    data = {"as_of": run.as_of.isoformat(), **facts}
    audit.record(code, actor=actor, subject=("points.clearing", run.pk), at=at, data=data)
