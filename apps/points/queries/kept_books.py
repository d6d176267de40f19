"""Books as they are kept with closed months, and read again."""

from dataclasses import asdict
from typing import Any

from apps.points.queries.liability import Book, Line

LISTS = ("by_store", "by_month", "by_age")


def to_json(book: Book) -> dict[str, Any]:
    return asdict(book)


def from_json(kept: dict[str, Any]) -> Book:
    lists = {name: [Line(**line) for line in kept[name]] for name in LISTS}
    return Book(**{**kept, "total": Line(**kept["total"]), **lists})
