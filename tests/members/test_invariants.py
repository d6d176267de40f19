"""Each invariant of members fires on the violation it names, and on nothing else."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from apps.core import invariants
from apps.members.invariants import INVARIANTS
from apps.members.models import Member, StoreLink
from tests.factories import MemberFactory

AT = datetime(2026, 5, 20, tzinfo=UTC)
HASH = b"h" * 32


@pytest.fixture
def member(db):
    return MemberFactory()


def found():
    return {violation.code for violation in invariants.check(INVARIANTS)}


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_quiet_house_has_no_violation(member):
    assert found() == set()


def test_p2_a_child_without_a_guardian(member):
    Member.objects.update(birthday=date(datetime.now(UTC).year - 5, 1, 1))
    assert found() == {"P2"}


def test_p4_a_reveal_without_a_reason(member, clerk):
    run(
        "INSERT INTO members_reveal (member_id, staff_id, field, reason, at) "
        f"VALUES ({member.pk}, {clerk.pk}, 'phone', '  ', now())"
    )
    assert found() == {"P4"}


def test_p5_two_members_with_one_phone(member):
    run("DROP INDEX members_member_phone_once")
    MemberFactory()
    Member.objects.update(phone_hash=HASH, phone_sealed=b"s", phone_last4="8000")
    assert found() == {"P5"}


def test_p6_a_phone_half_kept(member):
    Member.objects.update(phone_hash=HASH, phone_sealed=b"s", phone_last4="80")
    assert found() == {"P6"}


def test_p7_a_member_the_home_store_can_not_see(member):
    StoreLink.objects.all().delete()
    assert found() == {"P7"}


def test_p8_a_guardian_without_an_event(member):
    Member.objects.update(guardian_consented_at=AT)
    assert found() == {"P8"}
