"""Each invariant of this app sees the violation seeded for it."""

import pytest
from django.db import IntegrityError

from apps.activity import services as activity
from apps.activity.models import Activity, Line, Quote
from apps.activity.rules import Fact, FactLine
from apps.activity.services import SaleRequest
from apps.core import invariants
from apps.ledger.models import Decline, Hold
from tests.activity.conftest import NOW

pytestmark = pytest.mark.breaks_invariants


def broken(code):
    """The offending rows of one invariant, as dicts."""
    return [row for violation in invariants.check([code]) for row in violation.rows]


@pytest.fixture
def bought(ann, purchase):
    receipt = activity.record_one(purchase(ann, ("MEAT", 2, 2000)), at=NOW)
    return Activity.objects.get(pk=receipt.activity_id)


@pytest.fixture
def returned(ann, bought):
    fact = Fact(
        "refund", "pos", "R1", ann.pk, NOW, lines=(FactLine("MEAT", "", 1, 1000),), refund_of=bought.pk
    )
    receipt = activity.record_one(fact, at=NOW)
    return Activity.objects.get(pk=receipt.activity_id)


@pytest.fixture
def quoted(ann, give, store, clerk, at_till):
    give(ann, 500)
    request = SaleRequest(ann.pk, store.pk, clerk.pk, (FactLine("MEAT", "", 1, 2000),), 300)
    return activity.quote_sale(request, actor=at_till, at=NOW)


def change(model, pk, **values):
    model.objects.filter(pk=pk).update(**values)


def decline(act, reason="x"):
    Decline.objects.create(
        source=f"activity:{act.pk}:points", member=act.member, asset_id=1, at=NOW, reason=reason
    )


def test_l7_a_fact_without_an_outcome(ann, bought, store, pos):
    lost = Activity.objects.create(
        channel=pos,
        external_id="lost",
        kind="purchase",
        member=ann,
        occurred_at=NOW,
        recorded_at=NOW,
        payload_hash=b"",
    )
    assert [row["activity_id"] for row in broken("L7")] == [lost.pk]


def test_l7_a_fact_with_two_outcomes(bought):
    assert broken("L7") == []
    decline(bought)
    assert [(row["activity_id"], row["direct"]) for row in broken("L7")] == [(bought.pk, 2)]


def test_l7_a_refund_that_both_moved_points_and_says_it_did_not(returned):
    assert broken("L7") == []
    decline(returned)
    assert [(row["activity_id"], row["taken"]) for row in broken("L7")] == [(returned.pk, 1)]


def test_f1_lines_that_do_not_add_up(bought):
    assert broken("F1") == []
    change(Line, bought.lines.get().pk, amount_fen=1999)
    assert [(row["amount_fen"], row["lines"]) for row in broken("F1")] == [(2000, 1999)]


@pytest.mark.parametrize("values", [{"quantity": 3}, {"amount_fen": 2001}])
def test_f2_a_line_returned_beyond_what_was_bought(bought, returned, values):
    assert broken("F2") == []
    change(Line, returned.lines.get().pk, **values)
    assert [row["line_id"] for row in broken("F2")] == [bought.lines.get().pk]


def test_f3_a_refund_of_another_members_purchase(returned, ben):
    assert broken("F3") == []
    change(Activity, returned.pk, member=ben)
    assert [row["activity_id"] for row in broken("F3")] == [returned.pk]


def test_f4_points_said_to_be_spent_that_were_not(bought):
    assert broken("F4") == []
    change(Activity, bought.pk, points_spent=100)
    assert [(row["points_spent"], row["spent"]) for row in broken("F4")] == [(100, 0)]


@pytest.mark.parametrize("state", ["cancelled", "sold"])
def test_f5_a_quote_that_ended_without_its_hold(quoted, state):
    assert broken("F5") == []
    change(Quote, quoted.pk, state=state)
    assert [(row["quote_id"], row["hold"]) for row in broken("F5")] == [(quoted.pk, "open")]


def test_f5_a_quote_for_points_without_a_hold(quoted):
    change(Quote, quoted.pk, hold=None)
    assert [row["quote_id"] for row in broken("F5")] == [quoted.pk]
    assert Hold.objects.get().state == "open"


def test_the_database_itself_refuses_a_second_fact_under_a_key(bought):
    twin = Activity.objects.get(pk=bought.pk)
    twin.pk = None
    with pytest.raises(IntegrityError, match="activity_activity_once"):
        twin.save(force_insert=True)
