"""The same purchase, sale or refund sent twice at once is one; without its guard it is two."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from apps.activity import services as activity
from apps.activity.errors import QuoteEnded, RefundsTooMuch
from apps.activity.models import Activity, Line, MemberSummary, Quote
from apps.activity.services import Fact, FactLine, RefundRequest, SaleRequest, refunding, returning
from apps.core import invariants
from apps.core.audit import Actor
from apps.core.relay import relay_outbox
from apps.ledger import queries as ledger
from apps.members.models import Channel, Member
from apps.stores.models import Staff, Store
from tests.concurrency.racing import crowd, overlap, rewritten
from tests.ledger.acts import TODAY, noon

AT = noon(TODAY)
SOON = AT + timedelta(minutes=1)
CLERK = Actor("clerk")
KEY = "activity_activity_once"


@pytest.fixture
def till(transactional_db: None) -> Iterator[Store]:
    channels = [Channel.objects.get_or_create(code=code)[0] for code in ("race", "till")]
    store = Store.objects.create(code="RACE")
    staff = Staff.objects.create(username="racer", home_store=store)
    yield store
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE members_member CASCADE")  # and what they did, whose staff would be protected
        cursor.execute("TRUNCATE core_outboxevent CASCADE")
    staff.delete()
    store.delete()
    for channel in channels:
        channel.delete()


@contextmanager
def without_the_unique_key() -> Iterator[None]:
    """Within the block facts may be claimed twice; what was recorded is swept away after it."""
    guard = f"ON CONFLICT ON CONSTRAINT {KEY} DO NOTHING"
    with connection.cursor() as cursor, rewritten("activity_claim_one", guard, ""):
        cursor.execute(f"ALTER TABLE activity_activity DROP CONSTRAINT {KEY}")
        try:
            yield
        finally:
            cursor.execute("TRUNCATE activity_activity CASCADE")
            cursor.execute(
                f"ALTER TABLE activity_activity ADD CONSTRAINT {KEY} UNIQUE (channel_id, external_id)"
            )


def fact(member: Member, key: str) -> Fact:
    return Fact("purchase", "race", key, member.pk, AT, lines=(FactLine("TEA", "", 2, 2000),))


def buy(member: Member, key: str = "P1"):
    return lambda: activity.record_one(fact(member, key), at=AT)


def quote(member: Member, store: Store, points: int = 0) -> Quote:
    staff_id = Staff.objects.get(username="racer").pk
    request = SaleRequest(member.pk, store.pk, staff_id, (FactLine("TEA", "", 2, 2000),), points)
    return activity.quote_sale(request, actor=Actor("racer", staff_id), at=AT)


def test_the_same_purchase_twice_at_once_is_one(till, dora):
    answers = overlap(buy(dora), buy(dora))
    assert sorted(answer.outcome for answer in answers) == ["recorded", "replayed"]
    assert {answer.activity_id for answer in answers} == {Activity.objects.get().pk}
    assert ledger.balance(dora.pk) == 20
    assert invariants.check() == []


def test_twin_without_the_unique_key_it_is_two(till, dora):
    with without_the_unique_key():
        answers = overlap(buy(dora), buy(dora))
        assert [answer.outcome for answer in answers] == ["recorded", "recorded"]
        assert (Activity.objects.count(), ledger.balance(dora.pk)) == (2, 40)


def test_two_batches_with_common_keys_in_opposite_order_both_end(till, dora, emil):
    first = [fact(dora, f"P{n}") for n in range(20)]
    answers = crowd(
        lambda: activity.record(first, at=AT), lambda: activity.record(list(reversed(first)), at=AT)
    )
    outcomes = [sorted({receipt.outcome for receipt in answer}) for answer in answers]
    assert sorted(outcomes) == [["recorded"], ["replayed"]]
    assert (Activity.objects.count(), ledger.balance(dora.pk)) == (20, 400)


def test_a_sale_taken_twice_at_once_is_one(till, dora):
    buy(dora, "points")()
    made = quote(dora, till)
    answers = overlap(*[lambda: activity.take_sale(made.pk, actor=CLERK, at=SOON)] * 2)
    assert sorted(answer.outcome for answer in answers) == ["recorded", "replayed"]
    assert Activity.objects.filter(channel__code="till").count() == 1
    assert invariants.check() == []


def test_a_sale_taken_while_it_is_cancelled_is_refused(till, dora):
    made = quote(dora, till)
    cancelled, taken = overlap(
        lambda: activity.cancel_quote(made.pk, actor=CLERK, at=SOON),
        lambda: activity.take_sale(made.pk, actor=CLERK, at=SOON),
    )
    assert cancelled is True
    assert isinstance(taken, QuoteEnded)
    assert not Activity.objects.exists()


def refund(line: Line, key: str):
    request = RefundRequest(line.activity_id, {line.pk: 2}, key)
    return lambda: activity.refund(request, actor=CLERK, at=SOON)


def test_a_line_refunded_twice_at_once_is_refunded_once(till, dora):
    buy(dora)()
    line = Line.objects.get()
    done, refused = overlap(refund(line, "a"), refund(line, "b"))
    assert done.points_taken_back == 20
    assert isinstance(refused, RefundsTooMuch)
    assert (refused.asked, refused.left) == (2, 0)
    assert ledger.balance(dora.pk) == 0
    assert invariants.check() == []


def test_twin_without_the_purchases_lock_both_see_it_whole(till, dora, monkeypatch):
    buy(dora)()
    line = Line.objects.get()
    monkeypatch.setattr(
        returning, "_locked", lambda ids: {act.pk: act for act in Activity.objects.filter(pk__in=ids)}
    )
    monkeypatch.setattr(refunding, "lock_members", list)
    overlap(refund(line, "a"), refund(line, "b"))
    assert [violation.code for violation in invariants.check(["F2"])] == ["F2"]


def test_two_relays_at_once_deliver_each_event_once(till, dora, emil):
    for n in range(6):
        buy(dora if n % 2 else emil, f"P{n}")()
    answers = crowd(*[lambda: relay_outbox(at=SOON)] * 3)
    assert sum(answers) == 6
    assert {row.member_id: row.purchases for row in MemberSummary.objects.all()} == {dora.pk: 3, emil.pk: 3}
    assert invariants.check(["F6"]) == []
