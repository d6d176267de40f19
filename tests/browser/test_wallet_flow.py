"""Stored value with the keyboard alone, in Chinese: top up, pay a sale with points and balance, take the sale
back, refund the principal."""

import pytest

from apps.core import clock
from apps.core.audit import Actor
from apps.wallet import queries as wallet
from apps.wallet import services
from tests.browser.conftest import press, write

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def balance(member):
    parts = wallet.balance_of(member.pk, day=clock.business_day(clock.now())).spendable
    return parts.principal_fen, parts.gift_fen


def test_top_up_pay_take_back_and_refund(live_server, page, manager, enter, rich):
    terms, by = services.PlanTerms("500", "充500送50", 50_000, 5_000), Actor("marketer")
    services.draft_plan(terms=terms, actor=by, at=clock.now())
    services.publish_plan(terms=terms, actor=by, at=clock.now())
    enter(manager)
    page.goto(f"{live_server.url}/counter/members/{rich.number}/")

    press(page, "F6")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # from cash to WeChat Pay
    press(page)
    receipt = page.locator(".counter-receipt").inner_text()
    assert all(text in receipt for text in ("¥500.00", "¥50.00", "微信支付"))
    assert balance(rich) == (50_000, 5_000)

    press(page)
    write(page, "128.50")
    page.keyboard.press("Tab")
    page.keyboard.type("生鲜")
    page.wait_for_selector("[data-bill='12850']")
    page.fill("#id_points", "500")
    page.wait_for_selector("[data-bill='12350']")
    page.keyboard.press("Shift+F9")
    page.wait_for_selector("#live .counter-total strong:text-is('¥0.00')")
    assert page.input_value("#id_balance") == "123.50"
    page.fill("#id_balance", "100")
    press(page)
    assert "¥23.50" in page.locator(".is-total").inner_text()
    assert balance(rich) == (45_000, 0)
    press(page)
    assert "−¥100.00" in page.locator(".counter-bill").inner_text()

    press(page, "F7")
    page.keyboard.press("F9")
    page.wait_for_selector("#outcome .counter-total")
    assert "¥100.00" in page.locator("#outcome").inner_text()
    page.focus("[data-all] input")
    press(page)
    press(page)
    assert "¥23.50" in page.locator(".counter-receipt .counter-total").first.inner_text()
    assert balance(rich) == (50_000, 5_000)

    press(page, "Escape")
    press(page, "F10")
    page.locator("tbody a").first.click()
    page.wait_for_url("**/top-ups/*/")
    press(page, "F7")
    shown = page.locator("tbody td:nth-child(3)").all_inner_texts()
    assert shown == ["¥500.00"] * 3
    page.fill("#id_reason", "搬家")
    press(page)
    assert "¥500.00" in page.locator(".counter-receipt .counter-total").inner_text()
    assert balance(rich) == (0, 0)
