"""Forms of sign-in and of the staff pages. They validate and never save."""

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password; the refusal doesn't tell which of them was wrong."""

    error_messages = {
        "invalid_login": _("User name or password is wrong. Both mind capitals."),
        "inactive": _("This account is disabled. Ask an administrator."),
    }
