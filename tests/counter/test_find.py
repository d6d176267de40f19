"""One big box finds whoever the customer says to be, and nobody outside the clerk's scope."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.members import services as members
from apps.members.models import Member, StoreLink
from apps.members.services import Enrolment
from tests.counter.conftest import WANG_PHONE, signed_in
from tests.factories import OPENING, MemberFactory


def find(client, text):
    return client.post(reverse("counter:find"), {"q": text})


def page_of(member):
    return reverse("counter:member", args=[member.number])


def test_home_asks_for_the_next_member_and_shows_no_other_page_needs_it(at_till):
    page = at_till.get(reverse("counter:home"))
    assert page.status_code == 200
    assert page.content.count(b'id="find"') == 1


@pytest.mark.parametrize(
    "text", [WANG_PHONE, "+86 138-1234-8000", "１３８１２３４８０００", "8000 王", "王8000"]
)
def test_a_member_is_found_by_phone_or_tail_and_surname(at_till, wang, text):
    assert find(at_till, text).url == page_of(wang)


def test_a_member_is_found_by_number_and_by_qr_code(at_till, wang):
    assert find(at_till, wang.number).url == page_of(wang)
    assert find(at_till, wang.qr_payload).url == page_of(wang)


def test_a_member_is_found_by_channel_identity(at_till, wang, actor):
    members.bind_identity(
        member_id=wang.pk, channel_code="wechat", external_id="oX3-openid", actor=actor, at=OPENING
    )
    assert find(at_till, "oX3-openid").url == page_of(wang)


def test_several_matches_are_offered_masked(at_till, wang, store, actor):
    enrolment = Enrolment(phone="13912348000", name="王大明", store_id=store.pk)
    other = members.enrol(enrolment=enrolment, actor=actor, at=OPENING).member
    page = find(at_till, "8000 王").content.decode()
    assert page_of(wang) in page
    assert page_of(other) in page
    assert "138****8000" in page
    assert WANG_PHONE not in page


def test_an_unknown_phone_opens_the_registration_with_that_phone(at_till):
    page = find(at_till, "138 1234 8000")
    assert page.templates[0].name == "counter/register.html"
    assert 'value="138 1234 8000"' in page.content.decode()
    assert not Member.objects.exists()


def test_an_unknown_phone_is_only_not_found_for_who_may_not_enrol(clerk, at_till):
    clerk.groups.clear()
    clerk.user_permissions.add(_permission("record_sale"))
    page = find(at_till, WANG_PHONE)
    assert page.templates[0].name == "counter/home.html"


def test_text_that_finds_nobody_stays_in_the_box(at_till):
    page = find(at_till, "9999 赵<b>")
    assert 'value="9999 赵&lt;b&gt;"' in page.content.decode()
    assert page.status_code == 200


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_box_goes_home(at_till, text):
    assert find(at_till, text).url == reverse("counter:home")


@pytest.mark.parametrize("text", ["\x00", "LM" * 100, "😀" * 100, "' OR 1=1 --"])
def test_odd_text_finds_nobody_and_breaks_nothing(at_till, text):
    assert find(at_till, text).status_code in (200, 302)


def test_the_tail_finds_nobody_outside_the_scope_but_a_whole_phone_links_the_member(
    wang, stranger, far_store
):
    client = signed_in(stranger)
    assert client.get(page_of(wang)).status_code == 404
    assert find(client, "8000 王").status_code == 200
    assert client.get(page_of(wang)).status_code == 404
    assert find(client, WANG_PHONE).url == page_of(wang)
    assert client.get(page_of(wang)).status_code == 200
    assert StoreLink.objects.filter(member=wang, store=far_store, how="presented").count() == 1


def test_the_counter_is_closed_to_who_works_elsewhere(auditor):
    assert signed_in(auditor).get(reverse("counter:home")).status_code == 403


def test_nobody_signed_in_is_sent_to_sign_in(client):
    assert client.get(reverse("counter:home")).url.startswith(reverse("sign-in"))


def test_a_clerk_without_a_store_is_told_so(clerk, at_till):
    clerk.home_store = None
    clerk.save()
    page = at_till.get(reverse("counter:home"))
    assert page.status_code == 403
    assert page.templates[0].name == "counter/no_store.html"


def test_the_clerk_works_in_the_store_they_choose(clerk, at_till, other_store, far_store):
    clerk.stores.add(other_store)
    at_till.post(reverse("counter:store"), {"store": other_store.pk})
    at_till.post(reverse("counter:register"), {**NEW, "phone": "13900001111"})
    assert Member.objects.get().home_store == other_store
    for elsewhere in (far_store.pk, "x", "", "９"):
        assert at_till.post(reverse("counter:store"), {"store": elsewhere}).status_code == 404


@pytest.mark.parametrize("rows", [1, 15])
def test_many_matches_cost_as_many_queries_as_one(at_till, store, rows, django_assert_max_num_queries):
    for _row in range(rows + 1):
        MemberFactory(home_store=store, phone_last4="7777", name="周")
    at_till.get(reverse("counter:home"))
    with django_assert_max_num_queries(18):
        assert find(at_till, "7777 周").status_code == 200


NEW = {"name": "新人", "gender": "", "membership_consent": "on"}


def _permission(codename):
    return Permission.objects.get(codename=codename)
