"""Ending a rule or policy: which versions end, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Measure, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.points import services as points
from apps.points.acts import wordings
from apps.points.errors import NothingToEnd, StartsInThePast
from apps.points.models import Rule
from apps.points.refusals import refusal

END = "points.end_rule"
LABELS = {
    "name": _("Rule name"),
    "versions": _("Versions that end"),
    "wording": _("Wording"),
    "ends_at": _("Ends"),
}


def payload(rule_id: int, ends_at: datetime | None) -> dict[str, Any]:
    """What is asked for; without an instant it ends once approved."""
    return {"rule": rule_id, "ends_at": wordings.iso(ends_at)}


def _plan(wish: Payload, at: datetime) -> Plan:
    rule, ends_at = Rule.objects.get(pk=wish["rule"]), wordings.instant(wish["ends_at"]) or at
    if ends_at < at:
        raise StartsInThePast(ends_at, at)
    open_now = points.open_versions(rule_id=rule.pk, ends_at=ends_at)
    if not open_now:
        raise NothingToEnd(rule.pk)
    facts = {
        "name": rule.name,
        "versions": ", ".join(f"v{version.number}" for version in open_now),
        "wording": wordings.kept(open_now[-1]),
        "ends_at": wish["ends_at"] or "",
    }
    return Plan(Measure(count=len(open_now)), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    rule_id, ends_at = row.payload["rule"], wordings.instant(row.payload["ends_at"])
    open_now = points.open_versions(rule_id=rule_id, ends_at=ends_at or at)
    was = [[each.number, wordings.iso(each.ends_at)] for each in open_now]
    ended = points.end_rule(rule_id=rule_id, actor=actor, at=at, ends_at=ends_at)
    return {"was": was, "done": {"count": ended}}


def hold(wish: Payload) -> None:
    """Nobody words, publishes or ends the rule meanwhile."""
    Rule.objects.select_for_update().get(pk=wish["rule"])


ENDING = Act(
    END,
    _("End a rule or policy"),
    _("End “%(name)s” (%(versions)s): %(wording)s"),
    ask="points.publish_rule",
    approve="points.publish_rule",
    plan=_plan,
    run=_run,
    subject=lambda wish: ("points.rule", wish["rule"]),
    labels=LABELS,
    formats={"wording": wordings.sentence(), "ends_at": wordings.moment(_("Once approved"))},
    lock=hold,
    address=lambda row: reverse("admin:points_rule_change", args=[row.payload["rule"]]),
    refusal=refusal,
    undo="points.undo_end",
    may_be_alone=True,
    order=22,
)
