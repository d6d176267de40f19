"""The explanation of an award read aloud: what each rule gave, and why others gave nothing."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.points.sentences.words import FACTS, ROUNDINGS, WEEKDAYS, listed, number, times, yuan

Facts = Mapping[str, Any]

REASONS = {
    "member_not_active": gettext_lazy("the membership is not active"),
    "nothing_paid": gettext_lazy("nothing was paid in money"),
    "no_rule": gettext_lazy("no earning rule was live"),
    "no_rule_applied": gettext_lazy("no earning rule applied"),
    "other_kind": gettext_lazy("it is for other activities"),
    "other_period": gettext_lazy("it was not the time of this rule"),
    "other_weekday": gettext_lazy("only on %(weekdays)s"),
    "other_month_day": gettext_lazy("only on day %(month_days)s of the month"),
    "other_hours": gettext_lazy("only from %(from_hour)s:00 to %(to_hour)s:00"),
    "other_channel": gettext_lazy("only in channels %(channels)s"),
    "other_store": gettext_lazy("not at this store"),
    "tag_missing": gettext_lazy("only for members tagged %(tags)s"),
    "tag_excluded": gettext_lazy("not for members tagged %(tags)s"),
    "not_birthday_month": gettext_lazy("only in the month of the birthday"),
    "fact_differs": gettext_lazy("only if %(fact)s is %(values)s"),
    "no_matching_line": gettext_lazy("nothing bought counts for it"),
    "below_minimum": gettext_lazy("%(base_fen)s is below the minimum of %(min_amount_fen)s"),
    "below_one_point": gettext_lazy("the amount makes less than one point"),
    "nothing_to_multiply": gettext_lazy("there were no base points to multiply"),
    "cap_reached": gettext_lazy("its cap of %(limit)s points is reached"),
    "better_rule": gettext_lazy("another rule of its group gave more"),
}


def lines(explanation: Facts) -> list[str]:
    """One line per rule: first those that gave, then those that did not."""
    told = [_part(part) for part in explanation.get("parts", ())]
    return told + [_miss(miss) for miss in explanation.get("misses", ())]


def reason_text(reason: str, facts: Facts | None = None) -> str:
    """Why nothing was given, by reason code and its facts."""
    template = str(REASONS.get(reason, reason))
    return template % {**{key: "–" for key in _PLACES}, **_worded(facts or {})}


def _part(part: Facts) -> str:
    told = _("%(rule)s (version %(version)s): %(sum)s points") % {
        "rule": part["name"],
        "version": part["version"],
        "sum": _sum(part),
    }
    if part.get("cut"):
        told += _(", %(cut)s cut by the cap") % {"cut": number(part["cut"])}
    if part.get("expires_on"):
        told += _(", valid through %(day)s") % {"day": part["expires_on"]}
    return told


def _sum(part: Facts) -> str:
    """¥128.50 ÷ ¥1, rounded down × 2 = 256, as far as it applies."""
    raw = number(part.get("raw", part["points"]))
    factor = f" × {times(part['multiplier'])}" if "multiplier" in part else ""
    if part.get("effect") == "multiply":
        extra = times(part["multiplier"] - 100)
        return f"{number(part['base_points'])} × {extra} = {raw}"
    if "fixed" in part:
        return f"{number(part['fixed'])}{factor} = {raw}" if factor else raw
    points, unit = part["rate"]
    rate = f" × {number(points)}" if points != 1 else ""
    rounding = ROUNDINGS.get(part["rounding"], "")
    return f"{yuan(part['base_fen'])} ÷ {yuan(unit)}{rate} ({rounding}){factor} = {raw}"


def _miss(miss: Facts) -> str:
    reason = reason_text(miss["reason"], miss)
    if "name" not in miss:
        return _("No points: %(reason)s") % {"reason": reason}
    return _("%(rule)s: no points, %(reason)s") % {"rule": miss["name"], "reason": reason}


def _worded(facts: Facts) -> dict[str, str]:
    return {key: _WORDS.get(key, str)(value) for key, value in facts.items()}


_WORDS = {
    "weekdays": lambda days: listed(WEEKDAYS[day] for day in days),
    "month_days": listed,
    "channels": listed,
    "tags": listed,
    "values": listed,
    "fact": lambda name: str(FACTS.get(name, name)),
    "base_fen": yuan,
    "min_amount_fen": yuan,
    "limit": number,
}
_PLACES = (*_WORDS, "from_hour", "to_hour")
