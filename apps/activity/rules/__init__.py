"""Pure decisions about facts: what a valid one is, what it says in one canonical way, and how money and
points are split when part of it is taken back.

What always holds: amounts and quantities are whole and never negative; the same fact has the same
canonical body whoever sends it; parts of a line taken back add up to the line, however it is split.
"""

from apps.activity.rules.facts import KINDS, Fact, FactLine, Reason, body_hash, fault_of
from apps.activity.rules.sharing import (
    LinePart,
    SoldLine,
    TooMuch,
    after_return,
    part_of,
    points_back,
    stated_part,
)

__all__ = [
    "KINDS",
    "Fact",
    "FactLine",
    "LinePart",
    "Reason",
    "SoldLine",
    "TooMuch",
    "after_return",
    "body_hash",
    "fault_of",
    "part_of",
    "points_back",
    "stated_part",
]
