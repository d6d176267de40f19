"""The personal-data desk: what upper apps add to a member's access copy and do at an erasure.

They register in ``AppConfig.ready()``: a *section* of the copy is a table of what they keep about a member;
a *farewell* is what they do, in the same transaction, before a member is erased.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.audit import Actor
from apps.core.registry import Registry


@dataclass(frozen=True)
class Section:
    """A table of the access copy; ``rows`` takes the member's id."""

    code: str
    columns: tuple[str, ...]
    rows: Callable[[int], Iterable[tuple[Any, ...]]]
    order: int = 100


@dataclass(frozen=True)
class Farewell:
    """What an app does before a member is erased; it may refuse with a LaurelError."""

    code: str
    act: Callable[[int, Actor, datetime], object]
    order: int = 100


sections: Registry[Section] = Registry()
farewells: Registry[Farewell] = Registry()
