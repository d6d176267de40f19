"""Writing how members stand: one call that moves those who still stand as they were seen, and what follows:
packs for levels reached the first time in life, and word of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from apps.core import outbox, roundtrip
from apps.tiers import packs, rules
from apps.tiers.errors import Disturbed
from apps.tiers.queries import LiveProgramme, LiveVersion, Seen

_MOVE = """SELECT * FROM tiers_move(%s, %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[],
  %s::timestamptz[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[]::jsonb[])"""
_REACHED = """
  INSERT INTO tiers_levelreached (member_id, level_id, at)
  SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) ON CONFLICT DO NOTHING
  RETURNING member_id, level_id, at"""
TOPICS = {
    rules.UP: "tiers.upgraded",
    rules.DOWN: "tiers.downgraded",
    rules.MOVED: "tiers.downgraded",
    rules.WARNED: "tiers.about_to_fall",
    rules.RELIEVED: "tiers.kept",
}


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a member seen so: the verdict on the earned level at ``at``, and why."""

    seen: Seen
    verdict: rules.Verdict
    at: datetime
    growth: int | None = None
    because: str = ""


def effective(version: LiveVersion, earned: int, entitled: Sequence[int]) -> int:
    """The rank that counts: the best of what was earned and what the member is entitled to."""
    ranks = (version.rank_of(level_id) for level_id in entitled)
    return max([earned, *(rank for rank in ranks if rank is not None)])


def is_change(version: LiveVersion, move: Move) -> bool:
    """Whether anything is to be written."""
    seen, verdict = move.seen, move.verdict
    level = version.level_ids[effective(version, verdict.rank, seen.entitled)]
    now = (level, version.level_ids[verdict.rank], verdict.protected_until, verdict.falls_at)
    return now != (seen.level_id, seen.earned_id, seen.protected_until, seen.falls_at)


def move(
    programme: LiveProgramme, version: LiveVersion, moves: Sequence[Move], *, at: datetime
) -> list[Seen]:
    """Write the moves; how their members stand now. Raises Disturbed when one stood otherwise by now."""
    if not moves:
        return []
    now = [_now(version, each) for each in moves]
    columns = [
        roundtrip.numbers(each.seen.member_id for each in moves),
        roundtrip.numbers(each.seen.level_id for each in moves),
        roundtrip.array(each.seen.since for each in moves),
        roundtrip.numbers(each.level_id for each in now),
        roundtrip.array(max(each.at, each.seen.since) for each in moves),
        roundtrip.numbers(each.earned_id for each in now),
        roundtrip.array(each.protected_until for each in now),
        roundtrip.array(each.falls_at for each in now),
        roundtrip.texts(roundtrip.jsonb(_why(version, each)) for each in moves),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [programme.id, *columns])
        moved = {member_id for (member_id,) in cursor}
    if len(moved) != len(moves):
        raise Disturbed
    _reach(version, moves, now)
    announce(programme, version, moves, at=at)
    return now


def announce(programme: LiveProgramme, version: LiveVersion, moves: Sequence[Move], *, at: datetime) -> None:
    """One event per kind of change: [member, level before, level now, growth] each."""
    told: dict[str, list[list[Any]]] = defaultdict(list)
    for each in moves:
        level = version.level_ids[effective(version, each.verdict.rank, each.seen.entitled)]
        topic = TOPICS.get(each.verdict.act)
        if topic and (level != each.seen.level_id or topic in ("tiers.about_to_fall", "tiers.kept")):
            told[topic].append([each.seen.member_id, each.seen.level_id, level, each.growth])
    for topic, changes in sorted(told.items()):
        outbox.announce(topic, {"programme": programme.code, "changes": changes}, at=at)


def _now(version: LiveVersion, each: Move) -> Seen:
    seen, verdict = each.seen, each.verdict
    level = version.level_ids[effective(version, verdict.rank, seen.entitled)]
    since = max(each.at, seen.since) if level != seen.level_id else seen.since
    return Seen(
        seen.member_id,
        seen.joined_at,
        level,
        since,
        version.level_ids[verdict.rank],
        verdict.protected_until,
        verdict.falls_at,
        seen.entitled,
        True,
    )


def _why(version: LiveVersion, each: Move) -> dict[str, Any]:
    told: dict[str, Any] = {"act": each.because or each.verdict.act, "version": version.number}
    if each.growth is not None:
        told["growth"] = each.growth
    return told


def _reach(version: LiveVersion, moves: Sequence[Move], now: Sequence[Seen]) -> None:
    """Levels earned on the way up, kept once for life; packs for the new ones."""
    reached = [
        (each.seen.member_id, version.level_ids[rank], each.at)
        for each, after in zip(moves, now, strict=True)
        for rank in range(
            (version.rank_of(each.seen.earned_id) or 0) + 1, (version.rank_of(after.earned_id) or 0) + 1
        )
    ]
    if not reached:
        return
    members, levels, moments = zip(*reached, strict=True)
    with connection.cursor() as cursor:
        values = [roundtrip.numbers(members), roundtrip.numbers(levels), roundtrip.array(moments)]
        cursor.execute(_REACHED, values)
        new = [packs.Reached(*row) for row in cursor]
    packs.grant(new)
