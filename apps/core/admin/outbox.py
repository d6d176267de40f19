"""The outbox: what was announced, what still waits and why."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin.base import ReadOnlyAdmin, ReadOnlyTabularInline
from apps.core.models import Delivery, OutboxEvent


class DeliveredFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("failing", _("Failing")), ("done", _("Delivered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return {
            "waiting": queryset.filter(done_at=None),
            "failing": queryset.filter(done_at=None).exclude(last_error=""),
            "done": queryset.exclude(done_at=None),
        }.get(self.value() or "", queryset)


class DeliveryInline(ReadOnlyTabularInline):
    model = Delivery
    fields = readonly_fields = ("subscriber", "at")


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ("topic", "created_at", "state", "attempts", "next_attempt_at")
    list_filter = (DeliveredFilter, "topic")
    ordering = ("-pk",)
    inlines = (DeliveryInline,)

    @display(description=_("state"), label={"done": "success", "waiting": "info", "failing": "danger"})
    def state(self, event: OutboxEvent) -> tuple[str, Any]:
        if event.done_at:
            return "done", _("Delivered")
        return ("failing", _("Failing")) if event.last_error else ("waiting", _("Waiting"))
