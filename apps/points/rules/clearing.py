"""Clearing policies: until which day points earned on a day are valid."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from apps.points.rules.spec import Problems


@dataclass(frozen=True, slots=True)
class ClearingSpec:
    """One policy. ``count`` is years, months or days as its kind asks; ``on`` is the day of a fixed date.

    The default policy serves every earning rule that names none; of several defaults the one that
    started last.
    """

    kind: ClassVar[str] = "clearing"

    method: str = "annual_rolling"  # | rolling_months | days | fixed_date | never
    count: int = 1
    on: date | None = None
    is_default: bool = False

    def problems(self) -> Problems:
        if self.method not in METHODS:
            return [("method", "unknown")]
        if self.method == "fixed_date":
            return [] if self.on else [("on", "required")]
        if self.method == "never":
            return []
        return [] if 1 <= self.count <= MOST[self.method] else [("count", "out_of_range")]


def expiry_for(spec: ClearingSpec, earned_on: date) -> date | None:
    """The last day points earned on a day are valid; None when they never expire.

    Annual rolling: 31 December, ``count`` years on. Rolling months: the end of the month ``count``
    months on. Days: ``count`` days on. Fixed date: that day, and the same day of a later year for
    points earned after it.
    """
    return METHODS[spec.method](spec, earned_on)


def _annual(spec: ClearingSpec, earned_on: date) -> date:
    return date(earned_on.year + spec.count, 12, 31)


def _months(spec: ClearingSpec, earned_on: date) -> date:
    year, month = divmod(earned_on.year * 12 + earned_on.month - 1 + spec.count, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _days(spec: ClearingSpec, earned_on: date) -> date:
    return earned_on + timedelta(days=spec.count)


def _fixed(spec: ClearingSpec, earned_on: date) -> date | None:
    if spec.on is None or earned_on <= spec.on:
        return spec.on
    this_year = _same_day(spec.on, earned_on.year)
    return this_year if earned_on <= this_year else _same_day(spec.on, earned_on.year + 1)


def _same_day(day: date, year: int) -> date:
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def _never(spec: ClearingSpec, earned_on: date) -> None:
    return None


METHODS = {
    "annual_rolling": _annual,
    "rolling_months": _months,
    "days": _days,
    "fixed_date": _fixed,
    "never": _never,
}
MOST = {"annual_rolling": 50, "rolling_months": 600, "days": 18_250}
