"""A refund: what happens to points and money is seen first, then done once, never more than was bought."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.activity.models import Activity, Line
from apps.core import clock
from apps.ledger import queries as ledger
from apps.ledger import services as value
from apps.members import services as members
from tests.counter.conftest import give, signed_in, sold

HELD = {"points": "500"}


def page_of(sold_id, name="refund"):
    return reverse(f"counter:{name}", args=[sold_id])


def boxes(client, sold_id, *pieces, **more):
    """The refund form as a browser would send it, with these pieces in its boxes."""
    form = client.get(page_of(sold_id)).context["form"]
    names = [row.field.html_name for row in form.rows]
    return {"key": form["key"].value(), **dict(zip(names, pieces, strict=False)), **more}


def seen(client, sold_id, *pieces):
    return client.post(page_of(sold_id, "refund-preview"), boxes(client, sold_id, *pieces)).context["outcome"]


def refunded(client, sold_id, *pieces):
    """The told refund after confirming these pieces."""
    answer = client.post(page_of(sold_id), boxes(client, sold_id, *pieces, act="confirm"))
    assert answer.status_code == 302, answer.content.decode()
    return client.get(answer.url).context["told"].refund


def balance(member):
    return ledger.balance(member.pk)


def test_what_happens_is_seen_before_anything_happens(at_till, rich):
    sold_id = sold(at_till, rich, ("60", "生鲜", "3"), ("40", "酒水", "1"), **HELD)
    assert balance(rich) == 1000 - 500 + 95
    outcome = seen(at_till, sold_id, "1", "")
    assert (outcome.cash_fen, outcome.discount_fen, outcome.points_taken_back) == (1900, 100, 19)
    assert [(lot.points, lot.expires_on, lot.is_grace) for lot in outcome.points_returned] == [
        (100, None, False)
    ]
    assert balance(rich) == 595
    assert Activity.objects.count() == 1


def test_a_confirmed_refund_does_what_was_shown(at_till, rich):
    sold_id = sold(at_till, rich, ("60", "生鲜", "3"), ("40", "酒水", "1"), **HELD)
    shown = seen(at_till, sold_id, "1", "")
    done = refunded(at_till, sold_id, "1", "")
    assert (done.cash_fen, done.points_taken_back) == (shown.cash_fen, shown.points_taken_back)
    assert balance(rich) == 595 - 19 + 100


def test_repeated_partial_refunds_add_up_to_the_whole(at_till, rich):
    sold_id = sold(at_till, rich, ("60", "生鲜", "3"), ("40.01", "酒水", "1"), **HELD)
    parts = [
        refunded(at_till, sold_id, "1"),
        refunded(at_till, sold_id, "1"),
        refunded(at_till, sold_id, "1", "1"),
    ]
    assert sum(part.cash_fen for part in parts) == 9501
    assert balance(rich) == 1000
    page = at_till.get(page_of(sold_id))
    assert page.context["form"].rows == []
    assert "Everything of this sale has come back already." in page.content.decode()


def test_confirming_twice_refunds_once(at_till, wang):
    sold_id = sold(at_till, wang, ("60", "生鲜", "3"))
    data = boxes(at_till, sold_id, "1", act="confirm")
    first, second = at_till.post(page_of(sold_id), data), at_till.post(page_of(sold_id), data)
    assert first.url == second.url
    assert Activity.objects.filter(kind="refund").count() == 1


def test_points_spent_since_are_owed_and_told(at_till, wang):
    sold_id = sold(at_till, wang, "500")
    value.spend(member_id=wang.pk, amount=450, at=clock.now(), source="elsewhere")
    outcome = seen(at_till, sold_id, "500")
    assert (outcome.points_taken_back, outcome.owed) == (500, 450)
    refunded(at_till, sold_id, "500")
    assert ledger.holding(wang.pk, day=clock.business_day(clock.now())).owed == 450


def test_spent_points_come_back_with_their_day(at_till, wang):
    last = clock.business_day(clock.now()) + timedelta(days=5)
    give(wang, 500, expires_on=last)
    sold_id = sold(at_till, wang, "100", **HELD)
    (lot,) = seen(at_till, sold_id, "100").points_returned
    assert (lot.points, lot.expires_on) == (500, last)


@pytest.mark.parametrize(
    ("pieces", "hint"),
    [
        (("4",), "Not more than 3."),
        (("x",), "Write a whole number."),
        (("-1",), "Write a whole number."),
        (("",), "Choose what comes back: fill in at least one line."),
        (("0",), "Choose what comes back: fill in at least one line."),
    ],
)
def test_what_cannot_come_back_is_said_in_place(at_till, wang, pieces, hint):
    sold_id = sold(at_till, wang, ("60", "生鲜", "3"))
    data = boxes(at_till, sold_id, *pieces)
    assert at_till.post(page_of(sold_id, "refund-preview"), data).context["hint"] == hint
    answer = at_till.post(page_of(sold_id), data | {"act": "confirm"})
    assert answer.status_code == 422
    assert hint in answer.content.decode()
    assert Line.objects.count() == 1


def test_enter_alone_shows_and_does_not_refund(at_till, wang):
    sold_id = sold(at_till, wang, ("60", "生鲜", "3"))
    page = at_till.post(page_of(sold_id), boxes(at_till, sold_id, "2", act="preview"))
    assert page.context["outcome"].cash_fen == 4000
    assert 'value="confirm" autofocus' in page.content.decode()
    assert Activity.objects.count() == 1


def test_a_key_of_another_shape_is_refused(at_till, wang):
    sold_id = sold(at_till, wang, "60")
    data = boxes(at_till, sold_id, "1", act="confirm") | {"key": "../../x"}
    assert at_till.post(page_of(sold_id), data).status_code == 422
    assert Activity.objects.count() == 1


def test_a_sale_keyed_in_as_a_sum_goes_back_by_the_yuan(at_till, wang):
    sold_id = sold(at_till, wang, "60", ("40", "酒水", "1"))
    (row, _goods) = at_till.get(page_of(sold_id)).context["form"].rows
    assert (row.everything, row.line.is_amount) == ("60.00", True)
    outcome = seen(at_till, sold_id, "１２.5")
    assert (outcome.cash_fen, outcome.points_taken_back) == (1250, 13)
    data = boxes(at_till, sold_id, "60.01", act="confirm")
    answer = at_till.post(page_of(sold_id), data)
    assert (answer.status_code, "Not more than ¥60.00." in answer.content.decode()) == (422, True)
    done = refunded(at_till, sold_id, "12.5")
    assert (done.cash_fen, done.points_taken_back, balance(wang)) == (1250, 13, 87)
    page = at_till.get(page_of(sold_id, "receipt")).content.decode()
    assert "¥12.50 came back" in page
    assert "¥47.50 can come back" in at_till.get(page_of(sold_id)).content.decode()
    refunded(at_till, sold_id, "47.50", "1")
    assert balance(wang) == 0


def test_a_membership_that_rests_gets_its_money_back(at_till, wang, actor):
    sold_id = sold(at_till, wang, "60")
    data = boxes(at_till, sold_id, "60", act="confirm")
    members.freeze(member_id=wang.pk, reason="asked", actor=actor, at=clock.now())
    assert page_of(sold_id) in at_till.get(page_of(sold_id, "receipt")).content.decode()
    assert "This membership is not active." in at_till.get(page_of(sold_id)).content.decode()
    assert at_till.post(page_of(sold_id), data).status_code == 302
    assert (balance(wang), Activity.objects.filter(kind="refund").count()) == (0, 1)


def test_refunds_need_the_permission(at_till, clerk, wang):
    sold_id = sold(at_till, wang, "60")
    clerk.groups.clear()
    clerk.user_permissions.add(Permission.objects.get(codename="record_sale"))
    client = signed_in(clerk)
    assert client.get(page_of(sold_id)).status_code == 403
    assert client.post(page_of(sold_id, "refund-preview"), {}).status_code == 403
    assert page_of(sold_id) not in client.get(page_of(sold_id, "receipt")).content.decode()


def test_only_a_sale_of_the_scope_can_be_refunded(at_till, wang, stranger):
    sold_id = sold(at_till, wang, "60")
    assert signed_in(stranger).get(page_of(sold_id)).status_code == 404
    assert signed_in(stranger).post(page_of(sold_id), {"act": "confirm"}).status_code == 404
    refunded(at_till, sold_id, "60")
    refund = Activity.objects.get(kind="refund")
    assert at_till.get(page_of(refund.pk)).status_code == 404
    assert at_till.get(page_of(refund.pk, "receipt")).status_code == 200


def test_the_receipt_of_the_sale_shows_what_came_back(at_till, wang):
    sold_id = sold(at_till, wang, ("60", "生鲜", "3"))
    refunded(at_till, sold_id, "2")
    assert "2 came back" in at_till.get(page_of(sold_id, "receipt")).content.decode()


def test_the_preview_costs_a_fixed_number_of_queries(at_till, rich, django_assert_max_num_queries):
    sold_id = sold(at_till, rich, *[("5", f"c{n}", "2") for n in range(12)], points="100")
    data = boxes(at_till, sold_id, *["1"] * 12)
    with django_assert_max_num_queries(60):
        assert at_till.post(page_of(sold_id, "refund-preview"), data).context["outcome"]
