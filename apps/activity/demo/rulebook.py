"""Rules of the demo shop beside the founding ones: two that apply, one that waits for its launch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.activity.demo.names import FRESH
from apps.core.audit import Actor
from apps.points import rules
from apps.points import services as points


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


def publish(*, actor: Actor, at: datetime) -> int:
    """Draft the planned rules and publish those that apply; how many."""
    for planned in PLANNED:
        then = at - timedelta(days=planned.days_ago or 0)
        draft = points.Draft(planned.code, planned.name, planned.spec)
        version = points.draft_rule(draft=draft, actor=actor, at=then)
        if planned.days_ago is not None:
            points.publish_version(rule_id=version.rule_id, actor=actor, at=then)
    return len(PLANNED)
