"""Levels held for another reason than growth: pinned by staff or gifted, with an end and a reason.

The level that counts is the best of what was earned and what the member is entitled to; when one ends it
falls to the best that remains, at the instant it ended.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.audit import Actor
from apps.tiers import queries, rules
from apps.tiers.errors import EndsTooEarly, EntitlementEnded, UnknownLevel
from apps.tiers.models import Entitlement, Level
from apps.tiers.queries import LiveProgramme
from apps.tiers.services.joining import join
from apps.tiers.services.moving import Move, effective, is_change, move


@dataclass(frozen=True)
class Pin:
    """Which level a member is to hold until when, and why. ``source``: pinned or gifted."""

    member_id: int
    programme: str
    level: str
    until: datetime
    reason: str
    source: str = "pinned"


@transaction.atomic
def entitle(*, pin: Pin, actor: Actor, at: datetime) -> Entitlement:
    """Let a member hold a level at least until the end given.

    Raises UnknownProgramme, UnknownLevel, EndsTooEarly.
    """
    programme = queries.live_programme(pin.programme)
    level = Level.objects.filter(programme=programme.id, code=pin.level, retired_at=None).first()
    if level is None:
        raise UnknownLevel(pin.level)
    if pin.until <= at:
        raise EndsTooEarly(pin.until, at)
    row = Entitlement.objects.create(
        programme_id=programme.id,
        member_id=pin.member_id,
        source=pin.source,
        level=level,
        since=at,
        until=pin.until,
        reason=pin.reason.strip()[:200],
        given_by_id=actor.staff_id,
        created_at=at,
    )
    join(programme, [pin.member_id])
    _settle(programme, pin.member_id, at, pin.source, at)
    _record("tiers.entitle", row, programme, actor, at)
    return row


@transaction.atomic
def end_entitlement(*, entitlement_id: int, actor: Actor, at: datetime) -> None:
    """End an entitlement now. Raises EntitlementEnded."""
    row = Entitlement.objects.select_for_update().select_related("level__programme").get(pk=entitlement_id)
    if row.until <= at or row.settled_at is not None:
        raise EntitlementEnded(entitlement_id)
    row.until, row.settled_at = max(at, row.since + queries.MOMENT), at
    row.save(update_fields=["until", "settled_at"])
    programme = queries.live_programme(row.level.programme.code)
    _settle(programme, row.member_id, row.until, "lapsed", at)
    _record("tiers.end_entitlement", row, programme, actor, at)


def settle_entitlements(*, at: datetime, limit: int = 500) -> int:
    """Let members whose entitlements ended fall to the best that remains; how many entitlements."""
    due = Entitlement.objects.filter(settled_at=None, until__lte=at).order_by("until", "pk")
    return sum(_lapse(pk, at) for pk in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _lapse(entitlement_id: int, at: datetime) -> bool:
    waiting = Entitlement.objects.filter(pk=entitlement_id, settled_at=None)
    row = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("level__programme").first()
    if row is None:
        return False
    row.settled_at = at
    row.save(update_fields=["settled_at"])
    _settle(queries.live_programme(row.level.programme.code), row.member_id, row.until, "lapsed", at)
    return True


def _settle(programme: LiveProgramme, member_id: int, instant: datetime, because: str, at: datetime) -> None:
    """Make the level that counts the best there is at an instant."""
    version = programme.at(instant)
    seen = queries.of_members(programme, [member_id], instant)[member_id]
    earned = version.rank_of(seen.earned_id) or 0
    before = version.rank_of(seen.level_id) or 0
    act = rules.UP if effective(version, earned, seen.entitled) > before else rules.DOWN
    verdict = rules.Verdict(act, earned, seen.protected_until, seen.falls_at)
    found = Move(seen, verdict, instant, because=because)
    if is_change(version, found):
        move(programme, version, [found], at=at)


def _record(code: str, row: Entitlement, programme: LiveProgramme, actor: Actor, at: datetime) -> None:
    data = {"programme": programme.name, "level": row.level.name, "reason": row.reason}
    audit.record(code, actor=actor, subject=("member", row.member_id), at=at, data=data)
