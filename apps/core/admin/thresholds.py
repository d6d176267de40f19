"""The thresholds of all acts under four eyes; moving one is itself such an act."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from apps.core import clock, guarding, money
from apps.core.admin.base import ReadOnlyAdmin
from apps.core.approvals import door, queries
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import ApprovalError
from apps.core.approvals.forms import ThresholdForm
from apps.core.approvals.models import ApprovalThreshold
from apps.core.approvals.registry import Act, acts

CHANGE = "core.change_approvalthreshold"


@admin.register(ApprovalThreshold)
class ApprovalThresholdAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [path("set/<str:code>/", view(self.set_view), name="core_approvalthreshold_set")]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        modes = dict(ApprovalThreshold.Mode.choices)
        bars = queries.bars()
        rows = [{"act": act, "bar": bars[act.code], "mode": modes[bars[act.code].mode]} for act in acts]
        context = {"rows": rows, "may_change": request.user.has_perm(CHANGE)}
        return self._page(request, "list", _("Approval thresholds"), context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(_list())

    def set_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """Ask for another bar."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        act = next((act for act in acts if act.code == code), None)
        if act is None:
            raise Http404
        form = ThresholdForm(request.POST or None, initial=_known(act))
        if request.method != "POST" or not form.is_valid():
            return self._form(request, act, form)
        guarding.ask_again(request)
        payload, reason = {"act": code, **form.bar().to_json()}, form.cleaned_data["reason"]
        try:
            row = approvals.ask(
                act="core.set_threshold", payload=payload, reason=reason, staff=request.user, at=clock.now()
            )
        except ApprovalError as error:
            form.add_error(None, door.refusal(error))
            return self._form(request, act, form)
        door.say(request, row)
        return HttpResponseRedirect(_list())

    def _form(self, request: HttpRequest, act: Act, form: Form) -> HttpResponse:
        status = 422 if form.errors else 200
        return self._page(request, "form", str(act.title), {"act": act, "form": form}, status)

    def _page(
        self, request: HttpRequest, page: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shell = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        template = f"admin/core/approvalthreshold/{page}.html"
        return TemplateResponse(request, template, {**shell, **context}, status=status)


def _known(act: Act) -> dict[str, Any]:
    bar = queries.bar_of(act)
    fen = "" if bar.money_fen is None else money.format_fen(bar.money_fen)
    return {"mode": bar.mode, "count": bar.count, "points": bar.points, "money_fen": fen}


def _list() -> str:
    return reverse("admin:core_approvalthreshold_changelist")
