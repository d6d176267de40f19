"""A clearing run through two sign-ins: one colleague asks, another looks at the plan and approves."""

import re

import pytest
from playwright.sync_api import expect

from apps.core import clock
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.points import services as points
from apps.points import tasks
from apps.points.models import ClearingRun
from apps.stores import roles
from tests.browser.conftest import PHONE
from tests.browser.test_pages import flaws
from tests.factories import PASSWORD, StaffFactory
from tests.points.clearing_cast import AT, crowd

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def second(store):
    return StaffFactory(username="second", display_name="赵复核", role=roles.OPERATIONS, home_store=store)


def sign_in(page, live_server, staff):
    page.goto(f"{live_server.url}/sign-in/")
    page.fill("[name=username]", staff.username)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")


def test_one_asks_for_a_clearing_and_another_approves_it(
    live_server, page, context, operations, second, store, monkeypatch
):
    rung = []
    monkeypatch.setattr(tasks.run_chunks, "delay", rung.append)
    ApprovalThreshold.objects.create(act=points.CLEAR, mode="above", points=5)
    crowd(store, 4)  # ten points
    page.set_viewport_size(PHONE)
    sign_in(page, live_server, operations)
    page.goto(f"{live_server.url}/admin/points/clearingrun/")
    page.fill("[name=as_of]", "2019-01-01")
    with page.expect_navigation():
        page.click(".lr-query button")
    page.fill("[name=reason]", "年度清零")
    with page.expect_navigation():
        page.click("button.is-danger")
    expect(page.locator(".lr-asked")).to_contain_text("待审批")
    assert (flaws(page), rung) == ([], [])
    page.click(".lr-asked a")
    expect(page.get_by_text("须由其他人审批。")).to_be_visible()
    expect(page.get_by_role("button", name="批准")).to_have_count(0)
    assert flaws(page) == []

    context.clear_cookies()
    sign_in(page, live_server, second)
    page.goto(f"{live_server.url}/admin/core/approvalrequest/?box=for_me&state=waiting")
    expect(page.locator(".lr-table")).to_contain_text("清零 4 位会员的 10 积分")
    assert flaws(page) == []
    page.click(".lr-table a")
    expect(page.locator("body")).to_contain_text("年度清零")
    assert flaws(page) == []
    page.fill(".lr-approve [name=note]", "数目核对无误")
    with page.expect_navigation():
        page.click(".lr-approve button")
    expect(page.locator(".lr-state.is-running")).to_have_text("执行中")
    assert flaws(page) == []
    with clock.moved_to(AT):
        tasks.run_chunks(rung[0])
    page.reload()
    expect(page.locator(".lr-state.is-done")).to_have_text(re.compile("已执行"))
    expect(page.locator("body")).to_contain_text("批准申请")
    row, run = ApprovalRequest.objects.get(), ClearingRun.objects.get()
    assert (row.asked_by_id, row.decided_by_id) == (operations.pk, second.pk)
    assert (row.state, run.state, run.points) == ("done", "done", 10)
