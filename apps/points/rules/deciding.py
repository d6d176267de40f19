"""Deciding what a basket earns: ``decide`` turns rules, a basket and a context into parts and misses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.points.rules.amounts import base_points, counted_fen, extra_points, needs_money
from apps.points.rules.basket import Basket, MemberContext
from apps.points.rules.rulebook import LiveRule

CapUsed = Mapping[tuple[int, str], int]  # (rule id, period) -> points already given
LIFE = "life"


class Reason:
    """Why a rule, or a whole basket, gave nothing (the conditions' reasons stand with the conditions)."""

    INACTIVE = "member_not_active"
    NOTHING_PAID = "nothing_paid"
    NO_RULE = "no_rule"
    NO_LINE = "no_matching_line"
    BELOW_MINIMUM = "below_minimum"
    BELOW_ONE = "below_one_point"
    NOTHING_TO_MULTIPLY = "nothing_to_multiply"
    CAP_REACHED = "cap_reached"
    BETTER_RULE = "better_rule"
    NONE_APPLIED = "no_rule_applied"


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap met: its period ("" for this basket alone), its limit and what was left of it."""

    period: str
    limit: int
    left: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule gave. ``raw`` is before caps; ``of`` are the base rules a multiplier multiplied."""

    rule: LiveRule
    base_fen: int
    base_points: int
    raw: int
    points: int
    limits: tuple[Limit, ...] = ()
    of: tuple[LiveRule, ...] = ()

    @property
    def cut_by_cap(self) -> int:
        return self.raw - self.points

    @property
    def lasting_periods(self) -> tuple[str, ...]:
        """The periods whose cap use this part adds to."""
        return tuple(limit.period for limit in self.limits if limit.period)


@dataclass(frozen=True, slots=True)
class Miss:
    """Why one rule gave nothing; ``rule`` is None when the reason concerns the whole basket."""

    reason: str
    rule: LiveRule | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """``points`` is the sum of the parts; when it is 0 ``reason`` says why."""

    points: int
    parts: tuple[Part, ...]
    misses: tuple[Miss, ...]

    @property
    def reason(self) -> str:
        if self.points:
            return ""
        reasons = {miss.reason for miss in self.misses}
        if len(reasons) == 1:
            return reasons.pop()
        return Reason.NONE_APPLIED if reasons else Reason.NO_RULE


def decide(
    basket: Basket, context: MemberContext, rules: Sequence[LiveRule], caps_used: CapUsed | None = None
) -> Decision:
    """What the basket earns under ``rules`` (in priority order, as a rulebook page gives them)."""
    if context.status != "active":
        return Decision(0, (), (Miss(Reason.INACTIVE, None, {"status": context.status}),))
    if basket.amount_fen <= 0 and basket.kind == "purchase":
        return Decision(0, (), (Miss(Reason.NOTHING_PAID),))
    misses: list[Miss] = []
    applying = []
    for rule in rules:
        base_fen = _base(rule, basket, context, misses)
        if base_fen is not None:
            applying.append((rule, base_fen))
    parts = _parts(applying, basket, caps_used or {}, misses)
    return Decision(sum(part.points for part in parts), tuple(parts), tuple(misses))


def _base(rule: LiveRule, basket: Basket, context: MemberContext, misses: list[Miss]) -> int | None:
    """The money this rule works on; None (and a miss) when a condition or its minimum is not met."""
    spec = rule.spec
    for reason, ask in rule.conditions:
        facts = ask(spec, basket, context)
        if facts is not None:
            misses.append(Miss(reason, rule, facts))
            return None
    base_fen = counted_fen(spec, basket)
    if base_fen <= 0 and needs_money(spec, basket.kind):
        misses.append(Miss(Reason.NO_LINE if basket.amount_fen > 0 else Reason.NOTHING_PAID, rule))
    elif base_fen < spec.min_amount_fen:
        facts = {"base_fen": base_fen, "min_amount_fen": spec.min_amount_fen}
        misses.append(Miss(Reason.BELOW_MINIMUM, rule, facts))
    else:
        return base_fen
    return None


def _parts(
    applying: list[tuple[LiveRule, int]], basket: Basket, caps_used: CapUsed, misses: list[Miss]
) -> list[Part]:
    base, others = [], []
    for rule, base_fen in applying:
        if rule.spec.effect == "base":
            points = base_points(rule.spec, base_fen)
            base.append(_capped(Part(rule, base_fen, points, points, points), basket, caps_used))
    base = _best(base, misses)
    multiplied = tuple(part.rule for part in base)
    for rule, base_fen in applying:
        spec = rule.spec
        if spec.effect == "bonus":
            points = base_points(spec, base_fen)
            others.append(_capped(Part(rule, base_fen, points, points, points), basket, caps_used))
        elif spec.effect == "multiply":
            of, points = extra_points(spec, [rule.spec for rule in multiplied], basket)
            part = Part(rule, base_fen, of, points, points, (), multiplied)
            others.append(_capped(part, basket, caps_used))
    return _given(base + _best(others, misses), misses)


def _capped(part: Part, basket: Basket, caps_used: CapUsed) -> Part:
    rule = part.rule
    if not rule.is_capped:
        return part
    limits = tuple(
        Limit(period, limit, max(limit - caps_used.get((rule.rule_id, period), 0), 0))
        for period, limit in _limits(rule, basket)
    )
    points = min(part.raw, *(limit.left for limit in limits))
    return Part(rule, part.base_fen, part.base_points, part.raw, points, limits, part.of)


def _limits(rule: LiveRule, basket: Basket) -> list[tuple[str, int]]:
    spec, day = rule.spec, basket.occurred_at.date().isoformat()
    caps = (("", spec.cap_purchase), (day, spec.cap_day), (day[:7], spec.cap_month), (LIFE, spec.cap_life))
    return [(period, limit) for period, limit in caps if limit is not None]


def _best(parts: list[Part], misses: list[Miss]) -> list[Part]:
    """The parts that count: all additive ones, and the best of each group (the first of equals)."""
    best: dict[str, Part] = {}
    for part in parts:
        if part.rule.spec.stacking == "best_of":
            held = best.get(part.rule.spec.group)
            if held is None or part.points > held.points:
                best[part.rule.spec.group] = part
    if not best:
        return parts
    kept = []
    for part in parts:
        winner = best.get(part.rule.spec.group) if part.rule.spec.stacking == "best_of" else part
        if winner is part:
            kept.append(part)
        else:
            facts = {"better": winner.rule.code, "points": part.points, "better_points": winner.points}
            misses.append(Miss(Reason.BETTER_RULE, part.rule, facts))
    return kept


def _given(parts: list[Part], misses: list[Miss]) -> list[Part]:
    """The parts that gave something; the others become misses."""
    given = []
    for part in parts:
        if part.points:
            given.append(part)
        elif part.raw:
            limit = min(part.limits, key=lambda limit: limit.left)
            facts = {"period": limit.period, "limit": limit.limit, "raw": part.raw}
            misses.append(Miss(Reason.CAP_REACHED, part.rule, facts))
        elif part.rule.spec.effect == "multiply" and not part.base_points:
            misses.append(Miss(Reason.NOTHING_TO_MULTIPLY, part.rule))
        else:
            misses.append(Miss(Reason.BELOW_ONE, part.rule, {"base_fen": part.base_fen}))
    return given
