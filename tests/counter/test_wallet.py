"""Stored value at the till: top up, pay a sale, refund principal, and who may."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.activity.models import Activity, Quote
from apps.core import clock
from apps.wallet import queries as wallet
from apps.wallet import services
from apps.wallet.models import PrincipalRefund, TopUp
from tests.counter.conftest import quoted, signed_in, sold, typed, url


def has(member):
    parts = wallet.balance_of(member.pk, day=clock.business_day(clock.now())).spendable
    return parts.principal_fen, parts.gift_fen


@pytest.fixture
def plan(actor):
    terms = services.PlanTerms("500", "充500送50", 50_000, 5_000, gift_days=90)
    by = {"actor": actor, "at": clock.now() - timedelta(days=1)}
    services.draft_plan(terms=terms, **by)
    return services.publish_plan(terms=terms, **by)


def filled(client, member, **more):
    """The top-up form as a browser would send it."""
    page = client.get(url(member, "top-up")).content.decode()
    chosen = re.findall(r'name="(plan|means)" value="([^"]+)"[^>]*checked', page)
    return {"key": re.search(r'name="key" value="([0-9a-f-]+)"', page)[1], **dict(chosen), **more}


def topped_up(client, member, **more) -> TopUp:
    answer = client.post(url(member, "top-up"), filled(client, member, **more))
    assert answer.status_code == 302, answer.content.decode()
    return TopUp.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))


def test_a_plan_is_topped_up_once_with_a_receipt(at_till, wang, plan):
    data = filled(at_till, wang, means="wechat", reference=" WX-7 ")
    assert data["plan"] == str(plan.pk)
    first, again = (at_till.post(url(wang, "top-up"), data) for _ in range(2))
    assert first.url == again.url
    made = TopUp.objects.get()
    assert (made.plan, made.means, made.reference, has(wang)) == (plan, "wechat", "WX-7", (50_000, 5_000))
    receipt = at_till.get(first.url).content.decode()
    for text in (made.receipt_number, "¥500.00", "¥50.00", "WX-7", "138****8000"):
        assert text in receipt
    assert "refund/" not in receipt  # clerks pay nothing out
    card = at_till.get(url(wang)).content.decode()
    assert "¥550.00" in card
    assert 'name="balance"' in card


def test_another_amount_is_typed_and_a_refusal_keeps_the_form(at_till, wang, plan):
    topped_up(at_till, wang, plan="any", amount="30.5")
    assert has(wang) == (3_050, 0)
    for wrong, told in (
        ({"plan": "any", "amount": ""}, "Type the amount."),
        ({"plan": "any", "amount": "9999"}, "At most ¥4,969.50 more can be topped up: the legal cap."),
        ({"plan": "any", "amount": "5", "means": "shells"}, "shells"),
        ({"amount": "5"}, "A plan has its own amount"),
    ):
        answer = at_till.post(url(wang, "top-up"), filled(at_till, wang, **wrong))
        assert answer.status_code == 422
        assert told in answer.content.decode()
    assert has(wang) == (3_050, 0)


def test_a_sale_is_paid_with_points_balance_and_money_and_comes_back(at_till, rich, plan, manager):
    topped_up(at_till, rich)
    data = typed(at_till, rich, ("128.50", "生鲜"), points="500", balance="100")
    offer = at_till.post(url(rich, "sale-preview"), data).context["offer"]
    assert (offer.bill_fen, offer.balance_fen, offer.to_pay_fen) == (12_350, 10_000, 2_350)
    address = quoted(at_till, rich, ("128.50", "生鲜"), points="500", balance="100")
    assert has(rich) == (45_000, 0)
    assert address in at_till.get(url(rich)).content.decode()
    page = at_till.get(address).content.decode()
    assert "principal ¥50.00, gift ¥50.00" in page
    assert "¥23.50 is paid" in page
    receipt = at_till.get(at_till.post(address + "take/").url).content.decode()
    assert "−¥100.00" in receipt
    assert "¥23.50" in receipt
    bought = Activity.objects.get()
    refund = reverse("counter:refund", args=[bought.pk])
    boss = signed_in(manager)
    key = re.search(r'name="key" value="([0-9a-f]+)"', boss.get(refund).content.decode())[1]
    line = bought.lines.get().pk
    answer = boss.post(refund, {"key": key, f"line-{line}": "1", "act": "confirm"})
    told = boss.get(answer.url).content.decode()
    assert "Principal ¥50.00 and gift ¥50.00 go back to where they came from." in told
    assert "¥23.50" in told
    assert has(rich) == (50_000, 5_000)


def test_going_back_releases_the_balance_and_keeps_what_was_typed(at_till, wang, plan):
    topped_up(at_till, wang)
    address = quoted(at_till, wang, "50", balance="50")
    answer = at_till.post(address + "cancel/")
    assert has(wang) == (50_000, 5_000)
    assert 'name="balance" value="50.00"' in at_till.get(answer.url).content.decode()


def test_all_of_the_balance_means_what_the_bill_takes(at_till, wang, plan):
    topped_up(at_till, wang, plan="any", amount="30")
    page = at_till.post(url(wang, "sale"), typed(at_till, wang, "12.80", act="balance"))
    assert 'name="balance" value="12.80"' in page.content.decode()
    page = at_till.post(url(wang, "sale"), typed(at_till, wang, "99", act="balance"))
    assert 'name="balance" value="30.00"' in page.content.decode()


def test_too_much_is_refused_in_place(at_till, wang, plan):
    topped_up(at_till, wang, plan="any", amount="30")
    for amount, told in (
        ("50", "¥50.00 is needed, the balance has ¥30.00."),
        ("70", "¥70.00 from the balance is more than the ¥60.00 to pay."),
    ):
        answer = at_till.post(url(wang, "sale"), typed(at_till, wang, "60", balance=amount))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert told in page
        assert 'id="id_balance_error"' in page
    assert not Quote.objects.exists()


def test_principal_is_refunded_after_both_formulas_were_shown(at_till, wang, plan, manager):
    made = topped_up(at_till, wang, means="card")
    sold(at_till, wang, "110", balance="110")
    address, boss = reverse("counter:pay-out", args=[made.pk]), signed_in(manager)
    with clock.moved_to(clock.now() + timedelta(days=9)):
        page = boss.get(address)
        shown = {outcome.formula: outcome.cash_fen for outcome, _name in page.context["formulas"]}
        assert shown == {"cooling_off": 44_000, "by_proportion": 40_000, "at_full_price": 39_000}
        html = page.content.decode()
        assert "¥400.00" in html
        assert "¥390.00" in html
        data = {
            "key": re.search(r'name="key" value="([0-9a-f]+)"', html)[1],
            "means": re.search(r'name="means" value="([^"]+)"[^>]*checked', html)[1],
            "reason": "moves away",
        }
        assert boss.post(address, data | {"formula": "cooling_off"}).status_code == 422
        answer = boss.post(address, data | {"formula": "at_full_price"})
        again = boss.post(address, data | {"formula": "at_full_price"})
        receipt = boss.get(answer.url).content.decode()
    assert (data["means"], PrincipalRefund.objects.get().cash_fen) == ("card", 39_000)
    assert "¥390.00" in receipt
    assert again.url == answer.url or again.status_code == 422
    assert has(wang) == (0, 0)


def test_a_large_refund_waits_for_a_second_person(wang, plan, manager, operations):
    boss = signed_in(manager)
    made = topped_up(boss, wang, plan="any", amount="1000.01")
    address = reverse("counter:pay-out", args=[made.pk])
    key = re.search(r'name="key" value="([0-9a-f]+)"', boss.get(address).content.decode())[1]
    data = {"key": key, "means": "cash", "reason": "moves", "formula": "cooling_off"}
    answer = boss.post(address, data)
    assert answer.url == reverse("counter:top-up-receipt", args=[made.pk])
    assert "Waiting for a second person." in boss.get(answer.url).content.decode()
    assert has(wang) == (100_001, 0)


def test_the_statement_tells_every_movement_and_costs_the_same(
    at_till, wang, plan, django_assert_max_num_queries
):
    topped_up(at_till, wang)
    sold(at_till, wang, "60", balance="60")
    page = at_till.get(url(wang, "balance"))
    rows = [(row.kind, row.is_gift, row.entry.amount) for row in page.context["rows"]]
    assert rows == [
        ("pay", True, -5_000),
        ("pay", False, -1_000),
        ("topup", True, 5_000),
        ("topup", False, 50_000),
    ]
    for _n in range(16):
        topped_up(at_till, wang, plan="any", amount="1")
        sold(at_till, wang, "1", balance="1")
    with django_assert_max_num_queries(16):
        page = at_till.get(url(wang, "balance"))
    assert len(page.context["rows"]) == 30
    older = at_till.get(url(wang, "balance") + page.context["older"])
    assert [row.entry.amount for row in older.context["rows"]][-1] == 50_000


def test_another_town_and_another_role_find_nothing(at_till, wang, plan, stranger, marketer):
    made = topped_up(at_till, wang)
    far = signed_in(stranger)
    for name, key in (("top-up", wang.number), ("balance", wang.number), ("top-up-receipt", made.pk)):
        assert far.get(reverse(f"counter:{name}", args=[key])).status_code == 404
        assert signed_in(marketer).get(reverse(f"counter:{name}", args=[key])).status_code == 403
    assert at_till.get(reverse("counter:pay-out", args=[made.pk])).status_code == 403
