"""Which growth counts at an instant, and which instants end a period. Local time in, local time out. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from apps.tiers.rules import spec as s

BEGINNING = date(1970, 1, 1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Growth of [``since``, ``until``) counts. ``ends_period``: ``until`` is where a period ends."""

    since: datetime
    until: datetime
    ends_period: bool = False


def span(spec: s.ProgrammeSpec, at: datetime, joined: datetime) -> Span:
    """What counts at ``at``, an instant in the programme's zone, for a member who joined then."""
    if spec.window.kind == s.ROLLING:
        return Span(months_before(at, spec.window.months), at)
    if not spec.has_periods:
        return Span(_midnight(BEGINNING, at), at)
    since, until = period_of(spec.window, at - _MOMENT, joined)
    counted = since if spec.period_end.act == s.CLEAR else _midnight(BEGINNING, at)
    return Span(counted, at, until == at)


def period_of(window: s.Window, at: datetime, joined: datetime) -> tuple[datetime, datetime]:
    """The period an instant lies in, [first, last)."""
    if window.kind == s.ANNIVERSARY:
        return _membership_year(at, joined)
    first = first_day(window.unit, at.date())
    return _midnight(first, at), _midnight(next_day(window.unit, first), at)


def period_end_after(spec: s.ProgrammeSpec, at: datetime, joined: datetime) -> datetime:
    """Where the period ends that ``at`` lies in."""
    return period_of(spec.window, at, joined)[1]


def period_start(spec: s.ProgrammeSpec, at: datetime, joined: datetime) -> datetime:
    """Where the period began that ``at`` lies in."""
    return period_of(spec.window, at, joined)[0]


def first_day(unit: str, day: date) -> date:
    """The first day of the week, month, quarter or year (or of all days) a day lies in."""
    if unit == s.WEEK:
        return day - timedelta(days=day.weekday())
    if unit == s.MONTH:
        return day.replace(day=1)
    if unit == s.QUARTER:
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if unit == s.YEAR:
        return day.replace(month=1, day=1)
    return day if unit == s.DAY else BEGINNING


def next_day(unit: str, first: date) -> date:
    """The first day after the period that begins on ``first``."""
    days = {s.DAY: 1, s.WEEK: 7}
    if unit in days:
        return first + timedelta(days=days[unit])
    return add_months(first, {s.MONTH: 1, s.QUARTER: 3, s.YEAR: 12}[unit])


def add_months(day: date, months: int) -> date:
    """So many months on; the 31st becomes the month's last day where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_before(at: datetime, months: int) -> datetime:
    """The same local time so many months earlier."""
    return datetime.combine(add_months(at.date(), -months), at.time(), tzinfo=at.tzinfo)


def is_due(spec: s.ProgrammeSpec, day: date) -> bool:
    """Whether a programme is assessed at the start of a day."""
    return first_day(spec.assess, day) == day


def _membership_year(at: datetime, joined: datetime) -> tuple[datetime, datetime]:
    born = joined.date()
    years = at.year - born.year
    if add_months(born, 12 * years) > at.date():
        years -= 1
    years = max(years, 0)
    return _midnight(add_months(born, 12 * years), at), _midnight(add_months(born, 12 * years + 12), at)


def _midnight(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time.min, tzinfo=like.tzinfo)
