"""What this app refuses, with the facts. Money in fen, points and units whole."""

from datetime import datetime

from apps.core.errors import LaurelError


class ActivityError(LaurelError):
    """Base of every refusal here."""


class Refused(ActivityError):
    """A fact was not accepted; ``reason`` is a code of ``activity.rules.Reason``."""

    def __init__(self, reason: str, channel: str, external_id: str) -> None:
        super().__init__(f"{channel} {external_id}: {reason}")
        self.reason, self.channel, self.external_id = reason, channel, external_id


class DifferentBody(Refused):
    """The key was used before for a fact that says something else."""


class QuoteEnded(ActivityError):
    """The quote was cancelled or its time is over; ``state`` says which."""

    def __init__(self, state: str, due_at: datetime) -> None:
        super().__init__(f"{state}, was valid until {due_at:%Y-%m-%d %H:%M}")
        self.state, self.due_at = state, due_at


class UnknownQuote(ActivityError):
    """No quote has this id."""


class CannotSpend(ActivityError):
    """These points can't be used on this bill; ``refusal`` is the spending rule's code, "" never."""

    def __init__(self, refusal: str, points: int, max_points: int) -> None:
        super().__init__(f"{refusal}: {points} points, at most {max_points}")
        self.refusal, self.points, self.max_points = refusal, points, max_points


class OverBill(ActivityError):
    """The balance was to pay more than the bill, less what points pay, comes to (fen)."""

    def __init__(self, asked_fen: int, bill_fen: int) -> None:
        super().__init__(f"asked {asked_fen}, bill {bill_fen}")
        self.asked_fen, self.bill_fen = asked_fen, bill_fen


class UnknownPurchase(ActivityError):
    """No purchase has this id."""


class UnknownLine(ActivityError):
    """The purchase has no such line."""

    def __init__(self, line_id: int) -> None:
        super().__init__(f"line {line_id}")
        self.line_id = line_id


class NothingToRefund(ActivityError):
    """Neither units nor an amount of any line were chosen."""


class RefundsTooMuch(ActivityError):
    """More of a line was asked back than is left: ``asked`` and ``left`` in units."""

    def __init__(self, line_id: int, asked: int, left: int) -> None:
        super().__init__(f"line {line_id}: asked {asked}, left {left}")
        self.line_id, self.asked, self.left = line_id, asked, left


class RefundsTooMuchMoney(RefundsTooMuch):
    """More money of an amount was asked back than is left: ``asked`` and ``left`` in fen."""


class NotReplayable(ActivityError):
    """Only rules of earning decide about activities; this is of another ``kind``."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class ReplayEnded(ActivityError):
    """The replay is done or cancelled already."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state
