"""The liability book: now, at any past day, and of closed months; closing a month; files."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.ledger.models import ClosedMonth
from apps.points import queries
from apps.points.acts import closing
from apps.points.admin import counting, sheets
from apps.points.admin.pages import allow, page, stores_told
from apps.points.errors import NotCounted
from apps.points.forms.books import MonthField
from apps.points.forms.fields import DayField
from apps.points.queries import Book
from apps.points.refusals import refusal

BOOKS, CLOSE = "points.view_books", "ledger.close_month"
LIST = "admin:ledger_closedmonth_changelist"
SHOWN = 36
AGES = {
    -1: gettext_lazy("Past the last day, waits for clearing"),
    0: gettext_lazy("0–90 days"),
    1: gettext_lazy("0–90 days"),
    2: gettext_lazy("91–180 days"),
    3: gettext_lazy("181–365 days"),
    4: gettext_lazy("More than 365 days"),
}
FORMATS = {
    "csv": ("text/csv; charset=utf-8", sheets.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheets.as_xlsx),
}


class DayForm(forms.Form):
    """As of which past day; empty: now."""

    through = DayField(label=gettext_lazy("At the close of"))

    def clean_through(self) -> date | None:
        through = self.cleaned_data["through"]
        if through and through >= clock.business_day(clock.now()):
            raise forms.ValidationError(_("Choose a day that is over."))
        return through


class CloseForm(forms.Form):
    month = MonthField(label=gettext_lazy("Month"))


@admin.register(ClosedMonth)
class ClosedMonthAdmin(ReadOnlyAdmin):
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(BOOKS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("close/", view(require_POST(self.close_view)), name="ledger_closedmonth_close"),
            path("book.<str:kind>", view(require_safe(self.file_view)), name="ledger_closedmonth_file"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._list(request, CloseForm(initial={"month": _next_month()}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The book a month was closed with; who sees some stores reads theirs as of that day."""
        allow(request, BOOKS)
        if not object_id.isdigit():
            raise Http404
        closed = get_object_or_404(ClosedMonth, pk=object_id)
        last = clock.business_day(closed.ends_at) - timedelta(days=1)
        if closed.book is None or stores_told(request) is not None:
            return HttpResponseRedirect(f"{reverse(LIST)}?through={last}")
        context = {
            "closed": closed,
            "file_query": f"through={last}",
            **_told(queries.book_from_json(closed.book)),
        }
        return page(request, "liability/month", _("Closed month %(month)s") % {"month": closed}, context)

    def close_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a month to be closed."""
        allow(request, CLOSE)
        form = CloseForm(request.POST)
        if not form.is_valid():
            return self._list(request, form, status=422)
        month = form.cleaned_data["month"]
        wish = {"act": closing.CLOSE, "payload": closing.payload(month)}
        reason = _("The month %(month)s is over") % {"month": f"{month:%Y-%m}"}
        try:
            door.say(request, approvals.ask(**wish, reason=reason, staff=request.user, at=clock.now()))
        except LaurelError as error:
            form.add_error("month", refusal(error))
            return self._list(request, form, status=422)
        return HttpResponseRedirect(reverse(LIST))

    def file_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The book as a file."""
        allow(request, BOOKS)
        form = DayForm(request.GET)
        if kind not in FORMATS or not form.is_valid():
            raise Http404
        try:
            book = _book(request, form.cleaned_data["through"])
        except NotCounted:
            return HttpResponseRedirect(reverse(LIST))
        content_type, written = FORMATS[kind]
        response = HttpResponse(written(sheets.rows_of(book, AGES)), content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="liability-{book.through}.{kind}"'
        return response

    def _list(self, request: HttpRequest, closing: CloseForm, status: int = 200) -> HttpResponse:
        allow(request, BOOKS)
        form = DayForm(request.GET)
        through = form.cleaned_data["through"] if form.is_valid() else None
        context = {
            **_told_or_counting(request, through),
            "form": form,
            "closing": closing,
            "may_close": request.user.has_perm(CLOSE),
            "months": ClosedMonth.objects.select_related("closed_by").defer("book")[:SHOWN],
            "file_query": f"through={through}" if through else "",
            "through": through,
        }
        return page(
            request, "liability/list", _("Liability book"), context, status if form.is_valid() else 422
        )


def _told_or_counting(request: HttpRequest, through: date | None) -> dict[str, Any]:
    try:
        told = _told(_book(request, through))
    except NotCounted as missing:
        return {"uncounted": missing.percent}
    return told if through else {**told, **counting.state(request)}


def _book(request: HttpRequest, through: date | None) -> Book:
    """The book the reader may read: a closed month's as it was kept."""
    told = stores_told(request)
    if through and told is None:
        kept = ClosedMonth.objects.filter(ends_at=clock.day_end(through)).exclude(book__isnull=True).first()
        if kept:
            return queries.book_from_json(kept.book)
    return queries.liability_book(today=clock.business_day(clock.now()), through=through, stores=told)


def _told(book: Book) -> dict[str, Any]:
    """The book's parts, each with a heading and titled lines."""
    parts = (
        (_("By issuing store"), book.by_store, lambda line: line.title or _("No store")),
        (_("By expiry month"), book.by_month, lambda line: line.key or _("Never expires")),
        (_("By age"), book.by_age, lambda line: AGES[line.key]),
    )
    told = [
        {"title": title, "lines": [{"title": named(line), "line": line} for line in lines]}
        for title, lines, named in parts
    ]
    rate = f"{book.rate_bp // 100}.{book.rate_bp % 100:02d}%" if book.has_history else ""
    return {"book": book, "parts": told, "rate": rate}


def _next_month() -> str:
    """The month to be closed next: after the last closed one, else the one before this."""
    last = ClosedMonth.objects.order_by("-month").first()
    today = clock.business_day(clock.now())
    month = clock.business_day(last.ends_at) if last else today.replace(day=1) - timedelta(days=1)
    return f"{month:%Y-%m}"
