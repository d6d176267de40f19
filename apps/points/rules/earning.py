"""The wording of an earning rule. Every condition is optional; an empty one holds for everybody."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from apps.points.rules.spec import Problems

FULL = 100  # hundredths of a multiplier of 1


class Rounding:
    """How a fraction of a point is treated: cut off, rounded to the nearest (half up), or made whole."""

    DOWN, HALF_UP, UP = "down", "half_up", "up"
    ALL = (DOWN, HALF_UP, UP)


def rounded(numerator: int, denominator: int, rounding: str) -> int:
    """``numerator / denominator`` as a whole number; neither is negative."""
    if rounding == Rounding.DOWN:
        return numerator // denominator
    if rounding == Rounding.UP:
        return -(-numerator // denominator)
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True)
class FactCondition:
    """A fact of the member that upper apps provide (say ``tier``) must be one of the values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EarningSpec:
    """``points`` per ``unit_fen`` (basis ``per_unit``) or fixed (``per_purchase``, ``per_activity``).

    A line counts when its category or SKU is named (or nothing is named) and its category is not
    excluded. ``min_amount_fen`` is asked of the base, the money paid for the lines that count.
    ``multiplier`` is in hundredths. Days and hours are local; ``last_day`` is included, ``to_hour``
    is not, and hours may run over midnight. ``birthday_month`` asks that the member's birthday falls in the
    month of the activity. ``clearing`` names a clearing policy, "" the default one.
    """

    kind: ClassVar[str] = "earning"

    effect: str = "base"  # base | multiply | bonus
    basis: str = "per_unit"  # per_unit | per_purchase | per_activity
    points: int = 1
    unit_fen: int = 100
    multiplier: int = FULL
    rounding: str = Rounding.DOWN

    kinds: tuple[str, ...] = ("purchase",)
    channels: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    min_amount_fen: int = 0

    first_day: date | None = None
    last_day: date | None = None
    weekdays: tuple[int, ...] = ()  # 1 Monday … 7 Sunday
    month_days: tuple[int, ...] = ()
    from_hour: int = 0
    to_hour: int = 24

    tags_any: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()
    birthday_month: bool = False
    facts: tuple[FactCondition, ...] = ()

    cap_purchase: int | None = None
    cap_day: int | None = None
    cap_month: int | None = None
    cap_life: int | None = None

    priority: int = 0
    stacking: str = "additive"  # additive | best_of
    group: str = ""
    clearing: str = ""
    available_after_days: int = 0

    @property
    def asks_member(self) -> bool:
        """Whether deciding needs the member's tags, birthday or facts."""
        return bool(self.tags_any or self.tags_none or self.birthday_month or self.facts)

    @property
    def has_lasting_cap(self) -> bool:
        """Whether a cap reaches beyond one basket, so that its use is kept."""
        return not (self.cap_day is None and self.cap_month is None and self.cap_life is None)

    @property
    def counts_all_lines(self) -> bool:
        return not (self.categories or self.skus or self.excluded_categories)

    def problems(self) -> Problems:
        """What is wrong with this wording, as (field, code); empty when it may be published."""
        found = [(name, "unknown") for name, known in CHOICES.items() if getattr(self, name) not in known]
        found += [
            (name, "not_negative")
            for name in ("min_amount_fen", "available_after_days", "cap_purchase", *LASTING_CAPS)
            if (getattr(self, name) or 0) < 0
        ]
        return found + self._effect_problems() + self._time_problems() + self._scope_problems()

    def _effect_problems(self) -> Problems:
        found = []
        if self.effect == "multiply":
            if self.multiplier <= FULL:
                found.append(("multiplier", "more_than_one"))
            return found
        if self.points < 1:
            found.append(("points", "positive"))
        if self.basis == "per_unit" and self.unit_fen < 1:
            found.append(("unit_fen", "positive"))
        if self.multiplier < 1:
            found.append(("multiplier", "positive"))
        return found

    def _time_problems(self) -> Problems:
        found = []
        if self.first_day and self.last_day and self.last_day < self.first_day:
            found.append(("last_day", "before_first"))
        if not all(1 <= day <= 7 for day in self.weekdays):
            found.append(("weekdays", "out_of_range"))
        if not all(1 <= day <= 31 for day in self.month_days):
            found.append(("month_days", "out_of_range"))
        if not (0 <= self.from_hour <= 23 and 1 <= self.to_hour <= 24 and self.from_hour != self.to_hour):
            found.append(("to_hour", "out_of_range"))
        return found

    def _scope_problems(self) -> Problems:
        found = []
        if not self.kinds or "refund" in self.kinds:
            found.append(("kinds", "required"))
        if self.basis == "per_purchase" and self.kinds != ("purchase",):
            found.append(("kinds", "purchases_only"))
        if self.stacking == "best_of" and not self.group:
            found.append(("group", "required"))
        if set(self.tags_any) & set(self.tags_none):
            found.append(("tags_none", "contradiction"))
        if any(not fact.name or not fact.values for fact in self.facts):
            found.append(("facts", "required"))
        return found


LASTING_CAPS = ("cap_day", "cap_month", "cap_life")
CHOICES = {
    "effect": ("base", "multiply", "bonus"),
    "basis": ("per_unit", "per_purchase", "per_activity"),
    "rounding": Rounding.ALL,
    "stacking": ("additive", "best_of"),
}
