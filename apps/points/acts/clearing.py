"""Starting a planned clearing run. The plan approved is the run's own; its chunks equal it or stop."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Plan
from apps.core.approvals.registry import Act, Listing, Payload
from apps.core.audit import Actor
from apps.points import queries, tasks
from apps.points import services as points
from apps.points.acts.measuring import measured
from apps.points.errors import ClearingBusy, ClearingEnded
from apps.points.models import ClearingRun, RunState
from apps.points.refusals import refusal

LABELS = {
    "as_of": _("As of"),
    "points": _("Points"),
    "accounts": _("Members"),
    "lots": _("Lots"),
    "member": _("Member"),
    "valid_through": _("Valid through"),
}
BAR = Bar(ABOVE, count=100, points=10_000)


def _plan(payload: Payload, at: datetime) -> Plan:
    run = ClearingRun.objects.get(pk=payload["run"])
    if run.state == RunState.RUNNING:
        raise ClearingBusy(run.pk)
    if run.state != RunState.PLANNED:
        raise ClearingEnded(run.pk, run.state)
    plan = run.plan
    facts = {"as_of": run.as_of.isoformat(), **{name: plan[name] for name in ("points", "accounts", "lots")}}
    examples = tuple((each["member"], each["lots"], each["points"]) for each in plan["examples"])
    measure = measured(plan["accounts"], plan["points"], at)
    return Plan(measure, facts, ("member", "lots", "points"), examples)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    points.start_clearing(run_id=row.payload["run"], actor=actor, at=at, reason=row.reason, request_id=row.pk)
    return {}


def _listing(row: ApprovalRequest) -> Listing:
    run = ClearingRun.objects.select_related("asset").get(pk=row.payload["run"])
    return Listing(("member", "valid_through", "lots", "points"), queries.planned_lots(run))


CLEAR = Act(
    points.CLEAR,
    _("Start a clearing run"),
    _("Clear %(points)s points of %(accounts)s members, as of %(as_of)s"),
    ask="points.run_clearing",
    approve="points.run_clearing",
    plan=_plan,
    run=_run,
    subject=lambda payload: ("points.clearing", payload["run"]),
    bar=BAR,
    labels=LABELS,
    lock=lambda payload: points.hold_plan(run_id=payload["run"]),
    ring=lambda row: tasks.ring(row.payload["run"]),
    listing=_listing,
    address=lambda row: reverse("admin:points_clearingrun_change", args=[row.payload["run"]]),
    refusal=refusal,
    undo="points.undo",
    is_long=True,
    order=10,
)
