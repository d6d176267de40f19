"""Plans, by what is going on with them, and the policy in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from apps.members.models import Member
from apps.wallet import rules
from apps.wallet.models import Policy, TopUp, TopUpPlan

DRAFT, SCHEDULED, LIVE, ENDED = "draft", "scheduled", "live", "ended"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A version of a plan and its state: draft, scheduled, live or ended."""

    plan: TopUpPlan
    state: str


def policy() -> Policy:
    """The policy in force."""
    return Policy.objects.latest("id")


def published_plan(plan_id: int) -> TopUpPlan | None:
    return TopUpPlan.objects.filter(pk=plan_id, published_at__isnull=False).first()


def offered_plans(store_id: int, at: datetime) -> list[TopUpPlan]:
    """What a store may offer now, the smallest first."""
    plans = TopUpPlan.objects.filter(published_at__isnull=False, starts_at__lte=at)
    plans = plans.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))
    return list(plans.filter(Q(store_ids=[]) | Q(store_ids__contains=[store_id])))


def offer_of(plan: TopUpPlan | None) -> rules.Offer | None:
    if plan is None:
        return None
    return rules.Offer(plan.store_ids, plan.most_per_member, plan.starts_at, plan.ends_at)


def limits_of(member: Member, plan: TopUpPlan | None, *, principal_fen: int) -> rules.Limits:
    """The caps for this member; ``principal_fen`` is what they hold. Every version of a plan counts."""
    terms = policy()
    is_named = bool(member.name and member.phone_hash)
    taken = TopUp.objects.filter(member=member, plan__code=plan.code).count() if plan else 0
    return rules.Limits(
        cap_fen=terms.named_cap_fen if is_named else terms.nameless_cap_fen,
        principal_fen=principal_fen,
        times_taken=taken,
        takes_any_amount=terms.takes_any_amount,
    )


def plan_rows(at: datetime) -> Sequence[PlanRow]:
    """Every version of every plan, the newest of each first."""
    plans = TopUpPlan.objects.select_related("published_by").order_by("amount_fen", "code", "-number")
    return [PlanRow(plan, _state(plan, at)) for plan in plans]


def _state(plan: TopUpPlan, at: datetime) -> str:
    if plan.published_at is None:
        return DRAFT
    if plan.ends_at is not None and plan.ends_at <= max(at, plan.starts_at):
        return ENDED
    return SCHEDULED if plan.starts_at > at else LIVE
