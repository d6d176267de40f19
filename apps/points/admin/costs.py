"""What a point costs, from which day on."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.points.acts import valuing
from apps.points.admin.pages import allow, page
from apps.points.admin.words import refusal
from apps.points.forms import UnitCostForm
from apps.points.models import UnitCost

SET = "points.add_unitcost"
LIST = "admin:points_unitcost_changelist"
SHOWN = 60


@admin.register(UnitCost)
class UnitCostAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.set_view))
        return [path("set/", view, name="points_unitcost_set"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._list(request, UnitCostForm(initial={"starts_on": clock.business_day(clock.now())}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse(LIST))

    def set_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for another cost."""
        allow(request, SET)
        form = UnitCostForm(request.POST)
        if not form.is_valid():
            return self._list(request, form, status=422)
        wish = {"act": valuing.SET, "payload": valuing.payload(**form.cleaned_data)}
        reason = _("Cost of points")
        try:
            door.say(request, approvals.ask(**wish, reason=reason, staff=request.user, at=clock.now()))
        except LaurelError as error:
            form.add_error("starts_on", refusal(error))
            return self._list(request, form, status=422)
        return HttpResponseRedirect(reverse(LIST))

    def _list(self, request: HttpRequest, form: Form, status: int = 200) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = clock.business_day(clock.now())
        costs = list(UnitCost.objects.select_related("set_by").order_by("-starts_on")[:SHOWN])
        live = next((cost for cost in costs if cost.starts_on <= today), None)
        context = {"costs": costs, "live": live, "form": form, "may_set": request.user.has_perm(SET)}
        return page(request, "unitcost/list", _("Cost of points"), {**context, "opts": self.opts}, status)
