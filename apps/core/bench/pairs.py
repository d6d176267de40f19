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
class Sweep:
    """Work that is done once through all accounts, not call by call; it measures both sides itself."""

    name: str
    measure: Callable[[int], Figure]  # client processes -> the figure


PAIRS: list[Pair] = []
SWEEPS: list[Sweep] = []
PREPARE: list[str] = []


def pair(registered: Pair) -> None:
    """Add a pair to what ``manage.py bench`` measures."""
    PAIRS.append(registered)


def sweep(registered: Sweep) -> None:
    """Add a sweep to what ``manage.py bench`` measures, after the pairs."""
    SWEEPS.append(registered)


def prepares(sql: str) -> None:
    """SQL that a pair's limit needs in the scratch database: its minimal functions."""
    PREPARE.append(sql)
