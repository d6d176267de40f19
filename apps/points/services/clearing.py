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
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import Unapproved
from apps.core.approvals.models import Basis
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.points import queries
from apps.points.errors import ClearingBusy, ClearingDiffers, ClearingEnded
from apps.points.models import ClearingChunk, ClearingRun, RunState
from apps.points.services.planning import one_at_a_time

CLEAR = "points.clear"
CLEARER = Actor("points.clear_due")
ACCOUNTS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """What one chunk cleared."""

    accounts: int
    lots: int
    points: int


@transaction.atomic
def start_clearing(
    *, run_id: int, actor: Actor, at: datetime, reason: str = "", request_id: int | None = None
) -> ClearingRun:
    """Let workers at a planned run; a run under way stays so.

    A person starts it by a request for approval; what the schedule or the command line starts is put on
    record as such. Raises ClearingEnded, ClearingBusy, Unapproved.
    """
    one_at_a_time()
    run = ClearingRun.objects.select_for_update().get(pk=run_id)
    if run.state == RunState.RUNNING:
        return run
    if run.state != RunState.PLANNED:
        raise ClearingEnded(run_id, run.state)
    other = queries.running().filter(asset_id=run.asset_id).first()
    if other is not None:
        raise ClearingBusy(other.pk)
    if request_id is None:
        _note(run, actor, at)
    run.state, run.started_at, run.note = RunState.RUNNING, at, reason
    run.save(update_fields=["state", "started_at", "note"])
    _record("points.start_clearing", run, actor, at, accounts=run.plan["accounts"], points=run.plan["points"])
    return run


def hold_plan(*, run_id: int) -> None:
    """Nobody counts the run anew, starts it or starts another, to the end of this transaction."""
    one_at_a_time()
    ClearingRun.objects.select_for_update().get(pk=run_id)


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
    as_planned = {"points": done.points - done.late_points}
    approvals.finish(subject=_subject(run_id), result={**totals, "done": as_planned}, at=at)
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
    """Clear the chunk's range until nothing in it is due; usually its last account comes first time round."""
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
        if expired.last_account is None or expired.last_account >= chunk.last_account:
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
        approvals.stop(subject=_subject(run_id), fault=str(difference), at=at)
        _record("points.stop_clearing", run, CLEARER, at, planned=difference.planned, due=difference.due)


def _note(run: ClearingRun, actor: Actor, at: datetime) -> None:
    """Without a request only the schedule (under the published policies) and the command line start a run."""
    if actor.staff_id is not None:
        raise Unapproved(CLEAR)
    basis = Basis.STANDING if actor == CLEARER else Basis.SHELL
    approvals.note(act=CLEAR, payload={"run": run.pk}, actor=actor, basis=basis, at=at)


def _subject(run_id: int) -> tuple[str, int]:
    return ("points.clearing", run_id)


def _record(code: str, run: ClearingRun, actor: Actor, at: datetime, **facts: int) -> None:
    data = {"as_of": run.as_of.isoformat(), **facts}
    audit.record(code, actor=actor, subject=_subject(run.pk), at=at, data=data)
