"""Signing in and out, the second factor, one's own password and sessions."""

from apps.stores.views.second_factor import Confirm, Enrol, RecoveryCodes, Security, end_sessions
from apps.stores.views.signing_in import (
    PasswordChange,
    SignIn,
    SignInCode,
    SignOut,
    back_office_door,
    home,
    locked_out,
    no_place,
)

__all__ = [
    "Confirm",
    "Enrol",
    "PasswordChange",
    "RecoveryCodes",
    "Security",
    "SignIn",
    "SignInCode",
    "SignOut",
    "back_office_door",
    "end_sessions",
    "home",
    "locked_out",
    "no_place",
]
