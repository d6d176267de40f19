"""A marketer replays a draft on real purchases, reads what it would cost, and publishes it for later."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.activity import services as activity
from apps.activity import tasks
from apps.activity.models import Replay
from apps.activity.rules import Fact
from apps.core import clock
from apps.core.audit import Actor
from apps.points import rules
from apps.points import services as points
from apps.points.models import Rule, RuleVersion
from tests.browser.test_pages import flaws

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def test_a_draft_is_replayed_watched_and_published_for_later(
    live_server, page, enter, marketer, rich, store, monkeypatch
):
    rung = []
    monkeypatch.setattr(tasks.run_replay, "delay", rung.append)
    now = clock.now()
    bought = Fact("purchase", "counter", "P1", rich.pk, now - timedelta(hours=1), store.pk, amount_fen=12850)
    activity.record_one(bought, at=now)
    rule = Rule.objects.get(code="base")
    spec = rules.EarningSpec(multiplier=200)
    points.edit_draft(rule_id=rule.pk, spec=spec, actor=Actor("marketer"), at=now)
    enter(marketer)
    page.goto(f"{live_server.url}/admin/points/rule/{rule.pk}/change/")
    with page.expect_navigation():
        page.locator(".lr-acts").get_by_role("link", name="用真实行为回放").click()
    assert flaws(page) == []
    page.get_by_label("最近 90 天").check()
    with page.expect_navigation():
        page.get_by_role("button", name="回放").click()
    expect(page.locator("#progress")).to_contain_text("已回放 0 / 1")
    assert flaws(page) == []
    tasks.run_replay(rung[0])
    expect(page.locator(".pt-state.is-done")).to_be_visible(timeout=15_000)
    expect(page.locator(".lr-card").nth(1)).to_contain_text("256")
    expect(page.locator(".lr-card").nth(1)).to_contain_text("+128")
    expect(page.locator(".lr-card").nth(2)).to_contain_text("¥1.28")
    example = page.locator("tr.pt-led")
    expect(example).to_contain_text("王**")
    page.locator(".pt-reasons summary").click()
    expect(page.locator(".pt-reasons")).to_contain_text("第 2 版")
    assert flaws(page) == []
    page.click("details:has(input[value=publish]) summary")
    later = (now + timedelta(days=2)).astimezone(clock.zone())
    page.fill("[name=starts_at]", f"{later:%Y-%m-%dT%H:%M}")
    with page.expect_navigation():
        page.click("details:has(input[value=publish]) button")
    expect(page.locator(".pt-state.is-scheduled").first).to_be_visible()
    published = RuleVersion.objects.get(rule=rule, number=2)
    assert published.starts_at == later.replace(second=0, microsecond=0)
    assert (published.published_by, Replay.objects.get().days) == (marketer, 90)
