"""The try-it panel: a member and a basket, what each rule would give, and why others would not."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.core import clock
from apps.members.models import Member
from apps.points import rules, trials
from apps.points.admin.pages import allow, page
from apps.points.forms import LineForms, TrialForm, basket_of
from apps.points.models import RuleVersion

VIEW = "points.view_rule"


def try_view(request: HttpRequest) -> HttpResponse:
    """The form and what comes of it; for htmx the outcome alone."""
    allow(request, VIEW)
    if request.method != "POST":
        return _shown(request, TrialForm(staff=request.user, initial={"at": _now()}), LineForms())
    form, lines = TrialForm(request.POST, staff=request.user), LineForms(request.POST)
    outcome = None
    if form.is_valid() and lines.is_valid():
        outcome = trials.outcome(_trial(form, lines))
    member = form.cleaned_data.get("member") if outcome else None
    if request.htmx:
        context = {"outcome": outcome, "member": member, "problems": _problems(form, lines)}
        return TemplateResponse(request, "points/_outcome.html", context)
    return _shown(request, form, lines, (outcome, member), status=200 if outcome else 422)


def _trial(form: TrialForm, lines: Any) -> trials.Trial:
    data = form.cleaned_data
    member = data["member"]
    made_up = rules.MemberContext(tags=frozenset(data["tags"]), birthday=data["birthday"])
    version = RuleVersion.objects.select_related("rule").get(pk=data["version"]) if data["version"] else None
    return trials.Trial(basket_of(form, lines), member and member.pk, made_up, version)


def _shown(
    request: HttpRequest,
    form: TrialForm,
    lines: Any,
    tried: tuple[trials.Outcome | None, Member | None] = (None, None),
    status: int = 200,
) -> HttpResponse:
    outcome, member = tried
    context = {"form": form, "lines": lines, "outcome": outcome, "member": member}
    return page(request, "rule/try", _("Try a purchase"), context, status)


def _problems(form: TrialForm, lines: Any) -> list[tuple[Any, str]]:
    """(label, sentence) of everything that keeps the trial from being worked out."""
    return [
        (each[name].label if name in each.fields else "", text)
        for each in (form, *lines)
        for name, texts in each.errors.items()
        for text in texts
    ]


def _now() -> Any:
    return clock.now().astimezone(clock.zone()).replace(second=0, microsecond=0)
