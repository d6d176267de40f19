"""The explanation an award carries, told in sentences or step by step: what each rule gave and how, and why
the others gave nothing. Reads the JSON of ``points.rules.explain``, old or new; what it does not know it
leaves out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.money import format_money

Told = Mapping[str, Any]
ROUNDINGS = {
    "down": gettext_lazy("rounded down"),
    "half_up": gettext_lazy("rounded to the nearest"),
    "up": gettext_lazy("rounded up"),
}
UNTOLD = {"other_kind"}  # rules about other activities are no news to anybody
REASONS = {
    "other_kind": gettext_lazy("it is for other activities"),
    "other_period": gettext_lazy("it does not run on this day"),
    "other_weekday": gettext_lazy("it runs on %(weekdays)s only"),
    "other_month_day": gettext_lazy("it runs on these days of the month only: %(month_days)s"),
    "other_hours": gettext_lazy("it runs from %(from_hour)s to %(to_hour)s o'clock only"),
    "other_channel": gettext_lazy("it does not count purchases of this channel"),
    "other_store": gettext_lazy("it does not run in this store"),
    "tag_missing": gettext_lazy("it is for members with another tag"),
    "tag_excluded": gettext_lazy("members with the tag %(tags)s are left out"),
    "not_birthday_month": gettext_lazy("it is for the member's birthday month"),
    "fact_differs": gettext_lazy("it is for other members"),
    "member_not_active": gettext_lazy("the membership is not active"),
    "nothing_paid": gettext_lazy("nothing was paid in money"),
    "no_rule": gettext_lazy("no earning rule is published for this"),
    "no_rule_applied": gettext_lazy("no earning rule applies"),
    "no_matching_line": gettext_lazy("nothing of what it counts was bought"),
    "below_minimum": gettext_lazy("it starts at %(min_amount_fen)s; %(base_fen)s counted"),
    "below_one_point": gettext_lazy("the amount is too small for a whole point"),
    "nothing_to_multiply": gettext_lazy("there are no base points to multiply"),
    "cap_reached": gettext_lazy("its limit of %(limit)s points is reached"),
    "better_rule": gettext_lazy("another rule gives more: %(better_points)s instead of %(points)s points"),
    "nothing_taken_back": gettext_lazy("the refund took no points back"),
}


@dataclass(frozen=True)
class Step:
    """How one rule came to its points, in words; what does not apply is empty."""

    rule_id: int
    version_id: int
    rule: str
    version: int
    base: str
    rate: str
    multiplier: str
    rounding: str
    caps: tuple[str, ...]
    points: int
    valid_through: str


# By the length of a cap's period: none, "life", a month, a day.
PERIODS = {
    0: gettext_lazy("at most %(limit)s per purchase"),
    4: gettext_lazy("at most %(limit)s ever, %(left)s were left"),
    7: gettext_lazy("at most %(limit)s in %(period)s, %(left)s were left"),
    10: gettext_lazy("at most %(limit)s on %(period)s, %(left)s were left"),
}


def award_sentences(told: Told) -> list[str]:
    """One sentence per rule that gave points, then one per rule that gave none."""
    return [part_sentence(part) for part in told.get("parts", ())] + list(_misses(told))


def part_sentence(part: Told) -> str:
    """What one rule gave: its version, base, rate, multiplier, rounding, cap and last day."""
    clauses = [_calculation(part), *_cap(part), *_validity(part)]
    return _("“%(rule)s” (version %(version)s): %(told)s") % {
        "rule": part["name"],
        "version": part["version"],
        "told": _("; ").join(clauses),
    }


def steps(told: Told) -> list[Step]:
    """The calculation of every rule that gave points."""
    return [_step(part) for part in told.get("parts", ())]


def miss_sentences(told: Told) -> list[str]:
    """One sentence per rule that gave none."""
    return list(_misses(told))


def reason_sentence(reason: str, facts: Told) -> str:
    """Why nothing was given."""
    words = REASONS.get(reason)
    return str(words) % _Readable(facts) if words else reason


def _step(part: Told) -> Step:
    is_multiplier = part.get("effect") == "multiply"
    base_points = _("%(points)s base points") % {"points": f"{part.get('base_points', 0):,}"}
    fixed = _("%(points)s points, fixed") % {"points": f"{part.get('fixed', 0):,}"}
    return Step(
        rule_id=part["rule_id"],
        version_id=part["version_id"],
        rule=part["name"],
        version=part["version"],
        base=base_points if is_multiplier else format_money(part["base_fen"]),
        rate=fixed if "fixed" in part else _per(part.get("rate")),
        multiplier=f"× {_times(part['multiplier'])}" if "multiplier" in part else "",
        rounding=str(ROUNDINGS.get(part.get("rounding"), "")),
        caps=tuple(_caps(part)),
        points=part["points"],
        valid_through=part.get("expires_on", ""),
    )


def _caps(part: Told) -> Iterator[str]:
    for cap in part.get("caps", ()):
        words = PERIODS.get(len(cap["period"]), PERIODS[0])
        yield str(words) % {"limit": f"{cap['limit']:,}", "left": f"{cap['left']:,}", "period": cap["period"]}
    if part.get("cut"):
        yield _("cut by %(points)s") % {"points": f"{part['cut']:,}"}


def _calculation(part: Told) -> str:
    return _formula(part) % {
        "base": format_money(part["base_fen"]),
        "rounding": ROUNDINGS.get(part.get("rounding"), ""),
        "times": _times(part.get("multiplier", 100)),
        "base_points": f"{part.get('base_points', 0):,}",
        "fixed": f"{part.get('fixed', 0):,}",
        "per": _per(part.get("rate")),
        "points": f"{part['points'] + part.get('cut', 0):,}",
    }


def _formula(part: Told) -> str:
    if part.get("effect") == "multiply":
        return _("%(base_points)s base points times %(times)s, %(rounding)s, add %(points)s points")
    if "rate" not in part and "multiplier" not in part:
        return _("%(fixed)s points, whatever the amount")
    if "rate" not in part:
        return _("%(fixed)s points times %(times)s = %(points)s points")
    if "multiplier" not in part:
        return _("%(per)s on %(base)s, %(rounding)s = %(points)s points")
    return _("%(per)s on %(base)s, %(rounding)s, times %(times)s = %(points)s points")


def _per(rate: list[int] | None) -> str:
    if rate is None:
        return ""
    words = ngettext("%(points)s point per %(money)s", "%(points)s points per %(money)s", rate[0])
    return words % {"points": f"{rate[0]:,}", "money": format_money(rate[1])}


def _cap(part: Told) -> Iterator[str]:
    if part.get("cut"):
        tightest = min(
            part.get("caps", [{"limit": part["points"], "left": part["points"]}]), key=lambda cap: cap["left"]
        )
        yield _("the limit of %(limit)s points cut %(cut)s, %(left)s are given") % {
            "limit": f"{tightest['limit']:,}",
            "cut": f"{part['cut']:,}",
            "left": f"{part['points']:,}",
        }


def _validity(part: Told) -> Iterator[str]:
    if "expires_on" in part:
        yield _("valid through %(day)s") % {"day": part["expires_on"]}


def _misses(told: Told) -> Iterator[str]:
    for miss in told.get("misses", ()):
        if miss["reason"] in UNTOLD:
            continue
        why = reason_sentence(miss["reason"], miss)
        yield (
            _("“%(rule)s” gave nothing: %(why)s") % {"rule": miss["name"], "why": why}
            if "name" in miss
            else why
        )


def _times(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


class _Readable(dict):
    """The facts of a miss as a reader takes them; one that is missing reads as a dash."""

    def __init__(self, facts: Told):
        super().__init__({name: _readable(name, value) for name, value in facts.items()})

    def __missing__(self, key: str) -> str:
        return "–"


def _readable(name: str, value: Any) -> str:
    if name.endswith("_fen"):
        return format_money(value)
    if name == "weekdays":
        return _(", ").join(str(WEEKDAYS[day - 1]) for day in value)
    if isinstance(value, list):
        return _(", ").join(map(str, value))
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,}" if isinstance(value, int) else str(value)
