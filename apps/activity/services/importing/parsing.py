"""The rows of a purchases file made ready for the staging table, or refused with their column and reason.

Rows of one purchase nearly always stand together: such a *stretch* becomes one staged row, and what its
rows share is looked at once. A purchase whose rows stand apart has several stretches.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import itemgetter

from django.utils.translation import gettext as _

from apps.activity.errors import ActivityError
from apps.activity.rules import FactLine
from apps.core import clock
from apps.core.money import parse_fen

REQUIRED = ("external_id", "member_ref", "occurred_at", "category", "quantity", "amount")
KNOWN = (*REQUIRED, "store", "sku", "refund_of")
SHARED = ("external_id", "member_ref", "store", "occurred_at", "refund_of")
OWN = ("category", "sku", "quantity", "amount")
COLUMNS = ("row", "is_bad", "external_id", "member_ref", "store", "occurred", "refund_of", "lines", "rows")
NULL = "\\N"
CELL, ROW = "\x1f", "\x1e"  # between the cells of a packed row or line, and between those
EARLIEST = 1900
LONGEST = {"external_id": 80, "category": 60, "sku": 60, "store": 40, "member_ref": 64, "refund_of": 80}
_WHOLE = re.compile(r"[0-9]{1,15}")
_UNFIT = re.compile("[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_BLANK = -1  # the place of the empty cell put behind each row
Reject = Callable[[int, str, str, Sequence[str]], None]  # row number, column, reason, cells


class RowFault(ActivityError):
    """A row can't be taken because of one column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


@dataclass(slots=True)
class _Stretch:
    """Rows of one purchase that stand together; ``head`` is what they share, as COPY takes it."""

    row: int
    head: str
    lines: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)

    def staged(self) -> str:
        """As COPY takes it, in ``COLUMNS``."""
        return f"{self.row}\tf\t{self.head}\t{escaped(ROW.join(self.lines))}\t{escaped(ROW.join(self.rows))}"


def stretches(
    rows: Iterable[tuple[int, Sequence[str]]], columns: Sequence[str], reject: Reject
) -> Iterator[str]:
    """The rows as COPY takes them, in ``COLUMNS``; ``reject`` hears of those that can't be taken.

    A refused row is staged too, as bad, so that the rest of its purchase is refused with it.
    """
    places = {name: place for place, name in enumerate(columns)}
    shared_of = itemgetter(*(places.get(name, _BLANK) for name in SHARED))
    own_of = itemgetter(*(places.get(name, _BLANK) for name in OWN))
    present, known = None, None
    for number, cells in rows:
        padded = (*cells, "")
        shared = shared_of(padded)
        try:
            if shared != known:
                head = _head(*shared)
                if present:
                    yield present.staged()
                present, known = _Stretch(number, head), shared
            present.lines.append(_line(*own_of(padded)))
            present.rows.append(_packed(number, cells))
        except RowFault as fault:
            reject(number, fault.column, fault.reason, cells)
            if present and present.lines:
                yield present.staged()
            present, known = None, None
            if shared[0]:
                yield _bad(number, shared[0])
    if present:
        yield present.staged()


def escaped(text: str) -> str:
    """A text as COPY takes it."""
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


def lines_of(packed: str) -> tuple[FactLine, ...]:
    """The lines of a stretch, or of several joined."""
    return tuple(_fact_line(line) for line in packed.split(ROW))


def rows_of(packed: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a stretch: (row number, cells)."""
    for row in packed.split(ROW):
        number, *cells = row.split(CELL)
        yield int(number), cells


@lru_cache(maxsize=65_536)
def _fact_line(packed: str) -> FactLine:
    category, sku, quantity, fen = packed.split(CELL)
    return FactLine(category, sku, int(quantity), int(fen))


def _bad(number: int, external_id: str) -> str:
    nothing = "\t".join((NULL,) * (len(COLUMNS) - 3))
    return f"{number}\tt\t{escaped(external_id)}\t{nothing}"


def _packed(number: int, cells: Sequence[str]) -> str:
    packed = CELL.join(cells)
    if ROW in packed or packed.count(CELL) >= len(cells):  # only a column nobody reads can hold them
        packed = CELL.join(_UNFIT.sub(" ", cell) for cell in cells)
    return f"{number}{CELL}{packed}"


def _head(external_id: str, member_ref: str, store: str, occurred_at: str, refund_of: str) -> str:
    named = {"external_id": external_id, "member_ref": member_ref, "occurred_at": occurred_at}
    for column, text in named.items():
        if not text:
            raise RowFault(column, _("is empty"))
    return "\t".join(
        (
            _text("external_id", external_id),
            _code("member_ref", member_ref),
            _code("store", store) if store else NULL,
            _instant(occurred_at),
            _text("refund_of", refund_of) if refund_of else NULL,
        )
    )


def _line(category: str, sku: str, quantity: str, amount: str) -> str:
    label = f"{_label('category', category)}{CELL}{_label('sku', sku)}"
    return f"{label}{CELL}{_quantity(quantity)}{CELL}{_amount(amount)}"


def _checked(column: str, text: str) -> str:
    if len(text) > LONGEST[column]:
        raise RowFault(column, _("longer than %(count)d characters") % {"count": LONGEST[column]})
    if _UNFIT.search(text):
        raise RowFault(column, _("contains control characters"))
    return text


def _text(column: str, text: str) -> str:
    text = _checked(column, text)
    return text.replace("\\", "\\\\") if "\\" in text else text


_code = lru_cache(maxsize=16_384)(_text)  # codes come again and again
_label = lru_cache(maxsize=16_384)(_checked)


@lru_cache(maxsize=1024)
def _quantity(text: str) -> str:
    if not _WHOLE.fullmatch(text):
        raise RowFault("quantity", _("must be a whole number, 0 or more"))
    return text


@lru_cache(maxsize=65_536)
def _amount(text: str) -> int:
    try:
        fen = parse_fen(text)
    except ValueError:
        raise RowFault("amount", _("must be an amount like 12.30, with at most two decimals")) from None
    if fen < 0:
        raise RowFault("amount", _("must not be negative; a refund names its purchase in refund_of"))
    return fen


def _instant(text: str) -> str:
    """Microseconds since 1970, which PostgreSQL and Python read quicker than a time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RowFault("occurred_at", _("must be a time like 2026-05-20T18:30:00")) from None
    if at.year < EARLIEST:
        raise RowFault("occurred_at", _("is before 1900"))
    local = at if at.tzinfo else at.replace(tzinfo=clock.zone())
    return str((local - _EPOCH) // _MICROSECOND)


def instant_of(microseconds: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)
