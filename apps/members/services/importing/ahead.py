"""Preparing the next item while the present one is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, the next one made ready in a thread while the caller works on the last.

    The thread must not touch the database. What it raises is raised here, in the item's place.
    """
    iterator = iter(items)
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, iterator, _END)
        while (found := coming.result()) is not _END:
            coming = pool.submit(next, iterator, _END)
            yield found
