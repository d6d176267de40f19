"""Deciding a request. Each ending is one conditional update, so of two who decide at once one succeeds, and
nothing is approved after its time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.approvals import queries
from apps.core.approvals.errors import (
    AskerGone,
    NotAllowed,
    NotWaiting,
    OwnRequest,
    PlanChanged,
    ReasonMissing,
)
from apps.core.approvals.models import ApprovalRequest, Basis, RequestState
from apps.core.approvals.registry import acts
from apps.core.approvals.services.running import carry_out, check_plan, record
from apps.core.audit import Actor
from apps.core.errors import LaurelError

CLOCK = Actor("core.expire_approvals")


@transaction.atomic
def approve(*, request_id: int, staff: Any, at: datetime, note: str = "") -> ApprovalRequest:
    """Let the act be done. Comes back *stopped*, with the difference or the refusal, when it can't be done as
    asked. Raises NotAllowed, OwnRequest, NotWaiting."""
    row = _decidable(request_id, staff)
    decided = {**_decision(staff, at, note), "state": RequestState.RUNNING, "basis": Basis.SECOND}
    row = _claim(row, at, decided)
    record("approvals.approve", row, staff.as_actor(), at, note=row.decision_note)
    deed = acts.get(row.act)
    try:
        with transaction.atomic():
            _check_asker(row)
            check_plan(row, deed, at)
            carry_out(row, deed, at)
    except PlanChanged as changed:
        facts = [{"what": each.what, "was": each.was, "now": each.now} for each in changed.differences]
        _stop(row, at, _("The plan is no longer what was asked for."), facts)
    except AskerGone as gone:
        _stop(row, at, _("%(name)s may no longer do this.") % {"name": gone.name})
    except LaurelError as error:
        _stop(row, at, deed.refusal(error))
    return row


@transaction.atomic
def reject(*, request_id: int, staff: Any, at: datetime, note: str) -> ApprovalRequest:
    """Refuse the act, saying why. Raises NotAllowed, OwnRequest, NotWaiting, ReasonMissing."""
    if not note.strip():
        raise ReasonMissing
    row = _decidable(request_id, staff)
    row = _claim(row, at, {**_decision(staff, at, note), "state": RequestState.REJECTED})
    record("approvals.reject", row, staff.as_actor(), at, note=row.decision_note)
    return row


@transaction.atomic
def withdraw(*, request_id: int, staff: Any, at: datetime) -> ApprovalRequest:
    """Take one's own request back. Raises NotAllowed, NotWaiting."""
    row = ApprovalRequest.objects.get(pk=request_id)
    if row.asked_by_id != staff.pk:
        raise NotAllowed("asker")
    row = _claim(row, at, {"state": RequestState.WITHDRAWN, "finished_at": at})
    record("approvals.withdraw", row, staff.as_actor(), at)
    return row


def expire_due(*, at: datetime) -> int:
    """End the requests whose time is over; how many."""
    due = ApprovalRequest.objects.filter(state=RequestState.WAITING, expires_at__lte=at)
    return sum(_expire(request_id, at) for request_id in due.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _expire(request_id: int, at: datetime) -> bool:
    waiting = ApprovalRequest.objects.filter(pk=request_id, state=RequestState.WAITING, expires_at__lte=at)
    if not waiting.update(state=RequestState.EXPIRED, finished_at=at):
        return False
    record("approvals.expire", ApprovalRequest.objects.get(pk=request_id), CLOCK, at)
    return True


def _decidable(request_id: int, staff: Any) -> ApprovalRequest:
    row = ApprovalRequest.objects.get(pk=request_id)
    if row.asked_by_id == staff.pk:
        raise OwnRequest(request_id)
    for permission in (queries.APPROVE, acts.get(row.act).approve):
        if not staff.has_perm(permission):
            raise NotAllowed(permission)
    if not queries.requests_for(staff).filter(pk=row.pk).exists():
        raise NotAllowed("scope")
    return row


def _claim(row: ApprovalRequest, at: datetime, decided: Mapping[str, Any]) -> ApprovalRequest:
    """Decide a waiting request in one statement: who comes second, or too late, finds nothing to decide."""
    waiting = ApprovalRequest.objects.filter(pk=row.pk, state=RequestState.WAITING, expires_at__gt=at)
    if not waiting.update(**decided):
        row.refresh_from_db()
        late = row.state == RequestState.WAITING
        raise NotWaiting(row.pk, RequestState.EXPIRED if late else row.state)
    return ApprovalRequest.objects.get(pk=row.pk)


def _decision(staff: Any, at: datetime, note: str) -> dict[str, Any]:
    by = {"decided_by_id": staff.pk, "decided_by_name": staff.as_actor().name}
    return {**by, "decided_at": at, "decision_note": note.strip()[:200]}


def _check_asker(row: ApprovalRequest) -> None:
    person = queries.person(row.asked_by_id)
    if person is None or not person.has_perm(acts.get(row.act).ask):
        raise AskerGone(row.asked_by_name)


def _stop(row: ApprovalRequest, at: datetime, fault: str, difference: list | None = None) -> None:
    row.state, row.finished_at, row.fault = RequestState.STOPPED, at, fault
    row.difference, row.result = difference or [], {}
    row.save(update_fields=["state", "finished_at", "fault", "difference", "result"])
    record("approvals.stop", row, Actor(row.decided_by_name, row.decided_by_id), at, fault=fault)
