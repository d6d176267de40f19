"""Paging without counting a big table: rows are counted up to a cap, and no further."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

CAP = 10_000


class CappedPaginator(Paginator):
    """Counts at most ``CAP`` rows; pages beyond are reached by searching, not by paging."""

    template_name = "components/admin_pagination.html"

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        if not hasattr(rows, "order_by"):
            return len(rows)
        return rows.order_by()[: CAP + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, CAP)

    @property
    def is_capped(self) -> bool:
        return self._counted > CAP


@dataclass(frozen=True)
class KeyPage:
    """A page of rows read by falling key: the keys to go on from, None at an end."""

    rows: list[Any]
    newer: int | None
    older: int | None


def key_page(rows: QuerySet, *, before: int | None, after: int | None, size: int = 50) -> KeyPage:
    """The rows just older than ``before`` or just newer than ``after`` (a primary key), newest first."""
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        has_newer, has_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        found = list(_older(rows, before).order_by("-pk")[: size + 1])
        has_newer, has_older = before is not None, len(found) > size
        found = found[:size]
    return KeyPage(
        found,
        newer=found[0].pk if found and has_newer else None,
        older=found[-1].pk if found and has_older else None,
    )


def _older(rows: QuerySet, before: int | None) -> QuerySet:
    return rows if before is None else rows.filter(pk__lt=before)
