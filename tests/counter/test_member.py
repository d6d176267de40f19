"""The member's card: masked, with what can be spent, and who may see the whole phone."""

from datetime import date

import pytest
from django.urls import reverse

from apps.core import clock
from apps.counter import codes
from apps.members import services as members
from apps.members.models import Reveal
from tests.counter.conftest import WANG_PHONE, give, signed_in, url


def test_the_card_shows_points_and_a_masked_phone(at_till, wang):
    today = clock.business_day(clock.now())
    give(wang, 1500)
    give(wang, 300, expires_on=today)
    page = at_till.get(url(wang))
    text = page.content.decode()
    assert "1,800" in text
    assert "138****8000" in text
    assert WANG_PHONE not in text
    assert wang.number in text
    assert [(row.expires_on, row.amount) for row in page.context["card"].expiring] == [(today, 300)]


def test_points_past_their_day_are_told_apart_until_they_are_cleared(at_till, wang):
    give(wang, 200)
    give(wang, 300, expires_on=date(2020, 12, 31))
    card = at_till.get(url(wang)).context["card"]
    assert (card.holding.balance, card.holding.spendable, card.overdue) == (500, 200, 300)


def test_points_far_from_their_end_are_not_called_expiring(at_till, wang):
    give(wang, 300, expires_on=date(2999, 12, 31))
    assert at_till.get(url(wang)).context["card"].expiring == []


@pytest.mark.parametrize(("act", "css"), [("freeze", "frozen"), ("close", "closed")])
def test_a_membership_that_rests_is_shown_so(at_till, wang, actor, act, css):
    getattr(members, act)(member_id=wang.pk, reason="asked", actor=actor, at=clock.now())
    page = at_till.get(url(wang))
    assert page.context["card"].is_active is False
    assert "counter/_blocked.html" in [template.name for template in page.templates]


def test_a_birthday_this_month_is_pointed_out(at_till, wang):
    wang.birthday = clock.business_day(clock.now()).replace(year=1990, day=1)
    wang.save()
    assert at_till.get(url(wang)).context["card"].has_birthday_month is True


def test_a_member_of_another_town_is_not_there(wang, stranger):
    client = signed_in(stranger)
    assert client.get(url(wang)).status_code == 404
    assert client.post(url(wang, "reveal"), {"reason": "x"}).status_code in (403, 404)
    assert client.get(reverse("counter:member", args=["600000000000"])).status_code == 404


def test_the_whole_phone_is_shown_against_a_reason_and_logged(wang, manager):
    page = signed_in(manager).post(
        url(wang, "reveal"), {"reason": "call back"}, headers={"HX-Request": "true"}
    )
    assert f"+86{WANG_PHONE}" in page.content.decode()
    assert Reveal.objects.values_list("staff__username", "reason").get() == ("manager", "call back")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_without_a_reason_the_phone_stays_masked(wang, manager, reason):
    page = signed_in(manager).post(url(wang, "reveal"), {"reason": reason})
    assert WANG_PHONE not in page.content.decode()
    assert page.context["phone"].form.errors.keys() == {"reason"}
    assert not Reveal.objects.exists()


def test_a_clerk_may_not_see_the_whole_phone(at_till, wang):
    assert at_till.post(url(wang, "reveal"), {"reason": "curious"}).status_code == 403
    assert not Reveal.objects.exists()


def test_no_page_carries_inline_script_or_style(at_till, wang):
    for address in (url(wang), reverse("counter:home"), reverse("counter:register")):
        text = at_till.get(address).content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert "'unsafe" not in at_till.get(address)["Content-Security-Policy"]


def test_the_card_costs_a_fixed_number_of_queries(at_till, wang, django_assert_max_num_queries):
    for _entry in range(20):
        give(wang, 10, expires_on=clock.business_day(clock.now()))
    at_till.get(url(wang))
    with django_assert_max_num_queries(16):
        at_till.get(url(wang))


def test_the_barcode_draws_each_bar_where_code_128_has_it():
    drawing = codes.barcode_svg("600000000010", "label")
    assert drawing.startswith('<svg class="code-bars" role="img" aria-label="label" viewBox="0 0 ')
    assert 'd="M10 0h2v40h-2z' in drawing
    assert "style" not in drawing


def test_the_qr_code_is_a_full_one_with_its_name():
    drawing = codes.qr_svg("LM600000000010", 'a "label"')
    assert 'aria-label="a &quot;label&quot;"' in drawing
    assert 'viewBox="0 0 25 25"' in drawing
