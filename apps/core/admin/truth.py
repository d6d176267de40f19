"""The truth page of operations: what agrees, what runs, what failed, what wants looking at."""

from typing import Any

from celery import current_app
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from apps.core import clock, timetable
from apps.core.admin.base import ReadOnlyAdmin
from apps.core.invariants import REGISTRY
from apps.core.models import Alert
from apps.core.truth import queries, services
from apps.core.truth.models import ReconciliationKind
from apps.core.truth.watching import sections

LIST = "admin:core_alert_changelist"
ACKNOWLEDGE, RETRY = "core.acknowledge_alert", "core.retry_task"


class NoteForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                "<int:pk>/acknowledge/",
                view(require_POST(self.acknowledge_view)),
                name="core_alert_acknowledge",
            ),
            path("failed/<int:pk>/retry/", view(require_POST(self.retry_view)), name="core_alert_retry"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        at, runs = clock.now(), queries.last_runs()
        alerts = queries.open_alerts()
        for alert in alerts:
            alert.title = REGISTRY[alert.code].title if alert.code in REGISTRY else ""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Truth page"),
            "alerts": alerts,
            "signs": queries.signs(at),
            "lag": queries.lag(),
            "runs": [{"title": kind.label, "run": runs[kind]} for kind in ReconciliationKind],
            "failures": queries.failures(),
            "findings": queries.findings(at),
            "unknown": queries.unknown_jobs(),
            "thresholds": queries.idle_thresholds(),
            "truths": queries.truths(),
            "jobs": [{"bell": bell, "words": timetable.words(bell, at)} for bell in queries.jobs()],
            "sections": mark_safe(
                "".join(
                    render_to_string(section.template, section.context(at), request) for section in sections
                )
            ),
            "may_acknowledge": request.user.has_perm(ACKNOWLEDGE),
            "may_retry": request.user.has_perm(RETRY),
        }
        return TemplateResponse(request, "admin/core/alert/truth.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse(LIST))

    def acknowledge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Somebody looks after an alert."""
        _allow(request, ACKNOWLEDGE)
        form = NoteForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Write a note: what is being done?"))
        elif not services.acknowledge(alert_id=pk, note=form.cleaned_data["note"], **_by(request)):
            messages.info(request, _("Somebody looks after it already."))
        return HttpResponseRedirect(reverse(LIST))

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call a failed task again, with what it was called with."""
        _allow(request, RETRY)
        try:
            with transaction.atomic():
                failure = services.claim_retry(failure_id=pk, **_by(request))
                if failure is None:
                    raise Http404
                current_app.send_task(failure.name, args=failure.args, kwargs=failure.kwargs)
        except OperationalError:
            messages.error(request, _("No worker could be called. Try again when the broker is back."))
        else:
            messages.success(request, _("Called again."))
        return HttpResponseRedirect(reverse(LIST))


def _allow(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.user.as_actor(), "at": clock.now()}
