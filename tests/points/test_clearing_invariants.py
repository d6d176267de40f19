"""Each invariant of clearing fires on a violation seeded by hand, and on nothing else."""

import pytest
from django.db import connection

from apps.core import invariants
from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.points.models import ClearingChunk, ClearingRun
from tests.ledger import acts
from tests.points.clearing_cast import AT, DUE, EARNED, crowd, grant, plan, run

pytestmark = pytest.mark.django_db
KS = [code for code in invariants.REGISTRY if code.startswith("K")]


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def unguarded(statement, *params):
    """As someone would who switches the guards off."""
    sql("SET LOCAL session_replication_role = replica")
    sql(statement, *params)
    sql("SET LOCAL session_replication_role = origin")


def fired():
    return [violation.code for violation in invariants.check(KS)]


@pytest.fixture
def cleared(store):
    crowd(store, 3)
    done = run(plan())
    unguarded("UPDATE ledger_lot SET expires_on = NULL WHERE is_open")  # what is left is not due today
    assert fired() == []
    return done


def test_k1_fires_when_a_lot_expired_before_its_deadline(cleared):
    unguarded("UPDATE ledger_entry SET at = '2018-12-31T15:59:59Z' WHERE kind = 'expire'")
    assert fired() == ["K1"]


def test_k2_fires_when_a_lot_was_spent_after_its_deadline(ann):
    grant(ann, (5, DUE))
    ledger.spend(member_id=ann.pk, amount=5, at=EARNED, source="s")
    assert fired() == []
    unguarded("UPDATE ledger_entry SET at = '2018-12-31T16:00:00Z' WHERE kind = 'spend'")
    assert fired() == ["K2"]


def test_k2_accepts_spending_within_the_grace_of_a_return(ann):
    grant(ann, (5, DUE))
    spent = ledger.spend(member_id=ann.pk, amount=5, at=EARNED, source="s")
    ledger.reverse(spent.entry_id, ledger.ReversalRequest(None, AT))
    ledger.spend(member_id=ann.pk, amount=5, at=AT, source="t")
    assert fired() == []


def test_k3_fires_when_a_lot_expired_twice(cleared):
    unguarded("UPDATE ledger_allocation SET lot_id = (SELECT min(lot_id) FROM ledger_allocation)")
    assert "K3" in fired()


def test_k3_lets_a_lot_expire_again_with_what_a_late_told_return_brought(ann):
    acts.give(ann, (10, acts.YEAR_END))
    sale = acts.take(ann, 4)
    assert acts.expire(acts.NEW_YEAR).points == 6
    back = acts.undo(sale, on=acts.TODAY)  # entered after the expiry, in effect before it
    assert (back.moved, acts.expire(acts.NEW_YEAR).points) == (4, 4)
    assert Entry.objects.filter(kind="expire").count() == 2
    assert fired() == []


def test_k4_fires_when_something_due_was_left(ann):
    grant(ann, (5, DUE))
    assert fired() == []  # written a moment ago: the next night's clearing takes it
    unguarded("UPDATE ledger_entry SET posted_at = now() - interval '31 hours'")
    assert fired() == ["K4"]


def test_k5_fires_when_a_round_finished_twice(cleared):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE points_clearingrun DROP CONSTRAINT points_clearingrun_once")
    ClearingRun.objects.create(
        asset_id=cleared.asset_id, as_of=cleared.as_of, round=1, state="done", plan={}, created_at=AT
    )
    assert fired() == ["K5"]


def test_k5_fires_when_a_finished_run_has_an_open_chunk(cleared):
    ClearingChunk.objects.filter(run=cleared).update(done_at=None)
    assert fired() == ["K5 open"]


def test_k6_fires_when_a_chunk_did_something_else(cleared):
    ClearingChunk.objects.filter(run=cleared).update(lots=9)
    assert fired() == ["K6"]


def test_k6_fires_when_the_total_is_not_what_entries_say(cleared):
    ClearingRun.objects.filter(pk=cleared.pk).update(points=7)
    assert fired() == ["K6 total"]


def test_k6_fires_when_the_plan_was_changed_afterwards(cleared):
    ClearingRun.objects.filter(pk=cleared.pk).update(plan={**cleared.plan, "points": 7})
    assert fired() == ["K6 total"]
