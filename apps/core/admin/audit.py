"""The audit log: a query form, a sentence per row, pages by key. Nothing can be written."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.admin.base import ReadOnlyAdmin
from apps.core.filters import AuditFilter
from apps.core.models import AuditEntry
from apps.core.paging import KeyPage, key_page


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    change_form_template = "admin/core/auditentry/detail.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = AuditFilter(request.GET, queryset=AuditEntry.objects.all())
        page = key_page(found.qs, before=_key(request, "before"), after=_key(request, "after"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Audit log"),
            "opts": self.opts,
            "form": found.form,
            "rows": [{"entry": entry, "sentence": audit.sentence(entry)} for entry in page.rows],
            "ways": _ways(request, page),
        }
        return TemplateResponse(request, "admin/core/auditentry/list.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_object(request, object_id)
        context = {
            "entry": entry,
            "sentence": audit.sentence(entry) if entry else "",
            "title": _("Audit entry"),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _ways(request: HttpRequest, page: KeyPage) -> dict[str, str]:
    """The addresses of the neighbouring pages, with the query kept."""
    kept = request.GET.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    ways = {"newer": ("after", page.newer), "older": ("before", page.older)}
    found = {}
    for way, (name, key) in ways.items():
        if key is not None:
            kept[name] = str(key)
            found[way] = f"?{kept.urlencode()}"
            del kept[name]
    return found
