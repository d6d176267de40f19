"""Where a movement of points came from: a registry by source key, filled by whoever writes such keys.

A source key reads ``kind:…``; the app that writes a kind registers here how its origin is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """What caused a movement: a title, facts (label, value), the address of its page and of who did it."""

    title: str
    facts: tuple[tuple[Any, Any], ...] = ()
    url: str = ""


Teller = Callable[[str], Origin | None]
TELLERS: dict[str, Teller] = {}


def register(kind: str, teller: Teller) -> None:
    """Register how sources of a kind are told. Raises ValueError when another app has the kind."""
    if TELLERS.setdefault(kind, teller) is not teller:
        raise ValueError(f"registered twice: {kind}")


def origin_of(source: str | None) -> Origin | None:
    """What a source key stands for; None when nobody knows."""
    teller = TELLERS.get((source or "").partition(":")[0])
    return teller(source) if teller and source else None
