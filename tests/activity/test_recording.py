"""The one door: every fact once for ever, with exactly one outcome."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from apps.activity import queries
from apps.activity import services as activity
from apps.activity.errors import DifferentBody, Refused
from apps.activity.models import Activity, Line
from apps.activity.rules import Fact, FactLine, Reason
from apps.activity.services import foreseeing
from apps.core.models import OutboxEvent
from apps.ledger import queries as ledger
from apps.ledger.models import Decline, Entry
from apps.points import queries as points
from tests.activity.conftest import NOW


@pytest.fixture(params=["foreseen", "in steps"], autouse=True)
def way(request, db, monkeypatch):
    """Every fact alone goes both ways: decided beforehand in one call, and step by step."""
    if request.param == "foreseen":
        points.rulebook()
    else:
        monkeypatch.setattr(foreseeing, "record", lambda fact, at: None)
    return request.param


def test_a_purchase_earns_one_point_per_yuan_rounded_down(ann, purchase, store):
    receipt = activity.record_one(purchase(ann, ("MEAT", 2, 1050), ("FLORAL", 1, 999)), at=NOW)
    assert (receipt.outcome, receipt.points, receipt.balance, receipt.reason) == ("recorded", 20, 20, "")
    act = Activity.objects.get()
    assert (act.amount_fen, act.member, act.store, act.recorded_at) == (2049, ann, store, NOW)
    assert [(x.category, x.quantity, x.amount_fen) for x in act.lines.order_by("id")] == [
        ("MEAT", 2, 1050),
        ("FLORAL", 1, 999),
    ]
    entry = ledger.entry_by_source(f"activity:{act.pk}:points")
    assert (entry.amount, entry.at, entry.store) == (20, NOW, store)
    assert entry.explanation["parts"][0]["rule"] == "base"
    assert [lot.expires_on for lot in entry.lots.all()] == [date(2026, 12, 31)]
    event = OutboxEvent.objects.get(topic="activity.recorded")
    assert event.payload == {"activities": [act.pk]}


def test_the_same_fact_again_answers_the_same_receipt_and_changes_nothing(ann, purchase):
    fact = purchase(ann, ("MEAT", 2, 1050))
    first = activity.record_one(fact, at=NOW)
    again = activity.record_one(fact, at=NOW + timedelta(days=3))
    assert again == replace(first, outcome="replayed")
    assert (Activity.objects.count(), Entry.objects.count(), OutboxEvent.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"lines": (FactLine("MEAT", "", 2, 1051),)},
        {"lines": (FactLine("MEAT", "", 3, 1050),)},
        {"lines": (FactLine("FISH", "", 2, 1050),)},
        {"lines": (FactLine("MEAT", "S1", 2, 1050),)},
        {"occurred_at": NOW - timedelta(seconds=1)},
        {"store_id": None},
        {"attributes": {"receipt": "7"}},
    ],
)
def test_the_same_key_with_another_body_is_refused(ann, purchase, change):
    fact = purchase(ann, ("MEAT", 2, 1050))
    activity.record_one(fact, at=NOW)
    with pytest.raises(DifferentBody) as refused:
        activity.record_one(replace(fact, **change), at=NOW)
    assert (refused.value.channel, refused.value.external_id) == ("pos", fact.external_id)
    assert ledger.balance(ann.pk) == 10
    assert (Activity.objects.count(), Line.objects.count(), Entry.objects.count()) == (1, 1, 1)


def test_the_same_key_of_another_member_is_refused(ann, ben, purchase):
    activity.record_one(purchase(ann, ("MEAT", 1, 500), external_id="X"), at=NOW)
    with pytest.raises(DifferentBody):
        activity.record_one(purchase(ben, ("MEAT", 1, 500), external_id="X"), at=NOW)
    assert ledger.balance(ben.pk) == 0


def test_a_batch_answers_each_fact_in_its_place(ann, ben, purchase):
    known = purchase(ann, ("MEAT", 1, 500), external_id="K")
    activity.record_one(known, at=NOW)
    new = purchase(ben, ("MEAT", 1, 700), external_id="B")
    batch = [
        new,
        known,
        replace(known, lines=(FactLine("MEAT", "", 1, 600),)),
        purchase(ann, ("MEAT", -1, 500)),
        purchase(ann, ("MEAT", 1, 900), external_id="A"),
        new,
        replace(new, store_id=None),
    ]
    receipts = activity.record(batch, at=NOW)
    assert [(r.outcome, r.reason, r.points) for r in receipts] == [
        ("recorded", "", 7),
        ("replayed", "", 5),
        ("refused", Reason.DIFFERENT_BODY, 0),
        ("refused", Reason.BAD_QUANTITY, 0),
        ("recorded", "", 9),
        ("replayed", "", 7),
        ("refused", Reason.DIFFERENT_BODY, 0),
    ]
    assert (ledger.balance(ann.pk), ledger.balance(ben.pk)) == (14, 7)
    assert OutboxEvent.objects.filter(topic="activity.recorded").count() == 2


def test_what_earns_nothing_is_recorded_with_its_reason(ann, purchase):
    receipt = activity.record_one(purchase(ann, ("MEAT", 1, 99)), at=NOW)
    assert (receipt.outcome, receipt.points, receipt.reason) == ("recorded", 0, "below_one_point")
    declined = Decline.objects.get()
    assert (declined.source, declined.reason) == (f"activity:{receipt.activity_id}:points", "below_one_point")
    assert not Entry.objects.exists()
    assert queries.receipts_of([receipt.activity_id])[receipt.activity_id].reason == "below_one_point"


def test_a_frozen_member_buys_without_points(ann, purchase):
    ann.status = "frozen"
    ann.save()
    receipt = activity.record_one(purchase(ann, ("MEAT", 1, 5000)), at=NOW)
    assert (receipt.points, receipt.reason) == (0, "member_not_active")
    assert ledger.balance(ann.pk) == 0


def test_a_closed_membership_takes_no_facts_but_still_answers_for_old_ones(ann, purchase):
    old = purchase(ann, ("MEAT", 1, 5000))
    activity.record_one(old, at=NOW)
    ann.status = "closed"
    ann.save()
    with pytest.raises(Refused) as refused:
        activity.record_one(purchase(ann, ("MEAT", 1, 5000)), at=NOW)
    assert refused.value.reason == Reason.MEMBER_CLOSED
    assert activity.record_one(old, at=NOW).outcome == "replayed"


def bad(**change):
    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (bad(kind="wish"), Reason.UNKNOWN_KIND),
        (bad(external_id=""), Reason.BAD_EXTERNAL_ID),
        (bad(external_id="x" * 81), Reason.BAD_EXTERNAL_ID),
        (bad(external_id="a\0b"), Reason.BAD_EXTERNAL_ID),
        (bad(external_id="a\nb"), Reason.BAD_EXTERNAL_ID),
        (bad(lines=(FactLine("x" * 61, "", 1, 1),)), Reason.BAD_TEXT),
        (bad(lines=(FactLine("", "\x07", 1, 1),)), Reason.BAD_TEXT),
        (bad(lines=(FactLine("", "", -1, 1),)), Reason.BAD_QUANTITY),
        (bad(lines=(FactLine("", "", 1, -1),)), Reason.BAD_AMOUNT),
        (bad(lines=(FactLine("", "", 1, 10**16),)), Reason.BAD_AMOUNT),
        (bad(lines=(), amount_fen=-1), Reason.BAD_AMOUNT),
        (bad(amount_fen=1049), Reason.AMOUNT_MISMATCH),
        (bad(kind="check_in"), Reason.LINES_NOT_TAKEN),
        (bad(occurred_at=NOW + timedelta(minutes=6)), Reason.IN_FUTURE),
        (bad(occurred_at=NOW.replace(tzinfo=None)), Reason.BAD_TIME),
        (bad(discount_fen=2000), Reason.BAD_DISCOUNT),
        (bad(discount_fen=100), Reason.BAD_DISCOUNT),
        (bad(points_spent=100), Reason.BAD_DISCOUNT),
        (bad(channel="nowhere"), Reason.UNKNOWN_CHANNEL),
        (bad(member_id=0), Reason.UNKNOWN_MEMBER),
        (bad(store_id=0), Reason.UNKNOWN_STORE),
    ],
)
def test_a_fact_that_cannot_be_right_is_refused_and_leaves_nothing(ann, purchase, change, reason):
    fact = replace(purchase(ann, ("MEAT", 2, 1050)), **change)
    with pytest.raises(Refused) as refused:
        activity.record_one(fact, at=NOW)
    assert refused.value.reason == reason
    assert not Activity.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_a_clock_that_runs_a_little_ahead_is_forgiven(ann, purchase):
    fact = purchase(ann, ("MEAT", 1, 500), at=NOW + timedelta(minutes=5))
    assert activity.record_one(fact, at=NOW).points == 5


def test_a_purchase_known_by_its_amount_is_one_line(ann, purchase):
    receipt = activity.record_one(purchase(ann, amount_fen=4200), at=NOW)
    assert receipt.points == 42
    assert [(line.category, line.quantity, line.amount_fen) for line in Line.objects.all()] == [("", 1, 4200)]


@pytest.mark.parametrize(
    "text", ['quote"d', "back\\slash", "{brace}", "com,ma", "NULL", "家居 用品", "'", "%s"]
)
def test_any_printable_text_is_kept_as_it_is(ann, purchase, text):
    receipt = activity.record_one(purchase(ann, (text, 1, 100), external_id=text), at=NOW)
    assert Activity.objects.get(pk=receipt.activity_id).external_id == text
    assert Line.objects.get().category == text


def test_behaviours_without_money_are_accepted_too(ann, pos):
    fact = Fact("check_in", "pos", "c1", ann.pk, NOW, attributes={"place": "入口"})
    receipt = activity.record_one(fact, at=NOW)
    assert (receipt.outcome, receipt.points, receipt.reason) == ("recorded", 0, "other_kind")
    assert Activity.objects.get().attributes == {"place": "入口"}


def test_a_preview_says_the_same_and_leaves_nothing(ann, purchase):
    fact = purchase(ann, ("MEAT", 2, 1050))
    seen = activity.preview(fact, at=NOW)
    assert (seen.points, seen.balance) == (10, 10)
    assert not Activity.objects.exists()
    assert not Entry.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert activity.record_one(fact, at=NOW).points == 10


def test_an_empty_batch_does_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(2):  # the savepoint alone
        assert activity.record([], at=NOW) == []


@pytest.mark.parametrize("size", [1, 2, 40])
def test_a_batch_costs_the_same_round_trips_however_large(
    ann, ben, purchase, size, way, django_assert_num_queries
):
    activity.record_one(purchase(ann, ("MEAT", 1, 100)), at=NOW)
    batch = [purchase(member, ("MEAT", 1, 100)) for member in [ann, ben] * size][:size]
    in_steps = 2 + (2 if size == 1 else 3)  # savepoint; claim, rules' periods unless told, post
    with django_assert_num_queries(1 if way == "foreseen" else in_steps):
        activity.record(batch, at=NOW)
