"""Who gave which consent, and who looked at what is kept sealed. Nothing can be written."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import ReadOnlyAdmin
from apps.members import queries
from apps.members.models import ConsentEvent, Reveal


class MemberLogAdmin(ReadOnlyAdmin):
    """A log whose rows belong to members: those of the reader's scope, newest first."""

    list_select_related = ("member", "staff")
    ordering = ("-pk",)
    search_fields = ("member__number__exact",)
    search_help_text = _("Member number")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        if request.user.sees_all_stores or request.user.is_superuser:
            return rows
        return rows.filter(member__in=queries.members_for(request.user))

    @admin.display(description=_("member"))
    def of_member(self, row: Any) -> str:
        page = reverse("admin:members_member_change", args=[row.member_id])
        return format_html('<a href="{}">{}</a>', page, row.member.number)


@admin.register(ConsentEvent)
class ConsentEventAdmin(MemberLogAdmin):
    list_display = ("at", "of_member", "purpose", "given", "policy_version", "staff", "source")
    list_filter = ("purpose", "is_given")

    @display(description=_("given"), label={True: "success", False: "warning"})
    def given(self, event: ConsentEvent) -> tuple[bool, Any]:
        return event.is_given, _("Given") if event.is_given else _("Withdrawn or refused")


@admin.register(Reveal)
class RevealAdmin(MemberLogAdmin):
    list_display = ("at", "of_member", "staff", "field", "reason")
    list_filter = ("field",)
