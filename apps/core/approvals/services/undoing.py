"""Taking back: an act says by which other act; until when, and that it happens once, is said here."""

from datetime import datetime, timedelta

from apps.core.approvals.errors import NothingToUndo, UndoTooLate
from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.approvals.queries import UNDO_WITHIN
from apps.core.approvals.registry import acts


def undoable(*, request_id: int, by: str, at: datetime) -> ApprovalRequest:
    """The request, held to the end of the transaction, if the act ``by`` may take back what it did.

    Raises NothingToUndo, UndoTooLate.
    """
    row = ApprovalRequest.objects.select_for_update().get(pk=request_id)
    if row.state != RequestState.DONE or acts.get(row.act).undo != by:
        raise NothingToUndo(request_id)
    if row.finished_at + UNDO_WITHIN <= at:
        raise UndoTooLate(UNDO_WITHIN // timedelta(hours=1))
    return row
