"""A sale: typed, quoted with its points held, confirmed once, or let go with nothing lost."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.activity.models import Activity, Quote
from apps.activity.services import selling
from apps.core import clock
from apps.ledger import queries as ledger
from apps.ledger.models import Entry
from apps.members import services as members
from tests.counter.conftest import quoted, signed_in, sold, typed, url


def holding(member):
    return ledger.holding(member.pk, day=clock.business_day(clock.now()))


def preview(client, member, *lines, **more):
    return client.post(url(member, "sale-preview"), typed(client, member, *lines, **more))


def test_an_amount_is_enough_for_a_sale(at_till, wang, clerk, store):
    activity = Activity.objects.get(pk=sold(at_till, wang, "128.50"))
    assert (activity.amount_fen, activity.staff, activity.store) == (12850, clerk, store)
    assert holding(wang).balance == 128


def test_lines_are_kept_with_category_and_pieces(at_till, wang):
    sold_id = sold(at_till, wang, ("12.00", "生鲜", "3"), ("0.50", "", ""), ("８", "酒水", "1"))
    lines = Activity.objects.get(pk=sold_id).lines.order_by("pk")
    assert list(lines.values_list("category", "quantity", "amount_fen")) == [
        ("生鲜", 3, 1200),
        ("", 1, 50),
        ("酒水", 1, 800),
    ]


def test_a_row_left_blank_is_no_line(at_till, wang):
    assert Activity.objects.get(pk=sold(at_till, wang, "5", "", ("7",))).lines.count() == 2


def test_the_live_quote_tells_what_is_paid_earned_and_why(at_till, rich):
    page = preview(at_till, rich, "128.50", points="500")
    offer = page.context["offer"]
    assert (offer.to_pay_fen, offer.points_earned, offer.max_points) == (12350, 123, 1000)
    assert offer.reasons == (
        f"“消费积分” (version 1): 1 point per ¥1.00 on ¥123.50, rounded down = 123 points; "
        f"valid through {clock.now().year + 1}-12-31",
    )
    assert holding(rich).held == 0
    assert not Quote.objects.exists()
    assert not Activity.objects.exists()


def test_the_live_quote_tells_why_points_cannot_be_used_and_how_many_can(at_till, rich):
    told = preview(at_till, rich, "128.50", points="150").context["offer"]
    assert told.refusal == "Points are used in steps of 100; 150 is none. At most 1,000 can be used here."
    assert told.to_pay_fen == 12850
    told = preview(at_till, rich, "128.50", points="50").context["offer"]
    assert told.refusal.startswith("At least 100 points are used at a time, not 50.")
    told = preview(at_till, rich, "128.50", points="1100").context["offer"]
    assert told.refusal == "The member can't spend 1,100 points. At most 1,000 can be used here."
    told = preview(at_till, rich, "4", points="500").context["offer"]
    assert told.refusal == "500 points are more than this bill takes. At most 200 can be used here."
    told = preview(at_till, rich, "0.40", points="100").context["offer"]
    assert told.refusal == "100 points are more than this bill takes. None can be used on this bill."


@pytest.mark.parametrize("amount", ["", "abc", "1.234", "0", "-5", "1e3", "1,5", "10000001"])
def test_an_amount_that_cannot_be_right_gets_a_hint_and_nothing_is_kept(at_till, wang, amount):
    page = preview(at_till, wang, amount)
    assert page.context["hint"]
    answer = at_till.post(url(wang, "sale"), typed(at_till, wang, amount, points="7"))
    assert answer.status_code == 422
    assert f'value="{amount}"' in answer.content.decode() or not amount
    assert 'value="7"' in answer.content.decode()
    assert not Quote.objects.exists()


@pytest.mark.parametrize(
    ("field", "bad"), [("line-0-quantity", "x"), ("line-0-quantity", "0"), ("points", "1.5")]
)
def test_a_wrong_box_is_named_in_place(at_till, wang, field, bad):
    answer = at_till.post(url(wang, "sale"), typed(at_till, wang, "5") | {field: bad})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()


def test_staff_of_another_town_did_not_serve(at_till, wang, stranger):
    answer = at_till.post(url(wang, "sale"), typed(at_till, wang, "5") | {"served_by": stranger.pk})
    assert answer.status_code == 422


def test_a_colleague_may_have_served(at_till, wang, manager):
    sold_id = sold(at_till, wang, "5", served_by=manager.pk)
    assert Activity.objects.get(pk=sold_id).staff == manager


def test_a_quote_holds_the_points_until_it_is_taken(at_till, rich):
    address = quoted(at_till, rich, "50", points="500")
    assert (holding(rich).held, holding(rich).spendable) == (500, 500)
    page = at_till.get(address)
    assert page.context["to_pay_fen"] == 4500
    answer = at_till.post(address + "take/")
    receipt = at_till.get(answer.url)
    assert receipt.context["told"].sale.paid_fen == 4500
    assert (holding(rich).held, holding(rich).balance) == (0, 1000 - 500 + 45)


def test_the_card_shows_an_open_sale_that_holds_points(at_till, rich):
    address = quoted(at_till, rich, "50", points="500")
    assert address in at_till.get(url(rich)).content.decode()
    at_till.post(address + "take/")
    assert address not in at_till.get(url(rich)).content.decode()


def test_confirming_twice_sells_once(at_till, rich):
    address = quoted(at_till, rich, "50", points="500")
    first, second = at_till.post(address + "take/"), at_till.post(address + "take/")
    assert first.url == second.url
    assert Activity.objects.count() == 1
    assert at_till.get(address).url == first.url


def test_sending_the_form_twice_quotes_once_and_changed_quotes_anew(at_till, rich):
    data = typed(at_till, rich, "50", points="100")
    first, again = at_till.post(url(rich, "sale"), data), at_till.post(url(rich, "sale"), data)
    assert first.url == again.url
    assert holding(rich).held == 100
    changed = at_till.post(url(rich, "sale"), data | {"line-0-amount": "60"})
    assert changed.url != first.url
    assert Quote.objects.get(amount_fen=6000).points == 100


def test_going_back_releases_the_points_and_keeps_what_was_typed(at_till, rich, manager):
    address = quoted(at_till, rich, ("50", "生鲜", "2"), ("7.5", "酒水"), points="500", served_by=manager.pk)
    answer = at_till.post(address + "cancel/")
    assert holding(rich).held == 0
    page = at_till.get(answer.url).content.decode()
    for text in ('value="50.00"', 'value="7.50"', 'value="生鲜"', 'value="酒水"', 'value="500"'):
        assert text in page
    assert f'<option value="{manager.pk}" selected' in page
    assert not Activity.objects.exists()


def test_a_cancelled_sale_cannot_be_confirmed(at_till, rich):
    address = quoted(at_till, rich, "50", points="500")
    at_till.post(address + "cancel/")
    answer = at_till.post(address + "take/")
    assert answer.status_code == 422
    assert "Go back and quote it again." in answer.content.decode()
    assert not Activity.objects.exists()


def test_an_offer_runs_out_with_words(at_till, rich):
    address = quoted(at_till, rich, "50", points="500")
    with clock.moved_to(clock.now() + selling.LIFETIME + timedelta(seconds=1)):
        answer = at_till.post(address + "take/")
    assert answer.status_code == 422
    assert "nothing was sold" in answer.content.decode()
    assert not Activity.objects.exists()


def test_cancelling_a_sold_quote_changes_nothing(at_till, rich):
    address = quoted(at_till, rich, "50", points="500")
    at_till.post(address + "take/")
    at_till.post(address + "cancel/")
    assert Activity.objects.count() == 1
    assert holding(rich).balance == 545


def test_points_held_elsewhere_are_named(at_till, rich):
    quoted(at_till, rich, "50", points="800")
    told = preview(at_till, rich, "50", points="800").context["offer"]
    assert told.refusal == "The member can't spend 800 points. At most 200 can be used here."


def test_another_line_keeps_what_was_typed_complete_or_not(at_till, wang):
    data = typed(at_till, wang, ("12", "生鲜"), ("abc",), act="more", points="9x")
    page = at_till.post(url(wang, "sale"), data).content.decode()
    for text in ('value="12"', 'value="生鲜"', 'value="abc"', 'value="9x"', 'name="line-2-amount"'):
        assert text in page
    assert not Quote.objects.exists()


def test_all_points_means_as_many_as_the_bill_takes(at_till, rich):
    page = at_till.post(url(rich, "sale"), typed(at_till, rich, "12.80", act="max"))
    assert 'name="points" value="600"' in page.content.decode()
    assert holding(rich).held == 0


def test_all_points_of_nothing_asks_for_the_amount(at_till, rich):
    assert at_till.post(url(rich, "sale"), typed(at_till, rich, "", act="max")).status_code == 422


def test_the_receipt_tells_points_earned_and_why(at_till, wang):
    page = at_till.get(reverse("counter:receipt", args=[sold(at_till, wang, "0.80")]))
    assert page.context["told"].receipt.points == 0
    assert page.context["told"].reasons == (
        "“消费积分” gave nothing: the amount is too small for a whole point",
    )


@pytest.mark.parametrize("act", ["freeze", "close"])
def test_a_membership_that_rests_takes_no_sale(at_till, rich, actor, act):
    data = typed(at_till, rich, "50", points="100")
    getattr(members, act)(member_id=rich.pk, reason="asked", actor=actor, at=clock.now())
    assert 'id="sale-form"' not in at_till.get(url(rich)).content.decode()
    answer = at_till.post(url(rich, "sale"), data)
    assert answer.status_code == 422
    assert not Quote.objects.exists()


def test_sales_need_the_permission(clerk, wang):
    clerk.groups.clear()
    clerk.user_permissions.add(*_permissions("enrol_member"))
    client = signed_in(clerk)
    assert 'id="sale-form"' not in client.get(url(wang)).content.decode()
    for name in ("sale", "sale-preview"):
        assert client.post(url(wang, name), {}).status_code == 403
    assert Entry.objects.count() == 0


def test_a_quote_of_another_town_is_not_there(at_till, rich, stranger):
    address = quoted(at_till, rich, "50", points="500")
    client = signed_in(stranger)
    assert client.get(address).status_code == 404
    for act in ("take/", "cancel/"):
        assert client.post(address + act).status_code == 404
    assert client.post(url(rich, "sale"), {}).status_code == 404
    assert holding(rich).held == 500


def test_a_receipt_of_another_town_is_not_there(at_till, wang, stranger):
    address = reverse("counter:receipt", args=[sold(at_till, wang, "5")])
    assert at_till.get(address).status_code == 200
    assert signed_in(stranger).get(address).status_code == 404
    assert at_till.get(reverse("counter:receipt", args=[999_999_999])).status_code == 404


@pytest.mark.parametrize("sales", [1, 12])
def test_the_members_page_costs_the_same_however_much_was_bought(
    at_till, wang, sales, django_assert_max_num_queries
):
    for _sale in range(sales):
        sold(at_till, wang, ("5", "生鲜"))
    with django_assert_max_num_queries(20):
        at_till.get(url(wang))


def test_the_live_quote_costs_a_fixed_number_of_queries(at_till, rich, django_assert_max_num_queries):
    data = typed(at_till, rich, *[("5", f"c{n}") for n in range(10)], points="100")
    at_till.post(url(rich, "sale-preview"), data)
    with django_assert_max_num_queries(40):
        at_till.post(url(rich, "sale-preview"), data)


def _permissions(*codenames):
    return Permission.objects.filter(codename__in=codenames)
