"""Reading requests: which a staff member sees, which wait for whom, and where the bars are."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold, RequestState
from apps.core.approvals.plans import Bar
from apps.core.approvals.registry import Act, acts, scopes

APPROVE = "core.approve_requests"
SEE_ALL = "core.view_auditentry"
UNDO_WITHIN = timedelta(hours=72)


def bar_of(act: Act) -> Bar:
    """The bar in force: the one operators set, else the one the act came with."""
    row = ApprovalThreshold.objects.filter(act=act.code).first()
    return Bar(row.mode, row.count, row.points, row.money_fen) if row else act.bar


def bars() -> dict[str, Bar]:
    """The bars in force, by act."""
    moved = {
        row.act: Bar(row.mode, row.count, row.points, row.money_fen)
        for row in ApprovalThreshold.objects.all()
    }
    return {act.code: moved.get(act.code, act.bar) for act in acts}


def requests_for(staff: Any) -> QuerySet[ApprovalRequest]:
    """The requests a staff member sees: of acts he may ask for or approve, within his stores, and his own.
    Who reads the audit log sees all acts."""
    if not staff.is_active:
        return ApprovalRequest.objects.none()
    rows = ApprovalRequest.objects.all()
    for scope in scopes():
        rows = scope(staff, rows)
    if staff.has_perm(SEE_ALL):
        return rows
    seen = [act.code for act in acts if staff.has_perm(act.ask) or staff.has_perm(act.approve)]
    return rows.filter(Q(act__in=seen) | Q(asked_by_id=staff.pk))


def waiting_for(staff: Any, at: datetime) -> QuerySet[ApprovalRequest]:
    """The requests this staff member may decide now."""
    if not staff.has_perm(APPROVE):
        return ApprovalRequest.objects.none()
    able = [act.code for act in acts if staff.has_perm(act.approve)]
    rows = requests_for(staff).filter(state=RequestState.WAITING, expires_at__gt=at, act__in=able)
    return rows.exclude(asked_by_id=staff.pk)


def may_decide(staff: Any, row: ApprovalRequest, at: datetime) -> bool:
    """Whether this staff member may approve or reject this request now."""
    return waiting_for(staff, at).filter(pk=row.pk).exists()


def may_undo(staff: Any, row: ApprovalRequest, at: datetime) -> bool:
    """Whether this staff member may still ask to take back what the request did."""
    undo = acts.get(row.act).undo
    if not undo or row.state != RequestState.DONE or row.finished_at + UNDO_WITHIN <= at:
        return False
    return staff.has_perm(acts.get(undo).ask)


def latest_about(subject: tuple[str, object]) -> ApprovalRequest | None:
    """The newest request about a thing."""
    about = ApprovalRequest.objects.filter(subject_type=subject[0], subject_id=str(subject[1]))
    return about.order_by("-pk").first()


def person(staff_id: int | None) -> Any:
    """The account of somebody who asked; None when there is none."""
    return get_user_model().objects.filter(pk=staff_id).first()


def has_other_approver(act: Act, staff: Any) -> bool:
    """Whether anybody else who may sign in could approve this act."""
    others = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(pk=staff.pk)
    holders = others.filter(Q(is_superuser=True) | Q(groups__permissions__codename=APPROVE.split(".")[1]))
    return any(each.has_perm(APPROVE) and each.has_perm(act.approve) for each in holders.distinct())
