"""Drafting and publishing programmes. A published version stays as it was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core import audit, clock
from apps.core.approvals import services as approvals
from apps.core.approvals.models import Basis
from apps.core.approvals.plans import fingerprint
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.tiers import queries, rules
from apps.tiers.errors import DraftChanged, NoDraft, StartsTooEarly
from apps.tiers.models import (
    AssessmentRun,
    Level,
    Programme,
    ProgrammeState,
    ProgrammeVersion,
    RunState,
)
from apps.tiers.services.backfilling import plan_backfill

PUBLISH = "tiers.publish"


@dataclass(frozen=True)
class Applied:
    """What applying a file came to: ``created`` or ``changed`` (``unchanged``: nothing), and the version."""

    programme: Programme
    outcome: str
    version: ProgrammeVersion | None


@transaction.atomic
def draft_programme(*, definition: Any, actor: Actor, at: datetime) -> ProgrammeVersion:
    """Keep a file as the draft of its programme, which is made if there is none. Raises Unreadable."""
    spec = rules.from_json(definition)
    programme = Programme.objects.select_for_update().filter(code=spec.code).first()
    if programme is None:
        programme = Programme.objects.create(
            code=spec.code, name=spec.name or spec.code, kind=spec.kind, created_at=at
        )
    version = programme.versions.filter(published_at__isnull=True).first()
    if version is None:
        newest = programme.versions.first()
        version = ProgrammeVersion(programme=programme, number=newest.number + 1 if newest else 1)
    version.definition, version.created_at = rules.to_json(spec), at
    version.created_by_id = actor.staff_id
    version.save()
    _record("tiers.draft", version, actor, at)
    return version


@transaction.atomic
def publish_programme(
    *, code: str, actor: Actor, at: datetime, starts_at: datetime | None = None, wording: str = ""
) -> ProgrammeVersion:
    """Publish the draft from ``starts_at`` (now) on. The first version also counts what was done before it.

    ``wording`` is the fingerprint of the draft that was seen. A later version may not begin before one that
    was published or a day that was assessed. Raises NoDraft, DraftChanged, StartsTooEarly.
    """
    programme = Programme.objects.select_for_update().filter(code=code).first()
    version = programme and programme.versions.filter(published_at__isnull=True).first()
    if version is None:
        raise NoDraft(code)
    if wording and wording != fingerprint(version.definition):
        raise DraftChanged(code)
    _check_start(programme, starts_at or at)
    spec = rules.from_json(version.definition)
    is_first = programme.state == ProgrammeState.DRAFT
    _set_levels(programme, spec, at)
    version.published_at, version.published_by_id = at, actor.staff_id
    version.starts_at = starts_at or at
    version.save(update_fields=["published_at", "published_by", "starts_at"])
    programme.name, programme.state = spec.name or spec.code, ProgrammeState.LIVE
    if is_first:
        programme.begins_at = starts_at
        ledger.define_asset(
            code=queries.asset_code(code), name=f"Growth: {programme.name}"[:60], can_expire=True
        )
        plan_backfill(programme=programme, at=at)
    programme.save()
    _record("tiers.publish", version, actor, at, starts_at=_local(version.starts_at))
    return version


@transaction.atomic
def apply_programme(
    *, definition: Any, actor: Actor, at: datetime, starts_at: datetime | None = None
) -> Applied:
    """Make the programme what a file says: draft it and publish it. The same file again changes nothing.

    Raises Unreadable, StartsTooEarly.
    """
    spec = rules.from_json(definition)
    programme = Programme.objects.filter(code=spec.code).first()
    newest = programme and programme.versions.filter(published_at__isnull=False).first()
    if newest is not None and newest.definition == rules.to_json(spec):
        return Applied(programme, "unchanged", newest)
    draft = draft_programme(definition=definition, actor=actor, at=at)
    wish = {"programme": draft.programme_id, "starts_at": starts_at and starts_at.isoformat()}
    approvals.note(act=PUBLISH, payload=wish, actor=actor, basis=Basis.SHELL, at=at)
    version = publish_programme(code=spec.code, actor=actor, at=at, starts_at=starts_at)
    done = {"version": version.number}
    approvals.finish(subject=("tiers.programme", version.programme_id), result=done, at=at)
    return Applied(version.programme, "changed" if newest else "created", version)


@transaction.atomic
def discard_draft(*, code: str, actor: Actor, at: datetime) -> None:
    """Throw the draft away, and the programme with it if it has nothing else. Raises NoDraft."""
    programme = Programme.objects.select_for_update().filter(code=code).first()
    version = programme and programme.versions.filter(published_at__isnull=True).first()
    if version is None:
        raise NoDraft(code)
    _record("tiers.discard", version, actor, at)
    version.delete()
    if not programme.versions.exists():
        programme.delete()


def _check_start(programme: Programme, starts_at: datetime) -> None:
    published = programme.versions.filter(published_at__isnull=False)
    bounds = [version.starts_at for version in published]
    days = AssessmentRun.objects.filter(programme=programme).exclude(state=RunState.PLANNED)
    bounds += [clock.day_start(day) for day in days.values_list("as_of", flat=True)]
    if bounds and starts_at < max(bounds):
        raise StartsTooEarly(starts_at, max(bounds))


def _set_levels(programme: Programme, spec: rules.ProgrammeSpec, at: datetime) -> None:
    for rank, level in enumerate(spec.levels):
        Level.objects.update_or_create(
            programme=programme,
            code=level.code,
            defaults={
                "name": level.name or level.code,
                "rank": rank,
                "colour": level.colour,
                "icon": level.icon,
                "description": level.description,
                "retired_at": None,
            },
        )
    gone = Level.objects.filter(programme=programme, retired_at=None)
    gone.exclude(code__in=[level.code for level in spec.levels]).update(retired_at=at)


def _record(code: str, version: ProgrammeVersion, actor: Actor, at: datetime, **facts: str) -> None:
    programme = version.programme
    data = {"name": programme.name, "version": version.number, **facts}
    audit.record(code, actor=actor, subject=("tiers.programme", programme.pk), at=at, data=data)


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(clock.zone()):%Y-%m-%d %H:%M}"
