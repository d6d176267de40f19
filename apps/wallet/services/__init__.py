"""The only writers of stored value.

*Top up*: money in at a till. *Hold*, *pay*, *release*: a sale from the balance, set aside with its quote.
*Give back*: what a refunded sale had taken. *Refund principal*: money out again, by a legal formula.
*Lapse*: book gift past its last day. *Draft*, *publish*, *end*: the plans; *set policy*: the terms of all.
Whoever writes locks the member's principal account first, then the gift account.
"""

from apps.wallet.services.lapsing import farewell, lapse_gifts
from apps.wallet.services.paying import GiveBack, PaymentWish, give_back, hold, pay, release
from apps.wallet.services.planning import (
    PlanTerms,
    PolicyTerms,
    discard_draft,
    draft_plan,
    end_plan,
    publish_plan,
    set_policy,
    terms_of,
)
from apps.wallet.services.refunding import RefundWish, lock_for_refund, refund_principal
from apps.wallet.services.topping_up import TopUpWish, top_up

__all__ = [
    "GiveBack",
    "PaymentWish",
    "PlanTerms",
    "PolicyTerms",
    "RefundWish",
    "TopUpWish",
    "discard_draft",
    "draft_plan",
    "end_plan",
    "farewell",
    "give_back",
    "hold",
    "lapse_gifts",
    "lock_for_refund",
    "pay",
    "publish_plan",
    "refund_principal",
    "release",
    "set_policy",
    "terms_of",
    "top_up",
]
