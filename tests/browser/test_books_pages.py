"""The books at the desk: a statement opens the why of an entry; the liability book reconciles, also as of a
past day; the truth page tells that all is well."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.core import clock
from apps.core.truth import services as truth
from apps.ledger import services as ledger
from tests.browser.conftest import PHONE
from tests.browser.test_pages import flaws

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def earned(rich, store):
    """1,000 points as of now, and 250 of last month that expire."""
    at = clock.now() - timedelta(days=31)
    lots = (ledger.LotGrant(250, clock.business_day(clock.now()) + timedelta(days=40)),)
    ledger.post([ledger.Posting(rich.pk, "award", 250, at, lots=lots, store_id=store.pk)])
    return rich


def test_a_statement_is_cut_to_a_period_and_an_entry_tells_why(live_server, page, enter, operations, earned):
    enter(operations)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/admin/points/statement/{earned.number}/")
    expect(page.locator("dl strong")).to_have_text("1,250")
    assert flaws(page) == []
    page.locator("a[hx-get]").first.click()
    expect(page.locator(".lr-why").first).to_be_visible()
    assert flaws(page) == []
    page.fill("[name=through]", (clock.business_day(clock.now()) - timedelta(days=1)).isoformat())
    with page.expect_navigation():
        page.click(".lr-query button")
    expect(page.locator("dl strong")).to_have_text("250")
    expect(page.locator("a[hx-get]")).to_have_count(1)
    page.emulate_media(media="print")
    expect(page.locator(".lr-query")).to_be_hidden()
    expect(page.locator(".pt-printed")).to_be_visible()


def test_the_liability_book_reconciles_now_and_then(live_server, page, enter, operations, earned):
    enter(operations)
    page.goto(f"{live_server.url}/admin/ledger/closedmonth/")
    expect(page.locator(".lr-card-value").first).to_have_text("1,250")
    expect(page.locator(".pt-state.is-live")).to_have_text("0 · 核对一致")
    assert flaws(page) == []
    page.fill("[name=through]", (clock.business_day(clock.now()) - timedelta(days=1)).isoformat())
    with page.expect_navigation():
        page.click("form[method=get] button")
    expect(page.locator(".lr-card-value").first).to_have_text("250")
    expect(page.locator(".pt-state.is-live")).to_have_text("0 · 核对一致")
    assert flaws(page) == []


def test_the_truth_page_tells_that_all_is_well(live_server, page, enter, operations, earned):
    truth.reconcile_touched(at=clock.now())
    truth.beat(name="worker", at=clock.now())
    enter(operations)
    page.goto(f"{live_server.url}/admin/core/alert/")
    expect(page.get_by_text("全部通过")).to_be_visible()
    expect(page.get_by_text("不通过")).to_have_count(0)
    assert flaws(page) == []
