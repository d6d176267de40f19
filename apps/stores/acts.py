"""Giving a colleague another role needs a second person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import door
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


def _plan(payload: Payload, at: datetime) -> Plan:
    staff = Staff.objects.get(pk=payload["staff"])
    facts = {"username": staff.get_username(), "was": queries.role_of(staff), "role": payload["role"]}
    return Plan(Measure(count=1), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    services.assign_role(staff_id=row.payload["staff"], role=row.payload["role"], actor=actor, at=at)
    return {}


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
        labels={"username": _("User name"), "was": _("Role so far"), "role": _("New role")},
        lock=_hold,
        address=lambda row: reverse("admin:stores_staff_change", args=[row.payload["staff"]]),
        refusal=_refusal,
        may_be_alone=True,
        order=200,
    )
)
