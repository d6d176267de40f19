"""Members with their full phones as a file: the same rows in CSV and XLSX, and no cell that runs."""

import csv
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO

import xlsxwriter
from django.utils.translation import gettext as _

from apps.core.csvfile import neutral
from apps.members import phones
from apps.members.models import Member

BOM = "\ufeff"
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}


def rows_of(found: Iterable[tuple[Member, str]]) -> Iterator[list[str]]:
    """A head and a line per member; phones as they are dialled in the country."""
    yield [_("Member number"), _("name"), _("Phone"), _("store")]
    for member, phone in found:
        store = member.home_store.code if member.home_store else ""
        yield [neutral(cell) for cell in (member.number, member.name, phones.dialled(phone), store)]


def as_csv(rows: Iterable[list[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return (BOM + text.getvalue()).encode()


def as_xlsx(rows: Iterable[list[str]]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, AS_TEXT) as workbook:
        sheet = workbook.add_worksheet()
        sheet.set_column(0, 3, 18)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
        sheet.freeze_panes(1, 0)
    return file.getvalue()
