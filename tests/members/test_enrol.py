"""Enrolling at any door: one phone, one member; children need a guardian; what is told and kept."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from stdnum import damm

from apps.core import sealing
from apps.core.audit import Actor
from apps.core.models import AuditEntry, OutboxEvent
from apps.members import numbers
from apps.members import services as members
from apps.members.errors import (
    GuardianConsentNeeded,
    IdentityTaken,
    InvalidBirthday,
    InvalidPhone,
    InvalidProfile,
    ReferrerNotFound,
)
from apps.members.models import Channel, ConsentEvent, Identity, Member, StoreLink
from apps.members.services import Enrolment

AT = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
PHONE = "13800138000"


@pytest.fixture
def actor(clerk, store):
    return Actor("clerk", staff_id=clerk.pk, store_id=store.pk)


@pytest.fixture
def enrol(actor):
    def _enrol(phone=PHONE, at=AT, **facts):
        return members.enrol(enrolment=Enrolment(phone=phone, **facts), actor=actor, at=at)

    return _enrol


def nothing_was_left():
    return not (
        Member.objects.exists()
        or AuditEntry.objects.exists()
        or OutboxEvent.objects.exists()
        or ConsentEvent.objects.exists()
        or StoreLink.objects.exists()
    )


def test_a_new_phone_makes_a_member(enrol, clerk, store):
    enrolled = enrol(
        name=" 王  伟 ",
        gender="male",
        birthday=date(1990, 1, 2),
        store_id=store.pk,
        channel_code="counter",
        marketing_consent=True,
        attributes={"size": "L", "vip": True, "kids": 2},
    )
    member = Member.objects.get()
    assert enrolled.is_new
    assert enrolled.member == member
    assert numbers.is_valid(member.number)
    assert (member.name, member.gender, member.birthday) == ("王 伟", "male", date(1990, 1, 2))
    assert (member.home_store, member.channel.code, member.enrolled_by) == (store, "counter", clerk)
    assert (member.joined_at, member.created_at, member.status) == (AT, AT, "active")
    assert member.attributes == {"size": "L", "vip": True, "kids": 2}
    assert member.guardian_consented_at is None


def test_the_phone_is_kept_sealed_hashed_and_by_its_last_four(enrol):
    member = enrol().member
    member.refresh_from_db()
    assert b"13800138000" not in bytes(member.phone_sealed)
    assert sealing.unseal(member.phone_sealed) == "+8613800138000"
    assert bytes(member.phone_hash) == sealing.blind_index("+8613800138000")
    assert (member.phone_last4, member.phone_masked) == ("8000", "138****8000")


def test_enrolling_is_audited_announced_and_links_the_store(enrol, store, clerk):
    member = enrol(store_id=store.pk, channel_code="counter").member
    entry, event, link = AuditEntry.objects.get(), OutboxEvent.objects.get(), StoreLink.objects.get()
    assert (entry.code, entry.actor_id, entry.subject_id) == ("members.enrol", clerk.pk, str(member.pk))
    assert "138" not in str(entry.data)
    assert event.topic == "member.enrolled"
    assert event.payload == {
        "member_id": member.pk,
        "store_id": store.pk,
        "channel": "counter",
        "referrer_id": None,
        "at": AT.isoformat(),
    }
    assert (link.member, link.store, link.how) == (member, store, "home")


def test_consents_are_events(enrol, clerk):
    enrol(marketing_consent=False, policy_version="2026-01")
    events = ConsentEvent.objects.order_by("purpose").values_list("purpose", "is_given", "policy_version")
    assert list(events) == [("marketing", False, "2026-01"), ("membership", True, "2026-01")]
    assert set(ConsentEvent.objects.values_list("staff_id", "at")) == {(clerk.pk, AT)}


def test_a_known_phone_answers_with_its_member_unchanged(enrol, store, far_store):
    first = enrol(name="王伟", store_id=store.pk)
    again = enrol("+86 138-0013-8000", name="李四", store_id=far_store.pk, marketing_consent=True)
    assert not again.is_new
    assert again.member == first.member
    assert Member.objects.get().name == "王伟"
    assert ConsentEvent.objects.filter(purpose="marketing", is_given=True).count() == 0
    assert OutboxEvent.objects.filter(topic="member.enrolled").count() == 1
    assert set(StoreLink.objects.values_list("store", "how")) == {
        (store.pk, "home"),
        (far_store.pk, "presented"),
    }


def test_the_phone_of_a_closed_member_may_be_enrolled_anew(enrol, actor):
    first = enrol().member
    members.close(member_id=first.pk, reason="asked", actor=actor, at=AT)
    second = enrol()
    assert second.is_new
    assert second.member.number != first.number


def test_a_frozen_member_keeps_the_phone(enrol, actor):
    first = enrol().member
    members.freeze(member_id=first.pk, reason="fraud", actor=actor, at=AT)
    assert not enrol().is_new


def test_a_child_needs_a_guardian(enrol):
    with pytest.raises(GuardianConsentNeeded) as refusal:
        enrol(birthday=date(2012, 5, 21))
    assert refusal.value.birthday == date(2012, 5, 21)
    assert nothing_was_left()
    member = enrol(birthday=date(2012, 5, 21), guardian_consent=True).member
    assert member.guardian_consented_at == AT
    assert ConsentEvent.objects.filter(member=member, purpose="guardian", is_given=True).count() == 1


@pytest.mark.parametrize(
    ("at", "is_child"),
    [(datetime(2026, 5, 20, 15, 59, tzinfo=UTC), True), (datetime(2026, 5, 20, 16, 0, tzinfo=UTC), False)],
)
def test_age_is_by_the_business_day(enrol, at, is_child):
    born = date(2012, 5, 21)
    if is_child:
        with pytest.raises(GuardianConsentNeeded):
            enrol(birthday=born, at=at)
        assert nothing_was_left()
    else:
        assert enrol(birthday=born, at=at).is_new


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"phone": "1.38E+10"}, InvalidPhone),
        ({"phone": ""}, InvalidPhone),
        ({"birthday": date(2026, 5, 21)}, InvalidBirthday),
        ({"birthday": date(1890, 1, 1)}, InvalidBirthday),
        ({"gender": "other"}, InvalidProfile),
        ({"name": "王" * 61}, InvalidProfile),
        ({"referrer_number": "600000000000"}, ReferrerNotFound),
        ({"attributes": {"": "x"}}, InvalidProfile),
        ({"attributes": {"a": "x" * 1001}}, InvalidProfile),
        ({"attributes": {"a": 1.5}}, InvalidProfile),
        ({"attributes": {str(n): 1 for n in range(101)}}, InvalidProfile),
    ],
)
def test_a_bad_enrolment_is_refused_and_leaves_nothing(enrol, facts, error):
    with pytest.raises(error) as refusal:
        enrol(**facts)
    assert str(refusal.value)
    assert nothing_was_left()


def test_control_characters_are_dropped(enrol):
    member = enrol(name="王\x00\u200b伟", attributes={"a\x00": "b\x00"}).member
    member.refresh_from_db()
    assert (member.name, member.attributes) == ("王伟", {"a": "b"})


def test_a_referrer_is_named_by_number_or_qr(enrol):
    ann = enrol().member
    ben = enrol("13900139000", referrer_number=f" {ann.qr_payload} ").member
    assert ben.referrer == ann


def test_identities_come_with_the_enrolment_or_not_at_all(enrol):
    ann = enrol(identities=(("mini", "openid-1"),)).member
    assert Identity.objects.get().member == ann
    with pytest.raises(IdentityTaken):
        enrol("13900139000", identities=(("mini", "openid-1"),))
    assert list(Member.objects.all()) == [ann]


def test_channels_are_made_once(db):
    first = members.ensure_channels(["a", "b", "a"])
    assert members.ensure_channels(["b", "c"])["b"] == first["b"]
    assert members.ensure_channel("c") == Channel.objects.get(code="c").pk
    assert Channel.objects.count() == 3


def test_numbers_are_valid_unique_and_in_sequence(db):
    with transaction.atomic():
        found = numbers.new_numbers(500)
    assert len(set(found)) == 500
    assert all(numbers.is_valid(number) and number.startswith("6") for number in found)
    assert numbers.new_number() > found[-1]


@given(st.integers(min_value=1, max_value=10**10 - 1))
def test_the_check_digit_is_damms(serial):
    payload = f"6{serial:010d}"
    assert numbers.number_of(serial) == payload + damm.calc_check_digit(payload)


def test_a_slip_in_a_number_is_noticed(db):
    number = numbers.new_number()
    for at in range(1, 12):
        for digit in "0123456789":
            slipped = number[:at] + digit + number[at + 1 :]
            assert numbers.is_valid(slipped) == (slipped == number)
    swapped = number[:5] + number[6] + number[5] + number[7:]
    assert numbers.is_valid(swapped) == (swapped == number)
    assert not numbers.is_valid("６" + number[1:])
    assert numbers.from_scan(number) == numbers.from_scan(f"LM{number}") == number
    assert numbers.from_scan("LM600000000001") is None
