"""Awards by list: sent and checked, looked at, asked for, watched."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from apps.core import clock, csvfile
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import queries as requests
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.points import lists, queries
from apps.points import services as points
from apps.points.acts.awarding_lists import MAY
from apps.points.admin.pages import allow, by, page
from apps.points.forms.by_hand import AskForm, ListForm
from apps.points.models import MassAward
from apps.points.refusals import refusal

SEE = "points.view_massaward"
SHOWN = 60
FIRST_ROWS = 20


@admin.register(MassAward)
class MassAwardAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("send/", view(self.send_view), name="points_massaward_send"),
            path("<int:pk>/progress/", view(self.progress_view), name="points_massaward_progress"),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[MassAward]:
        return queries.lists_for(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        allow(request, SEE)
        rows = self.get_queryset(request).order_by("-pk")[:SHOWN]
        context = {"rows": rows, "may_award": request.user.has_perm(MAY)}
        return page(request, "massaward/list", _("Awards by list"), context)

    def send_view(self, request: HttpRequest) -> HttpResponse:
        """Check a list; it is kept only when every row is right."""
        allow(request, MAY)
        form = ListForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._send(request, form)
        data = form.cleaned_data
        content = data["file"].read() if data["file"] else lists.as_csv(data["pasted"])
        try:
            checked = lists.check(content, staff=request.user, today=clock.business_day(clock.now()))
        except csvfile.BadFile as error:
            form.add_error("file" if data["file"] else "pasted", error.reason)
            return self._send(request, form)
        if checked.errors:
            return self._send(request, form, checked)
        name = data["file"].name if data["file"] else _("Pasted list")
        made = points.keep_list(name=name, note=data["note"], rows=checked.rows, **by(request))
        return HttpResponseRedirect(_address(made.pk))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        made = get_object_or_404(self.get_queryset(request), pk=object_id)
        allow(request, SEE)
        form = AskForm(request.POST or None, initial={"reason": made.note})
        if request.method == "POST":
            allow(request, MAY)
            if form.is_valid():
                wish = {"act": queries.AWARD_LIST, "payload": {"list": made.pk}, "staff": request.user}
                try:
                    row = approvals.ask(**wish, reason=form.cleaned_data["reason"], at=clock.now())
                    door.say(request, row)
                    return HttpResponseRedirect(_address(made.pk))
                except LaurelError as error:
                    form.add_error(None, refusal(error))
        return self._list(request, made, form)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bar alone; at the end the whole page is asked for again."""
        allow(request, SEE)
        made = get_object_or_404(self.get_queryset(request), pk=pk)
        response = TemplateResponse(request, "points/_list_progress.html", {"award": made})
        if made.last_row >= made.rows:
            response["HX-Refresh"] = "true"
        return response

    def _send(self, request: HttpRequest, form: Form, checked: lists.Checked | None = None) -> HttpResponse:
        status = 422 if form.errors or checked else 200
        context = {"form": form, "checked": checked}
        return page(request, "massaward/send", _("Award points by a list"), context, status)

    def _list(self, request: HttpRequest, made: MassAward, form: Form) -> HttpResponse:
        context = {
            "award": made,
            "rows": made.lines.select_related("member").order_by("number")[:FIRST_ROWS],
            "asked": requests.latest_about((points.LIST, made.pk)),
            "form": form,
            "may_award": request.user.has_perm(MAY),
        }
        return page(request, "massaward/detail", made.name, context, 422 if form.errors else 200)


def _address(list_id: int) -> str:
    return reverse("admin:points_massaward_change", args=[list_id])
