"""What live earning rules ask for that nobody has: stores that are closed, tags no member carries, channels
nobody knows, facts no app provides; and settings of points that nothing uses."""

from collections.abc import Iterable
from datetime import datetime

from apps.members.models import Channel, MemberTag
from apps.points.context import PROVIDERS
from apps.points.models import AdjustmentLimit, RuleKind, RuleVersion
from apps.points.queries.books import live_page
from apps.points.rules.looking import Remark
from apps.stores.models import Staff, Store

SINGLE = (RuleKind.SPENDING, RuleKind.REFUND)  # of several live ones the last to start is used
ADJUST = "points.adjust_points"


def unmet(at: datetime) -> list[Remark]:
    """Live rules that ask for what is not there: they can never match."""
    live = live_page(at).earning
    asked = {name: {value for rule in live for value in getattr(rule.spec, name)} for name in HAVE}
    have = {name: HAVE[name](asked[name]) if asked[name] else set() for name in HAVE}
    found = []
    for rule in live:
        for name in HAVE:
            wanted = set(getattr(rule.spec, name))
            if wanted and not wanted & have[name]:
                found.append(Remark(f"no_{name}", rule.code, rule.name, ", ".join(sorted(wanted))))
        missing = sorted(fact.name for fact in rule.spec.facts if fact.name not in PROVIDERS)
        if missing:
            found.append(Remark("no_facts", rule.code, rule.name, ", ".join(missing)))
    return found


def policies_not_live(at: datetime) -> list[Remark]:
    """Live rules that name a clearing policy which isn't: the default one is used instead."""
    page = live_page(at)
    named = ((rule, rule.spec.clearing) for rule in page.earning)
    return [
        Remark("policy_not_live", rule.code, rule.name, code)
        for rule, code in named
        if code and code not in page.clearing
    ]


def outdone(at: datetime) -> list[Remark]:
    """Live spending and refund rules that another one, started later, leaves without use."""
    found = []
    live = RuleVersion.objects.filter(published_at__isnull=False, starts_at__lte=at).exclude(ends_at__lte=at)
    for kind in SINGLE:
        rows = live.filter(rule__kind=kind).select_related("rule").order_by("starts_at", "pk")
        newest = {row.rule_id: row for row in rows}
        *others, used = sorted(newest.values(), key=lambda row: (row.starts_at, row.pk)) or [None]
        found += [Remark("outdone", row.rule.code, row.rule.name, used.rule.name) for row in others]
    return found


def idle_limits() -> list[Staff]:
    """People with a daily limit of their own who may not adjust points or can't sign in."""
    limits = AdjustmentLimit.objects.filter(staff__isnull=False).select_related("staff")
    return [limit.staff for limit in limits if not limit.staff.has_perm(ADJUST)]


def _tags(codes: Iterable[str]) -> set[str]:
    worn = MemberTag.objects.filter(tag__code__in=codes)
    return set(worn.values_list("tag__code", flat=True).distinct())


def _stores(codes: Iterable[str]) -> set[str]:
    return set(Store.objects.filter(code__in=codes, is_open=True).values_list("code", flat=True))


def _channels(codes: Iterable[str]) -> set[str]:
    return set(Channel.objects.filter(code__in=codes).values_list("code", flat=True))


HAVE = {"tags_any": _tags, "stores": _stores, "channels": _channels}
