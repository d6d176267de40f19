"""What a member gets for a top-up that is refunded.

Every formula charges what was bought from the money paid in and pays out the rest, never below zero:

*Within the cooling-off period* (seven days from the payment, no reason asked): all principal not used, and
never less than the proportion gives. Source: Supreme People's Court, interpretation on prepaid consumption
(法释〔2025〕4号), article 14; Beijing's ordinance on single-purpose prepaid cards gives the same seven days.

*By proportion paid* (the brand's fault or agreement): what was bought is charged at the discount that the
gift was, paid ÷ (paid + gift). Pay 3,000, get 1,000, buy 3,594: 75 % of it, 2,695.50, is charged and 304.50
paid out. Source: the same interpretation on gifted amounts (article 21 of its published draft).

*At full price* (the member's own wish, after the cooling-off): what was bought is charged as it was priced,
so principal is counted as spent first and the gift is forfeited. Nothing beyond what was paid in may
be charged (article 23 of the draft): the result is never below zero.

Earlier refunds of the same top-up are taken off. The charge is rounded down, in the member's favour.
"""

from dataclasses import dataclass

COOLING_OFF, BY_PROPORTION, AT_FULL_PRICE = "cooling_off", "by_proportion", "at_full_price"


@dataclass(frozen=True, slots=True)
class Deposit:
    """A top-up as it stands, in fen: paid in and given, spent of each (returns deducted), left of each on the
    balance, and what was paid out for it before. ``days`` have passed since the payment."""

    paid_fen: int
    gift_fen: int
    spent_principal_fen: int
    spent_gift_fen: int
    left_principal_fen: int
    left_gift_fen: int
    refunded_fen: int
    days: int

    @property
    def bought_fen(self) -> int:
        return self.spent_principal_fen + self.spent_gift_fen

    @property
    def left_fen(self) -> int:
        return self.left_principal_fen + self.left_gift_fen


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one formula comes to: charged for what was bought, paid out; ``is_open``: whether it may be
    chosen on this day."""

    formula: str
    charged_fen: int
    cash_fen: int
    is_open: bool


def outcomes(deposit: Deposit, *, cooling_days: int) -> tuple[Outcome, ...]:
    """All formulas side by side, the best for the member first."""
    by_proportion = _by_proportion(deposit)
    charges = {
        COOLING_OFF: min(deposit.spent_principal_fen, by_proportion),
        BY_PROPORTION: by_proportion,
        AT_FULL_PRICE: deposit.bought_fen,
    }
    is_cooling = deposit.days <= cooling_days
    return tuple(
        _outcome(deposit, formula, charge, is_open=is_cooling or formula != COOLING_OFF)
        for formula, charge in charges.items()
    )


def outcome(deposit: Deposit, formula: str, *, cooling_days: int) -> Outcome:
    """What this formula comes to. Raises LookupError for another name."""
    found = {each.formula: each for each in outcomes(deposit, cooling_days=cooling_days)}
    return found[formula]


def _by_proportion(deposit: Deposit) -> int:
    return deposit.bought_fen * deposit.paid_fen // (deposit.paid_fen + deposit.gift_fen)


def _outcome(deposit: Deposit, formula: str, charge: int, *, is_open: bool) -> Outcome:
    charged = min(charge, deposit.paid_fen)
    due = deposit.paid_fen - charged - deposit.refunded_fen
    return Outcome(formula, charged, min(max(due, 0), deposit.left_fen), is_open)
