"""The ledger to look at: every movement, newest first. Nothing can be written here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from apps.core.admin import ReadOnlyAdmin, ReadOnlyTabularInline
from apps.core.templatetags.laurel import points, signed
from apps.ledger.models import Entry, Lot
from apps.stores import queries as stores


class LotInline(ReadOnlyTabularInline):
    """The lots a credit opened."""

    model = Lot
    fields = readonly_fields = ("granted", "remaining", "available_on", "expires_on")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "of_member", "kind", "change", "left", "store", "source")
    list_select_related = ("member", "store")
    list_filter = (("at", RangeDateFilter),)
    search_fields = ("member__number__exact", "source__exact")
    search_help_text = _("Member number or source key")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("at", "posted_at", "of_member", "asset", "kind", "change", "left"),
        *("source", "store", "staff", "reverses", "taken_from", "explanation"),
    )
    inlines = (LotInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        rows = super().get_queryset(request)
        if request.user.sees_all_stores:
            return rows
        return rows.filter(store__in=stores.stores_for(request.user))

    @admin.display(description=_("member"))
    def of_member(self, entry: Entry) -> str:
        page = reverse("admin:members_member_change", args=[entry.member_id])
        return format_html('<a href="{}?tab=points">{}</a>', page, entry.member.number)

    @admin.display(description=_("asset"))
    def asset(self, entry: Entry) -> Any:
        return entry.account.asset

    @admin.display(description=_("change"))
    def change(self, entry: Entry) -> str:
        return signed(entry.amount)

    @admin.display(description=_("balance after"))
    def left(self, entry: Entry) -> str:
        return points(entry.balance_after)

    @admin.display(description=_("lots it took from"))
    def taken_from(self, entry: Entry) -> str:
        parts = entry.allocations.select_related("lot").order_by("lot_id")
        return ", ".join(f"{signed(-part.amount)} ({part.lot.expires_on or '–'})" for part in parts) or "–"
