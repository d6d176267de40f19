"""Giving a colleague another role needs a second person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import NothingToUndo
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Measure, Plan
from apps.core.approvals.registry import Act, Payload, acts
from apps.core.audit import Actor
from apps.core.errors import LaurelError
from apps.stores import queries, services
from apps.stores.errors import LastAdministrator
from apps.stores.models import Staff

ASSIGN = "stores.assign_role"
CHANGE = "stores.change_staff"
UNDO = "stores.undo_role"
LABELS = {"username": _("User name"), "was": _("Role so far"), "role": _("New role")}


def _plan(payload: Payload, at: datetime) -> Plan:
    staff = Staff.objects.get(pk=payload["staff"])
    facts = {"username": staff.get_username(), "was": queries.role_of(staff), "role": payload["role"]}
    return Plan(Measure(count=1), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    services.assign_role(staff_id=row.payload["staff"], role=row.payload["role"], actor=actor, at=at)
    return {}


def _plan_undo(payload: Payload, at: datetime) -> Plan:
    """Back to the role before, while the role given then is still held."""
    row = approvals.undoable(request_id=payload["request"], by=UNDO, at=at)
    staff = Staff.objects.get(pk=row.payload["staff"])
    now, was = queries.role_of(staff), row.plan["facts"]["was"]
    if not was or now != row.payload["role"]:
        raise NothingToUndo(row.pk)
    return Plan(Measure(count=1), {"username": staff.get_username(), "was": now, "role": was})


def _undo(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    done = ApprovalRequest.objects.get(pk=row.payload["request"])
    was = done.plan["facts"]["was"]
    services.assign_role(staff_id=done.payload["staff"], role=was, actor=actor, at=at)
    approvals.undo(request_id=done.pk, by_request_id=row.pk, at=at)
    return {}


def _staff_of(payload: Payload) -> int:
    return ApprovalRequest.objects.get(pk=payload["request"]).payload["staff"]


def _hold(payload: Payload) -> None:
    Staff.objects.select_for_update(of=("self",)).get(pk=payload["staff"])


def _refusal(error: LaurelError) -> str:
    if isinstance(error, LastAdministrator):
        return str(_("This is the last administrator: name another one first."))
    return door.refusal(error)


acts.register(
    Act(
        ASSIGN,
        _("Change a role"),
        _("Make %(username)s %(role)s, was %(was)s"),
        ask=CHANGE,
        approve=CHANGE,
        plan=_plan,
        run=_run,
        subject=lambda payload: ("staff", payload["staff"]),
        labels=LABELS,
        lock=_hold,
        address=lambda row: reverse("admin:stores_staff_change", args=[row.payload["staff"]]),
        refusal=_refusal,
        undo=UNDO,
        may_be_alone=True,
        order=200,
    )
)
acts.register(
    Act(
        UNDO,
        _("Take the change of a role back"),
        _("Make %(username)s %(role)s again, now %(was)s"),
        ask=CHANGE,
        approve=CHANGE,
        plan=_plan_undo,
        run=_undo,
        subject=lambda payload: ("staff", _staff_of(payload)),
        labels=LABELS,
        lock=lambda payload: _hold({"staff": _staff_of(payload)}),
        address=lambda row: reverse("admin:stores_staff_change", args=[_staff_of(row.payload)]),
        refusal=_refusal,
        may_be_alone=True,
        order=210,
    )
)
