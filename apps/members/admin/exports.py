"""Files with full phones: who asked for which, and fetching one's own, once."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import queries as requests
from apps.members import services as members
from apps.members import sheets
from apps.members.errors import MembersError
from apps.members.models import PhoneExport
from apps.members.refusals import refusal_of_export
from apps.stores.doors import allow

FORMATS = {
    "csv": ("text/csv; charset=utf-8", sheets.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheets.as_xlsx),
}


@admin.register(PhoneExport)
class PhoneExportAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "staff", "size", "reason", "expires_at", "fetched_at")
    list_select_related = ("staff",)
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.fetch_view))
        own = path("<int:pk>/phones.<slug:file_kind>", view, name="members_phoneexport_fetch")
        return [own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneExport]:
        """One's own, or all for those who see the whole brand."""
        rows = super().get_queryset(request).select_related("staff")
        is_all = request.user.sees_all_stores or request.user.is_superuser
        return rows if is_all else rows.filter(staff=request.user)

    @admin.display(description=gettext_lazy("Members"))
    def size(self, row: PhoneExport) -> int:
        return len(row.member_ids)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal():
            raise Http404
        row, now = get_object_or_404(self.get_queryset(request), pk=object_id), clock.now()
        is_open = row.expires_at is not None and row.fetched_at is None and row.expires_at > now
        context = {
            **self.admin_site.each_context(request),
            "title": _("Export of phones %(number)d") % {"number": row.pk},
            "opts": self.opts,
            "row": row,
            "size": len(row.member_ids),
            "asked": requests.latest_about(("phone_export", row.pk)),
            "kinds": list(FORMATS) if is_open and row.staff_id == request.user.pk else [],
        }
        return TemplateResponse(request, "admin/members/phoneexport/detail.html", context)

    def fetch_view(self, request: HttpRequest, pk: int, file_kind: str) -> HttpResponse:
        """The file, made once, for the one who asked."""
        allow(request, members.MAY_EXPORT_PHONES)
        get_object_or_404(self.get_queryset(request), pk=pk)
        if file_kind not in FORMATS:
            raise Http404
        try:
            found = members.fetch_phone_export(export_id=pk, staff=request.user, at=clock.now())
        except MembersError as error:
            messages.error(request, refusal_of_export(error))
            return HttpResponseRedirect(reverse("admin:members_phoneexport_change", args=[pk]))
        content_type, written = FORMATS[file_kind]
        response = HttpResponse(written(sheets.rows_of(found)), content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="members-{pk}.{file_kind}"'
        response["Cache-Control"] = "no-store"
        return response
