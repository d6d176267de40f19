"""The arithmetic of earning: the money a rule counts and the points that money makes."""

from collections.abc import Sequence

from apps.points.rules.basket import Basket, BasketLine
from apps.points.rules.earning import FULL, EarningSpec, rounded


def counts_line(spec: EarningSpec, line: BasketLine) -> bool:
    """Whether the rule counts a line: named by category or SKU (or nothing named), not excluded."""
    if line.category in spec.excluded_categories:
        return False
    if not (spec.categories or spec.skus):
        return True
    return line.category in spec.categories or (bool(line.sku) and line.sku in spec.skus)


def counted_fen(spec: EarningSpec, basket: Basket) -> int:
    """The money paid for what the rule counts. Without lines a rule that only excludes counts all."""
    if spec.counts_all_lines:
        return basket.amount_fen
    if not basket.lines:
        return 0 if spec.categories or spec.skus else basket.amount_fen
    return sum(line.amount_fen for line in basket.lines if counts_line(spec, line))


def needs_money(spec: EarningSpec, kind: str) -> bool:
    """Whether nothing paid means nothing earned: always for purchases, else when points are per money."""
    return kind == "purchase" or (spec.effect != "multiply" and spec.basis == "per_unit")


def base_points(spec: EarningSpec, base_fen: int) -> int:
    """Points of a ``base`` or ``bonus`` rule for its base: whole points first, then its multiplier."""
    if spec.basis == "per_unit":
        points = rounded(base_fen * spec.points, spec.unit_fen, spec.rounding)
    else:
        points = spec.points
    return points if spec.multiplier == FULL else rounded(points * spec.multiplier, FULL, spec.rounding)


def extra_points(spec: EarningSpec, base_specs: Sequence[EarningSpec], basket: Basket) -> tuple[int, int]:
    """What a multiplier finds and what it adds: (base points on the lines it counts, the extra)."""
    base = sum(_on_shared_lines(spec, base_spec, basket) for base_spec in base_specs)
    return base, rounded(base * (spec.multiplier - FULL), FULL, spec.rounding)


def _on_shared_lines(spec: EarningSpec, base_spec: EarningSpec, basket: Basket) -> int:
    if spec.counts_all_lines or not basket.lines:
        return base_points(base_spec, counted_fen(base_spec, basket))
    shared = [line for line in basket.lines if counts_line(spec, line) and counts_line(base_spec, line)]
    return base_points(base_spec, sum(line.amount_fen for line in shared)) if shared else 0
