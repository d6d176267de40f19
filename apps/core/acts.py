"""The kernel's own act under four eyes: moving the bar of another act."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import door, queries
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import NothingToUndo
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.core.approvals.plans import Bar, Measure, Plan
from apps.core.approvals.registry import Act, Payload, acts
from apps.core.audit import Actor

CHANGE = "core.change_approvalthreshold"
SET, UNDO = "core.set_threshold", "core.undo_threshold"
LABELS = {
    "approval_act": _("Act"),
    "mode": _("When"),
    "most_count": _("Most rows or members"),
    "most_points": _("Most points"),
    "most_money_fen": _("Most money"),
    "was_mode": _("When, so far"),
    "was_most_count": _("Most rows or members so far"),
    "was_most_points": _("Most points so far"),
    "was_most_money_fen": _("Most money so far"),
}


def _mode(code: str) -> str:
    return str(ApprovalThreshold.Mode(code).label)


FORMATS = {"mode": _mode, "was_mode": _mode}


def _bar(payload: Payload) -> Bar:
    return Bar(payload["mode"], payload["count"], payload["points"], payload["money_fen"])


def _plan(payload: Payload, at: datetime) -> Plan:
    was = queries.bar_of(acts.get(payload["act"]))
    facts = {"approval_act": payload["act"], **_told(_bar(payload)), **_told(was, "was_")}
    return Plan(Measure(count=1), facts)


def _told(bar: Bar, prefix: str = "") -> dict[str, Any]:
    limits = {f"{prefix}most_{name}": getattr(bar, name) for name in ("count", "points", "money_fen")}
    return {f"{prefix}mode": bar.mode, **{name: most for name, most in limits.items() if most is not None}}


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    was = queries.bar_of(acts.get(row.payload["act"])).to_json()
    approvals.set_threshold(act=row.payload["act"], bar=_bar(row.payload), actor=actor, at=at)
    return {"was": was}


def _plan_undo(payload: Payload, at: datetime) -> Plan:
    row = approvals.undoable(request_id=payload["request"], by=UNDO, at=at)
    if queries.bar_of(acts.get(row.payload["act"])) != _bar(row.payload):
        raise NothingToUndo(row.pk)
    return _plan({"act": row.payload["act"], **row.result["was"]}, at)


def _undo(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    done = ApprovalRequest.objects.get(pk=row.payload["request"])
    act, was = done.payload["act"], done.result["was"]
    approvals.set_threshold(act=act, bar=_bar({"act": act, **was}), actor=actor, at=at)
    approvals.undo(request_id=done.pk, by_request_id=row.pk, at=at)
    return {}


acts.register(
    Act(
        SET,
        _("Change an approval threshold"),
        _("Change when “%(approval_act)s” needs a second person"),
        ask=CHANGE,
        approve=CHANGE,
        plan=_plan,
        run=_run,
        subject=lambda payload: ("threshold", payload["act"]),
        labels=LABELS,
        formats=FORMATS,
        address=lambda row: reverse("admin:core_approvalthreshold_changelist"),
        refusal=door.refusal,
        undo=UNDO,
        may_be_alone=True,
        order=900,
    )
)
acts.register(
    Act(
        UNDO,
        _("Take the change of a threshold back"),
        _("Put back when “%(approval_act)s” needs a second person"),
        ask=CHANGE,
        approve=CHANGE,
        plan=_plan_undo,
        run=_undo,
        subject=lambda payload: ("threshold.undo", payload["request"]),
        labels=LABELS,
        formats=FORMATS,
        address=lambda row: door.address_of(row.payload["request"]),
        refusal=door.refusal,
        may_be_alone=True,
        order=910,
    )
)
