"""Carrying out what was approved, and no other thing."""

from datetime import datetime
from typing import Any

from apps.core import audit
from apps.core.approvals.errors import PlanChanged
from apps.core.approvals.models import ApprovalRequest, Basis, RequestState
from apps.core.approvals.plans import differences, plan_fingerprint
from apps.core.approvals.registry import Act
from apps.core.audit import Actor


def begin(row: ApprovalRequest, basis: Basis) -> None:
    """The request has a ground to be done on."""
    row.state, row.basis = RequestState.RUNNING, basis
    row.save(update_fields=["state", "basis"])


def check_plan(row: ApprovalRequest, deed: Act, at: datetime) -> None:
    """Plan anew, under the act's locks. Raises PlanChanged with what differs from the plan asked for."""
    if deed.lock is not None:
        deed.lock(row.payload)
    now = deed.plan(row.payload, at).to_json()
    if plan_fingerprint(now) != row.plan_hash:
        raise PlanChanged(differences(row.plan, now))


def carry_out(row: ApprovalRequest, deed: Act, at: datetime) -> None:
    """Do the act for the one who asked; a long one goes on in workers."""
    row.result = dict(deed.run(row, asker(row), at))
    if not deed.is_long:
        row.state, row.finished_at = RequestState.DONE, at
    row.save(update_fields=["state", "result", "finished_at"])
    record("approvals.run", row, asker(row), at)


def asker(row: ApprovalRequest) -> Actor:
    """Who asked is who acts; who approved stands on the request."""
    return Actor(row.asked_by_name, row.asked_by_id, row.store_id)


def record(code: str, row: ApprovalRequest, actor: Actor, at: datetime, **data: Any) -> None:
    facts = {"request": row.pk, "approval_act": row.act, **data}
    audit.record(code, actor=actor, subject=("approval", row.pk), at=at, data=facts)
