"""Short ways to say rules and baskets in the tests of this folder."""

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from apps.points import rules

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
