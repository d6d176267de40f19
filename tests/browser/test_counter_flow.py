"""The main job with the keyboard alone, in Chinese: register, sell, spend, refund, statement."""

import time

import pytest

from apps.ledger import queries as ledger
from apps.members.models import Member
from tests.browser.conftest import DESKTOP, TABLET, press, write
from tests.factories import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]
SECONDS_TO_REGISTER = 15


def register(page, phone):
    """Phone, Enter; name, gender, birthday, consent, Enter."""
    write(page, phone, delay=20)
    press(page)
    write(page, "王小明", delay=20)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    write(page, "19900305", delay=20)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    press(page)


def sell(page, amount, points=""):
    """Amount, points, Enter; Enter."""
    write(page, amount)
    page.wait_for_selector(".counter-offer")
    if points:
        page.fill("#id_points", points)
    press(page)
    press(page)


def member():
    return Member.objects.get()


@pytest.mark.parametrize("viewport", [DESKTOP, TABLET], ids=["desktop", "tablet"])
def test_register_sell_spend_refund_statement(live_server, page, clerk, viewport):
    page.set_viewport_size(viewport)
    page.goto(f"{live_server.url}/sign-in/")
    page.fill("[name=username]", clerk.username)
    page.fill("[name=password]", PASSWORD)
    press(page)
    assert page.url.endswith("/counter/")
    assert page.get_attribute("html", "lang") == "zh-hans"

    register(page, "13812348000")
    assert page.url.endswith(f"/counter/members/{member().number}/")
    assert page.locator(".counter-card h1").inner_text() == "王小明"
    assert page.locator(".counter-points strong").inner_text() == "0"

    sell(page, "1280.50")
    assert page.locator(".counter-receipt .is-gain").inner_text() == "+1,280"

    press(page, "Escape")
    sell(page, "100", points="1200")
    assert "¥88.00" in page.locator(".counter-bill .is-total").inner_text()
    assert ledger.balance(member().pk) == 1280 - 1200 + 88

    press(page, "F7")
    page.keyboard.press("F9")
    page.wait_for_selector("#outcome .counter-total")
    assert "¥88.00" in page.locator("#outcome .counter-total").inner_text()
    assert "1,200" in page.locator("#outcome").inner_text()
    assert ledger.balance(member().pk) == 168
    page.focus("[data-all] input")
    press(page)
    press(page)
    assert "¥88.00" in page.locator(".counter-receipt .counter-total").inner_text()
    assert ledger.balance(member().pk) == 1280

    press(page, "Escape")
    press(page, "F8")
    amounts = page.locator("td.number:nth-child(3)").all_inner_texts()
    assert amounts == ["+1,200", "-88", "+88", "-1,200", "+1,280"]
    page.locator("a[hx-get]").last.click()
    page.wait_for_selector(".counter-answer li")
    assert "¥1,280.50" in page.locator(".counter-answer").last.inner_text()


def test_a_member_is_registered_with_the_keyboard_in_seconds(live_server, page, clerk, enter):
    enter(clerk)
    page.goto(f"{live_server.url}/counter/")
    started = time.monotonic()
    register(page, "13912345678")
    assert time.monotonic() - started < SECONDS_TO_REGISTER
    new = member()
    assert (new.name, new.gender, str(new.birthday)) == ("王小明", "male", "1990-03-05")
    assert page.url.endswith(f"/{new.number}/")


def test_a_childs_birthday_asks_for_the_guardian_at_once(live_server, page, clerk, enter):
    enter(clerk)
    page.goto(f"{live_server.url}/counter/register/")
    assert page.locator("#id_guardian_consent").is_hidden()
    page.fill("#id_birthday", "20200101")
    assert page.locator("#id_guardian_consent").is_visible()
    page.fill("#id_birthday", "19900101")
    assert page.locator("#id_guardian_consent").is_hidden()


def test_the_find_box_is_one_key_away_and_escape_releases_points(live_server, page, clerk, enter, rich):
    enter(clerk)
    page.goto(f"{live_server.url}/counter/members/{rich.number}/")
    write(page, "50")
    page.wait_for_selector("[data-max-points]")
    page.keyboard.press("F9")
    assert page.input_value("#id_points") == "1000"
    page.fill("#id_points", "500")
    press(page)
    assert ledger.holding(rich.pk, day=rich.joined_at.date()).held == 500
    press(page, "Escape")
    assert ledger.holding(rich.pk, day=rich.joined_at.date()).held == 0
    assert page.input_value("#id_line-0-amount") == "50.00"
    page.keyboard.press("F2")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"


def test_plus_adds_a_line_and_goes_there(live_server, page, clerk, enter, rich):
    enter(clerk)
    page.goto(f"{live_server.url}/counter/members/{rich.number}/")
    write(page, "12.5")
    press(page, "+")
    write(page, "7")
    assert page.input_value("#id_line-0-amount") == "12.5"
    assert page.input_value("#id_line-1-amount") == "7"


def test_an_impatient_clerk_sells_once(live_server, page, clerk, enter, rich):
    enter(clerk)
    page.goto(f"{live_server.url}/counter/members/{rich.number}/")
    write(page, "50")
    with page.expect_navigation(url="**/quotes/**"):
        page.dblclick("button.is-primary[value=quote]")
    with page.expect_navigation(url="**/receipts/**"):
        page.dblclick("button.is-primary")
    assert rich.activity_set.count() == 1
