"""What was presumed when an award was decided beforehand is checked by the database that records it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.activity import services as activity
from apps.activity.errors import Refused
from apps.activity.models import Activity
from apps.core.audit import Actor
from apps.ledger.assets import asset_id
from apps.ledger.models import Decline, Entry
from apps.members import services as members
from apps.points import queries as points
from apps.points.rules import EarningSpec
from tests.activity.conftest import NOW
from tests.points.making import publish

BEFORE = NOW - timedelta(days=1)


@pytest.fixture(autouse=True)
def _rules_are_known(db):
    asset_id("points")
    points.rulebook()


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
