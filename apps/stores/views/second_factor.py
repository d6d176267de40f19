"""One's own second factor and sessions, and showing once more who is there."""

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView, View

from apps.core import clock
from apps.stores import queries, rules, services, sessions
from apps.stores.errors import AlreadyEnrolled, WrongCode
from apps.stores.forms import CodeForm, PasswordForm, code_refused

SECRET = "second_factor_secret"  # in the session, until a code of it was typed
ISSUER = "Laurel"


class Security(TemplateView):
    """What protects one's own account, and what one can do about it."""

    template_name = "stores/security.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        factor = queries.second_factor_of(self.request.user)
        left = factor.recovery_codes.filter(used_at=None).count() if factor else 0
        is_needed = queries.needs_second_factor(self.request.user)
        return {**super().get_context_data(**kwargs), "factor": factor, "left": left, "is_needed": is_needed}


@method_decorator(never_cache, name="dispatch")
class Enrol(RedirectURLMixin, FormView):
    """Scan the code, type what the app shows, and keep the recovery codes, shown this once."""

    template_name = "stores/second_factor.html"
    form_class = CodeForm
    next_page = "home"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and queries.second_factor_of(request.user):
            return redirect("security")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        staff = self.request.user
        try:
            codes = services.enrol_second_factor(
                staff_id=staff.pk,
                secret=self._secret(),
                code=form.cleaned_data["code"],
                actor=staff.as_actor(),
                at=clock.now(),
            )
        except WrongCode as error:
            form.add_error("code", code_refused(error))
            return self.render_to_response(self.get_context_data(form=form), status=422)
        except AlreadyEnrolled:
            return redirect("security")
        del self.request.session[SECRET]
        sessions.note_factor(self.request)
        sessions.confirm(self.request)
        return _codes_page(self.request, codes, self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        secret, staff = self._secret(), self.request.user
        uri = rules.enrolment_uri(secret, account=staff.get_username(), issuer=ISSUER)
        shown = {"qr": _qr(uri), "secret": rules.secret_text(secret), "next": self.get_redirect_url()}
        is_needed = queries.needs_second_factor(staff)
        return {**super().get_context_data(**kwargs), **shown, "is_needed": is_needed}

    def _secret(self) -> bytes:
        text = self.request.session.setdefault(SECRET, rules.new_secret().hex())
        return bytes.fromhex(text)


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(View):
    """New recovery codes instead of the old ones."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        sessions.require_recent(request)
        if queries.second_factor_of(request.user) is None:
            return redirect("security")
        by = {"staff_id": request.user.pk, "actor": request.user.as_actor(), "at": clock.now()}
        return _codes_page(request, services.renew_recovery_codes(**by), "")


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign this account out everywhere but here."""
    by = {"staff_id": request.user.pk, "actor": request.user.as_actor(), "at": clock.now()}
    update_session_auth_hash(request, services.end_sessions(**by))
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("security")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class Confirm(RedirectURLMixin, FormView):
    """Who is there? A code where there is a second factor, else the password."""

    template_name = "stores/confirm.html"
    next_page = "home"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        signed_in = request.user.is_authenticated
        self.factor = queries.second_factor_of(request.user) if signed_in else None
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[CodeForm | PasswordForm]:
        return CodeForm if self.factor else PasswordForm

    def form_valid(self, form: CodeForm | PasswordForm) -> HttpResponse:
        passes = form.passes(self.request.user, clock.now()) if self.factor else self._knows_password(form)
        if not passes:
            return self.render_to_response(self.get_context_data(form=form), status=422)
        sessions.confirm(self.request)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo_code = queries.demo_code(self.factor, clock.now()) if self.factor else ""
        return {**super().get_context_data(**kwargs), "next": self.get_redirect_url(), "demo_code": demo_code}

    def _knows_password(self, form: PasswordForm) -> bool:
        name, password = self.request.user.get_username(), form.cleaned_data["password"]
        if authenticate(self.request, username=name, password=password) == self.request.user:
            return True
        form.add_error("password", _("This is not your password."))
        return False


def _codes_page(request: HttpRequest, codes: list[str], onward: str) -> HttpResponse:
    return render(request, "stores/recovery_codes.html", {"codes": codes, "onward": onward})


def _qr(text: str) -> SafeString:
    drawing = segno.make_qr(text, error="m").svg_inline(
        border=2, omitsize=True, svgclass="code-qr", lineclass=None
    )
    return mark_safe(drawing)
