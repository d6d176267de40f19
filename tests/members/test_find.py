"""Finding members by what a customer shows, and who sees whom."""

from datetime import UTC, datetime

import pytest

from apps.core.audit import Actor
from apps.members import queries
from apps.members import services as members
from apps.members.errors import MemberNotFound
from apps.members.models import StoreLink
from apps.members.services import Enrolment

AT = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def actor(clerk):
    return Actor("clerk", staff_id=clerk.pk)


@pytest.fixture
def enrol(actor, store):
    def _enrol(phone, name, **facts):
        enrolment = Enrolment(phone=phone, name=name, **{"store_id": store.pk, **facts})
        return members.enrol(enrolment=enrolment, actor=actor, at=AT).member

    return _enrol


@pytest.fixture
def wang(enrol):
    return enrol("13800138000", "王伟", identities=(("mini", "openid-1"), ("card", "C-77")))


@pytest.fixture
def ouyang(enrol):
    return enrol("13900138000", "欧阳娜娜")


@pytest.fixture
def smith(enrol):
    return enrol("+85291238000", "John Smith")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13800138000", ["王伟"]),
        ("+86 138 0013 8000", ["王伟"]),
        ("１３８００１３８０００", ["王伟"]),
        ("+852 9123 8000", ["John Smith"]),
        ("8000 王", ["王伟"]),
        ("8000王", ["王伟"]),
        ("王8000", ["王伟"]),
        ("王 8000", ["王伟"]),
        ("８０００　王", ["王伟"]),
        ("8000 王伟", ["王伟"]),
        ("8000 欧阳", ["欧阳娜娜"]),
        ("欧阳8000", ["欧阳娜娜"]),
        ("欧8000", ["欧阳娜娜"]),
        ("8000 smith", ["John Smith"]),
        ("John Smith 8000", ["John Smith"]),
        ("8000", ["John Smith", "欧阳娜娜", "王伟"]),
        ("openid-1", ["王伟"]),
        ("C-77", ["王伟"]),
        ("8001 王", []),
        ("8000 李", []),
        ("8000 %", []),
        ("8000 _", []),
        ("王", []),
        ("openid-2", []),
        ("", []),
        ("   ", []),
        ("\x00", []),
        ("13700137000", []),
        ("600000000000", []),
        ("x" * 5000, []),
    ],
)
def test_what_a_text_finds(wang, ouyang, smith, clerk, store, text, expected):
    assert [member.name for member in members.find(clerk, text, store, at=AT)] == expected


def test_a_number_and_a_scanned_code_find_their_member(wang, ouyang, clerk, store):
    for text in (wang.number, wang.qr_payload, f" {wang.qr_payload.lower()} "):
        assert members.find(clerk, text, store, at=AT) == [wang]


def test_a_shown_identity_makes_the_member_visible_to_that_store(wang, stranger, far_store):
    with pytest.raises(MemberNotFound):
        queries.access_member(stranger, wang.number)
    assert members.find(stranger, "13800138000", far_store, at=AT) == [wang]
    link = StoreLink.objects.get(member=wang, store=far_store)
    assert (link.how, link.at) == ("presented", AT)
    assert queries.access_member(stranger, wang.number) == wang


@pytest.mark.parametrize("shown", ["openid-1", "number"])
def test_every_full_identity_is_found_in_the_whole_brand(wang, stranger, far_store, shown):
    text = wang.number if shown == "number" else shown
    assert members.find(stranger, text, far_store, at=AT) == [wang]


def test_last_four_and_surname_stay_within_the_scope(wang, stranger, far_store):
    assert members.find(stranger, "8000 王", far_store, at=AT) == []
    assert members.find(stranger, "8000", far_store, at=AT) == []
    assert not StoreLink.objects.filter(store=far_store).exists()


def test_matching_reads_only(wang, stranger, far_store):
    assert queries.match(stranger, "13800138000").is_identity
    assert not StoreLink.objects.filter(store=far_store).exists()


def test_an_ambiguous_identity_links_nobody(wang, enrol, stranger, far_store):
    enrol("13700137001", "李四", identities=(("app", "openid-1"),))
    assert len(members.find(stranger, "openid-1", far_store, at=AT)) == 2
    assert not StoreLink.objects.filter(store=far_store).exists()


def test_a_closed_member_is_found_by_number_alone(wang, clerk, store, actor):
    members.close(member_id=wang.pk, reason="asked", actor=actor, at=AT)
    assert members.find(clerk, "13800138000", store, at=AT) == []
    assert members.find(clerk, "openid-1", store, at=AT) == []
    assert members.find(clerk, wang.number, store, at=AT) == [wang]


def test_scope(wang, clerk, manager, operations, stranger, enrol, far_store):
    afar = enrol("13600136000", "赵六", store_id=far_store.pk)
    assert set(queries.members_for(clerk)) == set(queries.members_for(manager)) == {wang}
    assert set(queries.members_for(stranger)) == {afar}
    assert set(queries.members_for(operations)) == {wang, afar}
    clerk.stores.add(far_store)
    assert set(queries.members_for(clerk)) == {wang, afar}
    operations.is_active = False
    assert not queries.members_for(operations).exists()


def test_access_by_key_or_number(wang, clerk, stranger):
    assert queries.access_member(clerk, wang.pk) == queries.access_member(clerk, wang.number) == wang
    for key in (wang.pk, wang.number, "", 0, -1, "nobody"):
        with pytest.raises(MemberNotFound):
            queries.access_member(stranger, key)


def test_lookups_have_a_query_budget(wang, ouyang, clerk, store, django_assert_max_num_queries):
    for text in ("13800138000", "8000 王", wang.number, "openid-1"):
        with django_assert_max_num_queries(6):
            members.find(clerk, text, store, at=AT)
