"""Taking back an adjustment, a list or a clearing run within 72 hours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.approvals import door
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.points import queries, tasks
from apps.points import services as points
from apps.points.acts.measuring import measured
from apps.points.models import UndoRun
from apps.points.refusals import refusal

MAY = "points.undo_acts"
LABELS = {
    "request": _("Request undone"),
    "entries": _("Entries"),
    "points": _("Points"),
    "left": _("Can be taken back (when asked)"),
    "gone": _("Spent or expired meanwhile (when asked)"),
    "moved": _("Points taken back"),
    "spent": _("Spent meanwhile, left with the members"),
    "lapsed": _("Expired meanwhile"),
}


def _plan(asked: Payload, at: datetime) -> Plan:
    row = points.check_undo(request_id=asked["request"], at=at)
    found = queries.takeable(row)
    facts = {"request": f"#{row.pk}", "entries": found.entries, "points": found.points}
    notes = {"left": found.left, "gone": found.points - found.left}
    return Plan(measured(found.entries, found.points, at), facts, notes=notes)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    points.start_undo(of_request_id=row.payload["request"], request_id=row.pk, at=at)
    return {}


def _ring(row: ApprovalRequest) -> None:
    tasks.undo_act.delay(UndoRun.objects.get(request_id=row.pk).pk)


UNDOING = Act(
    "points.undo",
    _("Take an act back"),
    _("Take back request %(request)s: %(entries)s entries, %(points)s points"),
    ask=MAY,
    approve=MAY,
    plan=_plan,
    run=_run,
    subject=lambda asked: (points.UNDO, asked["request"]),
    bar=Bar(ABOVE, count=20, points=5_000),
    labels=LABELS,
    ring=_ring,
    address=lambda row: door.address_of(row.payload["request"]),
    refusal=refusal,
    is_long=True,
    order=50,
)
