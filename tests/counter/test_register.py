"""Registering: phone first, a known phone opens its member, nothing typed is lost."""

import pytest
from django.urls import reverse

from apps.members import services as members
from apps.members.models import ConsentEvent, Member
from tests.counter.conftest import WANG_PHONE, signed_in

NEW = {
    "phone": "139 0000 1111",
    "name": "李雷",
    "gender": "male",
    "birthday": "19900305",
    "membership_consent": "on",
}
REGISTER = "counter:register"


def register(client, **changes):
    return client.post(reverse(REGISTER), {**NEW, **changes})


def page_of(member):
    return reverse("counter:member", args=[member.number])


def test_a_new_member_is_registered_in_the_clerks_store(at_till, clerk, store):
    answer = register(at_till)
    member = Member.objects.get()
    assert answer.url == page_of(member)
    assert (member.name, member.gender, member.birthday.isoformat()) == ("李雷", "male", "1990-03-05")
    assert (member.home_store, member.enrolled_by, member.channel.code) == (store, clerk, "counter")
    assert member.phone_masked == "139****1111"
    given = dict(ConsentEvent.objects.values_list("purpose", "is_given"))
    assert given == {"membership": True, "marketing": False}


def test_marketing_consent_is_recorded_when_ticked(at_till):
    register(at_till, marketing_consent="on")
    assert ConsentEvent.objects.get(purpose="marketing").is_given


def test_sending_the_form_twice_makes_one_member(at_till):
    first, second = register(at_till), register(at_till)
    assert first.url == second.url
    assert Member.objects.count() == 1


def test_a_known_phone_opens_its_member_unchanged(at_till, wang):
    assert register(at_till, phone=WANG_PHONE, name="别人").url == page_of(wang)
    assert Member.objects.get().name == "王小明"


@pytest.mark.parametrize(
    "day", ["1990-3-5", "1990/03/05", "1990.03.05", "１９９００３０５", "1990年3月5日", " 19900305 "]
)
def test_a_birthday_may_be_typed_as_people_do(at_till, day):
    register(at_till, birthday=day)
    assert Member.objects.get().birthday.isoformat() == "1990-03-05"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone", ""),
        ("phone", "12345"),
        ("phone", "1.38E+10"),
        ("phone", "sdf"),
        ("phone", "1391111222x"),
        ("name", ""),
        ("name", "长" * 61),
        ("birthday", "1990-13-01"),
        ("birthday", "19900230"),
        ("birthday", "2999-01-01"),
        ("birthday", "18000101"),
        ("birthday", "1 March"),
        ("gender", "robot"),
        ("membership_consent", ""),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(at_till, field, typed):
    page = register(at_till, **{field: typed})
    form = page.context["form"]
    assert page.status_code == 422
    assert list(form.errors) == [field]
    text = page.content.decode()
    for name, value in (NEW | {field: typed}).items():
        if name in ("phone", "name", "birthday") and value:
            assert f'value="{value}"' in text
    assert not Member.objects.exists()


def test_a_child_needs_a_guardian_who_is_asked_in_place(at_till):
    page = register(at_till, birthday="20200101")
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["guardian_consent"]
    assert "data-guardian hidden" not in page.content.decode()
    assert not Member.objects.exists()
    register(at_till, birthday="20200101", guardian_consent="on")
    assert Member.objects.get().guardian_consented_at is not None
    assert ConsentEvent.objects.get(purpose="guardian").is_given


def test_a_grown_up_is_not_asked_for_a_guardian(at_till):
    assert "data-guardian hidden" in at_till.get(reverse(REGISTER)).content.decode()


def test_the_phone_box_says_whose_phone_it_is(at_till, wang):
    known = at_till.post(reverse("counter:known-phone"), {"phone": WANG_PHONE}).content.decode()
    assert page_of(wang) in known
    for text in ("13999999999", "", "8000 王", "x"):
        assert at_till.post(reverse("counter:known-phone"), {"phone": text}).content.decode().strip() == ""


def test_registering_needs_the_permission(clerk):
    clerk.groups.clear()
    assert register(signed_in(clerk)).status_code == 403
    assert not Member.objects.exists()


def test_a_closed_members_phone_can_be_registered_anew(at_till, wang, actor):
    members.close(member_id=wang.pk, reason="asked", actor=actor, at=wang.joined_at)
    register(at_till, phone=WANG_PHONE)
    assert Member.objects.exclude(pk=wang.pk).get().phone_masked == "138****8000"
