"""A member's statement as the counter shows it: entries and awards that did not happen, newest first,
page by page. A page is cut by entry; the declined awards of the same stretch of time go with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from urllib.parse import urlencode

from django.db.models import QuerySet

from apps.ledger import queries as ledger
from apps.ledger.models import Decline, Entry
from apps.points import queries as points

ROWS = 30


@dataclass(frozen=True)
class Row:
    """One line of the statement: an entry, or an award that did not happen."""

    at: datetime
    entry: Entry | None = None
    decline: Decline | None = None


@dataclass(frozen=True)
class Place:
    """Where a page begins: below an entry, before an instant. Neither: at the top."""

    before_id: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class StatementPage:
    """Rows of one page and the address of the next, empty at the end."""

    rows: list[Row]
    older: str


def statement_page(member_id: int, place: Place) -> StatementPage:
    """One page of a member's points statement: at most ``ROWS`` entries and about as many declined awards."""
    found = list(ledger.statement(member_id, before_id=place.before_id)[: ROWS + 1])
    entries, has_more = found[:ROWS], len(found) > ROWS
    since = min(entry.at for entry in entries) if has_more else None
    declines = _declines(member_id, since, place.until)
    first = list(declines[: ROWS + 1])
    if len(first) > ROWS:
        since, has_more = first[ROWS - 1].at, True
        entries = list(takewhile(lambda entry: entry.at >= since, entries))
        first = list(declines.filter(at__gte=since))
    last_id = entries[-1].pk if entries else place.before_id
    return StatementPage(_merged(entries, first), _address(last_id, since) if has_more else "")


def _declines(member_id: int, since: datetime | None, until: datetime | None) -> QuerySet[Decline]:
    declines = points.declines(member_id)
    if since is not None:
        declines = declines.filter(at__gte=since)
    if until is not None:
        declines = declines.filter(at__lt=until)
    return declines.order_by("-at", "-id")


def _merged(entries: Sequence[Entry], declines: Sequence[Decline]) -> list[Row]:
    """Entries keep the order they were posted in; each declined award stands above the first older one."""
    rows, waiting = [], list(declines)
    for entry in entries:
        while waiting and waiting[0].at >= entry.at:
            rows.append(Row(waiting[0].at, decline=waiting.pop(0)))
        rows.append(Row(entry.at, entry=entry))
    return rows + [Row(decline.at, decline=decline) for decline in waiting]


def _address(last_id: int | None, since: datetime) -> str:
    place = {"until": since.isoformat()} | ({"before": last_id} if last_id else {})
    return urlencode(place)
