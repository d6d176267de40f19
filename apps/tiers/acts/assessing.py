"""Starting a planned assessment. The plan approved is the run's own; its chunks equal it or stop."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Measure, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.tiers import services as tiers
from apps.tiers import tasks
from apps.tiers.errors import AssessmentBusy, AssessmentEnded
from apps.tiers.models import AssessmentRun, RunState
from apps.tiers.refusals import refusal

LABELS = {
    "programme": _("Programme"),
    "as_of": _("As of"),
    "up": _("Upgraded"),
    "down": _("Downgraded"),
    "warned": _("About to fall"),
}


def _plan(payload: Payload, at: datetime) -> Plan:
    run = AssessmentRun.objects.select_related("programme").get(pk=payload["run"])
    if run.state == RunState.RUNNING:
        raise AssessmentBusy(run.pk)
    if run.state != RunState.PLANNED:
        raise AssessmentEnded(run.pk, run.state)
    counts = {name: run.plan.get(name, 0) for name in ("up", "down", "warned")}
    facts = {"programme": run.programme.name, "as_of": run.as_of.isoformat(), **counts}
    return Plan(Measure(count=counts["up"] + counts["down"]), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    run_id = row.payload["run"]
    tiers.start_assessment(run_id=run_id, actor=actor, at=at, reason=row.reason, request_id=row.pk)
    return {}


def _address(row: ApprovalRequest) -> str:
    run = AssessmentRun.objects.get(pk=row.payload["run"])
    return reverse("admin:tiers_programme_change", args=[run.programme_id])


ASSESSING = Act(
    tiers.ASSESS,
    _("Start a tier assessment"),
    _("Assess %(programme)s as of %(as_of)s: %(up)s up, %(down)s down, %(warned)s about to fall"),
    ask="tiers.run_assessment",
    approve="tiers.run_assessment",
    plan=_plan,
    run=_run,
    subject=lambda payload: ("tiers.assessment", payload["run"]),
    bar=Bar(ABOVE, count=100),
    labels=LABELS,
    lock=lambda payload: tiers.hold_plan(run_id=payload["run"]),
    ring=lambda row: tasks.ring(row.payload["run"]),
    address=_address,
    refusal=refusal,
    is_long=True,
    order=60,
)
