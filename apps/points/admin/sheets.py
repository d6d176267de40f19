"""The liability book as a file: CSV and XLSX, the same rows in both. No cell begins like a formula."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from apps.core import money
from apps.core.csvfile import neutral
from apps.points.queries import Book

BOM = "\ufeff"
ODD = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}


def rows_of(book: Book, ages: dict[int, Any]) -> Iterator[list[Any]]:
    """A head and a line per store, month and age; then the reconciliation. Money in yuan."""
    yield [_("Part"), _("Line"), _("Lots"), _("Points"), _("Cost"), _("Expected breakage")]
    parts = (
        (_("Issuing store"), book.by_store, lambda line: line.title or _("No store")),
        (_("Expiry month"), book.by_month, lambda line: line.key or _("Never expires")),
        (_("Age"), book.by_age, lambda line: str(ages[line.key])),
        (_("Total"), [book.total], lambda line: book.through),
    )
    for part, lines, named in parts:
        for line in lines:
            cost = money.format_fen(line.cost_fen)
            yield [part, neutral(named(line)), line.lots, line.points, cost, line.breakage]
    if book.entries is not None:
        checks = (
            (_("Lots"), book.total.points),
            (_("Entries"), book.entries),
            (_("Owed by members"), book.owed),
        )
        for name, points in (*checks, (_("Difference"), book.difference)):
            yield [_("Reconciliation"), name, "", points, "", ""]


def as_csv(rows: Iterator[list[Any]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return (BOM + text.getvalue()).encode()


def as_xlsx(rows: Iterator[list[Any]]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, ODD) as workbook:
        sheet = workbook.add_worksheet()
        numbers, head = workbook.add_format({"num_format": "#,##0"}), workbook.add_format({"bold": True})
        sheet.set_column(0, 1, 22)
        sheet.set_column(2, 5, 16, numbers)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row, None if at else head)
        sheet.freeze_panes(1, 0)
    return file.getvalue()
