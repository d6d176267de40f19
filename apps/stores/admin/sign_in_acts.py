"""What an administrator may do about another's sign-in: reset the second factor, end all sessions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.core import clock
from apps.stores import queries, services
from apps.stores.errors import NotEnrolled, RoleAboveOwn
from apps.stores.forms import ResetForm
from apps.stores.models import Staff


def shown(request: HttpRequest, object_id: str) -> dict[str, Any] | None:
    """What the account's page shows below its form, for whoever may change it."""
    if not request.user.has_perm("stores.change_staff") or not object_id.isdecimal():
        return None
    staff = queries.staff_for(request.user).filter(pk=object_id).first()
    if staff is None:
        return None
    return {"staff": staff, "factor": queries.second_factor_of(staff), "form": ResetForm()}


def answer(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Do what was asked; raises PermissionDenied for an account above one's own."""
    acts = {"reset": _reset, "end": _end}
    act = acts.get(request.POST.get("act", ""))
    if act is not None:
        try:
            act(request, staff)
        except RoleAboveOwn as error:
            raise PermissionDenied from error
    return redirect("admin:stores_staff_change", staff.pk)


def _reset(request: HttpRequest, staff: Staff) -> None:
    form = ResetForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the second factor is reset."))
        return
    reason, by = form.cleaned_data["reason"], {"actor": request.user.as_actor(), "at": clock.now()}
    try:
        services.reset_second_factor(staff_id=staff.pk, reason=reason, **by)
    except NotEnrolled:
        messages.warning(request, _("This account has no second factor."))
    else:
        messages.success(request, _("The second factor is reset; it is set up anew at the next sign-in."))


def _end(request: HttpRequest, staff: Staff) -> None:
    services.end_sessions(staff_id=staff.pk, actor=request.user.as_actor(), at=clock.now())
    messages.success(request, _("The account is signed out everywhere."))
