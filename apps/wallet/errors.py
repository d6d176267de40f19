"""What stored value refuses, with the facts. Money in fen."""

from apps.core.errors import LaurelError


class WalletError(LaurelError):
    """Base of every refusal here."""


class TopUpRefused(WalletError):
    """``fault`` is a code of ``rules.TopUpFault``; ``most_fen`` is what could still be paid in."""

    def __init__(self, fault: str, most_fen: int, most_times: int = 0) -> None:
        super().__init__(f"{fault}, at most {most_fen}, {most_times} times")
        self.fault, self.most_fen, self.most_times = fault, most_fen, most_times


class MemberRests(WalletError):
    """The membership is frozen or closed: it neither tops up nor pays."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class FormSentBefore(WalletError):
    """The form's key was used for something else."""


class ReferenceUsed(WalletError):
    """The payment of this reference paid for another top-up."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class NotEnoughBalance(WalletError):
    """``held_fen`` is what principal and gift have for spending now; ``reserved_fen`` waits in open sales."""

    def __init__(self, needed_fen: int, held_fen: int, reserved_fen: int = 0) -> None:
        super().__init__(f"needed {needed_fen}, held {held_fen}, reserved {reserved_fen}")
        self.needed_fen, self.held_fen, self.reserved_fen = needed_fen, held_fen, reserved_fen


class BalanceFrozen(WalletError):
    """The account may not spend while a difference in it is looked into."""

    def __init__(self, account_id: int) -> None:
        super().__init__(f"account {account_id}")
        self.account_id = account_id


class UnknownPayment(WalletError):
    """No payment has this id."""


class SaleUnfinished(WalletError):
    """Money is set aside for a sale that is not finished."""

    def __init__(self, held_fen: int) -> None:
        super().__init__(f"{held_fen} held")
        self.held_fen = held_fen


class NothingLeft(WalletError):
    """Nothing of the top-up is left on the balance."""


class FormulaClosed(WalletError):
    """The cooling-off period is over."""

    def __init__(self, days: int) -> None:
        super().__init__(f"{days} days")
        self.days = days


class PlanMissing(WalletError):
    """No draft, or no published plan that is open, of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PlanChanged(WalletError):
    """The draft was worded anew since it was looked at."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PlanWrong(WalletError):
    """The plan can't be published: it ends before it begins."""


class BalanceLeft(WalletError):
    """The member still has money of their own here."""

    def __init__(self, principal_fen: int) -> None:
        super().__init__(f"{principal_fen} left")
        self.principal_fen = principal_fen
