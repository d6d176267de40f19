"""Taking back, within 72 hours, that a version was published or a rule was ended.

A version taken back ends, and the one before it applies again; what was awarded under it stays as promised.
An end can't be taken back in the records, so the wording is published anew, until it would have ended anyway.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import services as approvals
from apps.core.approvals.errors import NothingToUndo
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Measure, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.points import queries
from apps.points import services as points
from apps.points.acts import wordings
from apps.points.models import Rule, RuleVersion
from apps.points.refusals import refusal

UNDO_PUBLISH, UNDO_END = "points.undo_publish", "points.undo_end"
MAY = "points.publish_rule"
LABELS = {
    "request": _("Request undone"),
    "name": _("Rule name"),
    "version": _("Version"),
    "wording": _("Wording"),
    "again": _("Applies again"),
    "versions": _("Versions published anew"),
}


def _undone(wish: Payload) -> ApprovalRequest:
    return ApprovalRequest.objects.get(pk=wish["request"])


def _rule_of(wish: Payload) -> int:
    return _undone(wish).payload["rule"]


def _hold(wish: Payload) -> None:
    Rule.objects.select_for_update().get(pk=_rule_of(wish))


def _plan_unpublish(wish: Payload, at: datetime) -> Plan:
    row = approvals.undoable(request_id=wish["request"], by=UNDO_PUBLISH, at=at)
    version = RuleVersion.objects.select_related("rule").get(pk=row.result["version"])
    open_now = points.open_versions(rule_id=version.rule_id, ends_at=at)
    if not open_now or open_now[-1] != version:
        raise NothingToUndo(row.pk)
    facts = {
        "request": f"#{row.pk}",
        "name": version.rule.name,
        "version": version.number,
        "wording": wordings.kept(version),
        "again": wordings.kept(queries.version_without(version, at)),
    }
    return Plan(Measure(count=1), facts)


def _unpublish(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    version_id = _undone(row.payload).result["version"]
    points.end_version(version_id=version_id, actor=actor, at=at)
    approvals.undo(request_id=row.payload["request"], by_request_id=row.pk, at=at)
    return {"done": {"count": 1}}


def _plan_reopen(wish: Payload, at: datetime) -> Plan:
    row = approvals.undoable(request_id=wish["request"], by=UNDO_END, at=at)
    rule = Rule.objects.get(pk=row.payload["rule"])
    anew = _still_wanted(row, at)
    newest = rule.versions.filter(published_at__isnull=False).first()
    if not anew or newest.number > max(number for number, _ends in row.result["was"]):
        raise NothingToUndo(row.pk)
    facts = {
        "request": f"#{row.pk}",
        "name": rule.name,
        "versions": ", ".join(f"v{number}" for number, _ends in anew),
        "wording": wordings.kept(rule.versions.get(number=anew[-1][0])),
    }
    return Plan(Measure(count=len(anew)), facts)


def _reopen(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    ended = _undone(row.payload)
    rule_id, anew = ended.payload["rule"], _still_wanted(ended, at)
    for number, ends_at in anew:
        old = RuleVersion.objects.get(rule_id=rule_id, number=number)
        points.reopen_version(rule_id=rule_id, number=number, actor=actor, at=at)
        starts_at = max(at, old.starts_at)
        points.publish_version(rule_id=rule_id, actor=actor, at=at, starts_at=starts_at, ends_at=ends_at)
    approvals.undo(request_id=ended.pk, by_request_id=row.pk, at=at)
    return {"done": {"count": len(anew)}}


def _still_wanted(row: ApprovalRequest, at: datetime) -> list[tuple[int, datetime | None]]:
    """The versions that were ended and would not have ended by now anyway, oldest first."""
    was = [(number, wordings.instant(ends_at)) for number, ends_at in row.result["was"]]
    return [(number, ends_at) for number, ends_at in was if ends_at is None or ends_at > at]


def _address(row: ApprovalRequest) -> str:
    return reverse("admin:points_rule_change", args=[_rule_of(row.payload)])


def _act(code: str, title: Any, sentence: Any, plan: Any, run: Any) -> Act:
    return Act(
        code,
        title,
        sentence,
        ask=MAY,
        approve=MAY,
        plan=plan,
        run=run,
        subject=lambda wish: ("points.rule", _rule_of(wish)),
        labels=LABELS,
        formats={"wording": wordings.sentence(), "again": wordings.sentence(_("Nothing"))},
        lock=_hold,
        address=_address,
        refusal=refusal,
        may_be_alone=True,
        order=55,
    )


UNPUBLISHING = _act(
    UNDO_PUBLISH,
    _("Take a publication back"),
    _("Take back “%(name)s”, version %(version)s: %(wording)s Then applies: %(again)s"),
    _plan_unpublish,
    _unpublish,
)
REOPENING = _act(
    UNDO_END,
    _("Take the end of a rule back"),
    _("Let “%(name)s” (%(versions)s) apply again: %(wording)s"),
    _plan_reopen,
    _reopen,
)
