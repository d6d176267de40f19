"""Clearing runs: plan (a dry run), look, start, watch, read the report."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core import audit, clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import queries as requests
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.core.models import AuditEntry
from apps.points import queries
from apps.points import services as points
from apps.points.admin.calendar import calendar_view
from apps.points.admin.words import refusal
from apps.points.errors import PointsError
from apps.points.forms import PlanForm, StartForm
from apps.points.models import ClearingRun, RunState
from apps.stores import doors

RUN = "points.run_clearing"
SHOWN = 60


@admin.register(ClearingRun)
class ClearingRunAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("calendar/", view(calendar_view), name="points_clearingrun_calendar"),
            path("plan/", view(require_POST(self.plan_view)), name="points_clearingrun_plan"),
            path("<int:pk>/start/", view(require_POST(self.start_view)), name="points_clearingrun_start"),
            path("<int:pk>/progress/", view(self.progress_view), name="points_clearingrun_progress"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._list(request, PlanForm(initial={"as_of": clock.business_day(clock.now())}))

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """The dry run: count and keep what would be cleared."""
        _allow(request)
        form = PlanForm(request.POST)
        if not form.is_valid():
            return self._list(request, form, status=422)
        try:
            run = points.plan_clearing(as_of=form.cleaned_data["as_of"], **_by(request))
        except PointsError as error:
            form.add_error("as_of", refusal(error))
            return self._list(request, form, status=422)
        if run is None:
            messages.info(request, _("This day is cleared already and nothing new is due."))
            return HttpResponseRedirect(reverse("admin:points_clearingrun_changelist"))
        return HttpResponseRedirect(_address(run.pk))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self._run(request, get_object_or_404(ClearingRun, pk=object_id), StartForm())

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a planned run to start: below the threshold at once, else once somebody else approves."""
        _allow(request)
        run, form = get_object_or_404(ClearingRun, pk=pk), StartForm(request.POST)
        if not form.is_valid():
            return self._run(request, run, form, status=422)
        wish = {"act": points.CLEAR, "payload": {"run": pk}, "reason": form.cleaned_data["reason"]}
        try:
            door.say(request, approvals.ask(**wish, staff=request.user, at=clock.now()))
        except LaurelError as error:
            messages.error(request, refusal(error))
        return HttpResponseRedirect(_address(pk))

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bar alone; once the run has ended the whole page is asked for again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = get_object_or_404(ClearingRun, pk=pk)
        response = TemplateResponse(request, "points/_progress.html", _progress(run))
        if run.state != RunState.RUNNING:
            response["HX-Refresh"] = "true"
        return response

    def _list(self, request: HttpRequest, form: Form, status: int = 200) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        runs = ClearingRun.objects.select_related("requested_by").order_by("-id")[:SHOWN]
        context = {"runs": runs, "form": form, "may_run": request.user.has_perm(RUN)}
        return self._page(request, "list", _("Points clearing"), context, status)

    def _run(self, request: HttpRequest, run: ClearingRun, form: Form, status: int = 200) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        acts = AuditEntry.objects.filter(subject_type="points.clearing", subject_id=str(run.pk))
        context = {
            **_progress(run),
            "form": form,
            "asked": requests.latest_about(("points.clearing", run.pk)),
            "may_run": request.user.has_perm(RUN),
            "acts": [{"entry": entry, "sentence": audit.sentence(entry)} for entry in acts.order_by("-id")],
        }
        title = _("Clearing as of %(day)s") % {"day": run.as_of.isoformat()}
        return self._page(request, "detail", title, context, status)

    def _page(
        self, request: HttpRequest, page: str, title: str, context: dict[str, Any], status: int
    ) -> HttpResponse:
        shell = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        template = f"admin/points/clearingrun/{page}.html"
        return TemplateResponse(request, template, {**shell, **context}, status=status)


def _allow(request: HttpRequest) -> None:
    doors.allow(request, RUN)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.user.as_actor(), "at": clock.now()}


def _address(run_id: int) -> str:
    return reverse("admin:points_clearingrun_change", args=[run_id])


def _progress(run: ClearingRun) -> dict[str, Any]:
    return {"run": run, "progress": queries.progress(run.pk)}
