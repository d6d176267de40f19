"""Setting value aside, and ending that once."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.ledger import queries
from apps.ledger import services as ledger
from apps.ledger.errors import AlreadyPosted, HoldEnded, NotEnough
from apps.ledger.models import Entry, Hold, HoldState
from apps.ledger.services import Capture
from tests.ledger.acts import (
    TODAY,
    TOMORROW,
    amounts,
    expire,
    give,
    held,
    key,
    lots,
    noon,
    spendable,
    state,
    take,
    undo,
)

pytestmark = pytest.mark.django_db
AT = noon(TODAY)


def test_what_is_held_cannot_be_spent_or_held_again(ann):
    give(ann, 100)
    made = held(ann, 70)
    assert made.spendable == 30
    assert state(ann) == (100, 70, 0)
    for act in (take, held):
        with pytest.raises(NotEnough) as refusal, transaction.atomic():
            act(ann, 31)
        assert (refusal.value.needed, refusal.value.held, refusal.value.reserved) == (31, 30, 70)
    take(ann, 30)
    assert spendable(ann) == 0


def test_a_captured_hold_is_a_spend(ann):
    give(ann, 100)
    hold_id = held(ann, 70).hold_id
    posted = ledger.capture(hold_id, Capture("sale:1", AT, {"sale": 1}))
    assert posted.balance == 30
    assert state(ann) == (30, 0, 0)
    entry = queries.entry_by_source("sale:1")
    assert (entry.kind, entry.amount, entry.explanation) == ("spend", -70, {"sale": 1})
    hold = Hold.objects.get(pk=hold_id)
    assert (hold.state, hold.entry_id, hold.ended_at) == (HoldState.CAPTURED, entry.pk, AT)


def test_capturing_less_frees_the_rest(ann):
    give(ann, 100)
    ledger.capture(held(ann, 70).hold_id, Capture(key(), AT), amount=20)
    assert state(ann) == (80, 0, 0)
    assert spendable(ann) == 80


def test_capturing_more_than_was_held_is_refused(ann):
    give(ann, 100)
    hold_id = held(ann, 70).hold_id
    with pytest.raises(HoldEnded) as refusal, transaction.atomic():
        ledger.capture(hold_id, Capture(key(), AT), amount=71)
    assert (refusal.value.state, refusal.value.amount, refusal.value.needed) == ("open", 70, 71)
    assert state(ann) == (100, 70, 0)


def test_a_hold_ends_once(ann):
    give(ann, 100)
    captured, released = held(ann, 10).hold_id, held(ann, 20).hold_id
    ledger.capture(captured, Capture(key(), AT))
    assert ledger.release(released, at=AT) is True
    for hold_id, ending in ((captured, "captured"), (released, "released")):
        with pytest.raises(HoldEnded) as refusal, transaction.atomic():
            ledger.capture(hold_id, Capture(key(), AT))
        assert refusal.value.state == ending
        assert ledger.release(hold_id, at=AT) is False
    assert amounts(ann) == [("award", 100, 100), ("spend", -10, 90)]
    assert state(ann) == (90, 0, 0)


def test_a_hold_cannot_be_captured_from_the_instant_it_is_due(ann):
    give(ann, 100)
    hold_id = held(ann, 70, minutes=30).hold_id
    with pytest.raises(HoldEnded) as refusal, transaction.atomic():
        ledger.capture(hold_id, Capture(key(), AT + timedelta(minutes=30)))
    assert refusal.value.state == "overdue"
    assert state(ann) == (100, 70, 0)
    ledger.capture(hold_id, Capture(key(), AT + timedelta(minutes=29, seconds=59)))


def test_due_holds_are_released_and_no_others(ann, ben):
    give(ann, 100)
    give(ben, 100)
    held(ann, 10, minutes=5)
    held(ben, 10, minutes=5)
    held(ben, 20, minutes=50)
    at = AT + timedelta(minutes=5)
    assert ledger.release_due(at=at, limit=1) == 1
    assert ledger.release_due(at=at) == 1
    assert ledger.release_due(at=at) == 0
    assert (state(ann), state(ben)) == ((100, 0, 0), (100, 20, 0))


def test_a_hold_does_not_keep_points_from_expiring_at_midnight(ann):
    give(ann, (100, TODAY), 5)
    hold_id = held(ann, 100, minutes=24 * 60).hold_id
    with pytest.raises(NotEnough) as refusal, transaction.atomic():
        ledger.capture(hold_id, Capture(key(), noon(TOMORROW) - timedelta(hours=1)))
    assert (refusal.value.needed, refusal.value.held, refusal.value.reserved) == (100, 5, 0)
    assert spendable(ann, TOMORROW) == 0
    expire(TOMORROW)
    assert state(ann) == (5, 100, 0)
    assert ledger.release(hold_id, at=noon(TOMORROW)) is True
    assert spendable(ann, TOMORROW) == 5


def test_a_debt_goes_before_a_hold(ann):
    first = give(ann, 80)
    take(ann, 80)
    give(ann, 50)
    hold_id = held(ann, 50).hold_id
    assert undo(first).owed == 80
    assert state(ann) == (-30, 50, 30)
    with pytest.raises(NotEnough) as refusal, transaction.atomic():
        ledger.capture(hold_id, Capture(key(), AT))
    assert (refusal.value.needed, refusal.value.held) == (50, 0)
    assert lots(ann) == [(0, None), (0, None)]


def test_a_hold_needs_an_account_and_a_fresh_key(ann, ben):
    with pytest.raises(NotEnough) as refusal, transaction.atomic():
        held(ben, 1)
    assert (refusal.value.needed, refusal.value.held) == (1, 0)
    give(ann, 10)
    words = {"member_id": ann.pk, "amount": 1, "source": "quote", "at": AT, "due_at": noon(TOMORROW)}
    ledger.hold(**words)
    with pytest.raises(AlreadyPosted) as refusal, transaction.atomic():
        ledger.hold(**words)
    assert refusal.value.source == "quote"
    assert state(ann) == (10, 1, 0)


def test_a_capture_with_a_used_key_is_refused_and_keeps_the_hold(ann):
    give(ann, 10)
    hold_id = held(ann, 5).hold_id
    ledger.spend(member_id=ann.pk, amount=1, at=AT, source="used")
    with pytest.raises(AlreadyPosted), transaction.atomic():
        ledger.capture(hold_id, Capture("used", AT))
    assert state(ann) == (9, 5, 0)
    assert Entry.objects.filter(kind="spend").count() == 1
