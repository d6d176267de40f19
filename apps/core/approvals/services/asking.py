"""Asking for an act: planned, then done at once below its bar, else left waiting for a second person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.core import outbox
from apps.core.approvals import queries
from apps.core.approvals.errors import AlreadyAsked, KeyReused, NotAllowed, ReasonMissing
from apps.core.approvals.models import ApprovalRequest, Basis, RequestState
from apps.core.approvals.plans import Plan, fingerprint, plan_fingerprint
from apps.core.approvals.registry import Act, acts
from apps.core.approvals.services.running import begin, carry_out, record
from apps.core.audit import Actor

LASTS = timedelta(hours=24)


@transaction.atomic
def ask(
    *, act: str, payload: Mapping[str, Any], reason: str, staff: Any, at: datetime, key: str | None = None
) -> ApprovalRequest:
    """Ask for an act. The request comes back *waiting* where a second person is needed, else carried out.

    The same ``key`` with the same payload answers with the first request. Raises NotAllowed, ReasonMissing,
    AlreadyAsked, KeyReused, and whatever the act refuses; then nothing was done.
    """
    deed = acts.get(act)
    if not staff.has_perm(deed.ask):
        raise NotAllowed(deed.ask)
    if not reason.strip():
        raise ReasonMissing
    known = _asked_before(key, payload)
    if known is not None:
        return known
    if deed.lock is not None:
        deed.lock(payload)
    plan = deed.plan(payload, at)
    row = _keep(deed, payload, plan, staff.as_actor(), at)
    row.reason, row.key = reason.strip()[:200], key or None
    _insert(row)
    record("approvals.ask", row, staff.as_actor(), at, reason=row.reason)
    basis = _ground(deed, plan, staff)
    if basis is None:
        outbox.announce("approvals.asked", {"request_id": row.pk, "act": act}, at=at)
        return row
    begin(row, basis)
    carry_out(row, deed, at)
    return row


def ask_undo(*, request_id: int, staff: Any, at: datetime, note: str) -> ApprovalRequest:
    """Ask to take back what a request did. Raises what ``ask`` raises."""
    undo = acts.get(ApprovalRequest.objects.get(pk=request_id).act).undo
    if not undo:
        raise NotAllowed("undo")
    return ask(act=undo, payload={"request": request_id}, reason=note, staff=staff, at=at)


@transaction.atomic
def note(
    *, act: str, payload: Mapping[str, Any], actor: Actor, basis: Basis, at: datetime
) -> ApprovalRequest:
    """Put on record an act that a schedule or the server's command line begins; it is begun by the caller."""
    deed = acts.get(act)
    row = _keep(deed, payload, deed.plan(payload, at), actor, at)
    row.state, row.basis = RequestState.RUNNING, basis
    row.save()
    record("approvals.note", row, actor, at)
    return row


def _asked_before(key: str | None, payload: Mapping[str, Any]) -> ApprovalRequest | None:
    known = ApprovalRequest.objects.filter(key=key).first() if key else None
    if known is not None and known.payload_hash != fingerprint(payload):
        raise KeyReused(known.key)
    return known


def _keep(deed: Act, payload: Mapping[str, Any], plan: Plan, actor: Actor, at: datetime) -> ApprovalRequest:
    subject_type, subject_id = deed.subject(payload)
    return ApprovalRequest(
        act=deed.code,
        payload=dict(payload),
        payload_hash=fingerprint(payload),
        plan=plan.to_json(),
        plan_hash=plan_fingerprint(plan.to_json()),
        bar=queries.bar_of(deed).to_json(),
        subject_type=subject_type,
        subject_id=str(subject_id),
        asked_by_id=actor.staff_id,
        asked_by_name=actor.name,
        store_id=actor.store_id,
        asked_at=at,
        expires_at=at + LASTS,
    )


def _insert(row: ApprovalRequest) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        same = Q(act=row.act, payload_hash=row.payload_hash, state=RequestState.WAITING)
        first = ApprovalRequest.objects.filter(same | Q(key__isnull=False, key=row.key)).first()
        if first is None:
            raise
        raise AlreadyAsked(first.pk) from error


def _ground(deed: Act, plan: Plan, staff: Any) -> Basis | None:
    """On what ground the act is done at once; None where a second person must approve."""
    if not queries.bar_of(deed).is_passed_by(plan.measure):
        return Basis.BELOW
    if deed.may_be_alone and not queries.has_other_approver(deed, staff):
        return Basis.ALONE
    return None
