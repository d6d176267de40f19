"""Taking back what an act did: each entry reversed into its own lots, in chunks.

What was spent or had expired meanwhile is counted and left: nobody is made to owe for an undoing.
"""

from datetime import datetime

from django.db import transaction

from apps.core.approvals import services as approvals
from apps.core.approvals.errors import NothingToUndo
from apps.core.approvals.models import ApprovalRequest
from apps.ledger import services as ledger
from apps.points import queries
from apps.points.models import UndoRun

ENTRIES_AT_ONCE = 250  # keeps the accounts locked for about half a second
SUBJECT = "points.undo"


def check_undo(*, request_id: int, at: datetime) -> ApprovalRequest:
    """The request, if what it did may be taken back. Raises NothingToUndo, UndoTooLate."""
    row = approvals.undoable(request_id=request_id, by=SUBJECT, at=at)
    if UndoRun.objects.filter(of_request_id=request_id).exists():
        raise NothingToUndo(request_id)
    return row


@transaction.atomic
def start_undo(*, of_request_id: int, request_id: int, at: datetime) -> UndoRun:
    """Let workers at it. Raises NothingToUndo, UndoTooLate."""
    row = check_undo(request_id=of_request_id, at=at)
    entries = queries.entries_of(row).count()
    if not entries:
        raise NothingToUndo(of_request_id)
    return UndoRun.objects.create(request_id=request_id, of_request_id=of_request_id, entries=entries)


@transaction.atomic
def undo_chunk(*, run_id: int, at: datetime) -> int:
    """Take back the next entries; how many. The last chunk finishes both requests."""
    run = UndoRun.objects.select_for_update().get(pk=run_id)
    if run.done >= run.entries:
        return 0
    of = ApprovalRequest.objects.get(pk=run.of_request_id)
    by = ApprovalRequest.objects.get(pk=run.request_id)
    entries = queries.entries_of(of).filter(pk__gt=run.last_entry).order_by("pk")[:ENTRIES_AT_ONCE]
    keys = list(entries.values_list("pk", "account__member_id"))
    ledger.lock_accounts([member_id for _entry_id, member_id in keys])
    met = ledger.waive_all([entry_id for entry_id, _member_id in keys], _reversal(run, by, at))
    run.moved, run.spent, run.lapsed = run.moved + met.moved, run.spent + met.waived, run.lapsed + met.lapsed
    run.done, run.last_entry = run.done + len(keys), keys[-1][0]
    run.save()
    if run.done == run.entries:
        _finish(run, at)
    return len(keys)


def _reversal(run: UndoRun, by: ApprovalRequest, at: datetime) -> ledger.ReversalRequest:
    """How each entry is taken back; what of it was refunded before is not taken twice."""
    return ledger.ReversalRequest(
        f"undo:{run.request_id}:",
        at,
        shortfall="waive",
        explanation={"reason": by.reason, "request": by.pk},
        staff_id=by.asked_by_id,
    )


def _finish(run: UndoRun, at: datetime) -> None:
    sums = {"moved": run.moved, "spent": run.spent, "lapsed": run.lapsed}
    result = {"done": {"count": run.entries}, **sums}
    approvals.finish(subject=(SUBJECT, run.of_request_id), result=result, at=at)
    approvals.undo(request_id=run.of_request_id, by_request_id=run.request_id, at=at)
