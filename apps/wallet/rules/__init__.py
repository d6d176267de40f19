"""The decisions of stored value, pure: how a payment is split, what a top-up may be, what a refund pays out.

*Principal* is the member's own money, *gift* what the brand added. Whole fen throughout; nothing is lost or
invented by rounding.
"""

from apps.wallet.rules.limits import Limits, Offer, TopUpFault, fault_of, gift_expires_on, is_offered
from apps.wallet.rules.refunding import (
    AT_FULL_PRICE,
    BY_PROPORTION,
    COOLING_OFF,
    Deposit,
    Outcome,
    outcome,
    outcomes,
)
from apps.wallet.rules.splitting import (
    GIFT_FIRST,
    IN_PROPORTION,
    PRINCIPAL_FIRST,
    SPLITS,
    BeyondBalance,
    Split,
    part_back,
    share_back,
    split,
)

__all__ = [
    "AT_FULL_PRICE",
    "BY_PROPORTION",
    "COOLING_OFF",
    "GIFT_FIRST",
    "IN_PROPORTION",
    "PRINCIPAL_FIRST",
    "SPLITS",
    "BeyondBalance",
    "Deposit",
    "Limits",
    "Offer",
    "Outcome",
    "Split",
    "TopUpFault",
    "fault_of",
    "gift_expires_on",
    "is_offered",
    "outcome",
    "outcomes",
    "part_back",
    "share_back",
    "split",
]
