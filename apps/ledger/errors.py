"""What the ledger refuses, with the facts. Amounts in the asset's whole units."""

from apps.core.errors import LaurelError


class LedgerError(LaurelError):
    """Base of every refusal of the ledger."""


class NotEnough(LedgerError):
    """More was asked for than can be spent: ``held`` is spendable now, ``reserved`` is set aside in holds."""

    def __init__(self, needed: int, held: int, reserved: int = 0) -> None:
        super().__init__(f"needed {needed}, held {held}, reserved {reserved}")
        self.needed, self.held, self.reserved = needed, held, reserved


class AlreadyPosted(LedgerError):
    """A source key acts once, for ever; ``queries.entry_by_source`` finds what it did."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class LotsDoNotAddUp(LedgerError):
    """A credit must be granted to lots in full."""

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


REFUSALS: dict[str, type[LedgerError]] = {
    "LR001": NotEnough,
    "LR002": LotsDoNotAddUp,
    "LR003": NothingLeftToReverse,
    "LR004": HoldEnded,
    "LR005": UnknownRow,
}
