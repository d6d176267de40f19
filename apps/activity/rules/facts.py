"""A fact before it is accepted. Amounts in fen, quantities in whole units or grams, as the source has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.points.rules import BasketLine

KINDS = frozenset({"purchase", "refund", "register", "review", "share", "check_in", "other"})
LINED = frozenset({"purchase", "refund"})
FUTURE_TOLERANCE = timedelta(minutes=5)
MOST = 10**15  # fen or units; what a bigint sum over a year of a brand can bear
UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, halves of a character
LONGEST = {"external_id": 80, "category": 60, "sku": 60}


class Reason:
    """Why a fact is refused. Codes, worded by ``activity.wording``."""

    UNKNOWN_KIND = "unknown_kind"
    BAD_EXTERNAL_ID = "bad_external_id"
    BAD_TEXT = "bad_text"
    BAD_QUANTITY = "bad_quantity"
    BAD_AMOUNT = "bad_amount"
    AMOUNT_MISMATCH = "amount_mismatch"
    LINES_NOT_TAKEN = "lines_not_taken"
    BAD_TIME = "bad_time"
    IN_FUTURE = "in_future"
    BAD_DISCOUNT = "bad_discount"
    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_MEMBER = "unknown_member"
    UNKNOWN_STORE = "unknown_store"
    MEMBER_CLOSED = "member_closed"
    MEMBER_FROZEN = "member_frozen"
    DIFFERENT_BODY = "different_body"
    UNKNOWN_PURCHASE = "unknown_purchase"
    NOTHING_TAKEN_BACK = "nothing_taken_back"
    NOT_IN_PURCHASE = "not_in_purchase"
    MORE_THAN_BOUGHT = "more_than_bought"


@dataclass(frozen=True, slots=True)
class FactLine(BasketLine):
    """One category or product; the amount is the line's total, ``takes_back`` the line a refund returns.

    In a refund the amount None is what the quantity is worth, quantity 0 takes money alone back (of a bare
    amount), and without ``takes_back`` the line is found by category and SKU.
    """

    takes_back: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What one member did. ``channel`` is a code; ``amount_fen`` None is the sum of the lines.

    ``points_spent`` took ``discount_fen`` off the amount; they must be set aside in the hold ``hold_id``.
    ``body`` replaces what the payload hash is taken of, where amounts are derived, not stated.
    """

    kind: str
    channel: str
    external_id: str
    member_id: int
    occurred_at: datetime
    store_id: int | None = None
    staff_id: int | None = None
    lines: tuple[FactLine, ...] = ()
    amount_fen: int | None = None
    discount_fen: int = 0
    points_spent: int = 0
    hold_id: int | None = None
    refund_of: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    total_fen: int = field(init=False, repr=False, compare=False)  # the gross amount

    def __post_init__(self) -> None:
        total = self.amount_fen
        if total is None:
            total = sum([line.amount_fen or 0 for line in self.lines])
        object.__setattr__(self, "total_fen", total)

    @property
    def kept_lines(self) -> tuple[FactLine, ...]:
        """The lines; a purchase known by its amount alone is one line."""
        if self.lines or self.kind != "purchase":
            return self.lines
        return (FactLine(amount_fen=self.total_fen),)

    def stated(self) -> Mapping[str, Any]:
        """What the fact says, for its hash."""
        if self.body is not None:
            return self.body
        return {
            "amount_fen": self.total_fen,
            "attributes": self.attributes,
            "channel": self.channel,
            "discount_fen": self.discount_fen,
            "external_id": self.external_id,
            "kind": self.kind,
            "lines": [[x.category, x.sku, x.quantity, x.amount_fen, x.takes_back] for x in self.lines],
            "member_id": self.member_id,
            "occurred_at": self.occurred_at.astimezone(UTC).isoformat(),
            "points_spent": self.points_spent,
            "refund_of": self.refund_of,
            "staff_id": self.staff_id,
            "store_id": self.store_id,
        }


def fault_of(fact: Fact, at: datetime) -> str:
    """The first reason the fact itself can't be right at ``at``; empty when there is none."""
    return (
        (Reason.UNKNOWN_KIND if fact.kind not in KINDS else "")
        or _text_fault(fact)
        or _time_fault(fact.occurred_at, at)
        or _money_fault(fact)
    )


def _text_fault(fact: Fact) -> str:
    if not fact.external_id or not _is_clean(fact.external_id, LONGEST["external_id"]):
        return Reason.BAD_EXTERNAL_ID
    for line in fact.lines:
        if not (_is_clean(line.category, LONGEST["category"]) and _is_clean(line.sku, LONGEST["sku"])):
            return Reason.BAD_TEXT
    return ""


def _is_clean(text: str, longest: int) -> bool:
    return len(text) <= longest and not UNFIT.search(text)


def _time_fault(occurred_at: datetime, at: datetime) -> str:
    if occurred_at.tzinfo is None:
        return Reason.BAD_TIME
    return Reason.IN_FUTURE if occurred_at > at + FUTURE_TOLERANCE else ""


def _money_fault(fact: Fact) -> str:
    if fact.lines and fact.kind not in LINED:
        return Reason.LINES_NOT_TAKEN
    for line in fact.lines:
        if not 0 <= line.quantity <= MOST:
            return Reason.BAD_QUANTITY
        if not 0 <= line.amount_fen <= MOST:
            return Reason.BAD_AMOUNT
    total = fact.total_fen
    if not 0 <= total <= MOST:
        return Reason.BAD_AMOUNT
    if fact.lines and total != sum(line.amount_fen for line in fact.lines):
        return Reason.AMOUNT_MISMATCH
    return _spending_fault(fact, total)


def _spending_fault(fact: Fact, total: int) -> str:
    if not 0 <= fact.discount_fen <= total or fact.points_spent < 0:
        return Reason.BAD_DISCOUNT
    is_spending = bool(fact.discount_fen or fact.points_spent)
    if fact.kind != "refund" and is_spending != (fact.hold_id is not None):
        return Reason.BAD_DISCOUNT
    return ""
