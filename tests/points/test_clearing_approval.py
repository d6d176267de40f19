"""A clearing run under four eyes: below and above the threshold, refused, late, recounted, killed halfway."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.core import clock, invariants
from apps.core.approvals import errors
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.core.approvals.registry import acts
from apps.ledger import services as ledger
from apps.ledger.models import Entry, Lot
from apps.points import services as points
from apps.points import tasks
from apps.points.errors import ClearingBusy, ClearingDiffers, ClearingEnded
from apps.points.models import ClearingRun, UndoRun
from apps.points.services import undoing
from apps.stores import roles
from tests.factories import StaffFactory
from tests.points.clearing_cast import AT, DUE, NOT_YET, OPERATIONS, crowd, grant, plan, run

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def second(store):
    return StaffFactory(username="second", role=roles.OPERATIONS, home_store=store)


@pytest.fixture
def planned(store):
    ApprovalThreshold.objects.create(act=points.CLEAR, mode="above", points=5)
    crowd(store, 3)  # six points
    return plan()


class Killed(Exception):
    """A worker dies in the middle of its chunk."""


@transaction.atomic
def die_in_a_chunk(run_id):
    assert points.undo_chunk(run_id=run_id, at=LATER) == 1
    raise Killed


def ask(staff, planned, at=AT):
    wish = {"act": points.CLEAR, "payload": {"run": planned.pk}, "reason": "year end"}
    return approvals.ask(**wish, staff=staff, at=at)


def approve(row, staff, at=LATER):
    return approvals.approve(request_id=row.pk, staff=staff, at=at)


def clear(planned):
    while points.run_chunk(run_id=planned.pk, at=LATER):
        pass
    points.finish_clearing(run_id=planned.pk, at=LATER)


def state(row):
    row.refresh_from_db()
    return row.state


def fired():
    return [each.code for each in invariants.check(["A1", "A1 clearing", "K6", "K6 approved"])]


def test_as_many_points_as_the_threshold_run_at_once(operations, planned):
    ApprovalThreshold.objects.update(points=6)
    row = ask(operations, planned)
    assert (row.state, row.basis, state(planned)) == ("running", "below", "running")
    clear(planned)
    assert (state(row), row.result["done"], fired()) == ("done", {"points": 6}, [])


def test_more_wait_and_a_second_person_starts_them(operations, second, planned):
    row = ask(operations, planned)
    assert (row.state, state(planned)) == ("waiting", "planned")
    assert (row.plan["measure"], len(row.plan["examples"])) == ({"count": 3, "points": 6, "money_fen": 6}, 3)
    assert (approve(row, second).state, state(planned), planned.note) == ("running", "running", "year end")
    clear(planned)
    assert (state(row), state(planned), fired()) == ("done", "done", [])


def test_nobody_starts_his_own(operations, planned):
    with pytest.raises(errors.OwnRequest):
        approve(ask(operations, planned), operations)
    assert state(planned) == "planned"


def test_rejected_it_stays_planned(operations, second, planned):
    row = ask(operations, planned)
    approvals.reject(request_id=row.pk, staff=second, at=LATER, note="not yet")
    assert (state(row), state(planned)) == ("rejected", "planned")
    assert ask(operations, planned).state == "waiting"


def test_expired_it_stays_planned(operations, second, planned):
    row = ask(operations, planned)
    approvals.expire_due(at=row.expires_at)
    with pytest.raises(errors.NotWaiting):
        approve(row, second, row.expires_at)
    assert state(planned) == "planned"


def test_a_plan_counted_anew_meanwhile_stops_with_the_difference(operations, second, planned, ann):
    row = ask(operations, planned)
    grant(ann, (10, DUE))
    plan()
    assert approve(row, second).state == "stopped"
    row.refresh_from_db()
    found = {each["what"]: (each["was"], each["now"]) for each in row.difference}
    assert (found["points"], found["accounts"], state(planned)) == ((6, 16), (3, 4), "planned")
    assert not Entry.objects.filter(kind="expire").exists()


def test_started_by_the_schedule_meanwhile_it_stops(operations, second, planned):
    row = ask(operations, planned)
    points.start_clearing(run_id=planned.pk, actor=points.CLEARER, at=LATER)
    stopped = approve(row, second)
    assert (stopped.state, stopped.fault) == ("stopped", f"清零任务 {planned.pk} 正在执行，请等它完成。")


def test_what_is_spent_after_the_plan_is_late_and_told_apart(operations, second, planned):
    row = ask(operations, planned)
    member_id = planned.plan["examples"][0]["member_id"]
    ledger.reverse(Entry.objects.filter(member_id=member_id).first().pk, ledger.ReversalRequest(None, AT, 1))
    approve(row, second)
    clear(planned)
    assert (state(row), row.result["done"], fired()) == ("done", {"points": 6}, [])


def test_a_run_that_stops_itself_stops_the_request(operations, second, planned):
    row = ask(operations, planned)
    approve(row, second)
    planned.chunks.update(planned_points=7)
    with pytest.raises(ClearingDiffers):
        clear(planned)
    assert (state(row), state(planned)) == ("stopped", "stopped")


def test_an_ended_or_running_run_can_t_be_asked_for(operations, planned):
    points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=AT)
    with pytest.raises(ClearingBusy):
        ask(operations, planned)
    clear(planned)
    with pytest.raises(ClearingEnded):
        ask(operations, planned)


def test_a_person_can_t_start_it_without_a_request(operations, planned):
    with pytest.raises(errors.Unapproved):
        points.start_clearing(run_id=planned.pk, actor=operations.as_actor(), at=AT)


def test_the_schedule_and_the_shell_are_on_record(store, monkeypatch):
    monkeypatch.setattr(tasks.run_chunks, "delay", lambda run_id: None)
    crowd(store, 3)
    with clock.moved_to(AT):
        tasks.run_chunks(tasks.clear_due())
    grant(crowd(store, 1)[0], (1, DUE))
    run(plan())
    assert list(ApprovalRequest.objects.order_by("id").values_list("basis", "state", "asked_by_name")) == [
        ("standing", "done", "points.clear_due"),
        ("shell", "done", "operations"),
    ]
    assert fired() == []


def test_the_whole_list_is_that_of_the_plan_also_afterwards(operations, planned):
    ApprovalThreshold.objects.update(points=6)
    row = ask(operations, planned)
    act = acts.get(points.CLEAR)
    before = list(act.listing(row).rows)
    clear(planned)
    assert list(act.listing(row).rows) == before
    assert [(lots, amount) for _member, _day, lots, amount in before] == [(1, 1), (1, 2), (1, 3)]


@pytest.mark.breaks_invariants
def test_a1_fires_for_a_run_started_without_a_request(planned):
    assert fired() == []
    ClearingRun.objects.filter(pk=planned.pk).update(state="running", started_at=AT)
    assert fired() == ["A1 clearing"]


def test_a_clearing_run_is_taken_back_into_the_same_lots(operations, second, planned, monkeypatch):
    row = ask(operations, planned)
    approve(row, second)
    clear(planned)
    row.refresh_from_db()
    asked = approvals.ask_undo(request_id=row.pk, staff=operations, at=LATER, note="a wrong policy")
    run_id = UndoRun.objects.get(request_id=asked.pk).pk
    monkeypatch.setattr(undoing, "ENTRIES_AT_ONCE", 2)
    assert points.undo_chunk(run_id=run_id, at=LATER) == 2
    with pytest.raises(Killed):
        die_in_a_chunk(run_id)
    assert (UndoRun.objects.get().done, asked.state) == (2, "running")
    monkeypatch.setattr(tasks.undo_act, "delay", tasks.undo_act)
    with clock.moved_to(LATER):
        assert tasks.resume_by_hand() == 1
    asked.refresh_from_db()
    assert (asked.state, state(row), asked.result["moved"]) == ("done", "undone", 6)
    open_lots = Lot.objects.filter(is_open=True).exclude(expires_on=NOT_YET)
    assert sorted(lot.remaining for lot in open_lots) == [1, 2, 3]
    assert invariants.check([code for code in invariants.REGISTRY if code != "K4"]) == []
