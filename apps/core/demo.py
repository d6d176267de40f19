"""The demo shop: who can sign in to it, and how its data gets in. Upper apps register in `ready()`."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Login:
    """A demo account; its password is no secret."""

    role: str
    username: str
    password: str


@dataclass(frozen=True)
class Shop:
    """The command that loads the demo, and whether the database still lacks any shop."""

    command: str
    is_missing: Callable[[], bool]


_logins: dict[str, Login] = {}
_shops: dict[str, Shop] = {}


def register_login(role: str, username: str, password: str) -> None:
    """Say that the demo has this account."""
    _logins[username] = Login(role, username, password)


def logins() -> list[Login]:
    """The demo's accounts in the order they were registered."""
    return list(_logins.values())


def register_shop(command: str, is_missing: Callable[[], bool]) -> None:
    """Say which command loads the demo and when it has to."""
    _shops[command] = Shop(command, is_missing)


def missing_shops() -> list[Shop]:
    """What `up --demo` has to load into this database."""
    return [shop for shop in _shops.values() if shop.is_missing()]
