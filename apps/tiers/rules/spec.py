"""The wording of a programme, as its file states it: levels, growth, window and policies. Pure.

Amounts are whole: growth in units, money in fen, shares in percent. A level is *entered* at ``entry``, *kept*
while growth reaches ``keep``, and entered again after a fall at ``re_entry``.
"""

from dataclasses import dataclass
from datetime import date

LEVEL = "level"
AT_ONCE, AT_ASSESSMENT = "at_once", "at_assessment"
DIRECT, ONE_LEVEL = "direct", "one_level"
NONE, RECOMPUTE = "none", "recompute"
CLEAR, KEEP, DEDUCT, DEDUCT_PERCENT = "clear", "keep", "deduct", "deduct_percent"
LIFETIME, ROLLING, CALENDAR, ANNIVERSARY = "lifetime", "rolling", "calendar", "anniversary"
DAY, WEEK, MONTH, QUARTER, YEAR, LIFE = "day", "week", "month", "quarter", "year", "life"
PERIODS = (DAY, WEEK, MONTH, QUARTER, YEAR, LIFE)
PER_UNIT, PER_ACTIVITY, PER_ACTIVE_DAY = "per_unit", "per_activity", "per_active_day"
PER_CATEGORY, PER_KIND = "per_category", "per_kind"
MEASURES = (PER_UNIT, PER_ACTIVITY, PER_ACTIVE_DAY, PER_CATEGORY, PER_KIND)
FULL = 100  # percent


@dataclass(frozen=True, slots=True)
class LevelSpec:
    """A step of the ladder. ``keep`` and ``re_entry`` are ``entry`` where the file leaves them out."""

    code: str
    entry: int
    keep: int
    re_entry: int
    name: str = ""
    colour: str = ""
    icon: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``growth`` from one source within one ``per`` (``activity`` or a period)."""

    per: str
    growth: int


@dataclass(frozen=True, slots=True)
class Season:
    """Between two local days, both included, growth counts ``percent``."""

    first_day: date
    last_day: date
    percent: int


@dataclass(frozen=True, slots=True)
class Persona:
    """For members with any of these tags growth counts ``percent``; the first persona that fits decides."""

    tags: tuple[str, ...]
    percent: int


@dataclass(frozen=True, slots=True)
class Source:
    """What activities give growth, and how much.

    ``per_unit``: ``amount`` for every full ``unit_fen`` paid · ``per_activity``: for each one ·
    ``per_active_day``: for the first of a day · ``per_category``: for each category first bought in a
    ``period`` · ``per_kind``: for each kind of behaviour first seen in a ``period``.
    """

    kinds: tuple[str, ...]
    measure: str
    amount: int
    unit_fen: int = 100
    period: str = MONTH
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    cap: Cap | None = None
    seasons: tuple[Season, ...] = ()
    personas: tuple[Persona, ...] = ()

    @property
    def reaches_back(self) -> str:
        """The longest period of earlier activities deciding needs ("" when none)."""
        asked = []
        if self.cap and self.cap.per != "activity":
            asked.append(self.cap.per)
        if self.measure == PER_ACTIVE_DAY:
            asked.append(DAY)
        if self.measure in (PER_CATEGORY, PER_KIND):
            asked.append(self.period)
        return max(asked, key=PERIODS.index, default="")

    @property
    def asks_lines(self) -> bool:
        return bool(self.categories) or self.measure == PER_CATEGORY


@dataclass(frozen=True, slots=True)
class Window:
    """What growth counts: all, the last ``months``, the current ``unit`` of calendar or membership."""

    kind: str
    months: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """What happens to growth when a calendar or membership period ends."""

    act: str = CLEAR
    amount: int = 0


@dataclass(frozen=True, slots=True)
class ProgrammeSpec:
    """A whole programme. ``levels`` ascend; the first is everybody's."""

    code: str
    levels: tuple[LevelSpec, ...]
    growth: tuple[Source, ...]
    window: Window
    kind: str = LEVEL
    name: str = ""
    period_end: PeriodEnd = PeriodEnd()
    upgrade: str = AT_ONCE
    climb: str = DIRECT
    downgrade: str = RECOMPUTE
    grace_days: int = 0
    protect_days: int = 0
    assess: str = MONTH

    @property
    def reaches_back(self) -> str:
        return max((source.reaches_back for source in self.growth), key=("", *PERIODS).index, default="")

    @property
    def asks_lines(self) -> bool:
        return any(source.asks_lines for source in self.growth)

    @property
    def asks_tags(self) -> bool:
        return any(source.personas for source in self.growth)

    @property
    def has_re_entry(self) -> bool:
        return any(level.re_entry != level.entry for level in self.levels)

    @property
    def has_periods(self) -> bool:
        """Whether levels are held to the end of a period, rather than judged at any time."""
        return self.window.kind in (CALENDAR, ANNIVERSARY)

    @property
    def deducts(self) -> bool:
        return self.has_periods and self.period_end.act in (DEDUCT, DEDUCT_PERCENT)
