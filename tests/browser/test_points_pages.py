"""A marketer words a rule with its sentence beside it; operations plan a clearing and watch it."""

import re

import pytest
from playwright.sync_api import expect

from apps.activity import services as activity
from apps.activity.rules import Fact
from apps.core import clock
from apps.points import services as points
from apps.points import tasks
from apps.points.models import ClearingRun, RuleVersion
from apps.points.rules import EarningSpec
from tests.browser.conftest import PHONE
from tests.browser.test_pages import flaws
from tests.points.clearing_cast import AT, crowd
from tests.points.making import MARKETER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def test_a_rule_is_worded_previewed_and_published(live_server, page, enter, marketer):
    enter(marketer)
    page.goto(f"{live_server.url}/admin/points/rule/add/?kind=earning")
    expect(page.locator("#preview")).to_contain_text("¥128.50 → 128")
    page.fill("[name=multiplier]", "2")
    expect(page.locator("#preview")).to_contain_text("128 × 2 = 256")
    page.fill("[name=multiplier]", "two")
    expect(page.locator("#preview .pt-problems")).to_be_visible()
    page.fill("[name=multiplier]", "2")
    page.select_option("[name=effect]", "multiply")
    expect(page.locator("[name=points]")).to_be_hidden()
    page.fill("[name=name]", "会员日双倍积分")
    page.fill("[name=code]", "member-day")
    assert flaws(page) == []
    with page.expect_navigation():
        page.click(".pt-aside button[type=submit]")
    page.click("details:has(input[value=publish]) summary")
    assert flaws(page) == []
    with page.expect_navigation():
        page.click("details:has(input[value=publish]) button")
    expect(page.locator(".pt-state.is-live").first).to_be_visible()
    assert RuleVersion.objects.get(rule__code="member-day").definition == {
        "effect": "multiply",
        "multiplier": 200,
    }
    page.goto(f"{live_server.url}/admin/points/rule/")
    assert flaws(page) == []


def test_a_movement_tells_why_below_its_row(live_server, page, enter, operations, rich, store):
    bought = Fact("purchase", "counter", "P1", rich.pk, clock.now(), store.pk, amount_fen=12850)
    activity.record_one(bought, at=clock.now())
    enter(operations)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/admin/members/member/{rich.pk}/change/?tab=points")
    page.get_by_role("link", name="为什么？").first.click()
    panel = page.locator(".lr-why")
    expect(panel).to_contain_text("消费积分")
    expect(panel).to_contain_text("¥128.50")
    expect(panel).to_contain_text("P1")
    assert flaws(page) == []


def test_a_clearing_is_planned_started_and_watched_to_its_end(
    live_server, page, enter, operations, store, monkeypatch
):
    rung = []
    monkeypatch.setattr(tasks.run_chunks, "delay", rung.append)
    crowd(store, 4)
    enter(operations)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/admin/points/clearingrun/")
    page.fill("[name=as_of]", "2019-01-01")
    with page.expect_navigation():
        page.click(".lr-query button")
    expect(page.locator(".pt-total")).to_have_text(re.compile(r"10.*4|4.*10"))
    assert flaws(page) == []
    page.fill("[name=reason]", "年度清零")
    with page.expect_navigation():
        page.click("button.is-danger")
    expect(page.locator("#progress")).to_contain_text("0%")
    assert flaws(page) == []
    with clock.moved_to(AT):
        tasks.run_chunks(rung[0])
    expect(page.locator(".pt-state.is-done")).to_be_visible(timeout=15_000)
    run = ClearingRun.objects.get()
    assert (run.state, run.points, run.note) == ("done", 10, "年度清零")
    assert flaws(page) == []


def test_a_purchase_is_tried_and_every_rule_answers(live_server, page, enter, marketer, rich):
    spec = EarningSpec(weekdays=(1,), from_hour=3, to_hour=4)
    draft = points.draft_rule(draft=points.Draft("early", "早市双倍", spec), actor=MARKETER, at=clock.now())
    points.publish_version(rule_id=draft.rule_id, actor=MARKETER, at=clock.now())
    enter(marketer)
    page.goto(f"{live_server.url}/admin/points/try/")
    page.fill("[name=member]", rich.number)
    page.fill("[name=at]", f"{clock.business_day(clock.now()).isoformat()}T23:30")
    page.fill("[name=form-0-amount_fen]", "128.5")
    expect(page.locator("#outcome .pt-total")).to_have_text("实付 ¥128.50 可得 128 积分")
    expect(page.locator("#outcome .is-given")).to_contain_text("消费积分")
    expect(page.locator("#outcome .is-missed")).to_contain_text("早市双倍")
    assert flaws(page) == []
    page.fill("[name=form-0-amount_fen]", "x")
    expect(page.locator("#outcome .pt-problems")).to_be_visible()
