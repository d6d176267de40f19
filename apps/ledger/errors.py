"""What the ledger refuses, with the facts. Amounts in the asset's whole units."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from apps.core.errors import LaurelError


class LedgerError(LaurelError):
    """Base of every refusal of the ledger."""


class NotEnough(LedgerError):
    """More was asked for than can be spent: ``held`` is spendable now, ``reserved`` is set aside in holds."""

    def __init__(self, needed: int, held: int, reserved: int = 0) -> None:
        super().__init__(f"needed {needed}, held {held}, reserved {reserved}")
        self.needed, self.held, self.reserved = needed, held, reserved


class AlreadyPosted(LedgerError):
    """A source key acts once, for ever; ``queries.entry_by_source`` finds what it did.

    Said before any refusal for lack of something: who asks again hears that it was done, not that it can't
    be done now.
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source


class NotAWholeAmount(LedgerError):
    """An amount must be a whole number of units, above zero where it is not a posting's."""

    def __init__(self, amount: object) -> None:
        super().__init__(f"amount {amount!r}")
        self.amount = amount


class KindDoesNotFit(LedgerError):
    """Only awards (above zero), spends (below zero) and adjustments (not zero) are posted."""

    def __init__(self, kind: str, amount: int) -> None:
        super().__init__(f"{kind} of {amount}")
        self.kind, self.amount = kind, amount


class NotStorable(LedgerError):
    """A value the database can't keep: an amount beyond 64 bits, a text with a null character, a NaN."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownMember(LedgerError):
    """No member of that id."""

    def __init__(self, member_id: int) -> None:
        super().__init__(f"member {member_id}")
        self.member_id = member_id


class UnknownAsset(LedgerError):
    """No asset of that code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownShortfall(LedgerError):
    """What a reversal can't take back is met by *owe*, *waive* or *cash*."""

    def __init__(self, shortfall: str) -> None:
        super().__init__(shortfall)
        self.shortfall = shortfall


class HeldForNoTime(LedgerError):
    """A hold must last: it is due after it is made."""

    def __init__(self, at: datetime, due_at: datetime) -> None:
        super().__init__(f"made {at}, due {due_at}")
        self.at, self.due_at = at, due_at


class LotsDoNotAddUp(LedgerError):
    """A credit must be granted to lots in full, and a debit names none."""

    def __init__(self, amount: int, granted: int) -> None:
        super().__init__(f"amount {amount}, granted {granted}")
        self.amount, self.granted = amount, granted


class NothingLeftToReverse(LedgerError):
    """More was asked back than the entry still has unreversed."""

    def __init__(self, requested: int, left: int) -> None:
        super().__init__(f"requested {requested}, left {left}")
        self.requested, self.left = requested, left


class HoldEnded(LedgerError):
    """The hold was captured or released before, is overdue, or is smaller than what is asked."""

    def __init__(self, state: str, amount: int, needed: int) -> None:
        super().__init__(f"hold is {state}: amount {amount}, needed {needed}")
        self.state, self.amount, self.needed = state, amount, needed


class UnknownRow(LedgerError):
    """No entry or hold of that id, or of a kind that can't be acted on."""

    def __init__(self, id: int) -> None:
        super().__init__(f"id {id}")
        self.id = id


class PrincipalNeverExpires(LedgerError):
    """A lot of this asset carries no expiry date."""

    def __init__(self, asset: str) -> None:
        super().__init__(asset)
        self.asset = asset


class MonthClosed(LedgerError):
    """Nothing is entered before ``closed_until`` any more."""

    def __init__(self, at: str | datetime, closed_until: str | datetime) -> None:
        super().__init__(f"at {at}, closed until {closed_until}")
        self.at, self.closed_until = at, closed_until


class MonthNotOver(LedgerError):
    """A month is closed after its last day, and named by its first."""

    def __init__(self, month: date) -> None:
        super().__init__(f"{month}")
        self.month = month


class NotTheNextMonth(LedgerError):
    """Months are closed one after the other; ``expected`` is the next."""

    def __init__(self, expected: date) -> None:
        super().__init__(f"expected {expected}")
        self.expected = expected


class MonthNotCleared(LedgerError):
    """So many lots of the month are past their last day and wait for clearing."""

    def __init__(self, lots: int) -> None:
        super().__init__(f"{lots} lots")
        self.lots = lots


class MonthBusy(LedgerError):
    """Entries are being written for so long that the month can't be closed now."""


class AccountFrozen(LedgerError):
    """The account may not spend while a difference in it is looked into."""

    def __init__(self, account_id: int, member_id: int) -> None:
        super().__init__(f"account {account_id}")
        self.account_id, self.member_id = account_id, member_id


REFUSALS: dict[str, type[LedgerError]] = {
    "LR001": NotEnough,
    "LR002": LotsDoNotAddUp,
    "LR003": NothingLeftToReverse,
    "LR004": HoldEnded,
    "LR005": UnknownRow,
    "LR006": UnknownMember,
    "LR007": AlreadyPosted,
    "LR008": MonthClosed,
    "LR009": AccountFrozen,
}


class StillHeld(LedgerError):
    """Points are set aside for a sale that is not finished."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held

    def __str__(self) -> str:
        return _("%(points)s points are held for a sale that is not finished: take or cancel it first.") % {
            "points": f"{self.held:,}"
        }
