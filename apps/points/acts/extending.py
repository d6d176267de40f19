"""Extending listed lots, and restoring their last days within 72 hours."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Plan
from apps.core.approvals.registry import Act, Listing, Payload
from apps.core.audit import Actor
from apps.points import queries, tasks
from apps.points import services as points
from apps.points.acts.measuring import measured
from apps.points.errors import ExtensionEnded
from apps.points.models import ExtensionLot, ExtensionRun, ExtensionState
from apps.points.refusals import refusal

MAY = "points.run_extension"
BAR = Bar(ABOVE, count=20, points=5_000)
LABELS = {
    "until": _("Valid through instead"),
    "reason": _("Reason"),
    "accounts": _("Members"),
    "lots": _("Lots"),
    "points": _("Points"),
    "left": _("Points still held (when asked)"),
    "member": _("Member"),
    "was": _("Valid through"),
    "request": _("Request undone"),
    "restored": _("Lots with their old last day again"),
    "gone_lots": _("Lots spent or expired meanwhile"),
    "gone_points": _("Points spent or expired meanwhile"),
}


def _run_of(payload: Payload) -> ExtensionRun:
    if "run" in payload:
        return ExtensionRun.objects.get(pk=payload["run"])
    return ExtensionRun.objects.get(request_id=payload["request"])


def _plan(payload: Payload, at: datetime) -> Plan:
    run = _run_of(payload)
    if run.state != ExtensionState.PLANNED:
        raise ExtensionEnded(run.pk, run.state)
    points.check_list(run, None, None)
    plan = run.plan
    counts = {name: plan[name] for name in ("accounts", "lots", "points")}
    facts = {"until": run.until.isoformat(), "reason": run.reason, **counts}
    examples = tuple((each["member"], each["was"], each["points"]) for each in plan["examples"])
    measure = measured(plan["accounts"], plan["points"], at)
    return Plan(
        measure,
        facts,
        ("member", "was", "points"),
        examples,
        notes={"left": queries.still_there(run).points},
    )


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    points.start_extension(run_id=row.payload["run"], actor=actor, at=at, request_id=row.pk)
    return {}


def _listing(row: ApprovalRequest) -> Listing:
    return Listing(("member", "was", "points"), _rows(row.payload["run"]))


def _rows(run_id: int) -> Iterator[tuple[Any, ...]]:
    lots = ExtensionLot.objects.filter(run_id=run_id).order_by("account_id", "lot_id")
    for number, was, held in lots.values_list("account__member__number", "was", "points").iterator(2_000):
        yield number, was.isoformat(), held


def _plan_undo(payload: Payload, at: datetime) -> Plan:
    row = approvals.undoable(request_id=payload["request"], by=points.RESTORE, at=at)
    run = _run_of(payload)
    if run.state != ExtensionState.DONE:
        raise ExtensionEnded(run.pk, run.state)
    facts = {
        "request": f"#{row.pk}",
        "until": run.until.isoformat(),
        "lots": run.lots,
        "points": run.points,
    }
    return Plan(measured(run.lots, run.points, at), facts)


def _undo(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    run = _run_of(row.payload)
    points.undo_extension(run_id=run.pk, reason=row.reason, actor=actor, at=at, request_id=row.pk)
    return {}


def _ring(row: ApprovalRequest) -> None:
    tasks.run_extension.delay(_run_of(row.payload).pk)


def _address(row: ApprovalRequest) -> str:
    return reverse("admin:points_extensionrun_change", args=[_run_of(row.payload).pk])


EXTENDING = Act(
    points.EXTEND,
    _("Extend points"),
    _("Let %(points)s points of %(accounts)s members be valid through %(until)s"),
    ask=MAY,
    approve=MAY,
    plan=_plan,
    run=_run,
    subject=lambda payload: (points.EXTENSION, payload["run"]),
    bar=BAR,
    labels=LABELS,
    lock=lambda payload: points.hold_extension(run_id=payload["run"]),
    ring=_ring,
    listing=_listing,
    address=_address,
    refusal=refusal,
    undo=points.RESTORE,
    is_long=True,
    order=45,
)
RESTORING = Act(
    points.RESTORE,
    _("Take an extension back"),
    _("Restore the last day of %(lots)s lots with %(points)s points, valid through %(until)s now"),
    ask=MAY,
    approve=MAY,
    plan=_plan_undo,
    run=_undo,
    subject=lambda payload: (points.RESTORING, _run_of(payload).pk),
    bar=BAR,
    labels=LABELS,
    lock=lambda payload: points.hold_extension(run_id=_run_of(payload).pk),
    ring=_ring,
    address=_address,
    refusal=refusal,
    is_long=True,
    order=52,
)
