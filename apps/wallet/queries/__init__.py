"""Reading stored value: balances, plans, top-ups with what is left of them, what tills took in."""

from apps.wallet.queries.balances import Balance, Movement, balance_of, movements
from apps.wallet.queries.offers import (
    PlanRow,
    limits_of,
    offer_of,
    offered_plans,
    plan_rows,
    policy,
    published_plan,
)
from apps.wallet.queries.payments import given_back, payment, payment_of_sale, return_of_refund
from apps.wallet.queries.tills import TillLine, till_lines
from apps.wallet.queries.top_ups import (
    Rest,
    deposit_of,
    principal_refund,
    refund_of_request,
    refund_offer,
    refunds_for,
    rests_of,
    top_ups_for,
    top_ups_of,
)

__all__ = [
    "Balance",
    "Movement",
    "PlanRow",
    "Rest",
    "TillLine",
    "balance_of",
    "deposit_of",
    "given_back",
    "limits_of",
    "movements",
    "offer_of",
    "offered_plans",
    "payment",
    "payment_of_sale",
    "plan_rows",
    "policy",
    "principal_refund",
    "published_plan",
    "refund_of_request",
    "refund_offer",
    "refunds_for",
    "rests_of",
    "return_of_refund",
    "till_lines",
    "top_ups_for",
    "top_ups_of",
]
