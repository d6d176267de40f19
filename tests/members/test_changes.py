"""Changing what is known of a member: profile, phone, standing, consent, tags, identities, reveals."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.audit import Actor
from apps.core.models import AuditEntry, OutboxEvent
from apps.members import queries
from apps.members import services as members
from apps.members.errors import (
    GuardianConsentNeeded,
    IdentityNotFound,
    IdentityTaken,
    InvalidPhone,
    InvalidProfile,
    MemberNotActive,
    MemberNotFound,
    NothingToReveal,
    PhoneTaken,
    ReasonNeeded,
)
from apps.members.models import ConsentEvent, Identity, Member, MemberTag, Reveal, StoreLink
from apps.members.services import Enrolment, Profile

AT = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


@pytest.fixture
def acting(clerk, store):
    return {"actor": Actor("clerk", staff_id=clerk.pk, store_id=store.pk), "at": LATER}


@pytest.fixture
def member(store, acting) -> Member:
    enrolment = Enrolment(phone="13800138000", name="王伟", store_id=store.pk)
    return members.enrol(enrolment=enrolment, actor=acting["actor"], at=AT).member


@pytest.fixture
def other(store, acting) -> Member:
    enrolment = Enrolment(phone="13900139000", name="李四", store_id=store.pk)
    return members.enrol(enrolment=enrolment, actor=acting["actor"], at=AT).member


def acts(member, code):
    return AuditEntry.objects.filter(code=code, subject_type="member", subject_id=str(member.pk))


def test_a_profile_is_changed_and_the_audit_names_fields_only(member, acting):
    profile = Profile(name="王小伟", gender="male", birthday=date(1990, 1, 1))
    members.update_profile(member_id=member.pk, profile=profile, **acting)
    member.refresh_from_db()
    assert (member.name, member.gender, member.birthday) == ("王小伟", "male", date(1990, 1, 1))
    assert acts(member, "members.update_profile").get().data == {"fields": "name, gender, birthday"}
    event = OutboxEvent.objects.get(topic="member.changed")
    assert event.payload == {"member_id": member.pk, "fields": ["name", "gender", "birthday"]}


def test_an_unchanged_profile_writes_nothing(member, acting):
    members.update_profile(member_id=member.pk, profile=Profile("王伟", "", None), **acting)
    assert not acts(member, "members.update_profile").exists()


def test_a_birthday_of_a_child_needs_a_guardian_once(member, acting):
    child = Profile("王伟", "", date(2015, 1, 1))
    with pytest.raises(GuardianConsentNeeded):
        members.update_profile(member_id=member.pk, profile=child, **acting)
    member.refresh_from_db()
    assert member.birthday is None
    consenting = Profile("王伟", "", date(2015, 1, 1), guardian_consent=True)
    members.update_profile(member_id=member.pk, profile=consenting, **acting)
    members.update_profile(member_id=member.pk, profile=Profile("王大伟", "", date(2015, 1, 1)), **acting)
    assert ConsentEvent.objects.filter(member=member, purpose="guardian").count() == 1


def test_bad_profiles_are_refused(member, acting):
    with pytest.raises(InvalidProfile) as refusal:
        members.update_profile(member_id=member.pk, profile=Profile("王伟", "unknown", None), **acting)
    assert refusal.value.field == "gender"


def test_attributes_are_set_and_taken_away(member, acting):
    members.set_attributes(member_id=member.pk, attributes={"a": "1", "b": 2}, **acting)
    members.set_attributes(member_id=member.pk, attributes={"a": None, "c": True}, **acting)
    member.refresh_from_db()
    assert member.attributes == {"b": 2, "c": True}


def test_a_phone_is_changed_unless_it_is_taken(member, other, acting):
    with pytest.raises(PhoneTaken) as refusal:
        members.change_phone(member_id=member.pk, phone="139 0013 9000", reason="x", **acting)
    assert refusal.value.member_id == other.pk
    with pytest.raises(InvalidPhone):
        members.change_phone(member_id=member.pk, phone="1", reason="x", **acting)
    with pytest.raises(ReasonNeeded):
        members.change_phone(member_id=member.pk, phone="13700137001", reason=" ", **acting)
    members.change_phone(member_id=member.pk, phone="13800138000", reason="same", **acting)
    assert not acts(member, "members.change_phone").exists()
    members.change_phone(member_id=member.pk, phone="13700137001", reason="a new card", **acting)
    told = acts(member, "members.change_phone").get().data
    assert told == {"was": "138****8000", "now": "137****7001", "reason": "a new card"}
    event = OutboxEvent.objects.get(topic="member.changed", payload__fields=["phone"])
    assert event.payload["member_id"] == member.pk
    member.refresh_from_db()
    assert member.phone_masked == "137****7001"
    assert queries.holder_of_phone("+8613700137001") == member
    assert queries.holder_of_phone("+8613800138000") is None


def test_freezing_resuming_and_closing(member, acting):
    assert members.freeze(member_id=member.pk, reason="fraud", **acting).status == "frozen"
    members.freeze(member_id=member.pk, reason="again", **acting)
    assert acts(member, "members.freeze").get().data == {"reason": "fraud"}
    assert members.unfreeze(member_id=member.pk, reason="cleared", **acting).status == "active"
    assert members.close(member_id=member.pk, reason="asked", **acting).status == "closed"
    moves = OutboxEvent.objects.filter(topic="member.status_changed").order_by("pk")
    assert [event.payload["status"] for event in moves] == ["frozen", "active", "closed"]


def test_a_closed_membership_stays_closed(member, acting):
    members.close(member_id=member.pk, reason="asked", **acting)
    for act in (members.freeze, members.unfreeze):
        with pytest.raises(MemberNotActive) as refusal:
            act(member_id=member.pk, reason="x", **acting)
        assert refusal.value.status == "closed"
    with pytest.raises(MemberNotActive):
        members.update_profile(member_id=member.pk, profile=Profile("x", "", None), **acting)
    with pytest.raises(MemberNotActive):
        members.change_phone(member_id=member.pk, phone="13700137001", reason="x", **acting)
    member.refresh_from_db()
    assert (member.status, member.name) == ("closed", "王伟")


@pytest.mark.parametrize("act", [members.freeze, members.unfreeze, members.close])
def test_standing_needs_a_reason_and_a_member(act, member, acting):
    with pytest.raises(ReasonNeeded):
        act(member_id=member.pk, reason=" \t", **acting)
    with pytest.raises(MemberNotFound):
        act(member_id=member.pk + 1000, reason="x", **acting)


def test_a_reveal_is_logged_with_its_reason(member, clerk, acting):
    phone = members.reveal(member_id=member.pk, field="phone", reason=" 客户来电 ", **acting)
    assert phone == "+8613800138000"
    log = Reveal.objects.get()
    assert (log.member, log.staff, log.field, log.reason) == (member, clerk, "phone", "客户来电")
    assert acts(member, "members.reveal").get().data == {"field": "phone", "reason": "客户来电"}


@pytest.mark.parametrize(
    ("field", "reason", "error"),
    [("phone", "  ", ReasonNeeded), ("email", "x", NothingToReveal), ("name", "x", NothingToReveal)],
)
def test_a_refused_reveal_leaves_no_trace(member, acting, field, reason, error):
    with pytest.raises(error):
        members.reveal(member_id=member.pk, field=field, reason=reason, **acting)
    assert not Reveal.objects.exists()
    assert not acts(member, "members.reveal").exists()


def test_a_job_can_not_reveal(member):
    with pytest.raises(ReasonNeeded):
        members.reveal(member_id=member.pk, field="phone", reason="x", actor=Actor("job"), at=LATER)


def test_consent_is_a_trail_whose_last_word_counts(member, acting):
    for is_given in (True, False):
        members.add_consent(
            member_id=member.pk, purpose="marketing", is_given=is_given, policy_version="2", **acting
        )
    assert queries.consents(member) == {"marketing": False, "membership": True}
    assert member.consents.filter(purpose="marketing").count() == 3


def test_tags_are_put_on_and_taken_off_many(member, other, acting):
    tag = members.create_tag(code="vip", name="VIP", **acting)
    assert members.create_tag(code="vip", name="other", **acting) == tag
    assert members.add_tag(member_ids=[member.pk], tag_id=tag.pk, **acting) == 1
    assert members.add_tag(member_ids=[member.pk, other.pk], tag_id=tag.pk, **acting) == 1
    assert queries.tags_of([member.pk, other.pk]) == {member.pk: {"vip"}, other.pk: {"vip"}}
    assert members.remove_tag(member_ids=[member.pk], tag_id=tag.pk, **acting) == 1
    assert members.remove_tag(member_ids=[member.pk], tag_id=tag.pk, **acting) == 0
    assert list(MemberTag.objects.values_list("member", flat=True)) == [other.pk]
    assert acts(member, "members.add_tag").count() == acts(member, "members.remove_tag").count() == 1


def test_an_identity_belongs_to_one_member_per_channel(member, other, acting):
    bound = {"channel_code": "mini", "external_id": "openid-1"}
    first = members.bind_identity(member_id=member.pk, **bound, **acting)
    assert members.bind_identity(member_id=member.pk, **bound, **acting) == first
    with pytest.raises(IdentityTaken) as refusal:
        members.bind_identity(member_id=other.pk, **bound, **acting)
    assert refusal.value.channel_code == "mini"
    members.bind_identity(member_id=other.pk, channel_code="app", external_id="openid-1", **acting)
    assert Identity.objects.count() == 2
    assert acts(member, "members.bind_identity").count() == 1
    for stranger in (other, member):
        with pytest.raises(IdentityNotFound):
            members.release_identity(member_id=stranger.pk, **(bound | {"external_id": "x"}), **acting)
    with pytest.raises(IdentityNotFound):
        members.release_identity(member_id=other.pk, **bound, **acting)
    members.release_identity(member_id=member.pk, **bound, **acting)
    assert acts(member, "members.release_identity").get().data == {"channel": "mini"}
    assert members.bind_identity(member_id=other.pk, **bound, **acting).member == other


def test_presenting_links_a_store_once(member, far_store, acting):
    assert members.present(member_id=member.pk, store_id=far_store.pk, **acting)
    assert not members.present(member_id=member.pk, store_id=far_store.pk, **acting)
    assert StoreLink.objects.filter(member=member, store=far_store, how="presented").count() == 1
    assert acts(member, "members.present").count() == 1


@pytest.mark.parametrize("table", ["members_consentevent", "members_reveal"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_consents_and_reveals_are_kept_for_ever(member, acting, table, act):
    members.reveal(member_id=member.pk, field="phone", reason="x", **acting)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL app.allow_truncate = 'off'")
        with pytest.raises(DatabaseError, match="is refused"), transaction.atomic():
            cursor.execute(act.format(table))
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] > 0
