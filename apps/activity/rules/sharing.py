"""How much of a sold line goes back for a quantity. Whatever the split, the parts add up to the line.

A line's amount was paid in money less its *discount*, the part paid with points. Both go back in
proportion to the units returned so far, rounded down, so the last unit carries the rest. A line sold
with quantity 0 (a deposit, a coupon) counts as one unit.

A *bare amount* (one unit without category and SKU: a sale keyed in as a sum) also goes back fen by fen, its
discount in proportion to the amount returned so far. Its unit comes back with the last fen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


class TooMuch(Exception):
    """More units were asked back than are left."""

    def __init__(self, line_id: int, asked: int, left: int) -> None:
        super().__init__(f"line {line_id}: asked {asked}, left {left}")
        self.line_id, self.asked, self.left = line_id, asked, left


class TooMuchMoney(TooMuch):
    """More fen, or none, were asked back than are left."""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a purchase, how much of it points paid, and what came back of it so far."""

    line_id: int
    category: str
    sku: str
    quantity: int
    amount_fen: int
    discount_fen: int = 0
    returned: int = 0
    returned_fen: int = 0

    @property
    def is_amount(self) -> bool:
        """Whether nothing is known of it but its amount."""
        return self.quantity == 1 and not self.category and not self.sku

    @property
    def units(self) -> int:
        return self.quantity or 1

    @property
    def left(self) -> int:
        """Units that can still come back."""
        return self.units - self.returned

    @property
    def left_fen(self) -> int:
        """The part of the amount that can still come back."""
        return self.amount_fen - self.returned_fen

    @property
    def returned_discount_fen(self) -> int:
        """The part paid with points of what came back so far."""
        if self.returned or not self.returned_fen:
            return self.discount_fen * self.returned // self.units
        return self.discount_fen * self.returned_fen // self.amount_fen

    @property
    def left_paid_fen(self) -> int:
        """The money paid for what is left."""
        return self.left_fen - (self.discount_fen - self.returned_discount_fen)


@dataclass(frozen=True, slots=True)
class LinePart:
    """Part of a line: units, their amount, and how much of that was paid with points."""

    line_id: int
    quantity: int
    amount_fen: int
    discount_fen: int

    @property
    def paid_fen(self) -> int:
        return self.amount_fen - self.discount_fen


def part_of(line: SoldLine, quantity: int) -> LinePart:
    """What the next ``quantity`` units are worth. Raises TooMuch."""
    if not 0 < quantity <= line.left:
        raise TooMuch(line.line_id, quantity, line.left)
    returned = line.returned + quantity
    discount = line.discount_fen * returned // line.units
    paid = (line.amount_fen - line.discount_fen) * returned // line.units
    part_discount = discount - line.returned_discount_fen
    money = min(max(paid + discount - line.returned_fen - part_discount, 0), line.left_paid_fen)
    return LinePart(line.line_id, quantity, money + part_discount, part_discount)


def stated_part(line: SoldLine, quantity: int, amount_fen: int) -> LinePart:
    """The next ``quantity`` units at the amount another till gave back for them. Raises TooMuch."""
    part = part_of(line, quantity)
    most = line.left_paid_fen + part.discount_fen
    if not part.discount_fen <= amount_fen <= most:
        raise TooMuchMoney(line.line_id, amount_fen, most)
    return replace(part, amount_fen=amount_fen)


def amount_part(line: SoldLine, amount_fen: int) -> LinePart:
    """The next ``amount_fen`` of a bare amount. Raises TooMuchMoney."""
    most = line.left_fen if line.left else 0
    if not 0 < amount_fen <= most:
        raise TooMuchMoney(line.line_id, amount_fen, most)
    returned = line.returned_fen + amount_fen
    discount = line.discount_fen * returned // line.amount_fen - line.returned_discount_fen
    return LinePart(line.line_id, int(amount_fen == most), amount_fen, discount)


def after_return(lines: Iterable[SoldLine], parts: Iterable[LinePart]) -> tuple[SoldLine, ...]:
    """The lines once the parts are back too."""
    by_line: Mapping[int, LinePart] = {part.line_id: part for part in parts}
    return tuple(_without(line, by_line[line.line_id]) if line.line_id in by_line else line for line in lines)


def _without(line: SoldLine, part: LinePart) -> SoldLine:
    return replace(
        line, returned=line.returned + part.quantity, returned_fen=line.returned_fen + part.amount_fen
    )


def points_back(points_spent: int, lines: Iterable[SoldLine], parts: Iterable[LinePart]) -> int:
    """Of the points spent on the purchase, what goes back with these parts (rounded down until the last)."""
    before = list(lines)
    discount = sum(line.discount_fen for line in before)
    if not discount:
        return 0
    was = sum(line.returned_discount_fen for line in before)
    now = sum(line.returned_discount_fen for line in after_return(before, parts))
    return points_spent * now // discount - points_spent * was // discount
