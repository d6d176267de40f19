"""Publishing a draft: the wording approved is the wording published, at the time that was asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Measure, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.points import rules
from apps.points import services as points
from apps.points.acts import wordings
from apps.points.errors import DraftChanged, NoDraft
from apps.points.models import Rule
from apps.points.refusals import refusal
from apps.stores.models import Staff

PUBLISH = "points.publish"
LABELS = {
    "name": _("Rule name"),
    "version": _("Version"),
    "wording": _("Wording"),
    "starts_at": _("Applies from"),
    "ends_at": _("Until"),
}


def payload(
    rule_id: int, starts_at: datetime | None, ends_at: datetime | None, wording: str = ""
) -> dict[str, Any]:
    """What is asked for when a draft shall be published; without a start it applies once approved.

    ``wording`` is the fingerprint of the draft that was seen; "" means it as it is.
    """
    return {
        "rule": rule_id,
        "starts_at": wordings.iso(starts_at),
        "ends_at": wordings.iso(ends_at),
        "seen": wording,
    }


@transaction.atomic
def revert(*, rule_id: int, number: int, staff: Staff, at: datetime) -> ApprovalRequest:
    """Ask for the wording of an earlier version to be published anew, from at once. Raises DraftInTheWay."""
    actor = staff.as_actor()
    draft = points.reopen_version(rule_id=rule_id, number=number, actor=actor, at=at)
    return approvals.ask(
        act=PUBLISH,
        payload=payload(rule_id, None, None, rules.fingerprint(draft.definition)),
        reason=_("Back to version %(number)d") % {"number": number},
        staff=staff,
        at=at,
    )


def _plan(wish: Payload, at: datetime) -> Plan:
    rule = Rule.objects.get(pk=wish["rule"])
    version = rule.versions.filter(published_at__isnull=True).first()
    if version is None:
        raise NoDraft(rule.pk)
    if wish.get("seen") and wish["seen"] != rules.fingerprint(version.definition):
        raise DraftChanged(rule.pk)
    facts = {
        "name": rule.name,
        "version": version.number,
        "wording": wordings.kept(version),
        "starts_at": wish["starts_at"] or "",
        "ends_at": wish["ends_at"] or "",
    }
    return Plan(Measure(count=1), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    wish = row.payload
    version = points.publish_version(
        rule_id=wish["rule"],
        actor=actor,
        at=at,
        starts_at=wordings.instant(wish["starts_at"]),
        ends_at=wordings.instant(wish["ends_at"]),
        wording=wish.get("seen", ""),
    )
    return {"version": version.pk}


def _hold(wish: Payload) -> None:
    Rule.objects.select_for_update().get(pk=wish["rule"])


PUBLISHING = Act(
    PUBLISH,
    _("Publish a rule or policy"),
    _("Publish “%(name)s”, version %(version)s: %(wording)s"),
    ask="points.publish_rule",
    approve="points.publish_rule",
    plan=_plan,
    run=_run,
    subject=lambda wish: ("points.rule", wish["rule"]),
    labels=LABELS,
    formats={
        "wording": wordings.sentence(),
        "starts_at": wordings.moment(_("Once approved")),
        "ends_at": wordings.moment(_("Without end")),
    },
    lock=_hold,
    address=lambda row: reverse("admin:points_rule_change", args=[row.payload["rule"]]),
    refusal=refusal,
    undo="points.undo_publish",
    may_be_alone=True,
    order=20,
)
