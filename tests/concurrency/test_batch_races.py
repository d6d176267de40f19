"""Batches of purchases and refunds that cross each other's members and purchases."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from apps.activity import services as activity
from apps.activity.models import Activity, Line
from apps.activity.queries import Receipt
from apps.activity.services import Fact, FactLine, RefundRequest, returning
from apps.core import invariants
from apps.core.audit import Actor
from apps.ledger import queries as ledger
from apps.members.models import Channel, Member
from tests.concurrency.racing import crowd, rewritten
from tests.ledger.acts import TODAY, noon

AT = noon(TODAY)
SLOW_LOCK = ("FOR UPDATE;", "FOR UPDATE; PERFORM pg_sleep(0.3);")


@contextmanager
def slow_locks() -> Iterator[None]:
    """Within the block who locks an account keeps others waiting."""
    with rewritten("ledger_lock", *SLOW_LOCK), rewritten("ledger_lock_one", *SLOW_LOCK):
        yield


@pytest.fixture
def channel(transactional_db: None) -> Iterator[str]:
    made = [Channel.objects.get_or_create(code=code)[0] for code in ("race", "till")]
    yield "race"
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE activity_activity CASCADE")
    for each in made:
        each.delete()


def purchase(member: Member, key: str) -> Fact:
    lines = (FactLine("TEA", "", 2, 2000),)
    return Fact("purchase", "race", key, member.pk, AT, lines=lines)


def refund(member: Member, key: str, of: Receipt) -> Fact:
    lines = (FactLine("TEA", "", 1, 1000),)
    return Fact("refund", "race", key, member.pk, AT, lines=lines, refund_of=of.activity_id)


def record(*facts: Fact) -> list[Receipt]:
    return activity.record(facts, at=AT)


@pytest.fixture
def crossing(channel: str, dora: Member, emil: Member):
    """Two batches: each buys for one member and refunds the other's purchase."""
    bought = record(purchase(dora, "P1"), purchase(emil, "P2"))
    return (
        lambda: record(purchase(dora, "P3"), refund(emil, "R1", bought[1])),
        lambda: record(purchase(emil, "P4"), refund(dora, "R2", bought[0])),
    )


def deadlocks(answers: list) -> int:
    return sum(isinstance(a, OperationalError) and "deadlock detected" in str(a) for a in answers)


def test_batches_that_cross_each_others_members_both_go_through(crossing):
    with slow_locks():
        answers = crowd(*crossing)
    assert [[receipt.outcome for receipt in answer] for answer in answers] == [["recorded", "recorded"]] * 2
    assert invariants.check() == []


def test_twin_locking_members_step_by_step_they_deadlock(crossing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(returning, "lock_members", list)
    with slow_locks():
        answers = crowd(*crossing)
    assert deadlocks(answers) == 1


def test_a_refund_at_the_till_and_a_batch_refunding_the_same_purchase_both_end(channel, dora, emil):
    (bought,) = record(purchase(dora, "P1"))
    line = Line.objects.get(activity_id=bought.activity_id)
    key = RefundRequest(bought.activity_id, {line.pk: 1}, "till-1")
    with slow_locks():
        answers = crowd(
            lambda: activity.refund(key, actor=Actor("clerk"), at=AT),
            lambda: record(purchase(dora, "P2"), refund(dora, "R1", bought)),
        )
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert invariants.check() == []


def test_one_key_in_a_plain_and_in_a_mixed_batch_is_recorded_once_whoever_is_sent_away(
    channel: str, dora: Member
):
    """A batch with refunds locks members before it claims keys, a plain one claims first. Where both bring
    one key at once PostgreSQL sends one of them away; nothing of it is kept, and it may be sent again."""
    bought = record(purchase(dora, "P1"))[0]
    plain = (purchase(dora, "P2"),)
    mixed = (*plain, refund(dora, "R1", bought))
    late_lock = ("PERFORM ledger_lock_one", "PERFORM pg_sleep(0.6); PERFORM ledger_lock_one")
    with slow_locks(), rewritten("activity_claim_one", *late_lock):
        answers = crowd(lambda: record(*plain), lambda: record(*mixed))
    assert deadlocks(answers) == 1
    again = [record(*plain), record(*mixed)]
    assert [receipt.outcome for receipt in again[0]] == ["replayed"]
    assert again[1][0].outcome == "replayed"
    keys = Activity.objects.order_by("external_id").values_list("external_id", flat=True)
    assert list(keys) == ["P1", "P2", "R1"]
    assert ledger.balance(dora.pk) == 20 + 20 - 10
    assert invariants.check() == []
