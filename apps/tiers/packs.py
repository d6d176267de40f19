"""What is granted when a member reaches a level for the first time in life: a registry of hooks.

A hook is called in the transaction of the upgrade with every level newly reached, each once for ever.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """A member reached a level for the first time."""

    member_id: int
    level_id: int
    at: datetime


Hook = Callable[[Sequence[Reached]], None]
HOOKS: dict[str, Hook] = {}


def register(name: str, hook: Hook) -> None:
    """Call ``hook`` with levels newly reached. Raises ValueError when the name is another's."""
    if HOOKS.setdefault(name, hook) is not hook:
        raise ValueError(f"registered twice: {name}")


def grant(reached: Sequence[Reached]) -> None:
    """Tell every hook."""
    for hook in HOOKS.values():
        hook(reached)
