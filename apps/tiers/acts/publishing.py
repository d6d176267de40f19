"""Publishing a programme's draft: the wording approved is the wording published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Measure, Plan, fingerprint
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.tiers import services as tiers
from apps.tiers import tasks
from apps.tiers.errors import DraftChanged, NoDraft
from apps.tiers.models import Programme
from apps.tiers.refusals import refusal

LABELS = {
    "name": _("Programme"),
    "version": _("Version"),
    "levels": _("Levels"),
    "wording": _("Mark of the wording"),
    "starts_at": _("Applies from"),
}


def payload(programme: Programme, starts_at: datetime | None, wording: str) -> dict[str, Any]:
    """What is asked for; without a start it applies once approved. ``wording`` is the draft's fingerprint."""
    return {
        "programme": programme.pk,
        "starts_at": starts_at.isoformat() if starts_at else None,
        "seen": wording,
    }


def _plan(wish: Payload, at: datetime) -> Plan:
    programme = Programme.objects.get(pk=wish["programme"])
    version = programme.versions.filter(published_at__isnull=True).first()
    if version is None:
        raise NoDraft(programme.code)
    wording = fingerprint(version.definition)
    if wish.get("seen") and wish["seen"] != wording:
        raise DraftChanged(programme.code)
    levels = ", ".join(f"{level['code']} {level['entry']}" for level in version.definition["levels"])
    facts = {
        "name": programme.name,
        "version": version.number,
        "levels": levels,
        "wording": wording[:16],
        "starts_at": wish["starts_at"] or "",
    }
    return Plan(Measure(count=1), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    wish = row.payload
    starts_at = datetime.fromisoformat(wish["starts_at"]) if wish["starts_at"] else None
    code = Programme.objects.get(pk=wish["programme"]).code
    version = tiers.publish_programme(
        code=code, actor=actor, at=at, starts_at=starts_at, wording=wish.get("seen", "")
    )
    return {"version": version.number}


def _moment(text: str) -> str:
    if not text:
        return str(_("Once approved"))
    return f"{datetime.fromisoformat(text).astimezone(clock.zone()):%Y-%m-%d %H:%M}"


PUBLISHING = Act(
    tiers.PUBLISH,
    _("Publish a programme"),
    _("Publish “%(name)s”, version %(version)s: %(levels)s"),
    ask="tiers.publish_programme",
    approve="tiers.publish_programme",
    plan=_plan,
    run=_run,
    subject=lambda wish: ("tiers.programme", wish["programme"]),
    labels=LABELS,
    formats={"starts_at": _moment},
    lock=lambda wish: Programme.objects.select_for_update().get(pk=wish["programme"]) and None,
    ring=lambda row: tasks.ring_past(row.payload["programme"]),
    address=lambda row: reverse("admin:tiers_programme_change", args=[row.payload["programme"]]),
    refusal=refusal,
    may_be_alone=True,
    order=50,
)
