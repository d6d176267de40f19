"""How members stand, and the growth that counts for them: one query each, for a range or a few members."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from apps.core import clock, roundtrip
from apps.ledger.assets import asset_id
from apps.tiers import rules
from apps.tiers.models import LevelReached
from apps.tiers.queries.live import LiveProgramme, LiveVersion

MOMENT = timedelta(microseconds=1)
_ROWS = """
  SELECT m.id, m.joined_at, s.level_id, s.since, s.earned_id, s.protected_until, s.falls_at, x.levels
    FROM members_member m
    LEFT JOIN tiers_standing s ON s.member_id = m.id AND s.programme_id = %(programme)s
    LEFT JOIN (SELECT e.member_id, array_agg(e.level_id) AS levels FROM tiers_entitlement e
                WHERE e.programme_id = %(programme)s AND e.since <= %(at)s AND e.until > %(at)s
                GROUP BY e.member_id) x ON x.member_id = m.id
   WHERE {which} ORDER BY m.id"""
_RANGE = _ROWS.format(which="m.id BETWEEN %(first)s AND %(last)s")
_THESE = _ROWS.format(which="m.id = ANY (%(members)s)")


@dataclass(frozen=True, slots=True)
class Seen:
    """A member as seen when judged. Without a standing yet: on the first level since joining."""

    member_id: int
    joined_at: datetime
    level_id: int
    since: datetime
    earned_id: int
    protected_until: datetime | None
    falls_at: datetime | None
    entitled: tuple[int, ...]
    has_standing: bool


def in_range(programme: LiveProgramme, first: int, last: int, at: datetime) -> list[Seen]:
    """The members of a range as they stand, with the entitlements they hold at ``at``."""
    facts = {"programme": programme.id, "at": at, "first": first, "last": last}
    return _seen(programme, at, _RANGE, facts)


def of_members(programme: LiveProgramme, member_ids: Iterable[int], at: datetime) -> dict[int, Seen]:
    """These members as they stand, with the entitlements they hold at ``at``."""
    facts = {"programme": programme.id, "at": at, "members": sorted(set(member_ids))}
    return {seen.member_id: seen for seen in _seen(programme, at, _THESE, facts)}


def _seen(programme: LiveProgramme, at: datetime, sql: str, facts: Mapping[str, object]) -> list[Seen]:
    first = programme.at(at).level_ids[0]
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return [_row(programme, first, *row) for row in cursor]


def _row(
    programme: LiveProgramme,
    first: int,
    member_id: int,
    joined_at: datetime,
    level_id: int | None,
    since: datetime | None,
    *rest: object,
) -> Seen:
    earned_id, protected_until, falls_at, entitled = rest
    if level_id is None:
        begins = max(joined_at, programme.begins_at) if programme.begins_at else joined_at
        return Seen(member_id, joined_at, first, begins, first, None, None, tuple(entitled or ()), False)
    return Seen(
        member_id,
        joined_at,
        level_id,
        since,
        earned_id,
        protected_until,
        falls_at,
        tuple(entitled or ()),
        True,
    )


def spans(version: LiveVersion, members: Sequence[tuple[datetime, datetime]]) -> list[rules.Span]:
    """What counts for each (joined, instant) under a wording."""
    zone = clock.zone()
    known: dict[object, rules.Span] = {}
    found = []
    for joined, at in members:
        key = (at, joined) if version.spec.window.kind == "anniversary" else at
        span = known.get(key)
        if span is None:
            span = known[key] = rules.span(version.spec, at.astimezone(zone), joined.astimezone(zone))
        found.append(span)
    return found


def growth_in(programme: LiveProgramme, members: Sequence[int], counted: Sequence[rules.Span]) -> list[int]:
    """The growth of each member in its span."""
    if not members:
        return []
    sql = """SELECT growth FROM tiers_growth(%s::smallint, %s::bigint[], %s::timestamptz[], %s::timestamptz[])
              ORDER BY n"""
    values = [
        asset_id(programme.asset),
        roundtrip.numbers(members),
        roundtrip.array(span.since for span in counted),
        roundtrip.array(span.until for span in counted),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [growth for (growth,) in cursor]


def growth_of(programme: LiveProgramme, seen: Sequence[Seen], at: datetime) -> list[int]:
    """What counts for each member at an instant, what happened at it included."""
    counted = spans(programme.at(at), [(each.joined_at, at + MOMENT) for each in seen])
    return growth_in(programme, [each.member_id for each in seen], counted)


def held_before(version: LiveVersion, member_ids: Collection[int]) -> dict[int, set[int]]:
    """The ranks members have held in their life; asked only when a re-entry threshold differs."""
    held: dict[int, set[int]] = defaultdict(set)
    if version.spec.has_re_entry:
        rows = LevelReached.objects.filter(member__in=member_ids, level__in=version.level_ids)
        for member_id, level_id in rows.values_list("member_id", "level_id"):
            held[member_id].add(version.level_ids.index(level_id))
    return held


def level_codes(member_ids: Collection[int], at: datetime) -> dict[int, tuple[str, ...]]:
    """The levels members hold at an instant in all programmes, as ``level`` and ``programme/level``."""
    sql = """
      SELECT p.member_id, array_agg(l.code), array_agg(g.code || '/' || l.code)
        FROM tiers_spell p JOIN tiers_level l ON l.id = p.level_id
        JOIN tiers_programme g ON g.id = p.programme_id
       WHERE p.member_id = ANY (%s) AND p.since <= %s AND (p.until IS NULL OR p.until > %s)
       GROUP BY p.member_id"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(member_ids), at, at])
        return {member_id: (*codes, *named) for member_id, codes, named in cursor}
