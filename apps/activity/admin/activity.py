"""What members did, to look at: purchases, refunds and the rest, newest first."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from apps.activity.models import Activity, Line
from apps.core.admin import ReadOnlyAdmin, ReadOnlyTabularInline
from apps.core.templatetags.laurel import money, points
from apps.stores import queries as stores


class LineInline(ReadOnlyTabularInline):
    model = Line
    fields = readonly_fields = ("category", "sku", "quantity", "amount", "refunds_line")

    @admin.display(description=_("amount"))
    def amount(self, line: Line) -> str:
        return money(line.amount_fen)


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "of_member", "kind", "store", "channel", "external_id", "amount", "used")
    list_select_related = ("member", "store", "channel")
    list_filter = (("occurred_at", RangeDateFilter),)
    search_fields = ("member__number__exact", "external_id__exact")
    search_help_text = _("Member number or receipt number")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("occurred_at", "recorded_at", "of_member", "kind", "channel", "external_id", "store", "staff"),
        *("amount", "discount", "used", "refund_of", "attributes"),
    )
    inlines = (LineInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Activity]:
        rows = super().get_queryset(request)
        if request.user.sees_all_stores:
            return rows
        return rows.filter(store__in=stores.stores_for(request.user))

    @admin.display(description=_("member"))
    def of_member(self, activity: Activity) -> str:
        page = reverse("admin:members_member_change", args=[activity.member_id])
        return format_html('<a href="{}?tab=visits">{}</a>', page, activity.member.number)

    @admin.display(description=_("amount"))
    def amount(self, activity: Activity) -> str:
        return money(activity.amount_fen)

    @admin.display(description=_("paid with points"))
    def discount(self, activity: Activity) -> Any:
        return money(activity.discount_fen)

    @admin.display(description=_("points spent"))
    def used(self, activity: Activity) -> str:
        return points(activity.points_spent)
