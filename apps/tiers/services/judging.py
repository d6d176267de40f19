"""Judging a range of members as of a day: the one way a plan and its run go, with and without writing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.core import clock
from apps.ledger import services as ledger
from apps.tiers import queries, rules
from apps.tiers.models import AssessmentRun
from apps.tiers.queries import LiveProgramme, LiveVersion, Seen
from apps.tiers.services.moving import Move, announce, effective, is_change, move

LATER, YOUNGER = "later", "not_yet"
EXAMPLES = 5


@dataclass(frozen=True)
class Judged:
    """What a range came to: ``counts`` by what happened and by level held after it, moves, what to deduct."""

    counts: dict[str, int]
    moves: list[Move]
    kept: list[Move]
    deductions: list[tuple[int, int]]


def judge_range(programme: LiveProgramme, first: int, last: int, at: datetime) -> Judged:
    """Judge the members of a range at an instant; nothing is written."""
    version = programme.at(at)
    seen = queries.in_range(programme, first, last, at)
    counts: Counter[str] = Counter()
    there = []
    for each in seen:
        if each.since > at:
            counts[LATER if each.has_standing and each.since > each.joined_at else YOUNGER] += 1
        else:
            there.append(each)
    spans = queries.spans(version, [(each.joined_at, at) for each in there])
    growth = queries.growth_in(programme, [each.member_id for each in there], spans)
    held = queries.held_before(version, [each.member_id for each in there])
    judged = Judged(counts, [], [], [])
    for each, span, value in zip(there, spans, growth, strict=True):
        found = Move(each, _verdict(version, each, span, value, at, held.get(each.member_id, ())), at, value)
        _count(version, judged, found, span)
    return judged


def carry_out(programme: LiveProgramme, judged: Judged, run: AssessmentRun, at: datetime) -> None:
    """Write what was judged. Raises Disturbed."""
    instant = clock.day_start(run.as_of)
    version = programme.at(instant)
    move(programme, version, judged.moves, at=at)
    announce(programme, version, judged.kept, at=at)
    _deduct(programme, judged.deductions, run, instant)


def _verdict(
    version: LiveVersion, seen: Seen, span: rules.Span, growth: int, at: datetime, held: Sequence[int]
) -> rules.Verdict:
    standing = rules.Standing(version.rank_of(seen.earned_id), seen.protected_until, seen.falls_at)
    may_fall = span.ends_period or not version.spec.has_periods
    return rules.judge(version.spec, standing, growth, at, may_fall=may_fall, held=held)


def _count(version: LiveVersion, judged: Judged, found: Move, span: rules.Span) -> None:
    verdict, spec = found.verdict, version.spec
    judged.counts[verdict.act] += 1
    rank = effective(version, verdict.rank, found.seen.entitled)
    judged.counts[f"level:{spec.levels[rank].code}"] += 1
    if is_change(version, found):
        judged.moves.append(found)
    elif verdict.act == rules.STAYS and verdict.rank and span.ends_period:
        judged.kept.append(replace(found, verdict=replace(verdict, act=rules.RELIEVED)))
    if spec.deducts and span.ends_period and found.growth > 0:
        amount = _deduction(spec, found.growth)
        if amount:
            judged.deductions.append((found.seen.member_id, amount))
            judged.counts["deducted"] += amount


def _deduction(spec: rules.ProgrammeSpec, growth: int) -> int:
    if spec.period_end.act == rules.DEDUCT:
        return min(spec.period_end.amount, growth)
    return growth * spec.period_end.amount // 100


def _deduct(
    programme: LiveProgramme, deductions: Sequence[tuple[int, int]], run: AssessmentRun, instant: datetime
) -> None:
    ledger.post(
        [
            ledger.Posting(
                member_id,
                "adjust",
                -amount,
                instant,
                asset=programme.asset,
                source=f"reclaim:{run.pk}:{member_id}",
                explanation={"growth": {"programme": programme.code, "reclaimed": run.as_of.isoformat()}},
            )
            for member_id, amount in deductions
        ]
    )
