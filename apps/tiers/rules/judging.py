"""Which level a member holds: upgrade, keep, grace, fall. Pure.

A *ladder* is a version's levels; a *standing* what a member has; a *verdict* what becomes of it. Ranks are
places on the ladder, 0 the first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.tiers.rules import spec as s

UP, DOWN, STAYS, WARNED, RELIEVED, MOVED = "up", "down", "stays", "warned", "relieved", "moved"


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's earned place: its rank (None when the level was retired), what protects it, and when it
    falls if nothing changes."""

    rank: int | None
    protected_until: datetime | None = None
    falls_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``act`` tells what happened; the other fields are how the member stands after it."""

    act: str
    rank: int
    protected_until: datetime | None = None
    falls_at: datetime | None = None


def deserved(spec: s.ProgrammeSpec, growth: int, above: int = 0, held: Collection[int] = ()) -> int:
    """The highest rank this growth enters. Ranks over ``above`` held before ask their re-entry threshold."""
    found = 0
    for rank, level in enumerate(spec.levels):
        needed = level.re_entry if rank > above and rank in held else level.entry
        if growth >= needed:
            found = rank
    return found


def judge(
    spec: s.ProgrammeSpec,
    standing: Standing,
    growth: int,
    at: datetime,
    *,
    may_fall: bool = True,
    held: Collection[int] = (),
) -> Verdict:
    """What becomes of a member with this growth at ``at``. ``may_fall`` is false within a period: what was
    reached is held to its end."""
    if standing.rank is None:
        return Verdict(MOVED, deserved(spec, growth))
    best = deserved(spec, growth, standing.rank, held)
    if best > standing.rank:
        rank = best if spec.climb == s.DIRECT else standing.rank + 1
        return Verdict(UP, rank, _protection(spec, at))
    if growth >= spec.levels[standing.rank].keep:
        act = RELIEVED if standing.falls_at else STAYS
        return Verdict(act, standing.rank, standing.protected_until)
    return _wanting(spec, standing, growth, at, may_fall)


def _wanting(spec: s.ProgrammeSpec, standing: Standing, growth: int, at: datetime, may_fall: bool) -> Verdict:
    as_it_was = Verdict(STAYS, standing.rank, standing.protected_until, standing.falls_at)
    is_protected = standing.protected_until is not None and at < standing.protected_until
    if spec.downgrade == s.NONE or is_protected or not may_fall:
        return as_it_was
    if standing.falls_at is not None and at < standing.falls_at:
        return as_it_was
    if standing.falls_at is None and spec.grace_days:
        falls_at = at + timedelta(days=spec.grace_days)
        return Verdict(WARNED, standing.rank, standing.protected_until, falls_at)
    lower = standing.rank - 1
    rank = lower if spec.downgrade == s.ONE_LEVEL else min(deserved(spec, growth), lower)
    return Verdict(DOWN, rank)


def gap_to_next(spec: s.ProgrammeSpec, rank: int, growth: int, held: Collection[int] = ()) -> int | None:
    """What is missing to the next level; None on the highest."""
    if rank + 1 >= len(spec.levels):
        return None
    level = spec.levels[rank + 1]
    return max((level.re_entry if rank + 1 in held else level.entry) - growth, 0)


def gap_to_keep(spec: s.ProgrammeSpec, rank: int, growth: int) -> int:
    """What is missing to keep the level held."""
    return max(spec.levels[rank].keep - growth, 0)


def _protection(spec: s.ProgrammeSpec, at: datetime) -> datetime | None:
    return at + timedelta(days=spec.protect_days) if spec.protect_days else None
