"""One row of a purchases file made ready for the staging table, or refused with its column and reason."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from apps.activity.errors import ActivityError
from apps.core import clock
from apps.core.csvfile import Row
from apps.core.money import parse_fen

REQUIRED = ("external_id", "member_ref", "occurred_at", "category", "quantity", "amount")
KNOWN = (*REQUIRED, "store", "sku", "refund_of")
COLUMNS = (
    "row",
    "is_bad",
    "external_id",
    "member_ref",
    "store",
    "occurred_at",
    "category",
    "sku",
    "quantity",
    "amount_fen",
    "refund_of",
    "cells",
)
NULL = "\\N"
SEPARATOR = "\x1f"
EARLIEST = 1900
LONGEST = {"external_id": 80, "category": 60, "sku": 60, "store": 40, "member_ref": 64, "refund_of": 80}
_WHOLE = re.compile(r"[0-9]{1,15}")
_UNFIT = re.compile("[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class RowFault(ActivityError):
    """A row can't be taken because of one column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


def parse(number: int, row: Row) -> str:
    """The row as COPY takes it, in ``COLUMNS``. Raises RowFault."""
    for column in ("external_id", "member_ref", "occurred_at"):
        if not row[column]:
            raise RowFault(column, _("is empty"))
    store, refund_of = row.get("store"), row.get("refund_of")
    return "\t".join(
        (
            str(number),
            "f",
            _text(row, "external_id"),
            _text(row, "member_ref"),
            _text(row, "store") if store else NULL,
            _instant(row["occurred_at"]),
            _text(row, "category"),
            _text(row, "sku"),
            _quantity(row["quantity"]),
            _amount(row["amount"]),
            _text(row, "refund_of") if refund_of else NULL,
            escaped(SEPARATOR.join(row.values())),
        )
    )


def parse_bad(number: int, row: Row) -> str:
    """A refused row, kept so that the rest of its purchase is refused with it."""
    nothing = (NULL,) * (len(COLUMNS) - 3)
    return "\t".join((str(number), "t", escaped(row.get("external_id", "")), *nothing))


def escaped(text: str) -> str:
    """A text as COPY takes it."""
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


def _text(row: Row, column: str) -> str:
    text = row.get(column, "")
    if len(text) > LONGEST[column]:
        raise RowFault(column, _("longer than %(count)d characters") % {"count": LONGEST[column]})
    if _UNFIT.search(text):
        raise RowFault(column, _("contains control characters"))
    return text.replace("\\", "\\\\") if "\\" in text else text


def _quantity(text: str) -> str:
    if not _WHOLE.fullmatch(text):
        raise RowFault("quantity", _("must be a whole number, 0 or more"))
    return text


def _amount(text: str) -> str:
    try:
        fen = parse_fen(text)
    except ValueError:
        raise RowFault("amount", _("must be an amount like 12.30, with at most two decimals")) from None
    if fen < 0:
        raise RowFault("amount", _("must not be negative; a refund names its purchase in refund_of"))
    return str(fen)


@lru_cache(maxsize=4096)
def _instant(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RowFault("occurred_at", _("must be a time like 2026-05-20T18:30:00")) from None
    if at.year < EARLIEST:
        raise RowFault("occurred_at", _("is before 1900"))
    local = at if at.tzinfo else at.replace(tzinfo=clock.zone())
    return local.astimezone(UTC).isoformat()
