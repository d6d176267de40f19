"""Pure decisions about facts: what a valid one is, what it says in one canonical way, and how money and
points are split when part of it is taken back.

What always holds: amounts and quantities are whole and never negative; the same fact has the same
canonical body whoever sends it; parts of a line taken back add up to the line, however it is split.
"""

from apps.activity.rules.facts import KINDS, Fact, FactLine, Reason, fault_of
from apps.activity.rules.replaying import Deed, Replayed, Script, as_decided, look_back, replay
from apps.activity.rules.sharing import (
    LinePart,
    SoldLine,
    TooMuch,
    TooMuchMoney,
    after_return,
    amount_part,
    part_of,
    points_back,
    stated_part,
)
from apps.activity.rules.tallying import Tally

__all__ = [
    "KINDS",
    "Deed",
    "Fact",
    "FactLine",
    "LinePart",
    "Reason",
    "Replayed",
    "Script",
    "SoldLine",
    "Tally",
    "TooMuch",
    "TooMuchMoney",
    "after_return",
    "amount_part",
    "as_decided",
    "fault_of",
    "look_back",
    "part_of",
    "points_back",
    "replay",
    "stated_part",
]
