"""Which top-ups are taken: the plan's own terms and the caps of the law.

Measures for the administration of single-purpose commercial prepaid cards (单用途商业预付卡管理办法（试行）,
Ministry of Commerce 2012 no. 9, article 18): at most 5,000 yuan on a card with a name, 1,000 on one
without. A member with a name and a phone is a named one. The cap counts principal, the money paid in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta


class TopUpFault:
    """Why a top-up is refused. Codes, worded by ``wallet.refusals``."""

    NOT_OFFERED = "not_offered"
    OTHER_STORE = "other_store"
    TAKEN_TOO_OFTEN = "taken_too_often"
    NO_FREE_AMOUNT = "no_free_amount"
    OVER_CAP = "over_cap"


@dataclass(frozen=True, slots=True)
class Offer:
    """A published plan's terms. No stores: all of them; no end: until it is replaced."""

    store_ids: Collection[int]
    most_per_member: int | None
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for this member: the cap of their kind, the principal they hold and how often they took
    the plan before."""

    cap_fen: int
    principal_fen: int
    times_taken: int
    takes_any_amount: bool

    @property
    def most_fen(self) -> int:
        """How much more principal the member may pay in."""
        return max(self.cap_fen - self.principal_fen, 0)


def is_offered(offer: Offer, at: datetime) -> bool:
    return offer.starts_at <= at and (offer.ends_at is None or at < offer.ends_at)


def fault_of(amount_fen: int, offer: Offer | None, limits: Limits, *, store_id: int, at: datetime) -> str:
    """The first reason against a top-up; empty when there is none."""
    return _offer_fault(offer, limits, store_id, at) or (
        TopUpFault.OVER_CAP if amount_fen > limits.most_fen else ""
    )


def _offer_fault(offer: Offer | None, limits: Limits, store_id: int, at: datetime) -> str:
    if offer is None:
        return "" if limits.takes_any_amount else TopUpFault.NO_FREE_AMOUNT
    if not is_offered(offer, at):
        return TopUpFault.NOT_OFFERED
    if offer.store_ids and store_id not in offer.store_ids:
        return TopUpFault.OTHER_STORE
    if offer.most_per_member is not None and limits.times_taken >= offer.most_per_member:
        return TopUpFault.TAKEN_TOO_OFTEN
    return ""


def gift_expires_on(day: date, gift_days: int | None) -> date | None:
    """The gift's last day: so many days counted from the day after it was given; None: for ever."""
    return None if gift_days is None else day + timedelta(days=gift_days)
