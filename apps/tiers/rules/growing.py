"""How much growth activities give, and what a refund takes back. Pure.

A *deed* is one activity as growth sees it. Deeds of one member are told in the order they occurred; each
gives a *part* per source. A part keeps what it was worked out from, so that a refund can be worked out
again from what is left of the purchase.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.tiers.rules import spec as s
from apps.tiers.rules.windows import first_day

REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Deed:
    """One activity of one member. ``lines`` are (category, fen paid). A refund names the purchase it is of
    and tells what is left of it."""

    activity_id: int
    member_id: int
    kind: str
    occurred_at: datetime
    paid_fen: int = 0
    channel: str = ""
    lines: tuple[tuple[str, int], ...] = ()
    refund_of: int | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What one source gave for one deed, and why."""

    source: int
    base: int
    percent: int
    raw: int
    growth: int


@dataclass(frozen=True, slots=True)
class Credit:
    """The growth of one deed."""

    deed: Deed
    parts: tuple[Part, ...]

    @property
    def growth(self) -> int:
        return sum(part.growth for part in self.parts)


def grow(spec: s.ProgrammeSpec, deeds: Iterable[Deed], tags: Collection[str] = ()) -> list[Credit]:
    """What each deed of one member gives, in order; deeds that give nothing are left out."""
    tally = _Tally()
    found = (Credit(deed, tuple(_parts(spec, deed, tags, tally))) for deed in deeds if deed.kind != REFUND)
    return [credit for credit in found if credit.parts]


def taken_back(spec: s.ProgrammeSpec, told: Mapping[str, Any], left: Deed) -> int:
    """What growth an explained credit no longer deserves when ``left`` is what is left of its purchase."""
    given = deserved = 0
    for part in parts_told(told):
        source = spec.growth[part.source]
        raw = 0 if left.is_gone else _again(source, part, left)
        given += part.growth
        deserved += min(part.growth, raw)
    return given - deserved


def explain(spec: s.ProgrammeSpec, number: int, credit: Credit) -> dict[str, Any]:
    """The proof an entry of growth carries."""
    parts = [[p.source, p.base, p.percent, p.raw, p.growth] for p in credit.parts]
    return {"growth": {"programme": spec.code, "version": number, "parts": parts}}


def parts_told(told: Mapping[str, Any]) -> list[Part]:
    """The parts of an entry's proof."""
    return [Part(*part) for part in told["growth"]["parts"]]


class _Tally:
    """What a member had from each source so far: growth by cap period, things seen by period."""

    def __init__(self) -> None:
        self.used: dict[tuple[int, object], int] = defaultdict(int)
        self.seen: dict[tuple[int, object], set[str]] = defaultdict(set)


def _parts(spec: s.ProgrammeSpec, deed: Deed, tags: Collection[str], tally: _Tally) -> Iterable[Part]:
    for n, source in enumerate(spec.growth):
        if deed.kind not in source.kinds or (source.channels and deed.channel not in source.channels):
            continue
        base = _base(n, source, deed, tally)
        percent = _percent(source, deed, tags)
        raw = _worth(source, base, percent)
        growth = _capped(n, source, deed, raw, tally)
        if growth:
            yield Part(n, base, percent, raw, growth)


def _base(n: int, source: s.Source, deed: Deed, tally: _Tally) -> int:
    """What the source counts: fen, or how many things."""
    if source.measure == s.PER_UNIT:
        return _fen(source, deed)
    if source.measure == s.PER_ACTIVITY:
        return 1
    if source.measure == s.PER_ACTIVE_DAY:
        return _new(n, s.DAY, deed, {"day"}, tally)
    if source.measure == s.PER_CATEGORY:
        bought = {category for category, _fen in deed.lines if category}
        chosen = bought.intersection(source.categories) if source.categories else bought
        return _new(n, source.period, deed, chosen, tally)
    return _new(n, source.period, deed, {deed.kind}, tally)


def _fen(source: s.Source, deed: Deed) -> int:
    if not source.categories:
        return deed.paid_fen
    return sum(fen for category, fen in deed.lines if category in source.categories)


def _new(n: int, period: str, deed: Deed, things: set[str], tally: _Tally) -> int:
    seen = tally.seen[n, first_day(period, deed.occurred_at.date())]
    new = things - seen
    seen |= new
    return len(new)


def _percent(source: s.Source, deed: Deed, tags: Collection[str]) -> int:
    day, percent = deed.occurred_at.date(), s.FULL
    for season in source.seasons:
        if season.first_day <= day <= season.last_day:
            percent = season.percent
            break
    for persona in source.personas:
        if any(tag in tags for tag in persona.tags):
            return percent * persona.percent // s.FULL
    return percent


def _worth(source: s.Source, base: int, percent: int) -> int:
    units = base // source.unit_fen if source.measure == s.PER_UNIT else base
    return units * source.amount * percent // s.FULL


def _capped(n: int, source: s.Source, deed: Deed, raw: int, tally: _Tally) -> int:
    if source.cap is None:
        return raw
    if source.cap.per == "activity":
        return min(raw, source.cap.growth)
    key = (n, first_day(source.cap.per, deed.occurred_at.date()))
    growth = min(raw, source.cap.growth - tally.used[key])
    tally.used[key] += growth
    return growth


def _again(source: s.Source, part: Part, left: Deed) -> int:
    base = _fen(source, left) if source.measure == s.PER_UNIT else part.base
    return _worth(source, min(base, part.base), part.percent)
