"""What is measured: pairs of an operation by our code and the least SQL that writes the same rows."""

from collections.abc import Callable
from dataclasses import dataclass

Operation = Callable[[], None]
Maker = Callable[[int, int], Operation]  # (client number, population of members) -> one operation


@dataclass(frozen=True)
class Pair:
    """``goal`` is the least ratio ours : limit; ``per_call`` how many units one operation does."""

    name: str
    goal: float
    ours: Maker
    limit: Maker
    per_call: int = 1


@dataclass(frozen=True)
class Figure:
    """Median units per second of both sides and how they compare with the goal."""

    name: str
    ours: float
    limit: float
    goal: float

    @property
    def ratio(self) -> float:
        return self.ours / self.limit if self.limit else 0.0

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.goal


@dataclass(frozen=True)
class Bound:
    """A figure that must not be above its goal; without a goal it is told for the record."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def is_met(self) -> bool:
        return self.most is None or self.value <= self.most


@dataclass(frozen=True)
class Sweep:
    """Work that is done once through all accounts, not call by call; it measures both sides itself."""

    name: str
    measure: Callable[[int], Figure]  # client processes -> the figure


@dataclass(frozen=True)
class Watched:
    """Work that is watched while it is done: how long it takes and what others feel of it."""

    name: str
    measure: Callable[[int], list[Bound]]  # client processes -> what was seen


PAIRS: list[Pair] = []
SWEEPS: list[Sweep] = []
WATCHED: list[Watched] = []
PREPARE: list[str] = []


def pair(registered: Pair) -> None:
    """Add a pair to what ``manage.py bench`` measures."""
    PAIRS.append(registered)


def sweep(registered: Sweep) -> None:
    """Add a sweep to what ``manage.py bench`` measures, after the pairs."""
    SWEEPS.append(registered)


def watched(registered: Watched) -> None:
    """Add watched work to what ``manage.py bench`` measures, before the sweeps."""
    WATCHED.append(registered)


def prepares(sql: str) -> None:
    """SQL that a pair's limit needs in the scratch database: its minimal functions."""
    PREPARE.append(sql)
