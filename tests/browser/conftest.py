"""A real Chromium before a real server. Where there is none the tests say so and are skipped, never in CI."""

import os
import shutil
import threading

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connections
from django.test import Client
from playwright.sync_api import sync_playwright

from apps.core import clock
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.members import services as members
from apps.members.services import Enrolment

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESKTOP = {"width": 1440, "height": 900}
TABLET = {"width": 1024, "height": 768}
SETTLING = 50  # ms for what a page still says or asks after it was loaded
PHONE = {"width": 390, "height": 844}

# The browser's driver runs an event loop in the tests' own thread, which Django takes for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        missing = "Chromium is missing: these tests drive a real browser (Debian: apt-get install chromium)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return {"executable_path": executable, "args": FLAGS.split()}


@pytest.fixture(scope="session")
def playwright(django_db_setup):
    """The driver. Under its event loop Django would open a second connection that knows nothing of the
    test database's first contents: hand it the one there is."""
    first = connections["default"]
    with sync_playwright() as started:
        connections["default"] = first
        yield started


@pytest.fixture
def browser_context_args():
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": DESKTOP}


@pytest.fixture
def enter(live_server, context):
    """Signs a staff member in, in this browser; answers the address of a page."""

    def sign_in(staff):
        client = Client()
        client.force_login(staff)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])

    return sign_in


class Answering:
    """Knows which threads of the server are about a request: a test ends when the last one is answered.

    Requests a test makes by itself don't count: what it leaves unread ends whenever it is thrown away.
    """

    def __init__(self) -> None:
        self.tests, self.busy, self.changed = threading.get_ident(), set(), threading.Condition()
        request_started.connect(self.began)
        request_finished.connect(self.ended)

    def began(self, **_request) -> None:
        with self.changed:
            self.busy |= {threading.get_ident()} - {self.tests}

    def ended(self, **_request) -> None:
        with self.changed:
            self.busy.discard(threading.get_ident())
            self.changed.notify_all()

    def wait(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: not self.busy, timeout=30), "a request is never answered"


answering = Answering()


@pytest.fixture(autouse=True)
def _quiet_console(request):
    """No page may break the content policy or throw."""
    if "page" not in request.fixturenames:
        yield
        return
    page, said = request.getfixturevalue("page"), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console", lambda told: said.append(told.text) if "Content Security Policy" in told.text else None
    )
    yield
    page.wait_for_load_state("load")
    page.wait_for_timeout(SETTLING)
    page.goto("about:blank")
    answering.wait()
    assert said == []


def settle(page):
    """Waits until the page has put the focus where it wants it: Chromium does so only after "load"."""
    if page.locator("[autofocus]").count():
        page.wait_for_selector(":focus", state="attached")


def write(page, text, **pace):
    """Types into whatever the page put the focus on."""
    settle(page)
    page.keyboard.type(text, **pace)


def press(page, key="Enter"):
    """A key that leads to another page."""
    settle(page)
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.fixture
def rich(store, clerk):
    """A member with a phone and 1,000 points that never expire."""
    actor = Actor(clerk.username, staff_id=clerk.pk, store_id=store.pk)
    enrolment = Enrolment(phone="13812348000", name="王小明", store_id=store.pk, channel_code="counter")
    member = members.enrol(enrolment=enrolment, actor=actor, at=clock.now()).member
    ledger.post([ledger.Posting(member.pk, "award", 1000, clock.now())])
    return member
