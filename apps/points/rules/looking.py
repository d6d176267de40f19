"""Rules looked at together: what can never match, what is covered by another, what nothing uses.

Pure and careful: a finding is told only where the wordings alone prove it. A rule *never matches* when
its period is over, its conditions contradict each other or a cap is zero; it *overlaps* another when both
are ``base`` rules that add up and whatever the first counts the second counts too, so that the same money
earns twice.
"""

from dataclasses import dataclass
from datetime import date

from apps.points.rules.earning import EarningSpec
from apps.points.rules.rulebook import LiveRule, Page

ANY = ("channels", "stores", "tags_any", "weekdays", "month_days")


@dataclass(frozen=True)
class Remark:
    """What was found of a rule: ``never``, ``overlaps``, ``alone_in_group`` or ``unused_policy``."""

    kind: str
    code: str
    name: str
    other: str = ""


def remarks(page: Page, on: date) -> list[Remark]:
    """Everything to be said of what applies, on a day."""
    return [*_never(page, on), *_overlapping(page, on), *_alone(page), *_unused_policies(page)]


def never_matches(spec: EarningSpec, on: date) -> bool:
    """Whether no basket from that day on can meet the conditions."""
    if spec.last_day is not None and spec.last_day < on:
        return True
    if set(spec.categories) and set(spec.categories) <= set(spec.excluded_categories) and not spec.skus:
        return True
    if bool(spec.tags_any) and set(spec.tags_any) <= set(spec.tags_none):
        return True
    return any(cap == 0 for cap in (spec.cap_purchase, spec.cap_day, spec.cap_month, spec.cap_life))


def covers(wide: EarningSpec, narrow: EarningSpec) -> bool:
    """Whether every basket ``narrow`` counts is counted by ``wide`` too."""
    if not set(narrow.kinds) <= set(wide.kinds) or wide.facts or wide.birthday_month or wide.tags_none:
        return False
    if (wide.from_hour, wide.to_hour) != (0, 24) or wide.min_amount_fen > narrow.min_amount_fen:
        return False
    if wide.excluded_categories and not set(wide.excluded_categories) <= set(narrow.excluded_categories):
        return False
    within = all(_is_within(getattr(narrow, name), getattr(wide, name)) for name in ANY)
    return within and _period_covers(wide, narrow) and _lines_cover(wide, narrow)


def _is_within(narrow: tuple, wide: tuple) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _lines_cover(wide: EarningSpec, narrow: EarningSpec) -> bool:
    """A line counts by its category or its SKU; where neither is named, all count."""
    if not (wide.categories or wide.skus):
        return True
    named = bool(narrow.categories or narrow.skus)
    return named and set(narrow.categories) <= set(wide.categories) and set(narrow.skus) <= set(wide.skus)


def _period_covers(wide: EarningSpec, narrow: EarningSpec) -> bool:
    begins = wide.first_day is None or (narrow.first_day is not None and wide.first_day <= narrow.first_day)
    ends = wide.last_day is None or (narrow.last_day is not None and narrow.last_day <= wide.last_day)
    return begins and ends


def _never(page: Page, on: date) -> list[Remark]:
    return [Remark("never", rule.code, rule.name) for rule in page.earning if never_matches(rule.spec, on)]


def _overlapping(page: Page, on: date) -> list[Remark]:
    alive = [rule for rule in page.earning if not never_matches(rule.spec, on) and _adds_base(rule)]
    return [
        Remark("overlaps", narrow.code, narrow.name, wide.name)
        for narrow in alive
        for wide in alive
        if narrow is not wide
        and covers(wide.spec, narrow.spec)
        and (not covers(narrow.spec, wide.spec) or narrow.rule_id > wide.rule_id)
    ]


def _adds_base(rule: LiveRule) -> bool:
    return rule.spec.effect == "base" and rule.spec.stacking == "additive"


def _alone(page: Page) -> list[Remark]:
    grouped = [rule for rule in page.earning if rule.spec.stacking == "best_of"]
    groups = [rule.spec.group for rule in grouped]
    return [
        Remark("alone_in_group", rule.code, rule.name, rule.spec.group)
        for rule in grouped
        if groups.count(rule.spec.group) == 1
    ]


def _unused_policies(page: Page) -> list[Remark]:
    named = {rule.spec.clearing for rule in page.earning}
    needs_default = "" in named or bool(named - set(page.clearing))
    return [
        Remark("unused_policy", code, code)
        for code, spec in sorted(page.clearing.items())
        if code not in named and not (spec.is_default and needs_default)
    ]
