"""One activity as the rules see it, the member it is about, and how money paid with points is spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One category or product. ``amount_fen`` is what was paid for it in money."""

    category: str = ""
    sku: str = ""
    quantity: int = 1
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class Basket:
    """``amount_fen`` is the money paid; with lines it is their sum. ``occurred_at`` is local time.

    ``channel`` and ``store`` are codes ("" when there is none).
    """

    kind: str
    occurred_at: datetime
    amount_fen: int = 0
    lines: tuple[BasketLine, ...] = ()
    channel: str = ""
    store: str = ""

    def without_points(self, discount_fen: int) -> "Basket":
        """The basket less the part paid with points, spread over the lines."""
        if not discount_fen:
            return self
        lines = paid_lines(self.lines, discount_fen)
        return replace(self, amount_fen=self.amount_fen - discount_fen, lines=lines)


@dataclass(frozen=True, slots=True)
class MemberContext:
    """What conditions may ask about the member. Upper apps add ``facts`` (tier, …) by name."""

    status: str = "active"
    tags: frozenset[str] = frozenset()
    birthday: date | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` split by weight into whole parts that add up exactly (largest remainder, first on ties).

    No part exceeds its weight while ``total`` does not exceed their sum.
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    rest = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[:rest]:
        parts[i] += 1
    return parts


def paid_lines(lines: Sequence[BasketLine], discount_fen: int) -> tuple[BasketLine, ...]:
    """The lines less their shares of the money paid with points."""
    shares = share(discount_fen, [line.amount_fen for line in lines])
    return tuple(
        replace(line, amount_fen=line.amount_fen - part) for line, part in zip(lines, shares, strict=True)
    )
