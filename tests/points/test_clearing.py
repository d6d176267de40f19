from datetime import date, timedelta

import pytest

from apps.core import invariants
from apps.core.models import AuditEntry, OutboxEvent
from apps.ledger import queries as holdings
from apps.ledger import services as ledger
from apps.ledger.models import Entry, Lot
from apps.points import errors
from apps.points import services as points
from apps.points.models import ClearingChunk, ClearingRun
from apps.points.services import planning
from tests.points.clearing_cast import (
    AS_OF,
    AT,
    DUE,
    EARNED,
    NOT_YET,
    OPERATIONS,
    crowd,
    grant,
    plan,
    planned_totals,
    progress,
    run,
    totals,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_holds():
    yield
    assert invariants.check() == []


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(planning, "CHUNK_LOTS", 3)


def expiries():
    return list(Entry.objects.filter(kind="expire").values_list("member_id", "amount").order_by("account_id"))


def test_a_plan_counts_and_changes_nothing(store):
    members = crowd(store, 6)
    planned = plan()
    assert planned_totals(planned) == {"accounts": 6, "lots": 6, "points": 21}
    assert planned.state == "planned"
    assert planned.plan["examples"][0] == {
        "member": members[5].number,
        "member_id": members[5].pk,
        "lots": 1,
        "points": 6,
    }
    assert planned.plan["by_expiry"] == [{"expires_on": "2018-12-31", "lots": 6, "points": 21}]
    assert expiries() == []
    assert holdings.balance(members[0].pk) == 8


def test_the_run_does_exactly_what_the_plan_told(store, small_chunks):
    members = crowd(store, 10)
    planned = plan()
    done = run(planned)
    assert done.state == "done"
    assert totals(done) == planned_totals(done) == {"accounts": 10, "lots": 10, "points": 55}
    assert expiries() == [(member.pk, -number) for number, member in enumerate(members, 1)]
    assert [holdings.balance(member.pk) for member in members] == [7] * 10
    assert (progress(done).chunks, progress(done).chunks_done, progress(done).percent) == (4, 4, 100)


def test_many_lots_of_one_member_make_one_entry(ann):
    grant(ann, *[(5, DUE - timedelta(days=n)) for n in range(9)])
    done = run(plan())
    assert totals(done) == {"accounts": 1, "lots": 9, "points": 45}
    assert expiries() == [(ann.pk, -45)]


def test_points_are_valid_until_their_last_midnight(ann):
    grant(ann, (5, DUE), (7, NOT_YET))
    assert planned_totals(plan(as_of=DUE))["points"] == 0
    assert planned_totals(plan(as_of=AS_OF))["points"] == 5
    assert planned_totals(plan(as_of=AS_OF + timedelta(days=1)))["points"] == 12


def test_a_day_that_has_not_begun_cannot_be_cleared(ann):
    grant(ann, (5, DUE))
    with pytest.raises(errors.ClearingTooEarly) as refused:
        plan(as_of=date(2019, 1, 3))
    assert (refused.value.as_of, refused.value.today) == (date(2019, 1, 3), date(2019, 1, 2))
    assert not ClearingRun.objects.exists()


def test_other_assets_are_left_alone(ann):
    growth = ledger.Posting(ann.pk, "award", 5, EARNED, asset="growth", lots=(ledger.LotGrant(5, DUE),))
    ledger.post([growth])
    assert planned_totals(plan())["points"] == 0


def test_running_twice_changes_nothing_more(store):
    crowd(store, 3)
    first = run(plan())
    assert plan() is None
    assert totals(run_again(first)) == totals(first)
    assert ClearingRun.objects.count() == 1
    assert len(expiries()) == 3


def run_again(done):
    with pytest.raises(errors.ClearingEnded):
        points.start_clearing(run_id=done.pk, actor=OPERATIONS, at=AT)
    assert points.run_chunk(run_id=done.pk, at=AT) is None
    assert points.finish_clearing(run_id=done.pk, at=AT) is False
    done.refresh_from_db()
    return done


def test_a_day_with_nothing_due_is_a_finished_run():
    done = run(plan())
    assert (done.state, totals(done)) == ("done", {"accounts": 0, "lots": 0, "points": 0})
    assert plan() is None


def test_planning_again_counts_anew_in_the_same_row(store, ann):
    crowd(store, 2)
    first = plan()
    grant(ann, (100, DUE))
    second = plan()
    assert second.pk == first.pk
    assert second.plan["points"] == 103
    assert ClearingChunk.objects.filter(run=second).count() == 1


def test_what_falls_due_late_is_a_second_round(store, ann):
    crowd(store, 2)
    first = run(plan())
    grant(ann, (100, DUE))
    second = run(plan())
    assert (first.round, second.round) == (1, 2)
    assert totals(second) == {"accounts": 1, "lots": 1, "points": 100}


def test_a_late_award_inside_a_chunk_is_cleared_and_reported(store):
    members = crowd(store, 3)
    planned = plan()
    grant(members[1], (100, DUE))
    done = run(planned)
    assert (done.state, done.points, done.plan["points"]) == ("done", 106, 6)
    assert progress(done).late_points == 100
    assert ClearingChunk.objects.get(run=done).late_entries == 1


@pytest.mark.parametrize(("taken_back_at", "cleared", "late"), [(EARNED, 33, -20), (AT, 53, 0)])
def test_a_late_reversal_counts_as_late_only_if_it_took_due_points(store, ann, taken_back_at, cleared, late):
    entry_id = grant(ann, (50, DUE))
    crowd(store, 2)
    planned = plan()
    ledger.reverse(entry_id, ledger.ReversalRequest(None, taken_back_at, amount=20))
    done = run(planned)
    assert (done.state, done.points, progress(done).late_points) == ("done", cleared, late)


def test_a_return_into_an_expired_lot_with_grace_is_not_cleared(ann):
    grant(ann, (50, DUE))
    spent = ledger.spend(member_id=ann.pk, amount=30, at=EARNED, source="s")
    planned = plan()
    ledger.reverse(spent.entry_id, ledger.ReversalRequest(None, AT, grace_days=30))
    done = run(planned)
    assert (done.state, done.plan["points"], done.points) == ("done", 20, 0)
    assert progress(done).late_points == -20
    assert holdings.balance(ann.pk) == 30


def test_a_difference_no_entry_explains_stops_the_run_and_undoes_the_chunk(store, small_chunks):
    crowd(store, 6)
    planned = plan()
    second = planned.chunks.order_by("first_account")[1]
    ClearingChunk.objects.filter(pk=second.pk).update(planned_points=999)
    points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=AT)
    assert points.run_chunk(run_id=planned.pk, at=AT).points == 6
    with pytest.raises(errors.ClearingDiffers) as refused:
        points.run_chunk(run_id=planned.pk, at=AT)
    assert (refused.value.planned, refused.value.due, refused.value.due_then) == (999, 15, 15)
    planned.refresh_from_db()
    assert (planned.state, planned.note) == ("stopped", str(refused.value))
    assert len(expiries()) == 3
    assert points.run_chunk(run_id=planned.pk, at=AT) is None
    assert totals(run(plan())) == {"accounts": 3, "lots": 3, "points": 15}


def test_one_run_at_a_time(store):
    crowd(store, 2)
    planned = plan()
    points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=AT)
    with pytest.raises(errors.ClearingBusy) as refused:
        plan(as_of=date(2019, 1, 2))
    assert refused.value.run_id == planned.pk
    assert points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=AT).state == "running"


def test_a_run_is_not_finished_while_a_chunk_is_open(store, small_chunks):
    crowd(store, 6)
    planned = plan()
    points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=AT)
    points.run_chunk(run_id=planned.pk, at=AT)
    assert points.finish_clearing(run_id=planned.pk, at=AT) is False
    assert ClearingRun.objects.get().state == "running"
    assert progress(planned).percent == 50


def test_a_planned_run_is_not_worked_at_before_it_is_started(store):
    crowd(store, 2)
    planned = plan()
    assert points.run_chunk(run_id=planned.pk, at=AT) is None
    assert points.finish_clearing(run_id=planned.pk, at=AT) is False
    assert expiries() == []


def test_held_points_past_their_day_are_cleared_and_the_hold_can_only_be_released(ann):
    grant(ann, (50, DUE))
    held = ledger.hold(member_id=ann.pk, amount=50, source="h", at=EARNED, due_at=AT)
    assert totals(run(plan())) == {"accounts": 1, "lots": 1, "points": 50}
    assert ledger.release(held.hold_id, at=AT) is True


def test_the_run_is_audited_and_announced(store):
    crowd(store, 2)
    done = run(plan())
    rows = AuditEntry.objects.filter(subject_type="points.clearing", subject_id=str(done.pk))
    assert list(rows.order_by("id").values_list("code", "actor_name")) == [
        ("points.plan_clearing", "operations"),
        ("points.start_clearing", "operations"),
        ("points.finish_clearing", "points.clear_due"),
    ]
    assert OutboxEvent.objects.get(topic="points.cleared").payload == {
        "run": done.pk,
        "as_of": "2019-01-01",
        "accounts": 2,
        "lots": 2,
        "points": 3,
    }


def test_every_cleared_lot_is_closed(store):
    crowd(store, 4)
    run(plan())
    assert list(Lot.objects.filter(is_open=True).values_list("expires_on", flat=True)) == [NOT_YET] * 4
