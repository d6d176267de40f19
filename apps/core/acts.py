"""The kernel's own act under four eyes: moving the bar of another act."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Bar, Measure, Plan
from apps.core.approvals.registry import Act, Payload, acts
from apps.core.audit import Actor

CHANGE = "core.change_approvalthreshold"
LABELS = {
    "approval_act": _("Act"),
    "mode": _("When"),
    "most_count": _("Most rows or members"),
    "most_points": _("Most points"),
    "most_money_fen": _("Most money"),
}


def _bar(payload: Payload) -> Bar:
    return Bar(payload["mode"], payload["count"], payload["points"], payload["money_fen"])


def _plan(payload: Payload, at: datetime) -> Plan:
    bar = _bar(payload).to_json()
    limits = {f"most_{name}": bar[name] for name in ("count", "points", "money_fen") if bar[name] is not None}
    return Plan(Measure(count=1), {"approval_act": payload["act"], "mode": bar["mode"], **limits})


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    approvals.set_threshold(act=row.payload["act"], bar=_bar(row.payload), actor=actor, at=at)
    return {}


acts.register(
    Act(
        "core.set_threshold",
        _("Change an approval threshold"),
        _("Change when “%(approval_act)s” needs a second person"),
        ask=CHANGE,
        approve=CHANGE,
        plan=_plan,
        run=_run,
        subject=lambda payload: ("threshold", payload["act"]),
        labels=LABELS,
        address=lambda row: reverse("admin:core_approvalthreshold_changelist"),
        may_be_alone=True,
        order=900,
    )
)
