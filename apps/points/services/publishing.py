"""Drafting and publishing rules. What was published stays as it was; what changes is what comes next."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core import audit, clock
from apps.core.audit import Actor
from apps.points import rules
from apps.points.errors import (
    CodeTaken,
    DraftChanged,
    DraftInTheWay,
    NoDraft,
    NothingToEnd,
    StartsInThePast,
    WordingWrong,
)
from apps.points.models import Rule, RuleKind, RuleVersion


@dataclass(frozen=True)
class Draft:
    """A new rule: its kind is the spec's."""

    code: str
    name: str
    spec: rules.Spec


@transaction.atomic
def draft_rule(*, draft: Draft, actor: Actor, at: datetime) -> RuleVersion:
    """Open a rule with its first draft. Raises CodeTaken, WordingWrong."""
    _check(draft.spec)
    try:
        with transaction.atomic():
            rule = Rule.objects.create(kind=draft.spec.kind, code=draft.code, name=draft.name, created_at=at)
    except IntegrityError as error:
        raise CodeTaken(draft.code) from error
    version = _new_draft(rule, draft.spec, actor, at)
    _record("points.draft_rule", rule, version, actor, at)
    return version


@transaction.atomic
def edit_draft(*, rule_id: int, spec: rules.Spec, actor: Actor, at: datetime) -> RuleVersion:
    """Word the rule's draft anew; opens one when there is none. Raises WordingWrong."""
    rule = _locked(rule_id)
    if spec.kind != rule.kind:
        raise WordingWrong([("kind", "other_kind")])
    _check(spec)
    version = _draft_of(rule)
    if version is None:
        version = _new_draft(rule, spec, actor, at)
    else:
        version.definition, version.created_by_id, version.created_at = (
            rules.to_json(spec),
            actor.staff_id,
            at,
        )
        version.save(update_fields=["definition", "created_by", "created_at"])
    _record("points.edit_draft", rule, version, actor, at)
    return version


@transaction.atomic
def reopen_version(*, rule_id: int, number: int, actor: Actor, at: datetime) -> RuleVersion:
    """A draft with the wording of an earlier published version. Raises DraftInTheWay, WordingWrong."""
    rule = _locked(rule_id)
    earlier = rule.versions.get(number=number, published_at__isnull=False)
    spec, draft = rules.from_json(rule.kind, earlier.definition), _draft_of(rule)
    if draft is not None and rules.from_json(rule.kind, draft.definition) != spec:
        raise DraftInTheWay(rule_id, draft.number)
    return edit_draft(rule_id=rule_id, spec=spec, actor=actor, at=at)


@transaction.atomic
def discard_draft(*, rule_id: int, actor: Actor, at: datetime) -> None:
    """Drop the rule's draft. A rule that was never published goes with it. Raises NoDraft."""
    rule = _locked(rule_id)
    version = _draft_of(rule)
    if version is None:
        raise NoDraft(rule_id)
    _record("points.discard_draft", rule, version, actor, at)
    version.delete()
    if not rule.versions.exists():
        rule.delete()


@transaction.atomic
def publish_version(
    *,
    rule_id: int,
    actor: Actor,
    at: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    wording: str = "",
) -> RuleVersion:
    """Publish the draft from ``starts_at`` (now) on; with ``ends_at`` the version before applies again then.

    ``wording`` is the fingerprint of the draft that was seen; "" publishes it whatever it says by now.
    Raises NoDraft, DraftChanged, WordingWrong, StartsInThePast.
    """
    rule = _locked(rule_id)
    version = _draft_of(rule)
    if version is None:
        raise NoDraft(rule_id)
    if wording and wording != rules.fingerprint(version.definition):
        raise DraftChanged(rule_id)
    starts_at = starts_at or at
    if starts_at < at:
        raise StartsInThePast(starts_at, at)
    if ends_at is not None and ends_at <= starts_at:
        raise WordingWrong([("ends_at", "before_start")])
    spec = rules.from_json(rule.kind, version.definition)
    _check(spec)
    _check_policy(spec)
    version.published_at, version.published_by_id = at, actor.staff_id
    version.starts_at, version.ends_at = starts_at, ends_at
    version.save(update_fields=["published_at", "published_by", "starts_at", "ends_at"])
    _record("points.publish_version", rule, version, actor, at)
    return version


@transaction.atomic
def end_rule(*, rule_id: int, actor: Actor, at: datetime, ends_at: datetime | None = None) -> int:
    """End every open version of the rule at ``ends_at`` (now); one not started by then never starts.

    Returns how many versions were ended. Raises NothingToEnd, StartsInThePast.
    """
    rule = _locked(rule_id)
    ends_at = ends_at or at
    if ends_at < at:
        raise StartsInThePast(ends_at, at)
    ended = [version for version in rule.versions.all() if _is_open(version, ends_at)]
    for version in ended:
        version.ends_at = max(ends_at, version.starts_at)
        version.save(update_fields=["ends_at"])
    if not ended:
        raise NothingToEnd(rule_id)
    _record("points.end_rule", rule, ended[0], actor, at)
    return len(ended)


@transaction.atomic
def end_version(*, version_id: int, actor: Actor, at: datetime) -> RuleVersion:
    """End one version at once, or before it starts: the one before applies again. Raises NothingToEnd."""
    rule = _locked(RuleVersion.objects.values_list("rule_id", flat=True).get(pk=version_id))
    version = rule.versions.get(pk=version_id)
    if not _is_open(version, at):
        raise NothingToEnd(rule.pk)
    version.ends_at = max(at, version.starts_at)
    version.save(update_fields=["ends_at"])
    _record("points.end_version", rule, version, actor, at)
    return version


def open_versions(*, rule_id: int, ends_at: datetime) -> list[RuleVersion]:
    """The published versions that ending the rule at ``ends_at`` would end, oldest first."""
    versions = RuleVersion.objects.filter(rule_id=rule_id).order_by("number")
    return [version for version in versions if _is_open(version, ends_at)]


def _is_open(version: RuleVersion, ends_at: datetime) -> bool:
    """Whether a published version would still apply at or after ``ends_at``."""
    if version.published_at is None:
        return False
    return version.ends_at is None or version.ends_at > max(ends_at, version.starts_at)


def _locked(rule_id: int) -> Rule:
    return Rule.objects.select_for_update().get(pk=rule_id)


def _draft_of(rule: Rule) -> RuleVersion | None:
    return rule.versions.filter(published_at__isnull=True).first()


def _new_draft(rule: Rule, spec: rules.Spec, actor: Actor, at: datetime) -> RuleVersion:
    newest = rule.versions.first()
    return RuleVersion.objects.create(
        rule=rule,
        number=newest.number + 1 if newest else 1,
        definition=rules.to_json(spec),
        created_at=at,
        created_by_id=actor.staff_id,
    )


def _check(spec: rules.Spec) -> None:
    problems = spec.problems()
    if problems:
        raise WordingWrong(problems)


def _check_policy(spec: rules.Spec) -> None:
    """An earning rule may only name a clearing policy that was published."""
    policy = getattr(spec, "clearing", "")
    published = RuleVersion.objects.filter(rule__kind=RuleKind.CLEARING, published_at__isnull=False)
    if policy and not published.filter(rule__code=policy).exists():
        raise WordingWrong([("clearing", "unknown_policy")])


def _record(code: str, rule: Rule, version: RuleVersion, actor: Actor, at: datetime) -> None:
    data = {"code": rule.code, "name": rule.name, "version": version.number}
    if version.starts_at:
        data["starts_at"] = _local(version.starts_at)
    if version.ends_at:
        data["ends_at"] = _local(version.ends_at)
    audit.record(code, actor=actor, subject=("points.rule", rule.pk), at=at, data=data)


def _local(moment: datetime) -> str:
    """An instant as the audit log tells it, in the programme's zone."""
    return f"{moment.astimezone(clock.zone()):%Y-%m-%d %H:%M}"
