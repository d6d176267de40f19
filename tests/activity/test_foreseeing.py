"""What was presumed when an award was decided beforehand is checked by the database that records it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.activity import services as activity
from apps.activity.errors import Refused
from apps.activity.models import Activity, Line
from apps.activity.rules import Fact
from apps.activity.services import foreseeing
from apps.core.audit import Actor
from apps.core.models import OutboxEvent
from apps.ledger import services as ledger
from apps.ledger.assets import asset_id
from apps.ledger.models import Account, Decline, Entry, Lot
from apps.members import services as members
from apps.points import queries as points
from apps.points.rules import EarningSpec
from apps.tiers import services as tiers
from tests.activity.conftest import NOW
from tests.points.making import publish

BEFORE = NOW - timedelta(days=1)


@pytest.fixture(autouse=True)
def _rules_are_known(db):
    asset_id("points")
    points.rulebook()
    tiers.grows(points.known_rulebook()[1])


def asked(act):
    """What the act answers and how many statements it took."""
    with CaptureQueriesContext(connection) as seen:
        answer = act()
    return answer, len(seen)


def test_a_purchase_by_known_rules_is_one_statement(ann, purchase):
    fact = purchase(ann, ("MEAT", 1, 1280))
    receipt, statements = asked(lambda: activity.record_one(fact, at=NOW))
    assert (receipt.points, receipt.balance, statements) == (12, 12, 1)


def test_nothing_earned_is_recorded_with_its_reason_in_one_statement(ann, purchase):
    fact = purchase(ann, ("MEAT", 1, 99))
    receipt, statements = asked(lambda: activity.record_one(fact, at=NOW))
    assert (receipt.points, receipt.reason, receipt.balance, statements) == (0, "below_one_point", None, 1)
    assert Decline.objects.get().reason == "below_one_point"
    assert Entry.objects.count() == 0


def test_a_rule_published_meanwhile_counts(ann, purchase):
    publish("double", EarningSpec(points=2), at=BEFORE, starts_at=BEFORE)
    receipt, statements = asked(lambda: activity.record_one(purchase(ann, ("MEAT", 1, 1000)), at=NOW))
    assert receipt.points == 10 + 20
    assert statements > 1
    receipt, statements = asked(lambda: activity.record_one(purchase(ann, ("MEAT", 1, 1000)), at=NOW))
    assert (receipt.points, statements) == (30, 1)


@pytest.mark.parametrize(
    "spec",
    [
        EarningSpec(effect="bonus", basis="per_activity", points=5, tags_none=("staff",)),
        EarningSpec(effect="bonus", basis="per_activity", points=5, birthday_month=True),
        EarningSpec(effect="bonus", basis="per_activity", points=5, cap_day=3),
        EarningSpec(effect="bonus", basis="per_activity", points=5, stores=("NOWHERE",)),
    ],
    ids=["tags", "birthday", "cap", "store"],
)
def test_a_rule_that_asks_more_than_the_basket_is_not_foreseen(ann, purchase, spec):
    publish("asking", spec, at=BEFORE, starts_at=BEFORE)
    points.rulebook()
    _, statements = asked(lambda: activity.record_one(purchase(ann, ("MEAT", 1, 1000)), at=NOW))
    assert statements > 1


def test_a_rule_of_the_purchases_store_counts(ann, purchase, store):
    spec = EarningSpec(effect="bonus", basis="per_activity", points=5, stores=(store.code,))
    publish("here", spec, at=BEFORE, starts_at=BEFORE)
    points.rulebook()
    assert activity.record_one(purchase(ann, ("MEAT", 1, 1000)), at=NOW).points == 15


def test_a_frozen_member_earns_nothing_and_is_told_why(ann, purchase):
    members.freeze(member_id=ann.pk, reason="查", actor=Actor("ops"), at=BEFORE)
    receipt = activity.record_one(purchase(ann, ("MEAT", 1, 1000)), at=NOW)
    assert (receipt.outcome, receipt.points, receipt.reason) == ("recorded", 0, "member_not_active")
    assert Entry.objects.count() == 0


def test_a_stranger_is_refused_and_leaves_nothing(ann, purchase):
    fact = replace(purchase(ann, ("MEAT", 1, 1000)), member_id=2**40)
    with pytest.raises(Refused) as refused:
        activity.record_one(fact, at=NOW)
    assert refused.value.reason == "unknown_member"
    assert Activity.objects.count() == 0


def written():
    """All rows of the purchases there are, told without the identities they were given."""
    place = {
        pk: n for n, pk in enumerate(Activity.objects.order_by("external_id").values_list("pk", flat=True))
    }
    named = {f"activity:{pk}:points": n for pk, n in place.items()}
    activities = Activity.objects.order_by("external_id").values()
    return {
        "activities": [{**row, "id": place[row["id"]]} for row in activities],
        "lines": sorted(
            (place[activity_id], *rest)
            for activity_id, *rest in Line.objects.values_list(
                "activity", "member", "category", "sku", "quantity", "amount_fen", "refunds_line"
            )
        ),
        "entries": [
            (named[source], *rest)
            for source, *rest in Entry.objects.order_by("pk").values_list(
                "source", "account", "member", "kind", "amount", "balance_after", "at", "explanation", "store"
            )
        ],
        "lots": list(
            Lot.objects.order_by("pk").values_list(
                "account",
                "member",
                "entry__amount",
                "granted",
                "remaining",
                "available_on",
                "expires_on",
                "is_open",
            )
        ),
        "declines": sorted(
            (named[source], *rest)
            for source, *rest in Decline.objects.values_list(
                "source", "member", "at", "reason", "explanation"
            )
        ),
        "accounts": sorted(Account.objects.values_list("member", "balance", "held", "owed")),
        "announced": [
            sorted(place[pk] for pk in payload["activities"])
            for payload in OutboxEvent.objects.filter(topic="activity.recorded").values_list(
                "payload", flat=True
            )
        ],
    }


def recorded_both_ways(batch, monkeypatch):
    """The receipts and rows of the batch as it goes, and of of the batch in steps; the first is kept."""
    with transaction.atomic(), monkeypatch.context() as usual:
        usual.setattr(foreseeing, "record", lambda facts, at: None)
        in_steps = (
            [replace(receipt, activity_id=None) for receipt in activity.record(batch, at=NOW)],
            written(),
        )
        transaction.set_rollback(True)
    receipts, statements = asked(lambda: activity.record(batch, at=NOW))
    return ([replace(receipt, activity_id=None) for receipt in receipts], written()), in_steps, statements


@pytest.fixture
def batch(ann, ben, purchase):
    """Lines, no lines, a store and none, two purchases too small; the keys against the order of time."""
    ledger.lock_accounts([ann.pk, ben.pk])
    facts = [
        purchase(ann, ("MEAT", 1, 1280), ("SOAP", 2, 99), external_id="z"),
        purchase(ben, ("MEAT", 1, 99), external_id="y"),
        purchase(ann, ('味"道\\', 3, 700), external_id="x"),
        purchase(ben, external_id="w", amount_fen=5000, attributes={"票": [1, None, 'a"b']}),
        purchase(ann, ("MEAT", 1, 40), external_id="v"),
        Fact("check_in", "pos", "u", ann.pk, NOW),
    ]
    facts[2] = replace(facts[2], store_id=None)
    return [replace(fact, occurred_at=NOW - timedelta(days=len(facts) - n)) for n, fact in enumerate(facts)]


def test_a_batch_by_known_rules_is_one_statement_and_the_same_rows(ann, batch, monkeypatch):
    foreseen, in_steps, statements = recorded_both_ways(batch, monkeypatch)
    assert foreseen == in_steps
    assert statements == 1
    assert [receipt.points for receipt in foreseen[0]] == [13, 0, 7, 50, 0, 0]
    assert [receipt.balance for receipt in foreseen[0]] == [13, None, 20, 50, None, None]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda batch: [*batch, batch[0]],
        lambda batch: [*batch, replace(batch[0], amount_fen=7)],
        lambda batch: [*batch, replace(batch[0], channel="nowhere", external_id="other")],
        lambda batch: [*batch, replace(batch[0], member_id=2**40, external_id="other")],
        lambda batch: [*batch, replace(batch[0], store_id=2**40, external_id="other")],
        lambda batch: [*batch, replace(batch[0], occurred_at=NOW + timedelta(days=1), external_id="other")],
    ],
    ids=["twice", "other body", "channel", "stranger", "store", "future"],
)
def test_a_batch_with_a_doubtful_fact_goes_step_by_step(batch, monkeypatch, spoil):
    foreseen, in_steps, statements = recorded_both_ways(spoil(batch), monkeypatch)
    assert foreseen == in_steps
    assert statements > 1
    assert [receipt.points for receipt in foreseen[0]][:6] == [13, 0, 7, 50, 0, 0]


def test_a_batch_told_again_changes_nothing(batch):
    first = activity.record(batch, at=NOW)
    rows = written()
    again = activity.record(batch, at=NOW)
    assert [receipt.outcome for receipt in again] == ["replayed"] * 6
    assert [replace(receipt, outcome="recorded") for receipt in again] == first
    assert written() == rows


def test_a_batch_of_somebody_who_owes_settles_his_debt(ann, batch, monkeypatch):
    award = {"member_id": ann.pk, "amount": 9, "at": BEFORE, "expires_on": None}
    earned = ledger.award(**award, source="before")
    ledger.spend(member_id=ann.pk, amount=9, at=BEFORE, source="gone")
    ledger.reverse(earned.entry_id, ledger.ReversalRequest("back", BEFORE, shortfall="owe"))
    receipts = activity.record(batch, at=NOW)
    assert [receipt.balance for receipt in receipts] == [4, None, 11, 50, None, None]
    account = Account.objects.get(member=ann)
    assert (account.balance, account.owed) == (11, 0)


def test_a_batch_of_a_frozen_member_earns_nothing_for_him(ben, batch, monkeypatch):
    members.freeze(member_id=ben.pk, reason="查", actor=Actor("ops"), at=BEFORE)
    foreseen, in_steps, _statements = recorded_both_ways(batch, monkeypatch)
    assert foreseen == in_steps
    assert [receipt.points for receipt in foreseen[0]] == [13, 0, 7, 0, 0, 0]


def test_a_batch_goes_by_a_rule_published_meanwhile(batch, monkeypatch):
    publish("double", EarningSpec(points=2), at=NOW - timedelta(days=9), starts_at=NOW - timedelta(days=9))
    receipts = activity.record(batch, at=NOW)
    assert [receipt.points for receipt in receipts] == [40, 1, 21, 150, 0, 0]
