"""Points moved by hand: the list, the form that asks, the papers; the reasons and the daily limits."""

import secrets
from typing import Any

import django_filters
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import DateInput, Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import clock
from apps.core.admin import LaurelAdmin, ReadOnlyAdmin
from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.errors import LaurelError
from apps.core.paging import key_page
from apps.members import queries as members
from apps.points import queries
from apps.points import services as points
from apps.points.acts import adjusting
from apps.points.admin.pages import allow, by, page
from apps.points.forms.by_hand import AdjustmentForm
from apps.points.models import Adjustment, AdjustmentLimit, AdjustmentReason, Attachment
from apps.points.refusals import refusal

TYPES = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}
SEE = "points.view_adjustment"


class AdjustmentFilter(django_filters.FilterSet):
    """By day, reason and who did it."""

    since = django_filters.DateFilter(
        label=gettext_lazy("From"), field_name="day", lookup_expr="gte", widget=DateInput({"type": "date"})
    )
    until = django_filters.DateFilter(
        label=gettext_lazy("Through"), field_name="day", lookup_expr="lte", widget=DateInput({"type": "date"})
    )
    reason = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Reason"), queryset=AdjustmentReason.objects.all(), empty_label=gettext_lazy("All")
    )
    member = django_filters.CharFilter(label=gettext_lazy("Member number"), field_name="member__number")

    class Meta:
        model = Adjustment
        fields: list[str] = []


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("ask/", view(self.ask_view), name="points_adjustment_ask"),
            path("paper/<int:paper_id>/", view(self.paper_view), name="points_adjustment_paper"),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Adjustment]:
        return queries.adjustments_for(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        allow(request, SEE)
        found = AdjustmentFilter(request.GET, queryset=self.get_queryset(request), request=request)
        before = request.GET.get("before", "")
        rows = key_page(found.qs, before=int(before) if before.isdecimal() else None, after=None)
        day = clock.business_day(clock.now())
        context = {
            "form": found.form,
            "rows": rows.rows,
            "older": _older(request, rows.older),
            "may_adjust": request.user.has_perm(adjusting.MAY),
            "moved": queries.moved_by_hand(request.user.pk, day),
            "limit": queries.daily_limit(request.user.pk),
        }
        return page(request, "adjustment/list", _("Adjustments of points"), context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        allow(request, SEE)
        where = reverse("admin:core_approvalrequest_change", args=[row.request_id])
        return HttpResponseRedirect(where)

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        """Move one member's points: at once within the threshold, else once somebody approves."""
        allow(request, adjusting.MAY)
        if request.method != "POST":
            first = {"key": secrets.token_urlsafe(16), "member": request.GET.get("member", "")}
            return self._form(request, AdjustmentForm(initial=first, staff=request.user))
        form = AdjustmentForm(request.POST, request.FILES, staff=request.user)
        if form.is_valid():
            try:
                return self._ask(request, form)
            except LaurelError as error:
                form.add_error(None, refusal(error))
        return self._form(request, form, status=422)

    def paper_view(self, request: HttpRequest, paper_id: int) -> HttpResponse:
        """A paper, to keep and not to open here."""
        paper = get_object_or_404(Attachment, pk=paper_id)
        get_object_or_404(members.members_for(request.user), pk=paper.member_id)
        allow(request, SEE)
        response = HttpResponse(bytes(paper.content), content_type=TYPES[paper.kind])
        response["Content-Disposition"] = f'attachment; filename="paper-{paper.pk}.{paper.kind}"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        return response

    def _ask(self, request: HttpRequest, form: AdjustmentForm) -> HttpResponse:
        data, paper = form.cleaned_data, None
        if data["paper"]:
            content = data["paper"].read(points.MOST_MB * 1024 * 1024 + 1)
            upload = {"member_id": data["member"].pk, "name": data["paper"].name, "content": content}
            paper = points.attach(**upload, **by(request)).pk
        wish = points.Wish(
            data["member"].pk, form.signed(), data["reason"].code, data["note"], data["expires_on"], paper
        )
        asked = {"act": adjusting.ADJUST, "payload": adjusting.payload(wish, request.user)}
        asked |= {"reason": data["note"], "staff": request.user, "key": data["key"]}
        row = approvals.ask(**asked, at=clock.now())
        door.say(request, row)
        return HttpResponseRedirect(door.address(row))

    def _form(self, request: HttpRequest, form: Form, status: int = 200) -> HttpResponse:
        day = clock.business_day(clock.now())
        context = {
            "form": form,
            "moved": queries.moved_by_hand(request.user.pk, day),
            "limit": queries.daily_limit(request.user.pk),
        }
        return page(request, "adjustment/ask", _("Adjust points"), context, status)


@admin.register(AdjustmentReason)
class AdjustmentReasonAdmin(LaurelAdmin):
    list_display = ("code", "name", "is_active")
    fields = ("code", "name", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: AdjustmentReason, form: Any, change: bool) -> None:
        made = points.set_reason(code=obj.code, name=obj.name, is_active=obj.is_active, **by(request))
        obj.pk = made.pk


@admin.register(AdjustmentLimit)
class AdjustmentLimitAdmin(LaurelAdmin):
    list_display = ("whose", "points_per_day")
    fields = ("staff", "points_per_day")
    list_select_related = ("staff",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("staff",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("staff member"))
    def whose(self, limit: AdjustmentLimit) -> Any:
        return limit.staff or _("Everybody without a limit of his own")

    def save_model(self, request: HttpRequest, obj: AdjustmentLimit, form: Any, change: bool) -> None:
        made = points.set_limit(staff_id=obj.staff_id, points_per_day=obj.points_per_day, **by(request))
        obj.pk = made.pk


def _older(request: HttpRequest, key: int | None) -> str:
    if key is None:
        return ""
    kept = request.GET.copy()
    kept["before"] = str(key)
    return f"?{kept.urlencode()}"
