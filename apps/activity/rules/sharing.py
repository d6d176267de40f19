"""How much of a sold line is given back for a quantity. Whatever the split, the parts add up exactly.

A line's *paid* part is money, its *discount* was paid with points; both go back in proportion to the
quantity, rounded down over everything returned so far, so that the last unit carries the rest. A line
sold with quantity 0 (a deposit, a coupon) counts as one unit.
"""

from dataclasses import dataclass


class TooMuch(Exception):
    """More units were asked back than are left."""

    def __init__(self, asked: int, left: int) -> None:
        super().__init__(f"asked {asked}, left {left}")
        self.asked, self.left = asked, left


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a purchase, how it was paid, and how many units came back so far."""

    line_id: int
    category: str
    sku: str
    quantity: int
    amount_fen: int
    discount_fen: int = 0
    returned: int = 0

    @property
    def units(self) -> int:
        return self.quantity or 1

    @property
    def left(self) -> int:
        """Units that can still come back."""
        return self.units - self.returned

    @property
    def paid_fen(self) -> int:
        return self.amount_fen - self.discount_fen


@dataclass(frozen=True, slots=True)
class LinePart:
    """Part of a line: units, what was paid for them in money, and what was paid with points."""

    quantity: int
    paid_fen: int
    discount_fen: int

    @property
    def amount_fen(self) -> int:
        return self.paid_fen + self.discount_fen


def part_so_far(line: SoldLine, returned: int) -> LinePart:
    """What ``returned`` units in all are worth."""
    paid = line.paid_fen * returned // line.units
    return LinePart(returned, paid, line.discount_fen * returned // line.units)


def part_of(line: SoldLine, quantity: int) -> LinePart:
    """What the next ``quantity`` units are worth. Raises TooMuch."""
    if not 0 < quantity <= line.left:
        raise TooMuch(quantity, line.left)
    before, after = part_so_far(line, line.returned), part_so_far(line, line.returned + quantity)
    return LinePart(quantity, after.paid_fen - before.paid_fen, after.discount_fen - before.discount_fen)
