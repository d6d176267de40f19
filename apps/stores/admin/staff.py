"""Staff in the back office. Forms are checked here, services write."""

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.core import clock
from apps.core.admin import LaurelAdmin
from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import ApprovalError
from apps.stores import acts, forms, queries, roles, services
from apps.stores.admin import matrix, sign_in_acts
from apps.stores.admin.kept import Kept
from apps.stores.models import Staff
from apps.stores.sessions import require_recent


class RoleFilter(admin.SimpleListFilter):
    title = _("Role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(roles.ROLES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(Staff)
class StaffAdmin(Kept, LaurelAdmin):
    list_display = ("username", "display_name", "staff_number", "role", "home_store", "state", "last_login")
    list_filter = (RoleFilter, "is_active")
    list_select_related = ("home_store",)
    search_fields = ("username", "display_name", "staff_number")
    ordering = ("username",)
    new_fields = (
        (None, {"fields": ("username", "password", "display_name", "staff_number")}),
        (_("Role and stores"), {"fields": ("role", "home_store", "stores", "sees_all_stores")}),
    )
    known_fields = (
        (None, {"fields": ("display_name", "staff_number", "password")}),
        (_("Role and stores"), {"fields": ("role", "home_store", "stores", "sees_all_stores")}),
        (_("Signing in"), {"fields": ("is_active", "reason")}),
    )
    change_form_outer_after_template = "admin/stores/staff/_sign_in.html"
    seen_fields = ("username", "display_name", "staff_number", "role", "home_store", "scope", "state")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("roles/", view(self.roles_view), name="stores_staff_roles"),
            path("<int:pk>/sign-in/", view(require_POST(self.sign_in_view)), name="stores_staff_sign_in"),
        ]
        return own + super().get_urls()

    def roles_view(self, request: HttpRequest) -> HttpResponse:
        """Role × act: who may do what, and which acts are guarded."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": _("Roles and acts"), "opts": self.opts}
        return TemplateResponse(request, "admin/stores/staff/roles.html", {**context, **matrix.told()})

    def sign_in_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reset an account's second factor, or end its sessions."""
        staff = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, staff):
            raise PermissionDenied
        require_recent(request)
        return sign_in_acts.answer(request, staff)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        shown = {"sign_in": sign_in_acts.shown(request, object_id)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Staff]:
        return queries.staff_for(request.user).prefetch_related("groups").order_by("username")

    def get_form(
        self, request: HttpRequest, obj: Staff | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj and not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change=change, **kwargs)
        form = forms.KnownStaffForm if obj else forms.NewStaffForm
        return type(form.__name__, (form,), {"reader": request.user})

    def get_fieldsets(self, request: HttpRequest, obj: Staff | None = None) -> Any:
        if obj and not self.has_change_permission(request, obj):
            return ((None, {"fields": self.seen_fields}),)
        return self.known_fields if obj else self.new_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Staff | None = None) -> Any:
        return self.seen_fields if obj and not self.has_change_permission(request, obj) else ()

    @admin.display(description=_("Role"))
    def role(self, staff: Staff) -> Any:
        return roles.ROLES.get(queries.role_of(staff), "–")

    @admin.display(description=_("Stores in scope"))
    def scope(self, staff: Staff) -> Any:
        if staff.sees_all_stores:
            return _("All stores")
        return ", ".join(str(store) for store in queries.stores_for(staff)) or "–"

    @display(description=_("state"), label={True: "success", False: "danger"})
    def state(self, staff: Staff) -> tuple[bool, Any]:
        return staff.is_active, _("Active") if staff.is_active else _("Disabled")

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:
        require_recent(request)
        act = {"actor": request.user.as_actor(), "at": clock.now()}
        role = form.cleaned_data["role"]
        if change:
            was = queries.role_of(obj)
            services.revise_staff(staff_id=obj.pk, revision=replace(form.revision(), role=was or role), **act)
        else:
            account = replace(form.account(), role=roles.CLERK)  # who may more is asked for
            obj.pk, was = services.create_staff(account=account, **act).pk, roles.CLERK
        if role != was:
            self._ask_for_role(request, obj.pk, role, form.cleaned_data.get("reason", ""))

    def _ask_for_role(self, request: HttpRequest, staff_id: int, role: str, reason: str) -> None:
        wish = {"act": acts.ASSIGN, "payload": {"staff": staff_id, "role": role}}
        reason = reason or _("Set on the account's page")
        try:
            door.say(request, approvals.ask(**wish, reason=reason, staff=request.user, at=clock.now()))
        except ApprovalError as error:
            messages.error(request, door.refusal(error))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: the service wrote the role and the stores."""
