"""The published versions as a rulebook.

A version's wording never changes once published, so it is read and understood once per process. When
versions start and end is asked anew on every call, in one narrow query, unless the caller has just read the
stamp of the rulebook (``RulebookStamp``) and it is the one this process knows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from apps.points import rules
from apps.points.models import RuleVersion

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Read:
    """The book as it was read, with the periods and the stamp of that moment; replaced whole, for threads."""

    stamp: int | None
    periods: list[tuple]
    book: rules.Rulebook


@dataclass
class _Known:
    """What this process has read: wordings by version id, and the last book."""

    wordings: dict[int, RuleVersion]
    last: _Read


_known = _Known({}, _Read(None, [], rules.Rulebook(())))
_PERIODS = """
  SELECT (SELECT stamp FROM points_rulebookstamp WHERE id = 1), id, starts_at, ends_at
    FROM points_ruleversion WHERE published_at IS NOT NULL ORDER BY id"""


def rulebook(stamp: int | None = None) -> rules.Rulebook:
    """All published versions, ready to be asked for any instant. ``stamp``: the one just read, if it was."""
    last = _known.last
    if stamp is not None and stamp == last.stamp:
        return last.book
    with connection.cursor() as cursor:
        cursor.execute(_PERIODS)
        rows = cursor.fetchall()
    periods = [row[1:] for row in rows]
    book = last.book if periods == last.periods else _book(periods)
    _known.last = _Read(rows[0][0] if rows else None, periods, book)
    return book


def known_rulebook() -> tuple[rules.Rulebook, int] | None:
    """The book this process read last and its stamp, without asking the database; None when there is none."""
    last = _known.last
    return None if last.stamp is None else (last.book, last.stamp)


def book_with(version: RuleVersion, definition: Mapping[str, Any] | None = None) -> rules.Rulebook:
    """The book in which this version (or what it said then) is live always, and no other of its rule."""
    rule = version.rule
    spec = rules.from_json(rule.kind, version.definition if definition is None else definition)
    played = rules.Version(rule.pk, version.pk, rule.code, rule.name, version.number, spec, _ALWAYS)
    return rulebook().replacing(played)


def live_page(at: datetime) -> rules.Page:
    """What applies at an instant."""
    return rulebook().page(at)


def live_rules(at: datetime) -> tuple[rules.LiveRule, ...]:
    """The earning rules that apply at an instant, highest priority first."""
    return live_page(at).earning


def live_spec(kind: str, at: datetime) -> rules.SpendingSpec | rules.RefundSpec | None:
    """The ``spending`` or ``refund`` spec at an instant: of several rules the one that started last.

    Without a live refund policy the usual one (owe, 30 days); without a spending rule None: points
    can't be used at the till.
    """
    page = live_page(at)
    return {"spending": page.spending, "refund": page.refund}[kind]


def rules_of(parts: Collection[rules.StoredPart]) -> dict[int, rules.LiveRule]:
    """The earning versions stored parts name, by version id, as ``rules.take_back`` wants them."""
    wanted = {part.version_id for part in parts}.union(*(part.of for part in parts))
    return {
        version_id: rules.LiveRule(row.rule_id, row.pk, row.rule.code, row.rule.name, row.number, _spec(row))
        for version_id, row in _wordings(wanted).items()
    }


def _book(periods: Collection[tuple]) -> rules.Rulebook:
    wordings = _wordings([version_id for version_id, _, _ in periods])
    return rules.Rulebook([_version(wordings[row[0]], *row[1:]) for row in periods])


def _wordings(version_ids: Collection[int]) -> dict[int, RuleVersion]:
    missing = [version_id for version_id in version_ids if version_id not in _known.wordings]
    if missing:
        rows = RuleVersion.objects.filter(pk__in=missing, published_at__isnull=False)
        _known.wordings.update((row.pk, row) for row in rows.select_related("rule"))
    return {version_id: _known.wordings[version_id] for version_id in version_ids}


def _version(row: RuleVersion, starts_at: datetime, ends_at: datetime | None) -> rules.Version:
    rule = row.rule
    return rules.Version(rule.pk, row.pk, rule.code, rule.name, row.number, _spec(row), starts_at, ends_at)


def _spec(row: RuleVersion) -> rules.Spec:
    return rules.from_json(row.rule.kind, row.definition)
