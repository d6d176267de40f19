"""Replays: start one, watch it, read what it found, publish the draft from it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from apps.activity import queries, reports, tasks
from apps.activity import services as activity
from apps.activity.errors import NotReplayable, ReplayEnded
from apps.activity.forms import ReplayForm
from apps.activity.models import Replay, ReplayState
from apps.activity.services import ReplayRequest
from apps.core import clock
from apps.core.admin import ReadOnlyAdmin
from apps.points import rules, sentences
from apps.points.forms import PublishForm
from apps.points.models import RuleVersion

RUN, PUBLISH = "activity.run_replay", "points.publish_rule"
SHOWN = 60
SHOWN_OF_RULE = 5


@admin.register(Replay)
class ReplayAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("start/<int:version_id>/", view(self.start_view), name="activity_replay_start"),
            path("<int:pk>/progress/", view(self.progress_view), name="activity_replay_progress"),
            path("<int:pk>/cancel/", view(require_POST(self.cancel_view)), name="activity_replay_cancel"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        replays = Replay.objects.select_related("requested_by")[:SHOWN]
        return self._page(request, "list", _("Replays"), {"replays": replays})

    def start_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Choose how far back, and start."""
        _allow(request, RUN)
        version = get_object_or_404(RuleVersion.objects.select_related("rule"), pk=version_id)
        form = ReplayForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._start(request, ReplayRequest(version_id, form.cleaned_data["days"]))
        context = {
            "version": version,
            "form": form,
            "sentence": sentences.sentence(rules.from_json(version.rule.kind, version.definition)),
            "replays": Replay.objects.filter(version__rule=version.rule).select_related("requested_by")[
                :SHOWN_OF_RULE
            ],
        }
        title = _("Replay %(name)s, version %(version)s") % {
            "name": version.rule.name,
            "version": version.number,
        }
        return self._page(request, "start", title, context, 422 if form.errors else 200)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Replay.objects.select_related("requested_by", "version__rule")
        replay = get_object_or_404(rows, pk=object_id)
        context = {
            **_progress(replay),
            "sentence": sentences.sentence(rules.from_json("earning", replay.definition)),
            "report": reports.report(replay, request.user) if replay.state == ReplayState.DONE else None,
            "publish_form": _publishing(request, replay),
            "may_run": request.user.has_perm(RUN),
        }
        title = _("Replay of %(name)s, version %(version)s") % {
            "name": replay.rule_name,
            "version": replay.number,
        }
        return self._page(request, "detail", title, context)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bar alone; once the replay has ended the whole page is asked for again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        replay = get_object_or_404(Replay, pk=pk)
        response = TemplateResponse(request, "activity/_replay_progress.html", _progress(replay))
        if replay.state != ReplayState.RUNNING:
            response["HX-Refresh"] = "true"
        return response

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop a replay under way."""
        _allow(request, RUN)
        get_object_or_404(Replay, pk=pk)
        try:
            activity.cancel_replay(replay_id=pk, actor=request.user.as_actor(), at=clock.now())
        except ReplayEnded:
            messages.info(request, _("This replay has ended already."))
        return HttpResponseRedirect(_address(pk))

    def _start(self, request: HttpRequest, wanted: ReplayRequest) -> HttpResponse:
        try:
            replay = activity.start_replay(request=wanted, actor=request.user.as_actor(), at=clock.now())
        except NotReplayable as error:
            raise Http404 from error
        try:
            tasks.ring(replay.pk)
        except OperationalError:
            messages.warning(request, _("No worker could be called; the replay begins within five minutes."))
        return HttpResponseRedirect(_address(replay.pk))

    def _page(
        self, request: HttpRequest, page: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shell = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        template = f"admin/activity/replay/{page}.html"
        return TemplateResponse(request, template, {**shell, **context}, status=status)


def _allow(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _address(replay_id: int) -> str:
    return reverse("admin:activity_replay_change", args=[replay_id])


def _progress(replay: Replay) -> dict[str, Any]:
    return {"replay": replay, "progress": queries.replay_progress(replay)}


def _publishing(request: HttpRequest, replay: Replay) -> Form | None:
    """The form to publish what was replayed; None when it is no draft any more, or another one."""
    version = replay.version
    if replay.state != ReplayState.DONE or version is None or version.published_at is not None:
        return None
    if version.definition != replay.definition or not request.user.has_perm(PUBLISH):
        return None
    return PublishForm(initial={"wording": rules.fingerprint(version.definition)})
