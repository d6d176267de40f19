"""How a long act ends: finished as planned, stopped, or undone later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.approvals.services.running import asker, record


def finish(*, subject: tuple[str, object], result: Mapping[str, Any], at: datetime) -> None:
    """The act under way on this subject is done; ``result`` says what was. In the caller's transaction."""
    for row in _under_way(subject):
        row.state, row.finished_at, row.result = RequestState.DONE, at, {**row.result, **result}
        row.save(update_fields=["state", "finished_at", "result"])
        record("approvals.finish", row, asker(row), at)


def stop(*, subject: tuple[str, object], fault: str, at: datetime) -> None:
    """The act under way on this subject stopped itself. In the caller's transaction."""
    for row in _under_way(subject):
        row.state, row.finished_at, row.fault = RequestState.STOPPED, at, fault
        row.save(update_fields=["state", "finished_at", "fault"])
        record("approvals.stop", row, asker(row), at, fault=fault)


def undo(*, request_id: int, by_request_id: int, at: datetime) -> None:
    """What this request did has been taken back by another one. In the caller's transaction."""
    row = ApprovalRequest.objects.select_for_update().get(pk=request_id)
    row.state, row.result = RequestState.UNDONE, {**row.result, "undone_by": by_request_id}
    row.save(update_fields=["state", "result"])
    record("approvals.undo", row, asker(row), at, by=by_request_id)


def _under_way(subject: tuple[str, object]) -> list[ApprovalRequest]:
    rows = ApprovalRequest.objects.select_for_update().filter(
        subject_type=subject[0], subject_id=str(subject[1]), state=RequestState.RUNNING
    )
    return list(rows.order_by("pk"))
