"""Extensions of points: plan (a dry run), look, start, watch, undo."""

import csv
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core import audit, clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import queries as requests
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.errors import LaurelError
from apps.core.models import AuditEntry
from apps.points import services as points
from apps.points.admin.pages import allow, by, page, stores_told
from apps.points.admin.words import refusal
from apps.points.errors import PointsError
from apps.points.forms import ExtensionForm, StartForm
from apps.points.models import ExtensionLot, ExtensionRun

RUN = "points.run_extension"
LIST = "admin:points_extensionrun_changelist"
SHOWN = 60


@admin.register(ExtensionRun)
class ExtensionRunAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "points_extensionrun"
        own = [
            path("plan/", view(require_POST(self.plan_view)), name=f"{name}_plan"),
            path("<int:pk>/start/", view(require_POST(self.start_view)), name=f"{name}_start"),
            path("<int:pk>/undo/", view(require_POST(self.undo_view)), name=f"{name}_undo"),
            path("<int:pk>/lots.csv", view(require_safe(self.lots_view)), name=f"{name}_lots"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._list(request, ExtensionForm(staff=request.user))

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """The dry run: list and count what would be extended."""
        allow(request, RUN)
        form = ExtensionForm(request.POST, staff=request.user)
        if not form.is_valid():
            return self._list(request, form, status=422)
        wish = {name: form.cleaned_data[name] for name in ("until", "reason")}
        try:
            run = points.plan_extension(criteria=_criteria(request, form), **wish, **by(request))
        except PointsError as error:
            form.add_error(None, refusal(error))
            return self._list(request, form, status=422)
        return HttpResponseRedirect(_address(run.pk))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self._run(request, self._seen(request, int(object_id)), StartForm())

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a planned extension: below the threshold at once, else once somebody else approves."""
        allow(request, RUN)
        run = self._seen(request, pk)
        wish = {"act": points.EXTEND, "payload": {"run": pk}, "reason": run.reason}
        return _asked(request, pk, lambda: approvals.ask(**wish, staff=request.user, at=clock.now()))

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        allow(request, RUN)
        run, form = self._seen(request, pk), StartForm(request.POST)
        if not form.is_valid():
            return self._run(request, run, form, status=422)
        if run.request_id is None:
            raise Http404
        wish = {"request_id": run.request_id, "note": form.cleaned_data["reason"]}
        return _asked(request, pk, lambda: approvals.ask_undo(**wish, staff=request.user, at=clock.now()))

    def lots_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan as a list."""
        run = self._seen(request, pk)
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="extension-{run.pk}.csv"'
        writer = csv.writer(response)
        writer.writerow(["member", "lot", "points", "was_valid_through", "valid_through"])
        rows = ExtensionLot.objects.filter(run=run).order_by("account_id", "lot_id")
        listed = rows.values_list("account__member__number", "lot_id", "points", "was")
        writer.writerows([*row, run.until] for row in listed.iterator(chunk_size=10_000))
        return response

    def _seen(self, request: HttpRequest, pk: int) -> ExtensionRun:
        """A run the reader may look at: any for who sees the whole brand, else only one's own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        runs = ExtensionRun.objects.select_related("requested_by")
        return get_object_or_404(
            runs if stores_told(request) is None else runs.filter(requested_by=request.user), pk=pk
        )

    def _list(self, request: HttpRequest, form: ExtensionForm, status: int = 200) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        runs = ExtensionRun.objects.select_related("requested_by").order_by("-id")
        if stores_told(request) is not None:
            runs = runs.filter(requested_by=request.user)
        context = {
            "runs": runs[:SHOWN],
            "form": form,
            "may_run": request.user.has_perm(RUN),
            "opts": self.opts,
        }
        return page(request, "extensionrun/list", _("Extensions of points"), context, status)

    def _run(
        self, request: HttpRequest, run: ExtensionRun, form: StartForm, status: int = 200
    ) -> HttpResponse:
        acts = AuditEntry.objects.filter(subject_type="points.extension", subject_id=str(run.pk))
        context = {
            "run": run,
            "form": form,
            "opts": self.opts,
            "asked": requests.latest_about((points.EXTENSION, run.pk)),
            "may_run": request.user.has_perm(RUN),
            "acts": [{"entry": entry, "sentence": audit.sentence(entry)} for entry in acts.order_by("-id")],
        }
        title = _("Extension through %(day)s") % {"day": run.until.isoformat()}
        return page(request, "extensionrun/detail", title, context, status)


def _criteria(request: HttpRequest, form: ExtensionForm) -> points.Criteria:
    """What the form asks for, within the reader's stores."""
    wish, told = form.cleaned_data, stores_told(request)
    first, last = form.days
    if wish["store"] is not None:
        told = [wish["store"].pk]
    tag_id = wish["tag"].pk if wish["tag"] else None
    within = None if told is None else tuple(told)
    return points.Criteria(wish["member"], None, first, last, within, tag_id)


def _asked(request: HttpRequest, run_id: int, ask: Callable[[], ApprovalRequest]) -> HttpResponse:
    try:
        door.say(request, ask())
    except LaurelError as error:
        messages.error(request, refusal(error))
    return HttpResponseRedirect(_address(run_id))


def _address(run_id: int) -> str:
    return reverse("admin:points_extensionrun_change", args=[run_id])
