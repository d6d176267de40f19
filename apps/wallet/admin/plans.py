"""Top-up plans: what is live, scheduled, drafted or over; wording a draft, publishing and ending."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.admin import ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.stores import doors
from apps.stores.models import Store
from apps.wallet import acts, queries
from apps.wallet import services as wallet
from apps.wallet.admin.pages import page
from apps.wallet.forms import PlanForm
from apps.wallet.models import TopUpPlan
from apps.wallet.refusals import refusal

LIST = "admin:wallet_topupplan_changelist"
WORD, PUBLISH = "wallet.change_topupplan", "wallet.publish_plan"


@admin.register(TopUpPlan)
class TopUpPlanAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("draft/", view(self.draft_view), name="wallet_topupplan_draft"),
            path("act/", view(require_POST(self.act_view)), name="wallet_topupplan_act"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        doors.allow(request, "wallet.view_topupplan")
        names = dict(Store.objects.values_list("pk", "name"))
        rows = [
            {"plan": row.plan, "state": row.state, "stores": [names[pk] for pk in row.plan.store_ids]}
            for row in queries.plan_rows(clock.now())
        ]
        may = {"may_word": request.user.has_perm(WORD), "may_publish": request.user.has_perm(PUBLISH)}
        return page(request, "topupplan/list", _("Top-up plans"), {"rows": rows, **may})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        key = object_id if object_id.isascii() and object_id.isdigit() else "0"
        get_object_or_404(TopUpPlan, pk=key)
        doors.allow(request, "wallet.view_topupplan")
        return HttpResponseRedirect(reverse(LIST))

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """Word a draft; of a plan that there is, beginning with its newest wording."""
        doors.allow(request, WORD)
        newest = TopUpPlan.objects.filter(code=request.GET.get("code", "")).order_by("-number").first()
        form = PlanForm(request.POST or None, initial=PlanForm.of(newest) if newest else None)
        if not form.is_valid():
            context = {"form": form, "newest": newest}
            status = 422 if form.is_bound else 200
            return page(request, "topupplan/draft", _("Draft of a top-up plan"), context, status)
        wallet.draft_plan(terms=form.terms(), actor=request.user.as_actor(), at=clock.now())
        messages.success(request, _("The draft is kept. It applies once it is published."))
        return HttpResponseRedirect(reverse(LIST))

    def act_view(self, request: HttpRequest) -> HttpResponse:
        """Publish or discard the draft of a code, or end its plan."""
        permission, act, done = ACTS.get(request.POST.get("act", ""), ("", None, ""))
        if act is None:
            raise PermissionDenied
        doors.allow(request, permission)
        try:
            act(request, request.POST.get("code", ""))
        except LaurelError as error:
            messages.error(request, refusal(error))
        else:
            if done:
                messages.success(request, str(done))
        return HttpResponseRedirect(reverse(LIST))


def _publish(request: HttpRequest, code: str) -> None:
    """What is asked for is the draft's very wording; reworded meanwhile, it is not published."""
    draft = get_object_or_404(TopUpPlan, code=code, published_at__isnull=True)
    row = approvals.ask(
        act=acts.PUBLISH,
        payload=acts.plan_payload(wallet.terms_of(draft)),
        reason=request.POST.get("reason", ""),
        staff=request.user,
        at=clock.now(),
    )
    door.say(request, row)


def _discard(request: HttpRequest, code: str) -> None:
    wallet.discard_draft(code=code, actor=request.user.as_actor(), at=clock.now())


def _end(request: HttpRequest, code: str) -> None:
    wallet.end_plan(code=code, actor=request.user.as_actor(), at=clock.now())


ACTS: dict[str, tuple[str, Any, Any]] = {
    "publish": (PUBLISH, _publish, ""),
    "discard": (WORD, _discard, gettext_lazy("The draft is discarded.")),
    "end": (PUBLISH, _end, gettext_lazy("The plan ends.")),
}
