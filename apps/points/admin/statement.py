"""A member's statement in the back office: screen, print and CSV, at any past day."""

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.csvfile import neutral
from apps.ledger import queries as ledger
from apps.ledger.models import Entry
from apps.members import queries as members
from apps.members.errors import MemberNotFound
from apps.members.models import Member
from apps.points import queries
from apps.points.forms.fields import DayField

VIEW = "ledger.view_entry"
ROWS = 100
BOM = "\ufeff"


class PeriodForm(forms.Form):
    """From which day through which; both may be left out."""

    since = DayField(label=gettext_lazy("From"))
    through = DayField(label=gettext_lazy("Through"))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        wish = super().clean()
        if wish.get("since") and wish.get("through") and wish["since"] > wish["through"]:
            self.add_error("through", _("This day is before the first one."))
        return wish


@require_safe
def statement_view(request: HttpRequest, number: str) -> HttpResponse:
    """The sums of the period and its entries, newest first."""
    member, form = _member(request, number), PeriodForm(request.GET)
    wish = form.cleaned_data if form.is_valid() else {}
    today = clock.business_day(clock.now())
    period = _period(wish, today)
    found = queries.sheet_entries(member.pk, **period)
    found = found.filter(pk__lt=wish["before"]) if wish.get("before") else found
    rows = list(found[: ROWS + 1])
    context = {
        **admin.site.each_context(request),
        "title": _("Points statement of %(number)s") % {"number": member.number},
        "member": member,
        "form": form,
        "sheet": queries.sheet(member.pk, **period),
        "holding": ledger.holding(member.pk, day=today) if period["through"] == today else None,
        "rows": rows[:ROWS],
        "query": _query(request),
        "older": _query(request, before=str(rows[ROWS - 1].pk)) if len(rows) > ROWS else "",
        "printed_at": clock.now(),
    }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "admin/points/statement.html", context, status=status)


@require_safe
def statement_csv(request: HttpRequest, number: str) -> HttpResponse | StreamingHttpResponse:
    """Every entry of the period. No cell begins like a formula."""
    member, form = _member(request, number), PeriodForm(request.GET)
    if not form.is_valid():
        raise Http404
    period = _period(form.cleaned_data, clock.business_day(clock.now()))
    entries = queries.sheet_entries(member.pk, **period)
    response = StreamingHttpResponse(_lines(entries), content_type="text/csv; charset=utf-8")
    name = f"statement-{member.number}-{period['through']}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(entries: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    head = (
        _("Time"),
        _("Kind"),
        _("Change"),
        _("Balance after"),
        _("Store"),
        _("Staff"),
        _("Source"),
        _("Reason"),
    )
    yield BOM + writer.writerow(head)
    for entry in entries.iterator(chunk_size=2_000):
        yield writer.writerow(_cells(entry))


def _cells(entry: Entry) -> list[Any]:
    texts = (entry.store or "", entry.staff or "", entry.source or "", entry.explanation.get("reason", ""))
    at = f"{entry.at.astimezone(clock.zone()):%Y-%m-%d %H:%M:%S}"
    told = [neutral(str(text)) for text in texts]
    return [at, entry.get_kind_display(), entry.amount, entry.balance_after, *told]


class _Echo:
    """A file whose ``write`` answers what it was given."""

    def write(self, line: str) -> str:
        return line


def _period(wish: dict[str, Any], today: date) -> dict[str, Any]:
    return {"since": wish.get("since"), "through": wish.get("through") or today}


def _query(request: HttpRequest, **more: str) -> str:
    kept = request.GET.copy()
    kept.pop("before", None)
    kept.update(more)
    return kept.urlencode()


def _member(request: HttpRequest, number: str) -> Member:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    try:
        return members.access_member(request.user, number)
    except MemberNotFound as error:
        raise Http404 from error
