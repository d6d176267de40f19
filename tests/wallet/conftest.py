"""Stored value of the standing cast. Every test that writes ends with the invariants holding."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from apps.activity import services as activity
from apps.activity.rules import FactLine
from apps.core import clock, invariants
from apps.core.approvals import services as approvals
from apps.core.audit import Actor
from apps.wallet import acts, queries
from apps.wallet import services as wallet

AT = datetime(2026, 3, 18, 4, tzinfo=UTC)  # noon in the shop
DAY = AT.date()


@pytest.fixture(autouse=True)
def _invariants_hold(request):
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
    yield
    if "db" in request.fixturenames and not request.node.get_closest_marker("breaks_invariants"):
        assert invariants.check() == []


@pytest.fixture
def actor(clerk, store) -> Actor:
    return Actor(clerk.username, clerk.pk, store.pk)


@pytest.fixture
def named(ann):
    """A member with a name and a phone."""
    ann.phone_hash, ann.phone_sealed, ann.phone_last4 = b"7" * 32, b"sealed", "8000"
    ann.save()
    return ann


@pytest.fixture
def offered(db):
    """Makes live plans: ``offered(500, 50, gift_days=30)`` in yuan."""
    numbers = itertools.count(1)

    def make(yuan, gift=0, code="", **terms):
        terms = {"name": f"充{yuan}送{gift}", "amount_fen": yuan * 100, "gift_fen": gift * 100, **terms}
        wording = wallet.PlanTerms(code=code or f"plan-{next(numbers)}", **terms)
        by = {"actor": Actor("marketer"), "at": AT - timedelta(days=40)}
        wallet.draft_plan(terms=wording, **by)
        return wallet.publish_plan(terms=wording, **by)

    return make


@pytest.fixture
def top_up(actor, store):
    """Takes money in: ``top_up(ann, plan)`` or ``top_up(ann, amount_fen=30000)``."""

    def take(member, plan=None, *, at=AT, means="cash", key=None, **more):
        wish = wallet.TopUpWish(
            key or uuid.uuid4(), member.pk, store.pk, means, plan_id=plan and plan.pk, **more
        )
        return wallet.top_up(wish=wish, actor=actor, at=at)

    return take


@pytest.fixture
def quote(store, clerk, actor):
    """Quotes a sale of one line: ``quote(ann, 12000, balance=10000)``."""

    def make(member, fen, *, balance=0, points=0, at=AT, quantity=1):
        lines = (FactLine("MEAT", "", quantity, fen),)
        wish = activity.SaleRequest(member.pk, store.pk, clerk.pk, lines, points, balance_fen=balance)
        return activity.quote_sale(wish, actor=actor, at=at)

    return make


@pytest.fixture
def buy(quote, actor):
    """Sells it at once."""

    def sell(*args, at=AT, **kwargs):
        return activity.take_sale(quote(*args, at=at, **kwargs).pk, actor=actor, at=at)

    return sell


@pytest.fixture
def refund(manager, store):
    """Asks for a refund of principal, as the manager."""

    def ask(top_up, formula, *, at=AT, staff=manager):
        wish = wallet.RefundWish(top_up.pk, formula, "cash", "moves away", store.pk, clock.business_day(at))
        payload = acts.refund_payload(wish)
        return approvals.ask(act=acts.REFUND, payload=payload, reason="moves away", staff=staff, at=at)

    return ask


def balance(member, day=DAY):
    """(principal, gift) spendable, in fen."""
    parts = queries.balance_of(member.pk, day=day).spendable
    return parts.principal_fen, parts.gift_fen
