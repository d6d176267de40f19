"""Facts about the standing cast. Every test that writes ends with the invariants holding."""

import itertools
from datetime import timedelta

import pytest

from apps.activity import services as activity
from apps.activity.rules import Fact, FactLine
from apps.core import invariants
from apps.core.audit import Actor
from tests.factories import OPENING, ChannelFactory

NOW = OPENING + timedelta(days=30)


@pytest.fixture(autouse=True)
def _invariants_hold(request):
    """After the test nothing is broken, unless it is marked ``breaks_invariants``."""
    used = [name for name in ("transactional_db", "db") if name in request.fixturenames]
    if used:
        request.getfixturevalue(used[0])  # so that this ends before the database is gone
    yield
    if used and not request.node.get_closest_marker("breaks_invariants"):
        assert invariants.check() == []


@pytest.fixture
def pos(db):
    return ChannelFactory(code="pos", name="POS")


@pytest.fixture
def at_till(clerk, store):
    return Actor(clerk.username, clerk.pk, store.pk)


@pytest.fixture
def purchase(pos, store):
    """Makes purchase facts: ``purchase(ann, ("MEAT", 2, 1050))``."""
    numbers = itertools.count(1)

    def make(member, *lines, external_id=None, at=NOW, **more) -> Fact:
        return Fact(
            kind="purchase",
            channel="pos",
            external_id=external_id or f"P{next(numbers)}",
            member_id=member.pk,
            occurred_at=at,
            store_id=store.pk,
            lines=tuple(FactLine(category, "", quantity, amount) for category, quantity, amount in lines),
            **more,
        )

    return make


@pytest.fixture
def give(purchase):
    """Gives a member points by a purchase worth as many yuan; the receipt."""

    def _give(member, points, at=NOW):
        return activity.record_one(purchase(member, ("GIFT", 1, points * 100), at=at), at=at)

    return _give
