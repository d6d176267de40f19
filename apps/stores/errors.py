"""What this app refuses."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.core.errors import LaurelError


class StoresError(LaurelError):
    """Something about stores or staff was refused."""


class StoreCodeTaken(StoresError):
    """Another store has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UsernameTaken(StoresError):
    """Another account has this user name."""

    def __init__(self, username: str) -> None:
        super().__init__(username)
        self.username = username


class LastAdministrator(StoresError):
    """The act would leave nobody who may manage staff."""


class RoleAboveOwn(StoresError):
    """The act would give, or touch an account with, more than the actor may do or see."""

    def __str__(self) -> str:
        return _("This would give more than you may do or see yourself.")


class SecondFactorError(StoresError):
    """Something about a second factor was refused."""


class WrongCode(SecondFactorError):
    """The code is none of this account's, or was used already."""


class CodesPaused(SecondFactorError):
    """Too many wrong codes in a row; the next try counts from ``until`` on."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class AlreadyEnrolled(SecondFactorError):
    """The account has a second factor; it is reset before another is enrolled."""


class NotEnrolled(SecondFactorError):
    """The account has no second factor."""


class ConfirmationNeeded(StoresError):
    """The act asks for a recent sign-in: the reader must show once more who is there."""
