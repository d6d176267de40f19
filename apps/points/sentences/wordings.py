"""A wording as one readable sentence."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.points import rules
from apps.points.sentences.words import (
    FACTS,
    KINDS,
    ROUNDINGS,
    SHORTFALLS,
    WEEKDAYS,
    clauses,
    counted_points,
    listed,
    number,
    percent,
    times,
    yuan,
)


def sentence(spec: rules.Spec) -> str:
    """The wording as operators would say it."""
    return clauses(TELLERS[spec.kind](spec))


def _earning(spec: rules.EarningSpec) -> Iterator[str]:
    yield _gives(spec)
    if spec.effect != "multiply" and spec.multiplier != 100:
        yield _("times %(times)s") % {"times": times(spec.multiplier)}
    if spec.basis == "per_unit" or spec.effect == "multiply" or spec.multiplier != 100:
        yield _("%(rounding)s once per purchase") % {"rounding": ROUNDINGS[spec.rounding]}
    yield from _where(spec)
    yield from _when(spec)
    yield from _who(spec)
    yield from _limits(spec)


def _gives(spec: rules.EarningSpec) -> str:
    facts = {
        "unit": yuan(spec.unit_fen),
        "points": counted_points(spec.points),
        "times": times(spec.multiplier),
        "kinds": listed(KINDS.get(kind, kind) for kind in spec.kinds),
    }
    if spec.effect == "multiply":
        return _("base points count %(times)s times") % facts
    is_bonus = spec.effect == "bonus"
    if spec.basis == "per_unit":
        bonus = _("every %(unit)s paid earns %(points)s extra")
        return (bonus if is_bonus else _("every %(unit)s paid earns %(points)s")) % facts
    if spec.basis == "per_purchase":
        bonus = _("each purchase earns %(points)s extra")
        return (bonus if is_bonus else _("each purchase earns %(points)s")) % facts
    bonus = _("each activity (%(kinds)s) earns %(points)s extra")
    return (bonus if is_bonus else _("each activity (%(kinds)s) earns %(points)s")) % facts


def _where(spec: rules.EarningSpec) -> Iterator[str]:
    if spec.basis != "per_activity" and spec.kinds != ("purchase",):
        yield _("for %(kinds)s") % {"kinds": listed(KINDS.get(kind, kind) for kind in spec.kinds)}
    if spec.channels:
        yield _("in channels %(channels)s") % {"channels": listed(spec.channels)}
    if spec.stores:
        yield _("at stores %(stores)s") % {"stores": listed(spec.stores)}
    if spec.categories:
        yield _("only categories %(categories)s count") % {"categories": listed(spec.categories)}
    if spec.skus:
        yield _("SKUs %(skus)s count") % {"skus": listed(spec.skus)}
    if spec.excluded_categories:
        yield _("categories %(categories)s do not count") % {"categories": listed(spec.excluded_categories)}
    if spec.min_amount_fen:
        yield _("from %(amount)s on") % {"amount": yuan(spec.min_amount_fen)}


def _when(spec: rules.EarningSpec) -> Iterator[str]:
    if spec.first_day:
        yield _("from %(day)s") % {"day": spec.first_day.isoformat()}
    if spec.last_day:
        yield _("through %(day)s") % {"day": spec.last_day.isoformat()}
    if spec.weekdays:
        yield _("on %(weekdays)s") % {"weekdays": listed(WEEKDAYS[day] for day in spec.weekdays)}
    if spec.month_days:
        yield _("on day %(days)s of the month") % {"days": listed(spec.month_days)}
    if (spec.from_hour, spec.to_hour) != (0, 24):
        yield _("from %(start)d:00 to %(end)d:00") % {"start": spec.from_hour, "end": spec.to_hour}


def _who(spec: rules.EarningSpec) -> Iterator[str]:
    if spec.tags_any:
        yield _("for members tagged %(tags)s") % {"tags": listed(spec.tags_any)}
    if spec.tags_none:
        yield _("not for members tagged %(tags)s") % {"tags": listed(spec.tags_none)}
    if spec.birthday_month:
        yield _("in the month of the member's birthday")
    for fact in spec.facts:
        words = {"fact": FACTS.get(fact.name, fact.name), "values": listed(fact.values)}
        yield _("if %(fact)s is %(values)s") % words


def _limits(spec: rules.EarningSpec) -> Iterator[str]:
    caps = (
        (spec.cap_purchase, _("at most %(points)s per purchase")),
        (spec.cap_day, _("at most %(points)s a day")),
        (spec.cap_month, _("at most %(points)s a month")),
        (spec.cap_life, _("at most %(points)s ever")),
    )
    for cap, words in caps:
        if cap is not None:
            yield words % {"points": counted_points(cap)}
    if spec.stacking == "best_of":
        yield _("of the rules in group %(group)s only the best counts") % {"group": spec.group}
    if spec.available_after_days:
        yield _("to be spent after %(days)d days") % {"days": spec.available_after_days}
    if spec.clearing:
        yield _("cleared by policy %(policy)s") % {"policy": spec.clearing}


def _clearing(spec: rules.ClearingSpec) -> Iterator[str]:
    yield _lasting(spec)
    if spec.is_default:
        yield _("for every earning rule that names no other policy")


def _lasting(spec: rules.ClearingSpec) -> str:
    if spec.method == "never":
        return _("points never expire")
    if spec.method == "fixed_date":
        told = _("points are valid through %(on)s, later ones through the same day of a later year")
        return told % {"on": spec.on.isoformat() if spec.on else "–"}
    many = {
        "annual_rolling": ngettext(
            "points of a year are valid through 31 December of the next",
            "points of a year are valid through 31 December %(count)d years later",
            spec.count,
        ),
        "rolling_months": ngettext(
            "points are valid to the end of the next month",
            "points are valid to the end of the month %(count)d months later",
            spec.count,
        ),
        "days": ngettext(
            "points are valid through the next day",
            "points are valid for %(count)d days after the day they are earned",
            spec.count,
        ),
    }
    return many[spec.method] % {"count": spec.count}


def _spending(spec: rules.SpendingSpec) -> Iterator[str]:
    yield _("%(points)s take %(money)s off the bill") % {
        "points": counted_points(spec.points),
        "money": yuan(spec.fen),
    }
    if spec.min_points > 1:
        yield _("from %(points)s on") % {"points": counted_points(spec.min_points)}
    if spec.step_points > 1:
        yield _("in steps of %(points)s") % {"points": number(spec.step_points)}
    if spec.max_share_bp < 10_000:
        yield _("up to %(share)s of the bill") % {"share": percent(spec.max_share_bp)}


def _refund(spec: rules.RefundSpec) -> Iterator[str]:
    yield _("a refund takes back what the returned goods earned")
    yield _("points already spent: %(what)s") % {"what": SHORTFALLS[spec.shortfall]}
    grace = _("points returned past their last day are valid for %(days)d more days")
    yield grace % {"days": spec.grace_days}


TELLERS = {"earning": _earning, "clearing": _clearing, "spending": _spending, "refund": _refund}
