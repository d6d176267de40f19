"""A programme's rules in readable sentences."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.money import format_money
from apps.tiers import rules

KINDS = {
    "purchase": gettext_lazy("Purchase"),
    "register": gettext_lazy("Registration"),
    "review": gettext_lazy("Review"),
    "share": gettext_lazy("Share"),
    "check_in": gettext_lazy("Check-in"),
    "other": gettext_lazy("Other"),
}
PERIODS = {
    "day": gettext_lazy("day"),
    "week": gettext_lazy("week"),
    "month": gettext_lazy("month"),
    "quarter": gettext_lazy("quarter"),
    "year": gettext_lazy("year"),
    "life": gettext_lazy("life"),
    "activity": gettext_lazy("activity"),
}
MEASURES = {
    "per_unit": gettext_lazy("%(kinds)s: %(amount)s growth for every full %(unit)s paid"),
    "per_activity": gettext_lazy("%(kinds)s: %(amount)s growth each time"),
    "per_active_day": gettext_lazy("%(kinds)s: %(amount)s growth for each active day"),
    "per_category": gettext_lazy(
        "%(kinds)s: %(amount)s growth for each category first bought in a %(period)s"
    ),
    "per_kind": gettext_lazy("%(kinds)s: %(amount)s growth for each kind first done in a %(period)s"),
}
WINDOWS = {
    "lifetime": gettext_lazy("All growth counts, for life."),
    "rolling": gettext_lazy("Growth of the last %(months)s months counts."),
    "calendar": gettext_lazy("Growth counts by calendar %(unit)s."),
    "anniversary": gettext_lazy("Growth counts by year of membership."),
}
ENDS = {
    "clear": gettext_lazy("At the period's end it starts from zero."),
    "keep": gettext_lazy("It is kept over the period's end."),
    "deduct": gettext_lazy("At the period's end %(amount)s growth is taken back."),
    "deduct_percent": gettext_lazy("At the period's end %(amount)s%% of it is taken back."),
}
UPGRADES = {
    "at_once": gettext_lazy("Upgrades come with the purchase."),
    "at_assessment": gettext_lazy("Upgrades come with the assessment."),
}
CLIMBS = {
    "direct": gettext_lazy("Straight to the level deserved."),
    "one_level": gettext_lazy("One level at a time."),
}
DOWNGRADES = {
    "none": gettext_lazy("Nobody falls."),
    "one_level": gettext_lazy("Who falls short falls by one level."),
    "recompute": gettext_lazy("Who falls short gets the level deserved."),
}


def sentences(spec: rules.ProgrammeSpec) -> list[str]:
    """How growth is given, which of it counts, and how levels rise and fall."""
    window = {"months": spec.window.months, "unit": PERIODS.get(spec.window.unit, "")}
    told = [*map(_source, spec.growth), str(WINDOWS[spec.window.kind]) % window]
    if spec.has_periods:
        told.append(str(ENDS[spec.period_end.act]) % {"amount": spec.period_end.amount})
    told += [f"{UPGRADES[spec.upgrade]} {CLIMBS[spec.climb]}", str(DOWNGRADES[spec.downgrade])]
    if spec.grace_days:
        told.append(_("Before a fall there are %(days)s days of grace.") % {"days": spec.grace_days})
    if spec.protect_days:
        told.append(_("A level reached is protected for %(days)s days.") % {"days": spec.protect_days})
    return told


def ladder(spec: rules.ProgrammeSpec) -> list[dict[str, Any]]:
    """The levels from the top down, as the picture of the ladder shows them."""
    steps = [{"level": level, "name": level.name or level.code} for level in spec.levels]
    return steps[::-1]


def _source(source: rules.Source) -> str:
    facts = {
        "kinds": _(", ").join(str(KINDS.get(kind, kind)) for kind in source.kinds),
        "amount": f"{source.amount:,}",
        "unit": format_money(source.unit_fen),
        "period": PERIODS[source.period],
    }
    told = str(MEASURES[source.measure]) % facts
    if source.categories:
        told += _("; only of %(categories)s") % {"categories": _(", ").join(source.categories)}
    if source.channels:
        told += _("; only in %(channels)s") % {"channels": _(", ").join(source.channels)}
    if source.cap:
        cap = {"growth": f"{source.cap.growth:,}", "period": PERIODS[source.cap.per]}
        told += _("; at most %(growth)s per %(period)s") % cap
    for season in source.seasons:
        told += _("; %(percent)s%% from %(first)s through %(last)s") % {
            "percent": season.percent,
            "first": season.first_day.isoformat(),
            "last": season.last_day.isoformat(),
        }
    for persona in source.personas:
        facts = {"percent": persona.percent, "tags": _(", ").join(persona.tags)}
        told += _("; %(percent)s%% for members tagged %(tags)s") % facts
    return told
