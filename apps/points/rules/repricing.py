"""Giving back: what the versions that gave would give for what is left, and so what a refund takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.points.rules.amounts import base_points, counted_fen, extra_points
from apps.points.rules.basket import Basket
from apps.points.rules.rulebook import LiveRule


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as an entry's explanation keeps it: enough to price it again."""

    rule_id: int
    version_id: int
    points: int
    of: tuple[int, ...] = ()
    periods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repriced:
    """What the parts are worth now, in their order."""

    points: int
    by_part: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a refund takes: points, and the cap use (rule id, period, points) that becomes free."""

    points: int
    caps: tuple[tuple[int, str, int], ...]


def reprice(parts: Sequence[StoredPart], left: Basket, rules: Mapping[int, LiveRule]) -> Repriced:
    """The parts priced on what is left by the same versions (``rules`` by version id); none grows."""
    by_part = tuple(min(part.points, _price(part, left, rules)) for part in parts)
    return Repriced(sum(by_part), by_part)


def take_back(
    parts: Sequence[StoredPart], before: Basket, after: Basket, rules: Mapping[int, LiveRule]
) -> Taken:
    """What going from ``before`` (what was left until now) to ``after`` takes back."""
    was, now = reprice(parts, before, rules), reprice(parts, after, rules)
    caps = tuple(
        (part.rule_id, period, had - has)
        for part, had, has in zip(parts, was.by_part, now.by_part, strict=True)
        for period in part.periods
        if had > has
    )
    return Taken(was.points - now.points, caps)


def _price(part: StoredPart, left: Basket, rules: Mapping[int, LiveRule]) -> int:
    spec = rules[part.version_id].spec
    base_fen = counted_fen(spec, left)
    if base_fen <= 0 or base_fen < spec.min_amount_fen:
        return 0
    if spec.effect == "multiply":
        return extra_points(spec, [rules[version_id].spec for version_id in part.of], left)[1]
    return base_points(spec, base_fen)
