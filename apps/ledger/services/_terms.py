"""What a request must look like before the database is asked: whole amounts that fit their kind."""

from collections.abc import Sequence
from datetime import datetime

from apps.ledger.assets import check_expiry
from apps.ledger.errors import (
    HeldForNoTime,
    KindDoesNotFit,
    LotsDoNotAddUp,
    NotAWholeAmount,
    NotStorable,
    UnknownShortfall,
)
from apps.ledger.models import EntryKind

LARGEST = 2**63 - 1
CREDITS = (EntryKind.AWARD, EntryKind.ADJUST)
DEBITS = (EntryKind.SPEND, EntryKind.ADJUST)
SHORTFALLS = ("owe", "waive", "cash")


def check_positive(amount: object) -> None:
    """Raises NotAWholeAmount or NotStorable unless it is a whole number above zero that fits."""
    check_whole(amount)
    if amount <= 0:
        raise NotAWholeAmount(amount)


def check_whole(amount: object) -> None:
    """Raises NotAWholeAmount or NotStorable. Nothing is rounded, not even 1.0."""
    if type(amount) is not int:
        raise NotAWholeAmount(amount)
    if not -LARGEST <= amount <= LARGEST:
        raise NotStorable(f"amount {amount}")


def check_kind(kind: str, amount: int) -> None:
    """Raises KindDoesNotFit unless a movement of that amount is posted as that kind."""
    check_whole(amount)
    if amount == 0 or kind not in (CREDITS if amount > 0 else DEBITS):
        raise KindDoesNotFit(kind, amount)


def check_lots(asset: str, amount: int, lots: Sequence) -> None:
    """Raises NotAWholeAmount, PrincipalNeverExpires or LotsDoNotAddUp."""
    for lot in lots:
        check_positive(lot.amount)
        check_expiry(asset, lot.expires_on)
    if lots and amount < 0:
        raise LotsDoNotAddUp(amount, sum(lot.amount for lot in lots))


def check_hold(amount: int, at: datetime, due_at: datetime) -> None:
    """Raises NotAWholeAmount or HeldForNoTime."""
    check_positive(amount)
    if due_at <= at:
        raise HeldForNoTime(at, due_at)


def check_reversal(amount: int | None, shortfall: str, grace_days: int) -> None:
    """Raises NotAWholeAmount or UnknownShortfall."""
    if amount is not None:
        check_positive(amount)
    if shortfall not in SHORTFALLS:
        raise UnknownShortfall(shortfall)
    if type(grace_days) is not int or grace_days < 0:
        raise NotAWholeAmount(grace_days)
