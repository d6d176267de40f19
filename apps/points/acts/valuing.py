"""Setting what a point costs: books and the money of every threshold follow it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Measure, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.points import queries
from apps.points import services as points
from apps.points.errors import StartsInThePast
from apps.points.refusals import refusal

SET = "points.set_unit_cost"
MAY = "points.add_unitcost"
LABELS = {
    "cost_fen": _("Cost of 100 points"),
    "was_fen": _("Cost of 100 points so far"),
    "starts_on": _("Applies from"),
}


def payload(fen_per_hundred: int, starts_on: date) -> dict[str, Any]:
    return {"fen_per_hundred": fen_per_hundred, "starts_on": starts_on.isoformat()}


def _plan(wish: Payload, at: datetime) -> Plan:
    starts_on, today = date.fromisoformat(wish["starts_on"]), clock.business_day(at)
    if starts_on < today:
        raise StartsInThePast(starts_on, today)
    facts = {
        "cost_fen": wish["fen_per_hundred"],
        "was_fen": queries.unit_cost(starts_on),
        "starts_on": wish["starts_on"],
    }
    return Plan(Measure(count=1), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    starts_on = date.fromisoformat(row.payload["starts_on"])
    fen = row.payload["fen_per_hundred"]
    points.set_unit_cost(fen_per_hundred=fen, starts_on=starts_on, actor=actor, at=at)
    return {}


VALUING = Act(
    SET,
    _("Set what a point costs"),
    _("100 points cost %(cost_fen)s from %(starts_on)s on, so far %(was_fen)s"),
    ask=MAY,
    approve=MAY,
    plan=_plan,
    run=_run,
    subject=lambda wish: ("points.unit_cost", wish["starts_on"]),
    labels=LABELS,
    address=lambda row: reverse("admin:points_unitcost_changelist"),
    refusal=refusal,
    may_be_alone=True,
    order=70,
)
