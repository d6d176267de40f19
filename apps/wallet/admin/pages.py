"""Pages of stored value inside the back office's shell, and its tables as files."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse

from apps.core.csvfile import neutral

BOM = "\ufeff"


def page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of stored value."""
    shell = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, f"admin/wallet/{template}.html", {**shell, **context}, status=status)


def sheet(name: str, head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A table as CSV. No cell begins like a formula."""
    response = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow(head)
    for row in rows:
        yield writer.writerow([neutral(str(cell)) for cell in row])


class _Echo:
    """A file whose ``write`` answers what it was given."""

    def write(self, line: str) -> str:
        return line
