"""The ledger to look at: every movement, newest first. Nothing can be written here."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import RangeDateFilter

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin, ReadOnlyTabularInline
from apps.core.templatetags.laurel import points, signed
from apps.ledger import explained
from apps.ledger import services as ledger
from apps.ledger.models import Entry, Freeze, Lot
from apps.stores import queries as stores


class LotInline(ReadOnlyTabularInline):
    """The lots a credit opened."""

    model = Lot
    fields = readonly_fields = ("granted", "remaining", "available_on", "expires_on")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "of_member", "kind", "change", "left", "store", "source", "why")
    list_select_related = ("member", "store")
    list_filter = (("at", RangeDateFilter),)
    search_fields = ("member__number__exact", "source__exact")
    search_help_text = _("Member number or source key")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("at", "posted_at", "of_member", "asset", "kind", "change", "left"),
        *("source", "store", "staff", "reverses", "taken_from", "why", "explanation"),
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

    @admin.display(description=_("Why?"))
    def why(self, entry: Entry) -> str:
        links = [(reverse(page, args=[entry.member_id, entry.pk]), _("Why?")) for page in explained.PAGES]
        return format_html_join(" ", '<a href="{}">{}</a>', links) or "–"

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


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    """Accounts that could not spend for a while, and why."""

    list_display = ("frozen_at", "account", "code", "lifted_at", "lifted_by", "note")
    list_select_related = ("account", "lifted_by")
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.lift_view))
        return [path("<int:pk>/lift/", view, name="ledger_freeze_lift"), *super().get_urls()]

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the account spend again, with a note."""
        if not request.user.has_perm("ledger.lift_freeze"):
            raise PermissionDenied
        note = request.POST.get("note", "").strip()[:200]
        if not note:
            messages.error(request, _("Write a note: what was the difference?"))
        else:
            by = {"actor": request.user.as_actor(), "at": clock.now()}
            ledger.lift_freeze(freeze_id=pk, note=note, **by)
        return HttpResponseRedirect(reverse("admin:core_alert_changelist"))
