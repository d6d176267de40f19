"""The second factor, enrolled and asked for, and a clerk kept out of another store."""

import base64
import re

import pytest

from apps.core import clock
from apps.core.audit import Actor
from apps.members import services as members
from apps.stores import rules
from tests.browser.conftest import press, write
from tests.browser.test_accessibility import is_wider_than_window, violations
from tests.factories import OPENING, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _strict(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def give_password(page, username):
    write(page, username)
    page.keyboard.press("Tab")
    write(page, PASSWORD)
    press(page)


def code(key, ahead=0):
    """What the phone shows, or will show in as many half minutes."""
    return rules.code_of(key, rules.step_of(clock.now()) + ahead)


def key_on(page):
    page.get_by_text("无法扫码").click()
    return base64.b32decode(page.locator(".enrol-key").inner_text().replace(" ", ""))


def test_a_manager_enrols_a_second_factor_and_signs_in_with_it(live_server, page, manager):
    page.goto(f"{live_server.url}/admin/members/member/")
    give_password(page, manager.username)
    assert page.get_by_role("heading", name="启用两步验证").is_visible()
    assert page.locator(".enrol-qr svg").bounding_box()["width"] > 150
    assert violations(page) == []
    key = key_on(page)
    page.get_by_label("验证码").fill("000000")
    press(page)
    assert page.get_by_role("alert").inner_text().startswith("验证码错误")
    write(page, code(key))
    press(page)
    spare = page.locator(".recovery-codes li").all_inner_texts()
    assert len(spare) == 10
    page.get_by_role("link", name="我已妥善保存").click()
    page.wait_for_url(f"{live_server.url}/admin/members/member/")

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/admin/")
    give_password(page, manager.username)
    assert page.get_by_role("heading", name="输入验证码").is_visible()
    write(page, code(key, ahead=1))
    press(page)
    page.wait_for_url(f"{live_server.url}/admin/")

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/security/")
    give_password(page, manager.username)
    write(page, spare[0].lower())
    press(page)
    assert "还剩 9 个恢复码" in page.locator("main").inner_text()


def test_the_pages_of_the_account_fit_every_window(live_server, page, enter, clerk):
    enter(clerk)
    for name in ("", "second-factor/", "confirm/"):
        page.goto(f"{live_server.url}/security/{name}")
        for width in (1440, 1024, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert not is_wider_than_window(page), (name, width)
            assert violations(page) == []


def test_a_clerk_is_kept_out_of_another_store(live_server, page, enter, clerk, stranger, far_store):
    enrolment = members.Enrolment(phone="13900007777", name="成都客", store_id=far_store.pk)
    actor = Actor("stranger", stranger.pk, far_store.pk)
    member = members.enrol(enrolment=enrolment, actor=actor, at=OPENING).member
    enter(clerk)
    for ending in ("", "statement/"):
        answer = page.goto(f"{live_server.url}/counter/members/{member.number}/{ending}")
        assert answer.status == 404
        assert "成都客" not in page.content()
    page.goto(f"{live_server.url}/counter/")
    write(page, "7777 成")
    press(page)
    assert "成都客" not in page.content()
    assert re.search("没有找到|未找到|找不到", page.locator("main").inner_text())
    answer = page.goto(f"{live_server.url}/admin/members/member/{member.pk}/change/")
    assert answer.status == 403
