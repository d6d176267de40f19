"""Closing a month of the points ledger. Its entries are counted and, once nothing can be added, again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals.errors import PlanChanged
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Plan, differences
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.points import queries, tasks
from apps.points import services as points
from apps.points.acts.measuring import measured
from apps.points.refusals import refusal

CLOSE = "points.close_month"
MAY = "ledger.close_month"
LABELS = {
    "month": _("Month"),
    "entries": _("Entries"),
    "came": _("Points that came in"),
    "went": _("Points that went out"),
}


def payload(month: date) -> dict[str, Any]:
    return {"month": month.isoformat()}


def _plan(wish: Payload, at: datetime) -> Plan:
    month = date.fromisoformat(wish["month"])
    ledger.check_closing(month=month, at=at)
    return _counted(month, at)


def _counted(month: date, at: datetime) -> Plan:
    found = queries.month_entries(month)
    facts = {
        "month": f"{month:%Y-%m}",
        "entries": found.entries,
        "came": found.came,
        "went": found.went,
    }
    return Plan(measured(found.entries, found.came + found.went, at), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """Close it, then count what is in it for good: an entry that slipped in stops the closing."""
    month = date.fromisoformat(row.payload["month"])
    points.close_month(month=month, actor=actor, at=at)
    now = _counted(month, at).to_json()
    if now["facts"] != row.plan["facts"]:
        raise PlanChanged(differences(row.plan, now))
    return {"done": {"count": now["measure"]["count"], "points": now["measure"]["points"]}}


CLOSING = Act(
    CLOSE,
    _("Close a month"),
    _("Close the month %(month)s: %(entries)s entries, %(came)s points in, %(went)s points out"),
    ask=MAY,
    approve=MAY,
    plan=_plan,
    run=_run,
    subject=lambda wish: (points.MONTH, wish["month"]),
    labels=LABELS,
    ring=lambda row: tasks.keep_books.delay(),
    address=lambda row: reverse("admin:ledger_closedmonth_changelist"),
    refusal=refusal,
    may_be_alone=True,
    is_long=True,
    order=60,
)
