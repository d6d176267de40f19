"""When a grace is over: who has not made up for what was missing falls, at the instant that was told."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.core import clock
from apps.tiers import queries, rules
from apps.tiers.errors import Disturbed
from apps.tiers.models import Standing
from apps.tiers.queries import LiveProgramme, Seen
from apps.tiers.services.moving import Move, is_change, move


def settle_falls(*, at: datetime, limit: int = 1000) -> int:
    """Judge members whose grace is over; how many. One that is disturbed is left for the next time."""
    settled = 0
    for programme in queries.live_programmes():
        due = Standing.objects.filter(programme=programme.id, falls_at__lte=at).order_by("falls_at", "member")
        members = list(due.values_list("member_id", flat=True)[:limit])
        settled += _settle_some(programme, members, at) if members else 0
    return settled


def _settle_some(programme: LiveProgramme, members: Sequence[int], at: datetime) -> int:
    try:
        with transaction.atomic():
            seen = queries.of_members(programme, members, at).values()
            found = [_judged(programme, each) for each in seen if each.falls_at is not None]
            for moved in found:
                version = programme.at(moved.at)
                if is_change(version, moved):
                    move(programme, version, [moved], at=at)
    except Disturbed:
        return 0
    return len(found)


def _judged(programme: LiveProgramme, member: Seen) -> Move:
    instant = member.falls_at
    version = programme.at(instant)
    growth = _growth(programme, member, instant)
    standing = rules.Standing(version.rank_of(member.earned_id), member.protected_until, instant)
    held = queries.held_before(version, [member.member_id]).get(member.member_id, ())
    verdict = rules.judge(version.spec, standing, growth, instant, held=held)
    return Move(member, verdict, instant, growth)


def _growth(programme: LiveProgramme, member: Seen, instant: datetime) -> int:
    """What counts when the grace ends. With periods: the better of the last and this one."""
    version = programme.at(instant)
    ends = [instant]
    if version.spec.has_periods:
        zone = clock.zone()
        local = (instant.astimezone(zone), member.joined_at.astimezone(zone))
        ends.append(rules.period_start(version.spec, *local))
    spans = queries.spans(version, [(member.joined_at, end) for end in ends])
    return max(queries.growth_in(programme, [member.member_id] * len(ends), spans))
