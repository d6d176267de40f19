"""What this app refuses."""

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
