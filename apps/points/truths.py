"""What points tell the truth page: what is cleared next, and rules that do not what they seem to."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.truth.watching import Finder, Finding, Section, finders, sections
from apps.points import queries
from apps.points.errors import NotCounted
from apps.points.models import ClearingRun, Rule
from apps.points.rules.looking import Remark, remarks

MONTHS = 3


def upcoming(at: datetime) -> dict[str, Any]:
    """The next months that expire, the last clearing run, the next ring that clears."""
    run = ClearingRun.objects.order_by("-id").first()
    try:
        told = queries.forecast(day=clock.business_day(at))
    except NotCounted as missing:
        return {"percent": missing.percent, "run": run}
    months = [month for month in told.months if month.first_day]
    return {"months": months[:MONTHS], "counted_at": told.counted_at, "run": run}


def found(at: datetime) -> list[Finding]:
    """Live rules and policies that can never match, overlap, or that nothing uses; limits of nobody."""
    told = [
        *remarks(queries.live_page(at), clock.business_day(at)),
        *queries.unmet(at),
        *queries.policies_not_live(at),
        *queries.outdone(at),
    ]
    rules = {rule.code: rule for rule in Rule.objects.filter(code__in=[remark.code for remark in told])}
    limits = reverse("admin:points_adjustmentlimit_changelist")
    idle = [
        Finding(
            _("%(name)s has a daily limit of adjustments but may not adjust points.") % {"name": staff},
            limits,
        )
        for staff in queries.idle_limits()
    ]
    return [*(_finding(remark, rules) for remark in told), *idle]


def _finding(remark: Remark, rules: dict[str, Rule]) -> Finding:
    sentences = {
        "never": _("“%(name)s” is live but can never match."),
        "overlaps": _("“%(name)s” pays a second time for what “%(other)s” pays already."),
        "alone_in_group": _("“%(name)s” is alone in its group “%(other)s”: there is nothing to choose from."),
        "unused_policy": _("The clearing policy “%(name)s” is live but no earning rule uses it."),
        "no_tags_any": _("“%(name)s” can never match: no member has the tag %(other)s."),
        "no_stores": _("“%(name)s” can never match: no store %(other)s is open."),
        "no_channels": _("“%(name)s” can never match: there is no channel %(other)s."),
        "no_facts": _("“%(name)s” can never match: nothing provides %(other)s."),
        "policy_not_live": _(
            "“%(name)s” names the clearing policy %(other)s, which is not live: the default applies."
        ),
        "outdone": _("“%(name)s” is live but without use: “%(other)s” started later."),
    }
    rule = rules[remark.code]
    told = sentences[remark.kind] % {"name": rule.name, "other": remark.other}
    return Finding(told, reverse("admin:points_rule_change", args=[rule.pk]))


def register() -> None:
    sections.register(Section("clearing", "points/_truth.html", upcoming, order=20))
    finders.register(Finder("rules", found))
