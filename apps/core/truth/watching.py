"""What reconciliation needs to know of the accounts it checks: filled by the app that keeps them.

``is_narrow`` says which invariants can be asked of some accounts alone; ``narrowed`` rewrites their SQL so,
for a list of keys or a pair (after, upto). ``touched`` are the accounts moved after an entry, ``watermark``
the newest entry, ``last`` the highest account. ``offenders`` is told the rows of a violation and when,
and sees to the accounts among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.registry import Registry

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Watch:
    code: str
    is_narrow: Callable[[str], bool]
    narrowed: Callable[[str, Sequence[int] | tuple[int, int]], str]
    touched: Callable[[int], list[int]]
    watermark: Callable[[], int]
    last: Callable[[], int]
    offenders: Callable[..., None]
    order: int = 100


@dataclass(frozen=True)
class Finding:
    """Something configured that does nothing, or not what it seems to: a sentence and where to change it."""

    title: str
    url: str = ""


@dataclass(frozen=True)
class Finder:
    """Looks for findings at an instant."""

    code: str
    find: Callable[..., list[Finding]]  # (at)
    order: int = 100


@dataclass(frozen=True)
class Section:
    """A part of the truth page of an upper app: a template and what it is given at an instant."""

    code: str
    template: str
    context: Callable[..., dict[str, Any]]  # (at)
    order: int = 100


watches: Registry[Watch] = Registry()
finders: Registry[Finder] = Registry()
sections: Registry[Section] = Registry()
