"""Signing in and out, one's own password, and where each role lands."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from apps.core import clock
from apps.stores import queries, services
from apps.stores.forms import SignInForm


class SignIn(LoginView):
    template_name = "stores/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    pass


def home(request: HttpRequest) -> HttpResponse:
    """Each role's own first page."""
    landing = settings.LANDING_PAGES.get(queries.role_of(request.user))
    if landing is None:
        landing = "admin:index" if request.user.is_staff else "no-place"
    return redirect(landing)


def no_place(request: HttpRequest) -> HttpResponse:
    """For an account that may sign in and go nowhere, or came to a door that isn't its own."""
    return render(request, "stores/no_place.html", status=403)


@login_not_required
def back_office_door(request: HttpRequest) -> HttpResponse:
    """Where the back office sends whoever it doesn't let in."""
    if request.user.is_authenticated:
        return no_place(request)
    return redirect_to_login(request.GET.get("next", ""))


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """What is answered after too many failures, with the time from which a next try counts."""
    username = (credentials or {}).get("username") or request.POST.get("username", "")
    ends_at = queries.lock_out_ends(username)
    context = {"username": username, "ends_at": ends_at, "failures": settings.AXES_FAILURE_LIMIT}
    locked = render(request, "stores/sign_in_locked.html", context, status=429)
    if ends_at:
        locked["Retry-After"] = str(max(1, int((ends_at - clock.now()).total_seconds())))
    return locked


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordChange(FormView):
    """One's own password. The session at hand goes on, all others end."""

    template_name = "stores/password_change.html"
    form_class = PasswordChangeForm
    success_url = reverse_lazy("home")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponseRedirect:
        user = services.set_password(
            staff_id=self.request.user.pk,
            password=form.cleaned_data["new_password1"],
            actor=self.request.user.as_actor(),
            at=clock.now(),
        )
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)
