"""Asking, approving, rejecting, withdrawing, expiring; the plan that changed; who may."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core import invariants
from apps.core.approvals import errors, plans, queries, registry, telling
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold, Basis
from apps.core.approvals.plans import ABOVE, ALWAYS, NEVER, Bar, Measure, Plan
from apps.core.audit import Actor
from apps.core.models import AuditEntry, OutboxEvent
from apps.stores import roles
from tests.core.approval_cast import AT, CODE, Notebook, ask
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def book(monkeypatch):
    book = Notebook()
    monkeypatch.setitem(registry.acts._items, CODE, book.act())
    return book


@pytest.fixture
def second(store):
    return StaffFactory(username="second", display_name="赵复核", role=roles.OPERATIONS, home_store=store)


@pytest.fixture
def waiting(book, operations):
    book.size = 11
    return ask(operations)


def audited():
    return list(AuditEntry.objects.order_by("id").values_list("code", "actor_name"))


def fired():
    return [violation.code for violation in invariants.check(["A1", "K6 approved"])]


class TestBars:
    @pytest.mark.parametrize(
        ("bar", "measure", "passed"),
        [
            (Bar(ALWAYS), Measure(), True),
            (Bar(NEVER, points=1), Measure(9, 9, 9), False),
            (Bar(ABOVE, points=10), Measure(99, 10, 99), False),
            (Bar(ABOVE, points=10), Measure(0, 11, 0), True),
            (Bar(ABOVE, count=0), Measure(1), True),
            (Bar(ABOVE, money_fen=500, points=10), Measure(0, 0, 501), True),
            (Bar(ABOVE), Measure(10**9, 10**9, 10**9), False),
        ],
    )
    def test_an_act_needs_a_second_person_above_any_number(self, bar, measure, passed):
        assert bar.is_passed_by(measure) is passed

    def test_the_fingerprint_minds_content_and_no_order(self):
        assert plans.fingerprint({"a": 1, "b": "会员"}) == plans.fingerprint({"b": "会员", "a": 1})
        assert plans.fingerprint({"a": 1}) != plans.fingerprint({"a": "1"})

    def test_differences_name_each_fact_once(self):
        was = Plan(Measure(2, 10), {"points": 10, "gone": "x"}, ("n",), ((1,),)).to_json()
        now = Plan(Measure(2, 12), {"points": 12, "new": "y"}, ("n",), ((1,), (2,))).to_json()
        found = [(each.what, each.was, each.now) for each in plans.differences(was, now)]
        assert found == [
            ("points", 10, 12),
            ("gone", "x", None),
            ("new", None, "y"),
            ("examples", "1", "1; 2"),
        ]


class TestAsking:
    def test_below_the_bar_it_is_done_at_once(self, book, operations):
        row = ask(operations)
        assert (row.state, row.basis, row.decided_by_id) == ("done", "below", None)
        assert book.written == [("ann", str(operations), AT)]
        assert audited() == [("approvals.ask", str(operations)), ("approvals.run", str(operations))]
        assert not OutboxEvent.objects.exists()
        assert fired() == []

    def test_above_it_waits_and_nothing_is_done(self, book, waiting, operations):
        assert (waiting.state, waiting.basis, book.written) == ("waiting", "", [])
        assert waiting.expires_at == AT + timedelta(hours=24)
        assert audited() == [("approvals.ask", str(operations))]
        assert OutboxEvent.objects.get().payload == {"request_id": waiting.pk, "act": CODE}

    def test_the_bar_of_the_house_goes_before_the_act_s_own(self, book, operations):
        ApprovalThreshold.objects.create(act=CODE, mode="always")
        assert ask(operations).state == "waiting"
        ApprovalThreshold.objects.update(mode="never")
        book.size = 10**6
        assert ask(operations, "ben").state == "done"
        assert fired() == []

    def test_what_the_act_refuses_leaves_nothing(self, book, operations):
        book.refuses = True
        with pytest.raises(errors.LaurelError):
            ask(operations)
        assert not ApprovalRequest.objects.exists()
        assert audited() == []

    def test_who_may_not_do_it_may_not_ask(self, book, marketer):
        with pytest.raises(errors.NotAllowed):
            ask(marketer)

    def test_a_reason_is_needed(self, book, operations):
        with pytest.raises(errors.ReasonMissing):
            approvals.ask(act=CODE, payload={"name": "ann"}, reason="  ", staff=operations, at=AT)

    def test_the_same_is_not_asked_twice(self, waiting, operations, second):
        for staff in (operations, second):
            with pytest.raises(errors.AlreadyAsked) as refused:
                ask(staff)
            assert refused.value.request_id == waiting.pk
        assert ApprovalRequest.objects.count() == 1

    def test_a_form_sent_twice_acts_once(self, book, operations):
        first, again = ask(operations, key="k"), ask(operations, key="k")
        assert (first.pk, len(book.written)) == (again.pk, 1)
        with pytest.raises(errors.KeyReused):
            ask(operations, "ben", key="k")

    def test_alone_it_runs_only_where_the_act_allows_it(self, book, operations, second, monkeypatch):
        monkeypatch.setitem(registry.acts._items, CODE, book.act(may_be_alone=True, bar=Bar(ALWAYS)))
        assert ask(operations).state == "waiting"
        second.is_active = False
        second.save()
        row = ask(operations, "ben")
        assert (row.state, row.basis) == ("done", "alone")
        assert fired() == []


class TestDeciding:
    def test_a_second_person_lets_it_be_done_for_the_one_who_asked(self, book, waiting, operations, second):
        row = approvals.approve(request_id=waiting.pk, staff=second, at=LATER, note="looks right")
        assert (row.state, row.basis, row.decided_by_id, row.finished_at) == (
            "done",
            "second",
            second.pk,
            LATER,
        )
        assert book.written == [("ann", str(operations), LATER)]
        assert audited()[1:] == [("approvals.approve", str(second)), ("approvals.run", str(operations))]
        assert fired() == []

    def test_nobody_decides_his_own(self, book, waiting, operations):
        for decide in (approvals.approve, approvals.reject):
            with pytest.raises(errors.OwnRequest):
                decide(request_id=waiting.pk, staff=operations, at=LATER, note="fine")
        waiting.refresh_from_db()
        assert (waiting.state, book.written) == ("waiting", [])

    def test_nor_does_the_database_let_him(self, waiting, operations):
        with pytest.raises(IntegrityError, match="not_his_own"), transaction.atomic():
            ApprovalRequest.objects.filter(pk=waiting.pk).update(decided_by_id=operations.pk)

    def test_who_lacks_either_right_may_not(self, waiting, manager, auditor):
        for staff in (manager, auditor):  # the one lacks the act's right, the other both
            with pytest.raises(errors.NotAllowed):
                approvals.approve(request_id=waiting.pk, staff=staff, at=LATER)

    def test_a_refusal_says_why_and_nothing_is_done(self, book, waiting, second):
        with pytest.raises(errors.ReasonMissing):
            approvals.reject(request_id=waiting.pk, staff=second, at=LATER, note=" ")
        row = approvals.reject(request_id=waiting.pk, staff=second, at=LATER, note="too much")
        assert (row.state, row.decision_note, book.written) == ("rejected", "too much", [])
        with pytest.raises(errors.NotWaiting) as late:
            approvals.approve(request_id=waiting.pk, staff=second, at=LATER)
        assert late.value.state == "rejected"

    def test_the_asker_takes_it_back(self, book, waiting, operations, second):
        with pytest.raises(errors.NotAllowed):
            approvals.withdraw(request_id=waiting.pk, staff=second, at=LATER)
        assert approvals.withdraw(request_id=waiting.pk, staff=operations, at=LATER).state == "withdrawn"
        with pytest.raises(errors.NotWaiting):
            approvals.approve(request_id=waiting.pk, staff=second, at=LATER)

    def test_after_24_hours_nobody_can_approve_even_before_the_bell(self, book, waiting, second):
        with pytest.raises(errors.NotWaiting) as late:
            approvals.approve(request_id=waiting.pk, staff=second, at=waiting.expires_at)
        assert (late.value.state, book.written) == ("expired", [])

    def test_the_bell_ends_what_nobody_decided(self, book, waiting, operations):
        fresh = ask(operations, "ben", at=LATER)
        assert approvals.expire_due(at=waiting.expires_at - timedelta(seconds=1)) == 0
        assert [approvals.expire_due(at=waiting.expires_at) for _ring in range(2)] == [1, 0]
        waiting.refresh_from_db()
        fresh.refresh_from_db()
        assert (waiting.state, fresh.state) == ("expired", "waiting")
        assert audited()[-1] == ("approvals.expire", "core.expire_approvals")

    def test_a_plan_that_changed_stops_with_the_difference(self, book, waiting, second):
        book.size = 12
        row = approvals.approve(request_id=waiting.pk, staff=second, at=LATER)
        assert (row.state, book.written) == ("stopped", [])
        assert row.difference[0] == {"what": "points", "was": 11, "now": 12}
        assert [str(label) for label, _was, _now in telling.told(row, LATER).differences] == ["积分", "示例"]
        assert audited()[-1] == ("approvals.stop", str(second))
        assert fired() == []

    def test_what_the_act_refuses_stops_it_and_is_told(self, book, waiting, second):
        book.refuses = True
        row = approvals.approve(request_id=waiting.pk, staff=second, at=LATER)
        assert (row.state, row.fault, row.result) == ("stopped", "the page is full", {})

    @pytest.mark.parametrize("loses", ["account", "right"])
    def test_who_asked_must_still_be_allowed(self, book, waiting, operations, second, loses):
        if loses == "account":
            operations.is_active = False
            operations.save()
        else:
            operations.groups.clear()
        row = approvals.approve(request_id=waiting.pk, staff=second, at=LATER)
        assert (row.state, book.written) == ("stopped", [])


class TestLongActs:
    def test_it_is_under_way_until_it_is_finished(self, book, operations, monkeypatch):
        monkeypatch.setitem(registry.acts._items, CODE, book.act(is_long=True))
        row = ask(operations)
        assert row.state == "running"
        approvals.finish(subject=("notebook", "ann"), result={"done": {"points": 5}}, at=LATER)
        row.refresh_from_db()
        assert (row.state, row.finished_at, fired()) == ("done", LATER, [])

    def test_or_stops_itself(self, book, operations, monkeypatch):
        monkeypatch.setitem(registry.acts._items, CODE, book.act(is_long=True))
        row = ask(operations)
        approvals.stop(subject=("notebook", "ann"), fault="no ink", at=LATER)
        row.refresh_from_db()
        assert (row.state, row.fault) == ("stopped", "no ink")

    def test_what_runs_without_a_person_is_on_record(self, book):
        noted = approvals.note(
            act=CODE, payload={"name": "ann"}, actor=Actor("nightly"), basis=Basis.STANDING, at=AT
        )
        assert (noted.state, noted.basis, noted.asked_by_id) == ("running", "standing", None)
        assert (audited(), fired()) == ([("approvals.note", "nightly")], [])

    def test_what_was_done_may_be_undone_once(self, book, operations):
        row = ask(operations)
        approvals.undo(request_id=row.pk, by_request_id=99, at=LATER)
        row.refresh_from_db()
        assert (row.state, row.result["undone_by"]) == ("undone", 99)


class TestSeeing:
    def test_the_boxes(self, book, waiting, operations, second, marketer, auditor):
        assert list(queries.waiting_for(second, LATER)) == [waiting]
        assert list(queries.waiting_for(second, waiting.expires_at)) == []
        assert list(queries.waiting_for(operations, LATER)) == []
        assert list(queries.requests_for(operations)) == [waiting]
        assert list(queries.requests_for(auditor)) == [waiting]
        assert list(queries.requests_for(marketer)) == []

    def test_another_store_s_requests_are_not_there(self, book, operations, far_store, monkeypatch):
        monkeypatch.setitem(registry.acts._items, CODE, book.act(ask="core.approve_requests"))
        far = StaffFactory(username="far", role=roles.MANAGER, home_store=far_store)
        near = ask(operations)
        own = ask(far, "ben")
        assert set(queries.requests_for(far)) == {own}
        assert set(queries.requests_for(operations)) == {near, own}


class TestKept:
    @pytest.mark.parametrize(
        "change", [{"payload": {"name": "ben"}}, {"plan": {}}, {"asked_by_id": 1}, {"bar": {"mode": "never"}}]
    )
    def test_what_was_asked_never_changes(self, waiting, change):
        with pytest.raises(IntegrityError, match="can't be changed"), transaction.atomic():
            ApprovalRequest.objects.filter(pk=waiting.pk).update(**change)

    def test_a_decision_stays(self, waiting, second):
        approvals.reject(request_id=waiting.pk, staff=second, at=LATER, note="no")
        with pytest.raises(IntegrityError, match="can't become"), transaction.atomic():
            ApprovalRequest.objects.filter(pk=waiting.pk).update(state="waiting")

    def test_no_request_is_deleted(self, waiting):
        with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
            waiting.delete()


def unguarded(statement, *params):
    """As someone would who switches the guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("ALTER TABLE core_approvalrequest DROP CONSTRAINT core_approvalrequest_not_his_own")
        cursor.execute(
            "ALTER TABLE core_approvalrequest DROP CONSTRAINT core_approvalrequest_begun_on_a_ground"
        )
        cursor.execute(statement, params)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.breaks_invariants
class TestInvariants:
    @pytest.mark.parametrize(
        "change",
        [
            "decided_by_id = asked_by_id",
            "state = 'done'",
            "state = 'done', basis = 'below'",
            "state = 'running', basis = 'shell'",
            "basis = 'below'",
        ],
    )
    def test_a1_fires_when_something_ran_unapproved(self, waiting, change):
        assert fired() == []
        unguarded(f"UPDATE core_approvalrequest SET {change} WHERE id = %s", waiting.pk)
        assert fired() == ["A1"]

    def test_k6_fires_when_more_was_done_than_approved(self, book, operations):
        row = ask(operations)
        unguarded(
            "UPDATE core_approvalrequest SET result = jsonb_set(result, '{done,points}', '6') WHERE id = %s",
            row.pk,
        )
        assert fired() == ["K6 approved"]
