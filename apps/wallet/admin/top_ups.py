"""Top-ups, newest first, as asked for; what tills took in by day and means; both as CSV."""

from collections.abc import Iterator
from typing import Any

import django_filters
from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.money import format_fen
from apps.core.paging import key_page
from apps.stores import doors
from apps.stores import queries as stores
from apps.stores.models import Store
from apps.wallet import queries
from apps.wallet.admin.pages import page, sheet
from apps.wallet.forms import PeriodForm
from apps.wallet.models import Means, TopUp

SEE = "wallet.view_topup"
MOST = 50_000  # rows of a file
DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


def _stores(request: HttpRequest) -> QuerySet[Store]:
    return stores.stores_for(request.user)


class TopUpFilter(django_filters.FilterSet):
    """By day, store, means of payment, member and receipt."""

    since = django_filters.DateFilter(
        label=gettext_lazy("From"), field_name="day", lookup_expr="gte", widget=DAY
    )
    until = django_filters.DateFilter(
        label=gettext_lazy("Through"), field_name="day", lookup_expr="lte", widget=DAY
    )
    store = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Store"), queryset=_stores, empty_label=gettext_lazy("All")
    )
    means = django_filters.ChoiceFilter(
        label=gettext_lazy("Means of payment"), choices=Means.choices, empty_label=gettext_lazy("All")
    )
    member = django_filters.CharFilter(label=gettext_lazy("Member number"), field_name="member__number")
    receipt = django_filters.CharFilter(label=gettext_lazy("Receipt or reference"), method="by_receipt")

    class Meta:
        model = TopUp
        fields: list[str] = []

    def by_receipt(self, queryset: QuerySet[TopUp], name: str, text: str) -> QuerySet[TopUp]:
        tail = text.strip().rpartition("-")[2]
        is_number = tail.isascii() and tail.isdigit() and len(tail) < 19
        receipt = Q(pk=int(tail)) if is_number else Q(pk__in=())
        return queryset.filter(receipt | Q(reference=text.strip()))


@admin.register(TopUp)
class TopUpAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "wallet_topup"
        own = [
            path("list.csv", view(require_safe(self.csv_view)), name=f"{name}_csv"),
            path("tills/", view(require_safe(self.tills_view)), name=f"{name}_tills"),
            path("tills.csv", view(require_safe(self.tills_csv_view)), name=f"{name}_tills_csv"),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopUp]:
        return queries.top_ups_for(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        found = self._found(request)
        before = request.GET.get("before", "")
        is_key = before.isascii() and before.isdigit() and len(before) < 19
        rows = key_page(found.qs, before=int(before) if is_key else None, after=None)
        context = {"form": found.form, "rows": rows.rows, "query": _query(request)}
        context["older"] = _query(request, before=str(rows.older)) if rows.older else ""
        return page(request, "topup/list", _("Top-ups"), context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A top-up is told on its member's page."""
        key = object_id if object_id.isascii() and object_id.isdigit() else "0"
        row = get_object_or_404(self.get_queryset(request), pk=key)
        doors.allow(request, SEE)
        where = reverse("admin:members_member_change", args=[row.member_id])
        return HttpResponseRedirect(f"{where}?tab=balance")

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        head = (
            *(_("Receipt number"), _("Time"), _("Store"), _("Staff"), _("Member number"), _("Plan")),
            *(_("Principal"), _("Gift"), _("Means of payment"), _("Reference")),
        )
        return sheet("top-ups", head, _cells(self._found(request).qs.order_by("-pk")[:MOST]))

    def tills_view(self, request: HttpRequest) -> HttpResponse:
        """What each till took in and paid out, by day and means of payment."""
        form = _period(request)
        lines = self._lines(request, form)
        sums = {name: sum(getattr(line, name) for line in lines) for name in SUMMED}
        context = {"form": form, "lines": lines, "sums": sums, "query": _query(request)}
        status = 200 if form.is_valid() else 422
        return page(request, "topup/tills", _("Till summary"), context, status)

    def tills_csv_view(self, request: HttpRequest) -> HttpResponse:
        head = (
            *(_("Day"), _("Store"), _("Means of payment"), _("Number of top-ups"), _("Taken in"), _("Gift")),
            *(_("Refunds"), _("Paid out"), _("Net")),
        )
        return sheet("tills", head, map(_till_cells, self._lines(request, _period(request))))

    def _found(self, request: HttpRequest) -> TopUpFilter:
        doors.allow(request, SEE)
        return TopUpFilter(request.GET, queryset=self.get_queryset(request), request=request)

    def _lines(self, request: HttpRequest, form: PeriodForm) -> list[queries.TillLine]:
        doors.allow(request, SEE)
        return list(queries.till_lines(request.user, **form.cleaned_data)) if form.is_valid() else []


SUMMED = ("top_ups", "in_fen", "gift_fen", "refunds", "out_fen", "net_fen")


def _period(request: HttpRequest) -> PeriodForm:
    today = clock.business_day(clock.now()).isoformat()
    return PeriodForm({"since": today, "through": today} | request.GET.dict())


def _cells(rows: QuerySet[TopUp]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        at = f"{row.at.astimezone(clock.zone()):%Y-%m-%d %H:%M:%S}"
        money = format_fen(row.principal_fen), format_fen(row.gift_fen)
        who = row.receipt_number, at, row.store, row.staff, row.member.number
        yield *who, row.plan or "", *money, row.get_means_display(), row.reference


def _till_cells(line: queries.TillLine) -> tuple[Any, ...]:
    taken = line.top_ups, format_fen(line.in_fen), format_fen(line.gift_fen)
    paid = line.refunds, format_fen(line.out_fen), format_fen(line.net_fen)
    return line.day, line.store, line.means_text, *taken, *paid


def _query(request: HttpRequest, **more: str) -> str:
    kept = request.GET.copy()
    kept.pop("before", None)
    kept.update(more)
    return kept.urlencode()
