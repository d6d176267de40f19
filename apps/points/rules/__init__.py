"""How points are earned, spent, given back and cleared: pure decisions over integers.

**Earning.** A *basket* is one activity as the rules see it: its kind, channel, store, local time and the
money paid for it (lines less the part paid with points). An earning rule looks at the basket and the
member's *context*; if every condition holds it works on its *base*: the paid amount of the lines it
counts. Its ``effect`` says what it does there:

- ``base`` gives points: so many per so much money, or a fixed number per purchase or activity, times the
  rule's own multiplier. First the base is turned into whole points by the rule's rounding (once per
  basket, never per line), then the multiplier is applied and rounded the same way: ¥128.50 at 1 point per
  ¥1, rounded down, times 2 is 128 × 2 = 256.
- ``multiply`` multiplies what the ``base`` rules that applied give for the lines it counts (before their
  caps): member day ×2 adds the base points once more. The part it gives is the *extra* alone.
- ``bonus`` gives points exactly as ``base`` does, but no multiplier touches it.

Rules apply in order of priority (highest first). Additive rules all count, so ×2 and ×3 together add one
and two times the base. Of the ``best_of`` rules sharing a group only the one that gives most after its caps
counts (equal: the higher priority). ``base`` rules compete among themselves, the others likewise.
A cap cuts what a rule gives per basket, day, month or life; what still fits is given (partial credit).

What always holds: everything is an int and never negative; every rule ends as exactly one *part* (it
gave points) or one *miss* (it gave none, with the reason); no part exceeds what its caps left.

**Giving back.** A refund re-evaluates the same versions on what remains (``reprice``): conditions are not
asked again, amounts and minimum amounts are, and no part grows. ``reprice`` never rises as the basket
shrinks, so any series of partial refunds takes back exactly what the whole refund would.

**Clearing, spending.** A clearing policy turns the day of earning into the last day of validity; a spending
rule turns points into money off the bill.
"""

from apps.points.rules.basket import (
    Basket,
    BasketLine,
    MemberContext,
    paid_lines,
    share,
)
from apps.points.rules.clearing import ClearingSpec, expiry_for
from apps.points.rules.deciding import LIFE, CapUsed, Decision, Miss, Part, Reason, decide
from apps.points.rules.earning import EarningSpec, FactCondition, Rounding
from apps.points.rules.explaining import explain, grants_of, stored_parts
from apps.points.rules.refunding import RefundSpec
from apps.points.rules.repricing import Repriced, StoredPart, Taken, reprice, take_back
from apps.points.rules.rulebook import LiveRule, Page, Rulebook, Version
from apps.points.rules.spending import SpendingQuote, SpendingSpec, discount_for, max_points, quote
from apps.points.rules.stacking import worst_case
from apps.points.rules.valuing import cost_fen
from apps.points.rules.wire import SPECS, Spec, fingerprint, from_json, to_json

__all__ = [
    "LIFE",
    "SPECS",
    "Basket",
    "BasketLine",
    "CapUsed",
    "ClearingSpec",
    "Decision",
    "EarningSpec",
    "FactCondition",
    "LiveRule",
    "MemberContext",
    "Miss",
    "Page",
    "Part",
    "Reason",
    "RefundSpec",
    "Repriced",
    "Rounding",
    "Rulebook",
    "Spec",
    "SpendingQuote",
    "SpendingSpec",
    "StoredPart",
    "Taken",
    "Version",
    "cost_fen",
    "decide",
    "discount_for",
    "expiry_for",
    "explain",
    "fingerprint",
    "from_json",
    "grants_of",
    "max_points",
    "paid_lines",
    "quote",
    "reprice",
    "share",
    "stored_parts",
    "take_back",
    "to_json",
    "worst_case",
]
