"""What differs between two wordings, field by field, in words."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.points import rules
from apps.points.sentences.words import (
    BASES,
    EFFECTS,
    FACTS,
    KINDS,
    METHODS,
    ROUNDINGS,
    SHORTFALLS,
    STACKINGS,
    WEEKDAYS,
    listed,
    number,
    percent,
    times,
    yuan,
)


@dataclass(frozen=True)
class Change:
    """One field of a wording, as it was and as it is."""

    field: str
    was: str
    now: str


def changes(old: rules.Spec, new: rules.Spec) -> list[Change]:
    """The fields in which two wordings of one kind differ, in the order of the wording."""
    names = (field.name for field in fields(new))
    return [
        Change(name, _told(name, getattr(old, name)), _told(name, getattr(new, name)))
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]


def _told(name: str, value: Any) -> str:
    if value is None or value == () or (value == "" and name != "clearing"):
        return str(_("none"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(TELLERS.get(name, _plain)(value))


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return listed(value)
    if isinstance(value, date):
        return value.isoformat()
    return number(value) if isinstance(value, int) else str(value)


def _facts(conditions: tuple[rules.FactCondition, ...]) -> str:
    return listed(f"{FACTS.get(each.name, each.name)}: {listed(each.values)}" for each in conditions)


def _days(days: int) -> str:
    return _("%(days)d days") % {"days": days}


def _hour(hour: int) -> str:
    return f"{hour}:00"


def _policy(code: str) -> str:
    return code or str(_("The default policy"))


TELLERS: dict[str, Callable[[Any], Any]] = {
    "effect": EFFECTS.get,
    "basis": BASES.get,
    "unit_fen": yuan,
    "multiplier": lambda hundredths: f"× {times(hundredths)}",
    "rounding": ROUNDINGS.get,
    "kinds": lambda kinds: listed(KINDS.get(kind, kind) for kind in kinds),
    "min_amount_fen": yuan,
    "weekdays": lambda days: listed(WEEKDAYS[day] for day in days),
    "from_hour": _hour,
    "to_hour": _hour,
    "facts": _facts,
    "stacking": STACKINGS.get,
    "clearing": _policy,
    "available_after_days": _days,
    "method": METHODS.get,
    "fen": yuan,
    "max_share_bp": percent,
    "shortfall": SHORTFALLS.get,
    "grace_days": _days,
}
