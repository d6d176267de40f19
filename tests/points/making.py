"""Short ways to say rules and baskets in the tests of this folder."""

from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

from apps.core.audit import Actor
from apps.points import rules
from apps.points import services as points

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 18, 12, 0, tzinfo=SHANGHAI)  # a Wednesday
ids = count(1)


def live(code="base", **wording) -> rules.LiveRule:
    number = next(ids)
    return rules.LiveRule(number, 1000 + number, code, code.title(), 1, rules.EarningSpec(**wording))


def basket(*amounts, kind="purchase", at=NOON, **rest) -> rules.Basket:
    """One line per amount in fen; a pair names the category too."""
    pairs = [amount if isinstance(amount, tuple) else ("", amount) for amount in amounts]
    lines = tuple(rules.BasketLine(category=category, amount_fen=fen) for category, fen in pairs)
    return rules.Basket(kind, at, sum(fen for _, fen in pairs), lines, **rest)


def decided(given, *live_rules, caps=None, **about):
    """The decision for a basket under rules in the order of a page."""
    ordered = sorted(live_rules, key=lambda rule: (-rule.spec.priority, rule.code))
    return rules.decide(given, rules.MemberContext(**about), ordered, caps)


def stored(decision, given):
    """The parts as an entry keeps them, read back."""
    return rules.stored_parts(rules.explain(decision, given, rules.Page(())))


def by_version(*live_rules):
    return {rule.version_id: rule for rule in live_rules}


AT = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)  # the same noon
MARKETER = Actor("marketer")


def publish(code, spec, *, at=AT, starts_at=None, ends_at=None):
    """A new rule with its first version published."""
    version = points.draft_rule(draft=points.Draft(code, code.title(), spec), actor=MARKETER, at=at)
    return points.publish_version(
        rule_id=version.rule_id, actor=MARKETER, at=at, starts_at=starts_at, ends_at=ends_at
    )


def earner(member, *amounts, **rest):
    return points.Earner(member.pk, basket(*amounts, **rest))


def awarded(*earners):
    return points.plan_awards(earners, at=AT)
