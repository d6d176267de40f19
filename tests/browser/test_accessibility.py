"""The shell in a real browser: no serious accessibility violation, nothing wider than the window, no
complaint on the console, in light and dark and at three widths."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.browser.conftest import write
from tests.factories import StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
SERIOUS = {"serious", "critical"}
WIDTHS = (1440, 1024, 390)
OURS = ("sign-in", "password-change", "no-place", "security", "second-factor", "confirm")
BACK_OFFICE = (
    "admin:index",
    "admin:stores_staff_changelist",
    "admin:stores_staff_add",
    "admin:stores_store_changelist",
    "admin:core_auditentry_changelist",
    "admin:core_outboxevent_changelist",
)


@pytest.fixture
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "zh-CN"}


@pytest.fixture
def desk(live_server, page):
    """A browser in which an administrator is signed in; it keeps what the console complains about."""
    staff = StaffFactory(username="boss", display_name="管理员", role="administrator")
    client = Client()
    client.force_login(staff)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda line: line.type == "error" and page.complaints.append(line.text))
    return page


def violations(page) -> list[str]:
    found = Axe().run(page, options=WCAG).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


def is_wider_than_window(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def faults_of(page, address) -> list[str]:
    """What is wrong with a page at any width, in light and dark; also what it complained about."""
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address)
        wrong += [f"wider than {width}"] if is_wider_than_window(page) else []
    for folded in page.locator("details.lr-act").all():
        folded.evaluate("part => part.open = true")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{scheme}: {line}" for line in violations(page)]
    wrong += [line for line in page.complaints if "403" not in line]
    page.complaints.clear()
    return wrong


def test_the_pages_of_the_shell_are_usable_by_everybody(desk, live_server):
    wrong = {name: faults_of(desk, live_server.url + reverse(name)) for name in OURS[1:] + BACK_OFFICE}
    desk.context.clear_cookies()
    wrong[OURS[0]] = faults_of(desk, live_server.url + reverse(OURS[0]))
    assert {name: found for name, found in wrong.items() if found} == {}


def test_signing_in_by_keyboard_alone(live_server, page):
    StaffFactory(username="lin", role="auditor")
    page.goto(live_server.url + reverse("admin:index"))
    write(page, "lin")
    page.keyboard.press("Tab")
    write(page, "laurel-test-password")
    page.keyboard.press("Enter")
    page.wait_for_url(live_server.url + reverse("admin:index"))
    assert page.title().startswith("今日")


def test_the_language_is_switched_where_one_stands(live_server, page):
    page.goto(live_server.url + reverse("sign-in"))
    page.get_by_role("button", name="繁體中文").click()
    assert page.locator("html").get_attribute("lang") == "zh-hant"
    assert page.get_by_role("heading", name="登入").is_visible()
