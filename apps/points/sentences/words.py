"""The single words rules are told with."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from apps.core import money

KINDS = {
    "purchase": gettext_lazy("Purchase"),
    "register": gettext_lazy("Registration"),
    "review": gettext_lazy("Review"),
    "share": gettext_lazy("Share"),
    "check_in": gettext_lazy("Check-in"),
    "other": gettext_lazy("Other activity"),
}
EFFECTS = {
    "base": gettext_lazy("Base points (multipliers apply)"),
    "multiply": gettext_lazy("Multiply the base points"),
    "bonus": gettext_lazy("Extra points (no multiplier applies)"),
}
BASES = {
    "per_unit": gettext_lazy("Per amount paid"),
    "per_purchase": gettext_lazy("Fixed, per purchase"),
    "per_activity": gettext_lazy("Fixed, per activity"),
}
ROUNDINGS = {
    "down": gettext_lazy("rounded down"),
    "half_up": gettext_lazy("rounded half up"),
    "up": gettext_lazy("rounded up"),
}
WEEKDAYS = {
    1: gettext_lazy("Monday"),
    2: gettext_lazy("Tuesday"),
    3: gettext_lazy("Wednesday"),
    4: gettext_lazy("Thursday"),
    5: gettext_lazy("Friday"),
    6: gettext_lazy("Saturday"),
    7: gettext_lazy("Sunday"),
}
METHODS = {
    "annual_rolling": gettext_lazy("Annual rolling"),
    "rolling_months": gettext_lazy("Rolling months, to the end of the month"),
    "days": gettext_lazy("A number of days"),
    "fixed_date": gettext_lazy("A fixed date"),
    "never": gettext_lazy("Never"),
}
SHORTFALLS = {
    "owe": gettext_lazy("The member owes them; later points settle the debt"),
    "waive": gettext_lazy("They are waived"),
    "cash": gettext_lazy("Their value is deducted from the money returned"),
}
STACKINGS = {
    "additive": gettext_lazy("Adds to other rules"),
    "best_of": gettext_lazy("Only the best of its group counts"),
}
FACTS = {"tier": gettext_lazy("tier")}


def listed(items: Iterable[Any]) -> str:
    return pgettext("between items of a list", ", ").join(map(str, items))


def clauses(parts: Iterable[str]) -> str:
    """Clauses as one sentence."""
    body = pgettext("between clauses of a sentence", "; ").join(part for part in parts if part)
    return _("%(clauses)s.") % {"clauses": body[:1].upper() + body[1:]}


def number(points: int) -> str:
    return f"{points:,}"


def counted_points(points: int) -> str:
    """1 point, 1,280 points."""
    return ngettext("%(count)s point", "%(count)s points", points) % {"count": number(points)}


def yuan(fen: int) -> str:
    """¥1 for a whole amount, ¥1.50 otherwise."""
    text = money.format_money(fen)
    return text.removesuffix(".00")


def times(hundredths: int) -> str:
    """200 → 2, 150 → 1.5."""
    return f"{hundredths / 100:g}"


def percent(basis_points: int) -> str:
    return f"{basis_points / 100:g}%"
