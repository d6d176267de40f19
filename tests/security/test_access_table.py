"""Every address × every role × every method, against the table in the repository.

A cell tells what GET and POST lead to: ``ok`` (shown, done, or a form refused in place), ``sign-in``,
``403``, ``404``, ``405``. HEAD answers as GET; all other methods are 405 everywhere. An address of another
store's object has a row of its own. After a change: ``make access`` and read the difference.
"""

import os
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from unfold.sites import UnfoldAdminSite

from apps.stores.models import Staff
from tests.security.addresses import Address, addresses
from tests.security.shop import cast, open_shop

TABLE = Path(__file__).with_name("access_table.txt")
REGENERATE = "Then run `make access`, read the difference, and commit it with your change."
SIGN_IN, BACK_OFFICE_DOOR = "/sign-in/", "/admin/login/"
REFUSALS = {403: "403", 404: "404", 405: "405", 410: "404"}
OTHER_METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def unrendered(monkeypatch):
    """What an address answers is decided before its page is drawn; drawing is the crawler's to see."""
    monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "")
    monkeypatch.setattr(UnfoldAdminSite, "each_context", lambda self, request: {})


@pytest.fixture
def unlogged(settings):
    """The request log is left out: it costs a third of the time."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "config.logs.RequestLog"]


@pytest.fixture
def quiet_broker(monkeypatch):
    """Nobody listens: a task sent is a task forgotten."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **kwargs: None)


@contextmanager
def nothing_kept():
    """What a request does to the database is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def signed_in(monkeypatch, settings):
    """Asks as a person, each time as if for the first time. Who that is comes from the test and not from
    the session, whose reading would be half of the work."""
    monkeypatch.setattr("apps.stores.sessions.is_recent", lambda request: True)
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"

    def be(staff: Staff | None) -> Callable[[str, Address], str]:
        monkeypatch.setattr("django.contrib.auth.get_user", lambda request: staff or AnonymousUser())

        def ask(method: str, address: Address) -> str:
            with nothing_kept():
                answer = Client().generic(method, address.path)
            return outcome(answer, is_signed_in=staff is not None)

        return ask

    return be


def outcome(answer, *, is_signed_in: bool) -> str:
    if answer.status_code in REFUSALS:
        return REFUSALS[answer.status_code]
    assert answer.status_code < 500, answer.status_code
    to = answer.get("Location", "")
    if to.startswith(BACK_OFFICE_DOOR):
        return "403" if is_signed_in else "sign-in"
    return "sign-in" if to.startswith(SIGN_IN) else "ok"


def test_every_address_answers_every_role_as_the_table_says(
    shop, signed_in, unrendered, unlogged, quiet_broker
):
    rows = addresses(shop)
    people = cast(shop)
    answers: dict[str, dict[str, str]] = {address.key: {} for address in rows}
    for role, staff in people.items():
        ask = signed_in(staff)
        for address in rows:
            seen = ask("GET", address)
            if seen == "ok" and role != "anonymous":
                assert ask("HEAD", address) == seen, f"HEAD {address.key} as {role}"
            answers[address.key][role] = f"{seen}/{ask('POST', address)}"
    compare(list(people), answers)


def compare(roles: list[str], answers: dict[str, dict[str, str]]) -> None:
    """Fail with what differs, or write the table anew when ACCESS_TABLE=write."""
    lines = [" ".join(["address (GET/POST):", *roles])]
    lines += [f"{key}: " + " ".join(cells[role] for role in roles) for key, cells in answers.items()]
    if os.environ.get("ACCESS_TABLE") == "write":
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return
    known = TABLE.read_text(encoding="utf-8").splitlines()
    new = {line.rpartition(": ")[0] for line in lines} - {line.rpartition(": ")[0] for line in known}
    assert not new, f"Addresses without a row in {TABLE.name}: {sorted(new)}. {REGENERATE}"
    gone = [f"- {line}" for line in known if line not in lines]
    come = [f"+ {line}" for line in lines if line not in known]
    assert lines == known, "\n".join([f"Not as {TABLE.name} says. {REGENERATE}", *gone, *come])


def test_no_address_answers_another_method(shop, unlogged):
    client = Client()
    for address in addresses(shop):
        for method in OTHER_METHODS:
            answer = client.generic(method, address.path)
            assert answer.status_code == 405, (method, address.path)
            assert answer["Allow"] == "GET, HEAD, POST"


def test_an_address_that_mixes_both_stores_finds_nothing(shop):
    """One's own member in the address opens no entry of another's."""
    client = Client()
    client.force_login(shop.own.clerk)
    page = f"/counter/members/{shop.own.member.number}/"
    assert client.get(f"{page}statement/{shop.own.entry.pk}/").status_code == 200
    assert client.get(f"{page}statement/{shop.other.entry.pk}/").status_code == 404
    assert client.get(f"{page}declined/{shop.own.decline.pk}/").status_code == 200
    assert client.get(f"{page}declined/{shop.other.decline.pk}/").status_code == 404


def test_a_row_of_the_table_that_is_missing_is_named_with_the_remedy(tmp_path, monkeypatch):
    short = tmp_path / "access_table.txt"
    short.write_text("address (GET/POST): clerk\n", encoding="utf-8")
    monkeypatch.setattr("tests.security.test_access_table.TABLE", short)
    monkeypatch.delenv("ACCESS_TABLE", raising=False)
    with pytest.raises(AssertionError, match=r"without a row.*new/page/.*make access"):
        compare(["clerk"], {"new/page/": {"clerk": "ok/405"}})


def test_the_signed_in_are_the_only_ones_who_find_anything():
    open_to_all = {
        line.rpartition(": ")[0]
        for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]
        if "ok" in line.rpartition(": ")[2].split()[0]
    }
    assert open_to_all == {"healthz", "language/", "sign-in/"}
