"""What reconciliation needs to know of the accounts it checks: filled by the app that keeps them.

``is_narrow`` says which invariants can be asked of some accounts alone; ``narrow`` opens a view of these (a
list of keys or a pair (after, upto)), all of one instant, and gives what rewrites SQL to ask it. ``marks``
says how far things have come, ``touched`` which accounts moved after such marks ({}: all that ever did),
``last`` is the highest account. ``offenders`` is told the rows of a violation and when, and sees to the
accounts among them.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from apps.core.registry import Registry

Rows = Sequence[dict[str, Any]]
Accounts = Sequence[int] | tuple[int, int]
Marks = dict[str, int]


@dataclass(frozen=True)
class Watch:
    code: str
    is_narrow: Callable[[str], bool]
    narrow: Callable[[Accounts], AbstractContextManager[Callable[[str], str]]]
    touched: Callable[[Marks], list[int]]
    marks: Callable[[], Marks]
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
