"""Rules of the demo shop beside the founding ones: two that apply, one that waits for its launch; and its
top-up plans: two that are offered, one still a draft."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.activity.demo.names import FRESH
from apps.core.audit import Actor
from apps.points import rules
from apps.points import services as points
from apps.wallet import services as wallet


@dataclass(frozen=True)
class Planned:
    """A rule and how many days ago it was published; None: it is still a draft."""

    code: str
    name: str
    spec: rules.EarningSpec
    days_ago: int | None


PLANNED = (
    Planned(
        "member-day",
        "会员日双倍积分",
        rules.EarningSpec(effect="multiply", multiplier=200, month_days=(8,), cap_month=200, priority=10),
        60,
    ),
    Planned(
        "birthday-month",
        "生日月双倍积分",
        rules.EarningSpec(effect="multiply", multiplier=200, birthday_month=True, cap_month=300, priority=5),
        30,
    ),
    Planned(
        "fresh-weekend",
        "周末生鲜加赠",
        rules.EarningSpec(
            effect="bonus", points=1, unit_fen=200, categories=FRESH, weekdays=(6, 7), cap_day=50, priority=3
        ),
        None,
    ),
)


PLANS = (
    wallet.PlanTerms("topup-500", "充 500 送 50", 500_00, 50_00, gift_days=365),
    wallet.PlanTerms("topup-1000", "充 1000 送 150", 1_000_00, 150_00, gift_days=365),
    wallet.PlanTerms("topup-300-new", "新客充 300 送 60", 300_00, 60_00, gift_days=90, most_per_member=1),
)
OFFERED_DAYS, OFFERED = 60, 2


def offer_plans(*, actor: Actor, at: datetime) -> int:
    """Draft the plans and publish all but the last; how many."""
    then = at - timedelta(days=OFFERED_DAYS)
    for number, terms in enumerate(PLANS):
        wallet.draft_plan(terms=terms, actor=actor, at=then)
        if number < OFFERED:
            wallet.publish_plan(terms=terms, actor=actor, at=then)
    return len(PLANS)


def publish(*, actor: Actor, at: datetime) -> int:
    """Draft the planned rules and publish those that apply; how many."""
    for planned in PLANNED:
        then = at - timedelta(days=planned.days_ago or 0)
        draft = points.Draft(planned.code, planned.name, planned.spec)
        version = points.draft_rule(draft=draft, actor=actor, at=then)
        if planned.days_ago is not None:
            points.publish_version(rule_id=version.rule_id, actor=actor, at=then)
    return len(PLANNED)
