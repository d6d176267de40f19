"""A member's tiers at a glance: level, since, until, growth and what is missing, per programme."""

from dataclasses import dataclass
from datetime import datetime

from apps.core import clock
from apps.members.models import Member
from apps.tiers import rules
from apps.tiers.models import Entitlement, Level, Spell
from apps.tiers.queries.live import LiveProgramme, live_programmes
from apps.tiers.queries.standings import growth_of, held_before, of_members

SPELLS_SHOWN = 12


@dataclass(frozen=True)
class Glance:
    """How a member stands in a programme.

    ``until`` is how far the level is promised (None: open); ``to_next`` is None on the highest level;
    ``needed`` is the growth the next level (or, on the highest, keeping) asks.
    """

    programme: LiveProgramme
    level: Level
    since: datetime
    until: datetime | None
    growth: int
    next_name: str
    to_next: int | None
    to_keep: int
    needed: int
    falls_at: datetime | None
    entitlement: Entitlement | None

    @property
    def percent(self) -> int:
        """How much of what is needed is there, 0 to 100."""
        return min(self.growth * 100 // self.needed, 100) if self.needed and self.growth > 0 else 0


def glances(member: Member, at: datetime) -> list[Glance]:
    """The member's standing in every programme in force; four queries a programme at most."""
    return [_glance(programme, member, at) for programme in live_programmes()]


def spells_of(member: Member) -> list[Spell]:
    """The member's newest spells, in all programmes."""
    rows = Spell.objects.filter(member=member).select_related("level", "programme")
    return list(rows.order_by("-since")[:SPELLS_SHOWN])


def _glance(programme: LiveProgramme, member: Member, at: datetime) -> Glance:
    seen = of_members(programme, [member.pk], at)[member.pk]
    version = programme.at(at)
    spec, earned = version.spec, version.rank_of(seen.earned_id) or 0
    (growth,) = growth_of(programme, [seen], at)
    held = held_before(version, [member.pk]).get(member.pk, ())
    levels = Level.objects.in_bulk({seen.level_id, *version.level_ids})
    is_top = earned + 1 >= len(spec.levels)
    to_next = rules.gap_to_next(spec, earned, growth, held)
    return Glance(
        programme=programme,
        level=levels[seen.level_id],
        since=seen.since,
        until=_until(programme, member, seen.falls_at, at),
        growth=growth,
        next_name="" if is_top else levels[version.level_ids[earned + 1]].name,
        to_next=to_next,
        to_keep=rules.gap_to_keep(spec, earned, growth),
        needed=spec.levels[earned].keep if to_next is None else growth + to_next,
        falls_at=seen.falls_at,
        entitlement=_entitlement(programme, member, seen.level_id, at) if seen.entitled else None,
    )


def _until(
    programme: LiveProgramme, member: Member, falls_at: datetime | None, at: datetime
) -> datetime | None:
    spec = programme.at(at).spec
    if falls_at is not None or not spec.has_periods:
        return falls_at
    zone = clock.zone()
    return rules.period_end_after(spec, at.astimezone(zone), member.joined_at.astimezone(zone))


def _entitlement(programme: LiveProgramme, member: Member, level_id: int, at: datetime) -> Entitlement | None:
    rows = Entitlement.objects.filter(programme=programme.id, member=member, level=level_id)
    return rows.filter(since__lte=at, until__gt=at).order_by("-until").first()
