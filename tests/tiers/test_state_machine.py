"""A tier's life against a toy: purchases, refunds and assessments in any order agree with plain Python."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.activity import services as activity
from apps.activity.models import Line
from apps.activity.services import RefundRequest
from apps.core import invariants
from apps.tiers.models import Spell
from tests.factories import MemberFactory
from tests.tiers.conftest import THREE, assess, publish

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, 9, tzinfo=ZONE)
ENTRY, KEEP = (0, 100, 300), (0, 80, 200)

acts = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(1, 40), st.integers(1, 320)),
        st.tuples(st.just("refund"), st.integers(1, 40), st.integers(0, 9)),
        st.tuples(st.just("assess"), st.integers(20, 200), st.just(0)),
    ),
    min_size=3,
    max_size=9,
)


class Toy:
    """One member under the three levels: twelve months' growth, upgrades at once, falls recomputed."""

    def __init__(self):
        self.bought, self.rank, self.history = [], 0, [0]

    def growth(self, at, until):
        month = date(at.year - 1, at.month, min(at.day, 28))
        since = datetime.combine(month, at.timetz())
        return sum(yuan for when, yuan in self.bought if when >= since and when < until)

    def judge(self, at, until, may_fall):
        growth = self.growth(at, until)
        deserved = max(rank for rank in range(3) if growth >= ENTRY[rank])
        if deserved > self.rank or (may_fall and growth < KEEP[self.rank]):
            self.rank = deserved if deserved > self.rank else min(deserved, self.rank - 1)
            self.history.append(self.rank)


@pytest.mark.django_db
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts)
def test_any_life_agrees_with_the_toy(acts, purchase, store, at_till):
    with transaction.atomic():
        publish(levels=THREE)
        member, toy = MemberFactory(home_store=store, joined_at=START), Toy()
        _live(acts, member, toy, purchase, at_till)
        told = Spell.objects.filter(member=member).order_by("since").values_list("level__rank", flat=True)
        assert list(told) == toy.history
        assert invariants.check(["T1", "T2", "T3", "T4", "G1"]) == []
        transaction.set_rollback(True)


def _live(acts, member, toy, purchase, at_till):
    at, receipts = START, []
    for n, (act, days, number) in enumerate(acts):
        at += timedelta(days=days)
        if act == "buy":
            fact = purchase(member, ("A", 1, number * 100), at=at)
            receipts.append((activity.record_one(fact, at=at), len(toy.bought)))
            toy.bought.append((at, number))
            toy.judge(at, at + timedelta(seconds=1), may_fall=False)
        elif act == "refund" and receipts:
            receipt, place = receipts.pop(number % len(receipts))
            (line,) = Line.objects.filter(activity=receipt.activity_id)
            activity.refund(RefundRequest(receipt.activity_id, {line.pk: 1}, f"R{n}"), actor=at_till, at=at)
            toy.bought[place] = (toy.bought[place][0], 0)
            toy.judge(at, at + timedelta(seconds=1), may_fall=True)
        elif act == "assess":
            start = at.replace(hour=0)
            assess(start.date().isoformat(), at)
            toy.judge(start, start, may_fall=True)
