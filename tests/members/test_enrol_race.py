"""Two clerks register one phone at the same moment. Without the constraint there would be two members."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from apps.core.audit import Actor
from apps.core.models import OutboxEvent
from apps.members import queries
from apps.members import services as members
from apps.members.models import ConsentEvent, Identity, Member, StoreLink
from apps.members.services import Enrolment
from tests.factories import StoreFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
AT = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
CLERKS = 4


@pytest.fixture
def everyone_looked(monkeypatch):
    """Nobody inserts before all clerks have looked and found the phone unknown."""
    barrier, look = threading.Barrier(CLERKS, timeout=20), queries.holder_of_phone

    def looked(phone):
        found = look(phone)
        barrier.wait()
        return found

    monkeypatch.setattr(queries, "holder_of_phone", looked)


@pytest.fixture
def without_the_constraint():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('members_member_phone_once'::regclass)")
        definition = cursor.fetchone()[0]
        cursor.execute("DROP INDEX members_member_phone_once")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE members_member CASCADE")
        cursor.execute(definition)


def race():
    """Every clerk enrols the same phone at a store of their own; what each was answered."""
    stores = [StoreFactory() for _ in range(CLERKS)]
    answers, errors = [], []

    def work(store):
        try:
            enrolment = Enrolment(phone="13800138000", name=f"王{store.pk}", store_id=store.pk)
            answers.append(members.enrol(enrolment=enrolment, actor=Actor("clerk"), at=AT))
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[store]) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    return answers


def test_one_phone_gives_one_member(everyone_looked):
    answers = race()
    member = Member.objects.get()
    assert [answer.member for answer in answers] == [member] * CLERKS
    assert sorted(answer.is_new for answer in answers) == [False] * (CLERKS - 1) + [True]
    assert OutboxEvent.objects.filter(topic="member.enrolled").count() == 1
    assert ConsentEvent.objects.count() == 2
    assert sorted(StoreLink.objects.values_list("how", flat=True)) == ["home"] + ["presented"] * (CLERKS - 1)
    assert not Identity.objects.exists()


def test_twin_without_the_constraint_there_would_be_many(without_the_constraint, everyone_looked):
    answers = race()
    assert all(answer.is_new for answer in answers)
    assert Member.objects.count() == CLERKS
