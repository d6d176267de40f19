"""What a new purchase or a refund does to a member's level at once, in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.core import clock
from apps.tiers import queries, rules
from apps.tiers.errors import Disturbed
from apps.tiers.models import Spell
from apps.tiers.queries import LiveProgramme, LiveVersion, Seen
from apps.tiers.services.joining import join
from apps.tiers.services.moving import Move, is_change, move

TRIES = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """A member's growth changed at an instant."""

    member_id: int
    at: datetime


def promote(programme: LiveProgramme, moments: Sequence[Moment], *, at: datetime) -> None:
    """Upgrade members at the moments their growth reached a level, where the policy says at once."""
    wanted = [each for each in moments if programme.at(each.at).spec.upgrade == rules.AT_ONCE]
    _judge_all(programme, wanted, at, may_fall=False)


def reassess(programme: LiveProgramme, moments: Sequence[Moment], *, at: datetime) -> None:
    """Judge members whose growth was taken back, by the policy of downgrades."""
    _judge_all(programme, moments, at, may_fall=True)


def _judge_all(programme: LiveProgramme, moments: Sequence[Moment], at: datetime, *, may_fall: bool) -> None:
    if not moments:
        return
    for _try in range(TRIES):
        try:
            return _judge(programme, moments, at, may_fall)
        except Disturbed:
            continue
    raise Disturbed


def _judge(programme: LiveProgramme, moments: Sequence[Moment], at: datetime, may_fall: bool) -> None:
    """Moments of one member are judged one after the other: the first of each, then the second…"""
    seen = queries.of_members(programme, (each.member_id for each in moments), at)
    if not may_fall:
        moments = [each for each in moments if not _is_top(programme, seen[each.member_id])]
    join(programme, (pk for pk, each in seen.items() if not each.has_standing))
    rounds: dict[int, list[Moment]] = defaultdict(list)
    places: dict[int, int] = defaultdict(int)
    for each in sorted(moments, key=lambda each: each.at):
        rounds[places[each.member_id]].append(each)
        places[each.member_id] += 1
    growth = _growth(programme, moments, seen)
    for number in sorted(rounds):
        moves = [
            found for each in rounds[number] if (found := _moved(programme, each, seen, growth, may_fall))
        ]
        for version, group in _by_version(programme, moves):
            for after in move(programme, version, group, at=at):
                seen[after.member_id] = after


def _is_top(programme: LiveProgramme, seen: Seen) -> bool:
    return seen.has_standing and seen.earned_id == programme.versions[-1].level_ids[-1]


def _growth(
    programme: LiveProgramme, moments: Sequence[Moment], seen: dict[int, Seen]
) -> dict[tuple[int, datetime], int]:
    """What counted for each member at each moment, what happened at it included."""
    keys = sorted({(each.member_id, _instant(each, seen)) for each in moments})
    spans = [
        queries.spans(programme.at(instant), [(seen[pk].joined_at, instant + queries.MOMENT)])[0]
        for pk, instant in keys
    ]
    values = queries.growth_in(programme, [pk for pk, _instant in keys], spans)
    return dict(zip(keys, values, strict=True))


def _instant(moment: Moment, seen: dict[int, Seen]) -> datetime:
    """When a change can take effect: not before the level held began."""
    return max(moment.at, seen[moment.member_id].since)


def _moved(
    programme: LiveProgramme,
    moment: Moment,
    seen: dict[int, Seen],
    growth: dict[tuple[int, datetime], int],
    may_fall: bool,
) -> Move | None:
    member, instant = seen[moment.member_id], max(moment.at, seen[moment.member_id].since)
    value = growth.get((moment.member_id, instant))
    if value is None:  # moved on by an earlier moment of this batch
        value = queries.growth_of(programme, [member], instant)[0]
    version = programme.at(instant)
    earned = version.rank_of(member.earned_id)
    standing = rules.Standing(earned, member.protected_until, member.falls_at)
    verdict = rules.judge(
        version.spec,
        standing,
        value,
        instant,
        may_fall=may_fall,
        held=queries.held_before(version, [member.member_id]).get(member.member_id, ()),
    )
    if may_fall and version.spec.has_periods:
        verdict = _no_lower(version, member, verdict, instant)
    found = Move(member, verdict, instant, value, "refund" if verdict.act == rules.DOWN else "")
    return found if is_change(version, found) else None


def _no_lower(version: LiveVersion, member: Seen, verdict: rules.Verdict, instant: datetime) -> rules.Verdict:
    """Within a period a refund takes back what was reached in it, and no more."""
    if verdict.act not in (rules.DOWN, rules.WARNED):
        return verdict
    zone = clock.zone()
    span = rules.span(version.spec, instant.astimezone(zone), member.joined_at.astimezone(zone))
    start = rules.period_start(version.spec, span.until, member.joined_at.astimezone(zone))
    held = Spell.objects.filter(member=member.member_id, level__programme__code=version.spec.code)
    at_start = held.filter(since__lte=start).order_by("since").last()
    floor = version.rank_of(at_start.level_id) if at_start else 0
    standing = version.rank_of(member.earned_id) or 0
    rank = min(max(verdict.rank, floor or 0), standing)
    if rank == standing:
        return rules.Verdict(rules.STAYS, standing, member.protected_until, member.falls_at)
    return replace(verdict, rank=rank)


def _by_version(programme: LiveProgramme, moves: Sequence[Move]) -> Iterable[tuple[LiveVersion, list[Move]]]:
    groups: dict[int, list[Move]] = defaultdict(list)
    versions: dict[int, LiveVersion] = {}
    for each in moves:
        version = programme.at(each.at)
        versions[version.id] = version
        groups[version.id].append(each)
    return [(versions[key], group) for key, group in groups.items()]
