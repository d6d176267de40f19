"""What of a payment is principal and what is gift, and how it goes back when the sale is refunded.

The policy states one of three rules. *Gift first* (the usual one): members keep their own money longest.
*Principal first*: the gift is what is left over. *In proportion*: by what there is of each, the gift's part
rounded down. Whatever the rule, both parts add up to the payment.
"""

from dataclasses import dataclass

GIFT_FIRST, PRINCIPAL_FIRST, IN_PROPORTION = "gift_first", "principal_first", "in_proportion"
SPLITS = (GIFT_FIRST, PRINCIPAL_FIRST, IN_PROPORTION)


class BeyondBalance(Exception):
    """More is to be paid than principal and gift together hold (fen)."""

    def __init__(self, needed: int, held: int) -> None:
        super().__init__(f"needed {needed}, held {held}")
        self.needed, self.held = needed, held


@dataclass(frozen=True, slots=True)
class Split:
    """An amount as principal and gift, in fen."""

    principal_fen: int
    gift_fen: int

    @property
    def amount_fen(self) -> int:
        return self.principal_fen + self.gift_fen


def split(amount_fen: int, *, have: Split, rule: str) -> Split:
    """What to take of each for a payment. Raises BeyondBalance."""
    if amount_fen > have.amount_fen:
        raise BeyondBalance(amount_fen, have.amount_fen)
    if rule == GIFT_FIRST:
        gift = min(amount_fen, have.gift_fen)
    elif rule == PRINCIPAL_FIRST:
        gift = amount_fen - min(amount_fen, have.principal_fen)
    else:
        gift = amount_fen * have.gift_fen // have.amount_fen if have.amount_fen else 0
    return Split(amount_fen - gift, gift)


def part_back(paid: Split, *, before: Split, amount_fen: int) -> Split:
    """The parts of the next ``amount_fen`` that goes back, after ``before`` did: in the proportion paid, the
    gift rounded down so that the last return carries the rest."""
    returned = before.amount_fen + amount_fen
    gift = paid.gift_fen * returned // paid.amount_fen - before.gift_fen
    return Split(amount_fen - gift, gift)


def share_back(part_fen: int, *, whole_fen: int, before_fen: int, after_fen: int) -> int:
    """Of ``part_fen`` that paid a part of a bill of ``whole_fen``, what goes back when the returned amount
    of the bill grows from ``before_fen`` to ``after_fen``. Rounded down until the last."""
    if not whole_fen:
        return 0
    return part_fen * after_fen // whole_fen - part_fen * before_fen // whole_fen
