"""The members' list with its query form and batch acts, and the page of one member."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ReadOnlyAdmin
from apps.core.paging import KeyPage, key_page
from apps.members import queries
from apps.members.admin import batch, page
from apps.members.errors import MemberNotFound
from apps.members.filters import MemberFilter
from apps.members.models import Member

PAGING = ("before", "after")


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    """Everything written here goes through the services."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return queries.members_for(request.user).select_related("home_store", "channel")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = MemberFilter(request.GET, queryset=self.get_queryset(request), request=request)
        if request.method == "POST":
            return batch.answer(self, request, found.found)
        rows = key_page(found.found, before=_key(request, "before"), after=_key(request, "after"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Members"),
            "opts": self.opts,
            "form": found.form,
            "rows": rows.rows,
            "acts": batch.allowed(request.user),
            "ways": _ways(request, rows),
        }
        return TemplateResponse(request, "admin/members/member/list.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        member = self.get_object(request, object_id)
        if member is None:
            raise MemberNotFound
        if not self.has_view_permission(request, member):
            raise PermissionDenied
        return page.answer(self, request, member)


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _ways(request: HttpRequest, page: KeyPage) -> dict[str, str]:
    """The addresses of the neighbouring pages, with the query kept."""
    found = {}
    for way, name, key in (("newer", "after", page.newer), ("older", "before", page.older)):
        if key is not None:
            kept = request.GET.copy()
            for paging in PAGING:
                kept.pop(paging, None)
            kept[name] = str(key)
            found[way] = f"?{kept.urlencode()}"
    return found
