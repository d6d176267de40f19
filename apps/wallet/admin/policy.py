"""The stored-value policy: what is in force, what was, and asking for another."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.stores import doors
from apps.wallet import acts, queries
from apps.wallet.admin.pages import page
from apps.wallet.forms import PolicyForm
from apps.wallet.models import Policy, SplitRule
from apps.wallet.refusals import refusal

LIST = "admin:wallet_policy_changelist"
SEE, SET = "wallet.view_policy", "wallet.publish_plan"
SHOWN = 30


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.set_view))
        return [path("set/", view, name="wallet_policy_set"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._list(request, PolicyForm(initial=PolicyForm.of(queries.policy())))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        key = object_id if object_id.isascii() and object_id.isdigit() else "0"
        get_object_or_404(Policy, pk=key)
        doors.allow(request, SEE)
        return HttpResponseRedirect(reverse(LIST))

    def set_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for another policy; a second person approves it."""
        doors.allow(request, SET)
        form = PolicyForm(request.POST)
        if not form.is_valid():
            return self._list(request, form, status=422)
        asked = {"payload": form.payload(), "reason": form.cleaned_data["reason"], "staff": request.user}
        try:
            door.say(request, approvals.ask(act=acts.SET_POLICY, at=clock.now(), **asked))
        except LaurelError as error:
            form.add_error(None, refusal(error))
            return self._list(request, form, status=422)
        return HttpResponseRedirect(reverse(LIST))

    def _list(self, request: HttpRequest, form: PolicyForm, status: int = 200) -> HttpResponse:
        if not request.user.has_perm(SEE):
            raise PermissionDenied
        words = dict(SplitRule.choices)
        rows = [
            {"policy": row, "split": words[row.split]}
            for row in Policy.objects.select_related("set_by").order_by("-id")[:SHOWN]
        ]
        context = {"form": form, "rows": rows, "may_set": request.user.has_perm(SET)}
        return page(request, "policy/list", _("Stored-value policy"), context, status)
