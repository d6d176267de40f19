"""Signing in and out, one's own password, and where each role lands."""

import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from apps.core import clock
from apps.stores import queries, services, sessions
from apps.stores.forms import CodeForm, SignInForm
from apps.stores.models import Staff

PENDING = "sign_in_pending"  # in the session: whose password was right, until the code is typed
PENDING_SECONDS = 300


class SignIn(LoginView):
    """User name and password. An account with a second factor is asked for a code before it is in."""

    template_name = "stores/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:
        staff = form.get_user()
        if queries.second_factor_of(staff) is None:
            return super().form_valid(form)
        self.request.session[PENDING] = {"staff": staff.pk, "backend": staff.backend, "at": int(time.time())}
        return redirect(f"{reverse('sign-in-code')}?{urlencode({'next': self.get_redirect_url()})}")


@method_decorator(login_not_required, name="dispatch")
class SignInCode(RedirectURLMixin, FormView):
    """The code, after the password; also for a session that began without one."""

    template_name = "stores/sign_in_code.html"
    form_class = CodeForm
    next_page = "home"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.staff = self._pending() or (request.user if request.user.is_authenticated else None)
        self.factor = queries.second_factor_of(self.staff) if self.staff else None
        if self.factor is None:
            return redirect("sign-in")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        if not form.passes(self.staff, clock.now()):
            return self.render_to_response(self.get_context_data(form=form), status=422)
        if not self.request.user.is_authenticated:
            backend = self.request.session.pop(PENDING)["backend"]
            login(self.request, self.staff, backend=backend)
        sessions.note_factor(self.request)
        sessions.confirm(self.request)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo_code = queries.demo_code(self.factor, clock.now())
        return {**super().get_context_data(**kwargs), "next": self.get_redirect_url(), "demo_code": demo_code}

    def _pending(self) -> Staff | None:
        pending = self.request.session.get(PENDING)
        if pending is None or time.time() - pending["at"] > PENDING_SECONDS:
            return None
        return Staff.objects.filter(pk=pending["staff"], is_active=True).first()


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
        sessions.confirm(self.request)
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)
