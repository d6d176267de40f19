"""The approval desk: requests waiting for me, mine and all; one request with its plan; the thresholds."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core import audit, clock, guarding
from apps.core.admin.base import ReadOnlyAdmin
from apps.core.approvals import door, queries, telling
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import ApprovalError, NotAllowed, OwnRequest
from apps.core.approvals.filters import RequestFilter
from apps.core.approvals.forms import ApproveForm, RejectForm, UndoForm
from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.approvals.registry import acts
from apps.core.csvfile import neutral
from apps.core.errors import LaurelError
from apps.core.models import AuditEntry
from apps.core.paging import key_page

DECISIONS: dict[str, tuple[type[Form], Any]] = {
    "approve": (ApproveForm, approvals.approve),
    "reject": (RejectForm, approvals.reject),
    "withdraw": (Form, approvals.withdraw),
    "undo": (UndoForm, approvals.ask_undo),
}
PAGING = ("before", "after")


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                "<int:pk>/decide/", view(require_POST(self.decide_view)), name="core_approvalrequest_decide"
            ),
            path("<int:pk>/list.csv", view(self.list_view), name="core_approvalrequest_list"),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApprovalRequest]:
        return queries.requests_for(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._allow(request)
        now, seen = clock.now(), self.get_queryset(request)
        found = RequestFilter(request.GET, queryset=seen, request=request)
        page = key_page(found.qs, **{name: _key(request, name) for name in PAGING})
        context = {
            "form": found.form,
            "rows": telling.listed(page.rows, now),
            "waiting": queries.waiting_for(request.user, now).count(),
            "ways": _ways(request, page.newer, page.older),
        }
        return self._page(request, "list", _("Approvals"), context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        self._allow(request)
        if not object_id.isdecimal():
            raise Http404
        return self._request(request, self._seen(request, int(object_id)))

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve, reject or withdraw."""
        self._allow(request)
        row = self._seen(request, pk)
        form_class, decide = DECISIONS.get(request.POST.get("decision", ""), (None, None))
        if decide is None:
            raise Http404
        form = form_class(request.POST)
        if not form.is_valid():
            return self._request(request, row, form, status=422)
        guarding.ask_again(request)
        try:
            row = decide(request_id=pk, staff=request.user, at=clock.now(), **form.cleaned_data)
        except (NotAllowed, OwnRequest) as error:
            raise PermissionDenied from error
        except LaurelError as error:
            word = door.refusal if isinstance(error, ApprovalError) else acts.get(row.act).refusal
            form.add_error(None, word(error))
            return self._request(request, self._seen(request, pk), form, status=409)
        if row.state not in (RequestState.REJECTED, RequestState.WITHDRAWN):
            door.say(request, row)
        return HttpResponseRedirect(door.address(row))

    def list_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The whole list of what the plan touches, as a file a spreadsheet can't be tricked by."""
        self._allow(request)
        row = self._seen(request, pk)
        listing = acts.get(row.act).listing
        if listing is None:
            raise Http404
        response = StreamingHttpResponse(_lines(row), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="request-{pk}.csv"'
        response["Cache-Control"] = "no-store"
        return response

    def _request(
        self, request: HttpRequest, row: ApprovalRequest, failed: Form | None = None, status: int = 200
    ) -> HttpResponse:
        now = clock.now()
        trail = AuditEntry.objects.filter(subject_type="approval", subject_id=str(row.pk)).order_by("-id")
        context = {
            "told": telling.told(row, now),
            "row": row,
            "may_decide": queries.may_decide(request.user, row, now),
            "is_mine": row.asked_by_id == request.user.pk,
            "has_list": acts.get(row.act).listing is not None,
            "failed": failed,
            "approve_form": failed if isinstance(failed, ApproveForm) else ApproveForm(prefix=None),
            "reject_form": failed if isinstance(failed, RejectForm) else RejectForm(auto_id="id_reject_%s"),
            "may_undo": queries.may_undo(request.user, row, now),
            "undo_form": failed if isinstance(failed, UndoForm) else UndoForm(auto_id="id_undo_%s"),
            "acts": [{"entry": entry, "sentence": audit.sentence(entry)} for entry in trail],
        }
        title = _("Request %(number)d") % {"number": row.pk}
        return self._page(request, "detail", title, context, status)

    def _seen(self, request: HttpRequest, pk: int) -> ApprovalRequest:
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _allow(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(
        self, request: HttpRequest, page: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shell = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        template = f"admin/core/approvalrequest/{page}.html"
        return TemplateResponse(request, template, {**shell, **context}, status=status)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(row: ApprovalRequest) -> Iterator[str]:
    act = acts.get(row.act)
    listing, writer = act.listing(row), csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([str(telling.label(act, name)) for name in listing.columns])
    for line in listing.rows:
        yield writer.writerow([cell if isinstance(cell, int) else neutral(str(cell)) for cell in line])


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _ways(request: HttpRequest, newer: int | None, older: int | None) -> dict[str, str]:
    """The addresses of the neighbouring pages, with the query kept."""
    found = {}
    for way, name, key in (("newer", "after", newer), ("older", "before", older)):
        if key is not None:
            kept = request.GET.copy()
            for paging in PAGING:
                kept.pop(paging, None)
            kept[name] = str(key)
            found[way] = f"?{kept.urlencode()}"
    return found
