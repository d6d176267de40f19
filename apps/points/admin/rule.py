"""Rules: what is live, scheduled, drafted or over; wording a draft with its sentence and example beside it;
publishing and ending."""

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
from apps.core.admin import LaurelAdmin
from apps.core.approvals import door
from apps.core.approvals import queries as requests
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.core.models import AuditEntry
from apps.points import queries, rules, sentences
from apps.points import services as points
from apps.points.acts import ending, publishing
from apps.points.admin import comparing, listing
from apps.points.admin.words import STATES, refusal
from apps.points.errors import PointsError
from apps.points.forms import WORDING_FORMS, EndForm, NameForm, PublishForm, RevertForm, WordingForm
from apps.points.links import links_to
from apps.points.models import Rule, RuleKind
from apps.stores import doors

PUBLISH = "points.publish_rule"
SHOWN_ACTS = 10


@admin.register(Rule)
class RuleAdmin(LaurelAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("preview/<slug:kind>/", view(self.preview_view), name="points_rule_preview"),
            path("<int:pk>/draft/", view(self.draft_view), name="points_rule_draft"),
            path("<int:pk>/compare/", view(self.compare_view), name="points_rule_compare"),
            path("<int:pk>/revert/", view(require_POST(self.revert_view)), name="points_rule_revert"),
            path("<int:pk>/act/", view(require_POST(self.act_view)), name="points_rule_act"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**listing.found(request, _listed), "may_add": self.has_add_permission(request)}
        return self._page(request, "list", _("Points rules"), context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new rule: its name and its first draft."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        kind = _kind(request.GET.get("kind", RuleKind.EARNING))
        naming = NameForm(request.POST or None)
        form = WORDING_FORMS[kind](request.POST or None)
        if request.method == "POST" and naming.is_valid() and form.is_valid():
            draft = points.Draft(naming.cleaned_data["code"], naming.cleaned_data["name"], form.spec())
            try:
                version = points.draft_rule(draft=draft, **_by(request))
                return HttpResponseRedirect(_address(version.rule_id))
            except PointsError as error:
                naming.add_error(None, refusal(error))
        title = _("New rule: %(kind)s") % {"kind": RuleKind(kind).label}
        return self._wording(request, title, kind, form, naming=naming)

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Word the draft, beginning with the newest wording."""
        rule = get_object_or_404(Rule, pk=pk)
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        form_class = WORDING_FORMS[rule.kind]
        row = queries.rule_row(rule, clock.now())
        form = form_class(request.POST) if request.method == "POST" else form_class.of(row.versions[0].spec)
        if request.method == "POST" and form.is_valid():
            points.edit_draft(rule_id=pk, spec=form.spec(), **_by(request))
            messages.success(request, _("The draft is kept. It applies once it is published."))
            return HttpResponseRedirect(_address(pk))
        title = _("Draft of %(name)s") % {"name": rule.name}
        return self._wording(request, title, rule.kind, form, rule=rule)

    def preview_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The sentence and the example of what is in the form just now."""
        form = WORDING_FORMS[_kind(kind)](request.POST)
        return TemplateResponse(request, "points/_preview.html", _preview(form))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        rule = get_object_or_404(Rule, pk=object_id)
        if not self.has_view_permission(request, rule):
            raise PermissionDenied
        return self._rule(request, rule)

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two versions side by side."""
        rule = get_object_or_404(Rule, pk=pk)
        if not self.has_view_permission(request, rule):
            raise PermissionDenied
        context = comparing.comparison(request, queries.rule_row(rule, clock.now()))
        return self._page(request, "compare", _("Versions of %(name)s") % {"name": rule.name}, context)

    def revert_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go back to an earlier version: its wording becomes the next one."""
        rule, form = get_object_or_404(Rule, pk=pk), RevertForm(request.POST)
        doors.allow(request, PUBLISH)
        number = form.cleaned_data["version"] if form.is_valid() else 0
        if not rule.versions.filter(number=number, published_at__isnull=False).exists():
            raise Http404
        try:
            by = {"staff": request.user, "at": clock.now()}
            door.say(request, publishing.revert(rule_id=pk, number=number, **by))
        except LaurelError as error:
            messages.error(request, refusal(error))
        return HttpResponseRedirect(_address(pk))

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish or discard the draft, or end the rule."""
        rule, act = get_object_or_404(Rule, pk=pk), request.POST.get("act", "")
        if act == "discard":
            return self._discard(request, rule)
        if act not in ASKING:
            raise PermissionDenied
        doors.allow(request, PUBLISH)
        form = ASKING[act](request.POST)
        if form.is_valid():
            return self._ask(request, rule, form)
        return self._rule(request, rule, form, status=422)

    def _discard(self, request: HttpRequest, rule: Rule) -> HttpResponse:
        doors.allow(request, "points.change_rule")
        try:
            points.discard_draft(rule_id=rule.pk, **_by(request))
            messages.success(request, _("The draft is discarded."))
        except PointsError as error:
            messages.error(request, refusal(error))
        is_left = Rule.objects.filter(pk=rule.pk).exists()
        return HttpResponseRedirect(_address(rule.pk) if is_left else _list())

    def _ask(self, request: HttpRequest, rule: Rule, form: PublishForm | EndForm) -> HttpResponse:
        """Ask for the draft to be published, or the rule to end: a second person looks at the wording."""
        wish = _wish(rule.pk, form.cleaned_data, is_end=isinstance(form, EndForm))
        try:
            door.say(request, approvals.ask(**wish, staff=request.user, at=clock.now()))
            return HttpResponseRedirect(_address(rule.pk))
        except LaurelError as error:
            form.add_error(None, refusal(error))
        return self._rule(request, rule, form, status=422)

    def _rule(
        self, request: HttpRequest, rule: Rule, failed: Form | None = None, status: int = 200
    ) -> HttpResponse:
        row = queries.rule_row(rule, clock.now())
        acts = AuditEntry.objects.filter(subject_type="points.rule", subject_id=str(rule.pk)).order_by("-id")
        context = {
            "rule": rule,
            "asked": requests.latest_about(("points.rule", rule.pk)),
            "shown": _listed(row),
            "draft": row.draft and _told(row.draft, request),
            "versions": [_told(each, request) for each in row.versions],
            "can_compare": len(row.versions) > 1,
            "is_open": bool(row.live or row.scheduled),
            "publish_form": failed if isinstance(failed, PublishForm) else _publishing(row),
            "end_form": failed if isinstance(failed, EndForm) else EndForm(),
            "may_change": self.has_change_permission(request, rule),
            "may_publish": request.user.has_perm(PUBLISH),
            "acts": [{"entry": entry, "sentence": audit.sentence(entry)} for entry in acts[:SHOWN_ACTS]],
        }
        return self._page(request, "detail", rule.name, context, status)

    def _wording(
        self, request: HttpRequest, title: str, kind: str, form: WordingForm, **rest: Any
    ) -> HttpResponse:
        shown = form if form.is_bound else WORDING_FORMS[kind](_filled(form))
        context = {"kind": kind, "form": form, "preview": _preview(shown), **rest}
        is_refused = form.errors or (rest.get("naming") and rest["naming"].errors)
        return self._page(request, "wording", title, context, 422 if is_refused else 200)

    def _page(
        self, request: HttpRequest, page: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shell = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        template = f"admin/points/rule/{page}.html"
        return TemplateResponse(request, template, {**shell, **context}, status=status)


ASKING: dict[str, type[PublishForm | EndForm]] = {"publish": PublishForm, "end": EndForm}


def _wish(rule_id: int, data: dict[str, Any], is_end: bool) -> dict[str, Any]:
    if is_end:
        payload = ending.payload(rule_id, data["ends_at"])
        return {"act": ending.END, "payload": payload, "reason": data["reason"] or _("End the rule")}
    payload = publishing.payload(rule_id, data["starts_at"], data["ends_at"], data["wording"])
    return {"act": publishing.PUBLISH, "payload": payload, "reason": data["reason"] or _("Publish the draft")}


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.user.as_actor(), "at": clock.now()}


def _kind(text: str) -> str:
    if text not in WORDING_FORMS:
        raise Http404
    return text


def _publishing(row: queries.RuleRow) -> PublishForm:
    """The form to publish the draft as it is shown."""
    seen = rules.fingerprint(row.draft.version.definition) if row.draft else ""
    return PublishForm(initial={"wording": seen})


def _address(rule_id: int) -> str:
    return reverse("admin:points_rule_change", args=[rule_id])


def _list() -> str:
    return reverse("admin:points_rule_changelist")


def _told(row: queries.VersionRow, request: HttpRequest | None = None) -> dict[str, Any]:
    day = clock.business_day(clock.now())
    version = row.version
    return {
        "links": links_to(version.pk, version.rule.kind, request.user) if request else (),
        "version": row.version,
        "state": row.state,
        "state_text": STATES[row.state],
        "sentence": sentences.sentence(row.spec),
        "example": sentences.example(row.spec, day=day),
    }


def _listed(row: queries.RuleRow) -> dict[str, Any]:
    return {"rule": row.rule, **_told(row.shown), "states": [_told(each) for each in row.states]}


def _filled(form: WordingForm) -> dict[str, Any]:
    """What the browser would send back unchanged."""
    return {bound.name: bound.field.prepare_value(bound.initial) for bound in form}


def _preview(form: WordingForm) -> dict[str, Any]:
    if not form.is_valid():
        named = (
            (form[name].label if name in form.fields else "", texts) for name, texts in form.errors.items()
        )
        return {"problems": [(label, text) for label, texts in named for text in texts]}
    spec = form.spec()
    example = sentences.example(spec, day=clock.business_day(clock.now()))
    return {"sentence": sentences.sentence(spec), "example": example}
