"""Register up: the lower app owns a registry, upper apps fill it in ``AppConfig.ready()``.

Three registries belong to the shell: panels on the member's page, items of the back office's
sidebar, cards on its home page.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

Title = Any  # a string or a lazily translated one


class Item(Protocol):
    code: str
    order: int


T = TypeVar("T", bound=Item)


class Registry(Generic[T]):
    """Things under unique codes, read in (order, code)."""

    def __init__(self) -> None:
        self._items: dict[str, T] = {}

    def register(self, item: T) -> T:
        """Add an item. Raises ValueError when another item has its code."""
        if self._items.setdefault(item.code, item) != item:
            raise ValueError(f"registered twice: {item.code}")
        return item

    def get(self, code: str) -> T:
        return self._items[code]

    def __iter__(self) -> Iterator[T]:
        return iter(sorted(self._items.values(), key=lambda item: (item.order, item.code)))

    def __len__(self) -> int:
        return len(self._items)


@dataclass(frozen=True)
class MemberPanel:
    """A part of the member's page: a template and what it is given for a member and a reader."""

    code: str
    title: Title
    template: str
    context: Callable[[Any, Any], Mapping[str, Any]]  # (member, staff)
    permission: str = ""
    order: int = 100


@dataclass(frozen=True)
class MenuGroup:
    """A heading of the sidebar."""

    code: str
    title: Title
    order: int = 100


@dataclass(frozen=True)
class MenuItem:
    """A line of the sidebar, shown to those who hold ``permission``. ``icon`` is a Material symbol; ``count``
    is how many things wait there for a staff member, shown beside the title."""

    code: str
    group: str
    title: Title
    icon: str
    url_name: str
    permission: str = ""
    order: int = 100
    count: Callable[[Any, datetime], int] | None = None


@dataclass(frozen=True)
class HomeCard:
    """A number of today on the home page. ``value`` takes a staff member and a business day;
    ``unit`` is count, points or money (fen)."""

    code: str
    title: Title
    value: Callable[[Any, date], int]
    unit: str = "count"
    permission: str = ""
    url_name: str = ""
    order: int = 100


member_panels: Registry[MemberPanel] = Registry()
menu_groups: Registry[MenuGroup] = Registry()
menu: Registry[MenuItem] = Registry()
home_cards: Registry[HomeCard] = Registry()


def visible(items: Registry[T], staff: Any) -> list[T]:
    """The items whose permission the staff member holds, in order."""
    return [item for item in items if not item.permission or staff.has_perm(item.permission)]
