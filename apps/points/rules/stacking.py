"""The most one purchase can earn: every rule asked as if each of its conditions held."""

from collections.abc import Sequence
from dataclasses import replace

from apps.points.rules.basket import Basket, MemberContext
from apps.points.rules.deciding import Decision, decide
from apps.points.rules.earning import EarningSpec
from apps.points.rules.rulebook import LiveRule

_USUAL = EarningSpec()
_CONDITIONS = (
    *("channels", "stores", "categories", "excluded_categories", "skus", "first_day", "last_day", "weekdays"),
    *("month_days", "from_hour", "to_hour", "tags_any", "tags_none", "birthday_month", "facts"),
)


def worst_case(basket: Basket, rules: Sequence[LiveRule]) -> Decision:
    """What the basket earns when all rules about its kind hit at once: amounts, minimums, multipliers, caps
    and groups count, everything that narrows where, when and for whom does not; no cap has been used.

    An upper bound: rules that can never meet are counted together.
    """
    hitting = [_unconditional(rule) for rule in rules if basket.kind in rule.spec.kinds]
    return decide(basket, MemberContext(), hitting)


def _unconditional(rule: LiveRule) -> LiveRule:
    usual = {name: getattr(_USUAL, name) for name in _CONDITIONS}
    return replace(rule, spec=replace(rule.spec, **usual))
