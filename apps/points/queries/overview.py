"""Rules as operators look at them: each version with its state at an instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.points import rules
from apps.points.models import Rule, RuleKind, RuleVersion

DRAFT, SCHEDULED, LIVE, REPLACED, ENDED = "draft", "scheduled", "live", "replaced", "ended"
STATES = (LIVE, SCHEDULED, DRAFT, ENDED)  # of a rule; a version may be replaced, too


@dataclass(frozen=True)
class VersionRow:
    """A version, its state, and its wording understood."""

    version: RuleVersion
    state: str
    spec: rules.Spec


@dataclass(frozen=True)
class RuleRow:
    """A rule and its versions, newest first."""

    rule: Rule
    versions: list[VersionRow]

    def _first(self, state: str) -> VersionRow | None:
        return next((row for row in self.versions if row.state == state), None)

    @property
    def live(self) -> VersionRow | None:
        return self._first(LIVE)

    @property
    def scheduled(self) -> VersionRow | None:
        return self._first(SCHEDULED)

    @property
    def draft(self) -> VersionRow | None:
        return self._first(DRAFT)

    @property
    def shown(self) -> VersionRow:
        """The version a list tells: live, else to come, else drafted, else the newest that was."""
        return self.live or self.scheduled or self.draft or self.versions[0]

    @property
    def states(self) -> list[VersionRow]:
        """What is going on now: live, scheduled and draft versions, or the one that ended."""
        return [row for row in (self.live, self.scheduled, self.draft) if row] or [self.versions[0]]


def rule_row(rule: Rule, at: datetime) -> RuleRow:
    """A rule's versions with their states at an instant."""
    versions = list(rule.versions.all())
    live = next((version for version in versions if _applies(version, at)), None)
    return RuleRow(
        rule,
        [
            VersionRow(each, _state(each, live, at), rules.from_json(rule.kind, each.definition))
            for each in versions
        ],
    )


def rules_by_kind(at: datetime) -> list[tuple[RuleKind, list[RuleRow]]]:
    """All rules, kind by kind, in two queries."""
    rows = [rule_row(rule, at) for rule in _with_versions()]
    return [(kind, [row for row in rows if row.rule.kind == kind]) for kind in RuleKind]


def _with_versions() -> Iterable[Rule]:
    return Rule.objects.prefetch_related("versions__published_by", "versions__created_by").order_by("code")


def _applies(version: RuleVersion, at: datetime) -> bool:
    if version.published_at is None or version.starts_at > at:
        return False
    return version.ends_at is None or version.ends_at > at


def _state(version: RuleVersion, live: RuleVersion | None, at: datetime) -> str:
    if version.published_at is None:
        return DRAFT
    if version == live:
        return LIVE
    if version.ends_at is not None and version.ends_at <= max(at, version.starts_at):
        return ENDED
    return SCHEDULED if version.starts_at > at else REPLACED


def version_without(version: RuleVersion, at: datetime) -> RuleVersion | None:
    """The version of the same rule that would apply if this one did not."""
    others = version.rule.versions.exclude(pk=version.pk).select_related("rule")
    return next((each for each in others if _applies(each, max(at, version.starts_at))), None)
