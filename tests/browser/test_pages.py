"""Every page: no serious accessibility fault, nothing wider than the screen, nothing too small to touch."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from apps.core.registry import menu
from tests.browser.conftest import DESKTOP, PHONE, TABLET, press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]
RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
}
TOUCH = 44
TOUCHED = ".counter .button, .counter input, .counter select, .counter summary"
SMALL = """([touched, least]) => [...document.querySelectorAll(touched)]
  .filter(e => e.offsetParent && !e.matches('[type=checkbox], [type=radio], [type=hidden], .visually-hidden'))
  .filter(e => e.getBoundingClientRect().height < least)
  .map(e => e.outerHTML.slice(0, 100))"""


def faults(page):
    """Serious and critical violations, one line each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{page.url} {fault['id']}: {node['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def flaws(page):
    """Faults, and what is wider than the window, on a phone and on a desk; then the window is as before."""
    found, before = [], page.viewport_size
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        found += faults(page)
        found += [f"{page.url} {overflow(page)} px wider than {size['width']}"] if overflow(page) else []
    page.set_viewport_size(before)
    return found


def walk(page, root, rich):
    """Every page of the counter in turn, as a clerk meets them."""
    page.goto(f"{root}/counter/")
    yield "home"
    page.fill("#find", "9999 赵")
    press(page)
    yield "nobody found"
    page.goto(f"{root}/counter/register/")
    yield "register"
    press_submit(page)
    yield "register with errors"
    page.goto(f"{root}/counter/members/{rich.number}/")
    page.locator("details.counter-codes summary").click()
    page.fill("#id_line-0-amount", "128.50")
    page.fill("#id_points", "150")
    page.wait_for_selector(".counter-offer .is-warning")
    yield "sale"
    press_submit(page)
    yield "sale refused"
    page.fill("#id_points", "500")
    page.focus("#id_points")
    press(page)
    yield "quote"
    press(page)
    yield "receipt"
    press(page, "F7")
    page.keyboard.press("F9")
    page.wait_for_selector("#outcome .counter-total")
    yield "refund"
    page.focus("[data-all] input")
    press(page)
    press(page)
    yield "refund receipt"
    page.goto(f"{root}/counter/members/{rich.number}/statement/")
    page.locator("a[hx-get]").first.click()
    page.wait_for_selector(".counter-answer li")
    yield "statement"
    page.goto(f"{root}/counter/nowhere/")
    yield "not found"


def press_submit(page):
    with page.expect_navigation():
        page.locator("main form button.is-primary").last.click()


def misfits(page, name):
    """What is wider than the screen or too small to touch, one line each."""
    too_wide = overflow(page)
    wide = [f"{name}: {too_wide} px wider than the screen"] if too_wide > 0 else []
    return wide + [f"{name}: too small: {html}" for html in page.evaluate(SMALL, [TOUCHED, TOUCH])]


def test_the_counter_fits_and_can_be_touched_and_read(live_server, page, clerk, enter, rich):
    enter(clerk)
    wrong = []
    for name in walk(page, live_server.url, rich):
        for viewport in (PHONE, TABLET, DESKTOP):
            page.set_viewport_size(viewport)
            wrong += misfits(page, f"{name} at {viewport['width']}")
            wrong += faults(page) if viewport is not DESKTOP else []
    assert wrong == []


def test_signing_in_is_accessible(live_server, page):
    page.goto(f"{live_server.url}/sign-in/")
    assert faults(page) == []
    page.fill("[name=username]", "nobody")
    page.fill("[name=password]", "wrong")
    press_submit(page)
    assert faults(page) == []


def test_the_back_office_is_accessible(live_server, page, administrator, enter, rich):
    enter(administrator)
    wrong = []
    names = [item.url_name for item in menu if item.url_name.startswith("admin:")]
    for address in [reverse("admin:index"), *map(reverse, names)]:
        page.goto(f"{live_server.url}{address}")
        wrong += faults(page)
    assert wrong == []
