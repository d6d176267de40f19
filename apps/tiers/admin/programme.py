"""Programmes: create one from a preset, read its ladder and rules, publish, assess."""

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

from apps.core import audit, clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import queries as requests
from apps.core.approvals import services as approvals
from apps.core.approvals.plans import fingerprint
from apps.core.errors import LaurelError
from apps.core.models import AuditEntry
from apps.stores import doors
from apps.tiers import presets, queries, rules, wordings
from apps.tiers import services as tiers
from apps.tiers.acts import publishing
from apps.tiers.forms import AssessForm, PublishForm
from apps.tiers.models import AssessmentRun, Programme, ProgrammeVersion, RunState
from apps.tiers.refusals import refusal

WORD, PUBLISH, ASSESS = "tiers.add_programme", "tiers.publish_programme", "tiers.run_assessment"


@admin.register(Programme)
class ProgrammeAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                "preset/<slug:preset>/", view(require_POST(self.preset_view)), name="tiers_programme_preset"
            ),
            path("<int:pk>/publish/", view(require_POST(self.publish_view)), name="tiers_programme_publish"),
            path("<int:pk>/assess/", view(require_POST(self.assess_view)), name="tiers_programme_assess"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._allow_view(request)
        context = {
            "programmes": queries.programmes(),
            "presets": [_picture(each) for each in presets.PRESETS],
            "may_word": request.user.has_perm(WORD),
        }
        return self._page(request, "list", _("Programmes"), context)

    def preset_view(self, request: HttpRequest, preset: str) -> HttpResponse:
        """Create a draft from a preset; where its code is taken the programme gets this draft."""
        doors.allow(request, WORD)
        chosen = presets.preset(preset)
        if chosen is None:
            raise Http404
        version = tiers.draft_programme(
            definition=chosen.definition, actor=request.user.as_actor(), at=clock.now()
        )
        messages.success(request, _("The draft was created. Read it, then publish it."))
        return HttpResponseRedirect(_address(version.programme_id))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        self._allow_view(request)
        programme = get_object_or_404(Programme, pk=object_id)
        today = clock.business_day(clock.now())
        return self._show(request, programme, PublishForm(), AssessForm(initial={"as_of": today}))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the draft to be published."""
        doors.allow(request, PUBLISH)
        programme, form = get_object_or_404(Programme, pk=pk), PublishForm(request.POST)
        if not form.is_valid():
            return self._show(request, programme, form, AssessForm(), status=422)
        given = form.cleaned_data
        payload = publishing.payload(programme, given["starts_at"], given["wording"])
        self._ask(request, tiers.PUBLISH, payload, given["reason"])
        return HttpResponseRedirect(_address(pk))

    def assess_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Plan an assessment and ask for it to start: below the threshold at once, else once approved."""
        doors.allow(request, ASSESS)
        programme, form = get_object_or_404(Programme, pk=pk), AssessForm(request.POST)
        if not form.is_valid():
            return self._show(request, programme, PublishForm(), form, status=422)
        day, by = form.cleaned_data["as_of"], {"actor": request.user.as_actor(), "at": clock.now()}
        try:
            run = tiers.plan_assessment(code=programme.code, as_of=day, **by)
        except LaurelError as error:
            form.add_error("as_of", refusal(error))
            return self._show(request, programme, PublishForm(), form, status=422)
        if run.state == RunState.DONE:
            messages.info(request, _("This day was assessed already."))
        else:
            self._ask(request, tiers.ASSESS, {"run": run.pk}, form.cleaned_data["reason"])
        return HttpResponseRedirect(_address(pk))

    def _ask(self, request: HttpRequest, act: str, payload: dict[str, Any], reason: str) -> None:
        try:
            row = approvals.ask(act=act, payload=payload, reason=reason, staff=request.user, at=clock.now())
        except LaurelError as error:
            messages.error(request, refusal(error))
        else:
            door.say(request, row)

    def _allow_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _show(
        self, request: HttpRequest, programme: Programme, publish: Form, assess: Form, status: int = 200
    ) -> HttpResponse:
        draft = queries.draft_of(programme)
        acts = AuditEntry.objects.filter(subject_type="tiers.programme", subject_id=str(programme.pk))
        if draft is not None:
            publish.initial["wording"] = fingerprint(draft.definition)
        context = {
            "programme": programme,
            "live": _told(queries.newest_of(programme), queries.members_by_level(programme)),
            "draft": _told(draft, {}),
            "versions": programme.versions.select_related("published_by"),
            "runs": [_counted(run) for run in queries.runs_of(programme)],
            "asked": requests.latest_about(("tiers.programme", programme.pk)),
            "publish": publish,
            "assess": assess,
            "may_publish": request.user.has_perm(PUBLISH),
            "may_assess": request.user.has_perm(ASSESS),
            "acts": [
                {"entry": entry, "sentence": audit.sentence(entry)} for entry in acts.order_by("-id")[:20]
            ],
        }
        return self._page(request, "detail", programme.name, context, status)

    def _page(
        self, request: HttpRequest, page: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shell = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        template = f"admin/tiers/programme/{page}.html"
        return TemplateResponse(request, template, {**shell, **context}, status=status)


def _told(version: ProgrammeVersion | None, members: dict[str, int]) -> dict[str, Any] | None:
    """A wording as its page shows it: the ladder and the rules in sentences."""
    if version is None:
        return None
    spec = rules.from_json(version.definition)
    steps = [{**step, "members": members.get(step["level"].code, 0)} for step in wordings.ladder(spec)]
    return {"version": version, "steps": steps, "sentences": wordings.sentences(spec)}


def _counted(run: AssessmentRun) -> dict[str, Any]:
    """A run with what it did, or would do."""
    counts = run.result or run.plan
    return {"run": run, **{name: counts.get(name, 0) for name in ("up", "down", "warned")}}


def _picture(preset: presets.Preset) -> dict[str, Any]:
    spec = rules.from_json(preset.definition)
    return {"preset": preset, "steps": wordings.ladder(spec)}


def _address(programme_id: int) -> str:
    return reverse("admin:tiers_programme_change", args=[programme_id])
