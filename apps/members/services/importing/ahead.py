"""Preparing the next item while the present one is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_END = object()


class Ahead(Generic[T]):
    """The same items, in order; the next is made ready in a thread from the moment ``prepare`` is called.

    Call it when only waiting is left to do on the present item: two busy threads would slow each other.
    The thread must not touch the database. What it raises is raised here, in the item's place.
    """

    def __init__(self, items: Iterable[T]):
        self._items = iter(items)
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._coming: Future[Any] | None = None

    def prepare(self) -> None:
        """Begin with the next item, unless that has begun."""
        if self._coming is None:
            self._coming = self._pool.submit(next, self._items, _END)

    def __iter__(self) -> Iterator[T]:
        with self._pool:
            while (found := self._next()) is not _END:
                yield found

    def _next(self) -> Any:
        self.prepare()
        coming, self._coming = self._coming, None
        return coming.result()
