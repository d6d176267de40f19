"""Everybody's tier at an instant, from the history of spells."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.core import clock
from apps.tiers import rules
from apps.tiers.models import Level
from apps.tiers.queries.live import LiveProgramme
from apps.tiers.queries.standings import growth_in, spans

AT_ONCE = 20_000
_TIERS = """
  SELECT m.id, coalesce(m.member_ref, m.number), m.joined_at, p.level_id, p.since, p.until, s.falls_at,
         x.until
    FROM members_member m
    JOIN tiers_spell p ON p.member_id = m.id AND p.programme_id = %(programme)s AND p.since <= %(at)s
         AND (p.until IS NULL OR p.until > %(at)s)
    LEFT JOIN tiers_standing s ON s.member_id = m.id AND s.programme_id = %(programme)s AND p.until IS NULL
    LEFT JOIN LATERAL (
      SELECT max(e.until) AS until FROM tiers_entitlement e
       WHERE e.member_id = m.id AND e.programme_id = %(programme)s AND e.level_id = p.level_id
         AND s.earned_id <> p.level_id AND e.since <= %(at)s AND e.until > %(at)s) x ON true
   WHERE m.id > %(after)s ORDER BY m.id LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class TierRow:
    """One member's tier at an instant. ``until`` is when it ended, or how far it is promised; None: open."""

    member_ref: str
    tier: str
    growth: int
    since: datetime
    until: datetime | None


def tiers_at(programme: LiveProgramme, at: datetime) -> Iterator[TierRow]:
    """Every member who had a tier at ``at``, by member; growth as an assessment at that instant counts it."""
    codes = dict(Level.objects.filter(programme=programme.id).values_list("pk", "code"))
    version, after = programme.at(at), 0
    while rows := _read(programme, at, after):
        counted = spans(version, [(row[2], at) for row in rows])
        growth = growth_in(programme, [row[0] for row in rows], counted)
        for row, value in zip(rows, growth, strict=True):
            yield TierRow(row[1], codes[row[3]], value, row[4], _until(version.spec, at, row))
        after = rows[-1][0]


def _read(programme: LiveProgramme, at: datetime, after: int) -> list[tuple]:
    with connection.cursor() as cursor:
        facts = {"programme": programme.id, "at": at, "after": after, "limit": AT_ONCE}
        cursor.execute(_TIERS, facts)
        return cursor.fetchall()


def _until(spec: rules.ProgrammeSpec, at: datetime, row: tuple) -> datetime | None:
    _id, _ref, joined_at, _level, _since, until, falls_at, entitled_until = row
    known = until or entitled_until or falls_at
    if known or not spec.has_periods:
        return known
    zone = clock.zone()
    return rules.period_end_after(spec, at.astimezone(zone), joined_at.astimezone(zone))
