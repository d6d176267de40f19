"""The acts that need four eyes. The lower app owns the registry, apps fill it in their ``acts`` modules."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.core.approvals.plans import Bar, Plan
from apps.core.audit import Actor
from apps.core.errors import LaurelError
from apps.core.registry import Registry, Title

if TYPE_CHECKING:
    from apps.core.approvals.models import ApprovalRequest

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """The whole list of what a plan touches, for download."""

    columns: tuple[str, ...]
    rows: Iterable[tuple[Any, ...]] = ()


@dataclass(frozen=True)
class Act:
    """An act under four eyes.

    ``sentence`` takes the plan's facts. ``plan`` goes the way of ``run`` without writing; ``lock`` holds
    what it reads until the act is done. ``run`` answers with what was done; a *long* act goes on in
    workers, called by ``ring``, and is ended with ``services.finish``. ``undo`` is the act that takes it
    back, asked with the request's id. ``labels`` name facts, columns and results, ``formats`` word the
    facts that aren't plain numbers or names; ``files`` are papers and results as (name, address).
    ``may_be_alone``: where nobody else could approve it runs at once, and says so.
    """

    code: str
    title: Title
    sentence: Title
    ask: str
    approve: str
    plan: Callable[[Payload, datetime], Plan]
    run: Callable[["ApprovalRequest", Actor, datetime], Mapping[str, Any]]
    subject: Callable[[Payload], tuple[str, object]]
    bar: Bar = field(default_factory=Bar)
    labels: Mapping[str, Title] = field(default_factory=dict)
    formats: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    lock: Callable[[Payload], None] | None = None
    ring: Callable[["ApprovalRequest"], None] | None = None
    listing: Callable[["ApprovalRequest"], Listing] | None = None
    address: Callable[["ApprovalRequest"], str] | None = None
    files: Callable[["ApprovalRequest"], Sequence[tuple[str, str]]] | None = None
    refusal: Callable[[LaurelError], str] = str
    undo: str = ""
    is_long: bool = False
    may_be_alone: bool = False
    order: int = 100


acts: Registry[Act] = Registry()
Scope = Callable[[Any, Any], Any]  # (staff, rows) -> the rows within the staff member's stores
_scopes: list[Scope] = []


def scope_by(scope: Scope) -> None:
    """The app that knows stores says which requests a staff member may see at all."""
    if scope not in _scopes:
        _scopes.append(scope)


def scopes() -> Iterator[Scope]:
    return iter(_scopes)


def act_words() -> dict[str, Title]:
    """The title of each act by its code."""
    return {act.code: act.title for act in acts}
