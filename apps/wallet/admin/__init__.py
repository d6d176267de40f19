"""Stored value in the back office: top-ups, what tills took in, plans, the policy. Services write."""

from apps.wallet.admin.plans import TopUpPlanAdmin
from apps.wallet.admin.policy import PolicyAdmin
from apps.wallet.admin.refunds import PrincipalRefundAdmin
from apps.wallet.admin.top_ups import TopUpAdmin

__all__ = ["PolicyAdmin", "PrincipalRefundAdmin", "TopUpAdmin", "TopUpPlanAdmin"]
