"""The truth page: reconciliations find what is wrong, freeze and alert; failures are kept and retried."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from celery import current_app, signals
from django.db import connection, transaction
from django.db.models import Min
from django.test.utils import CaptureQueriesContext
from django_celery_beat.schedulers import DatabaseScheduler
from kombu.exceptions import OperationalError

from apps.core import clock, schedule, tasks
from apps.core.models import Alert, AuditEntry, FailedTask, OutboxEvent, Pulse, Reconciliation
from apps.core.truth import beating, listening, queries, services, ticking
from apps.ledger import services as ledger
from apps.ledger.errors import AccountFrozen
from apps.ledger.models import Account, Freeze
from config.schedule import SCHEDULE

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 3, 10, 4, 3, tzinfo=UTC)
PAGE = "/admin/core/alert/"


@pytest.fixture(autouse=True)
def _noon(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(NOW):
        yield


def give(member, amount=100):
    lots = (ledger.LotGrant(amount),)
    return ledger.post([ledger.Posting(member.pk, "award", amount, NOW, lots=lots)])[0].entry_id


def spend(member, amount=1):
    ledger.post([ledger.Posting(member.pk, "spend", -amount, NOW)])


def bend(member):
    """Someone changed a balance by hand."""
    Account.objects.filter(member=member).update(balance=7)


def full(at=NOW):
    run = services.begin_full(at=at)
    first = Account.objects.aggregate(first=Min("id"))["first"] or 1
    Reconciliation.objects.filter(pk=run.pk).update(after=first - 1)  # earlier tests took numbers, too
    while services.reconcile_chunk(run_id=run.pk, at=at):
        pass
    run.refresh_from_db()
    return run


def checked():
    return {truth.code for truth in queries.truths() if truth.is_checked}


def test_all_is_well(ann):
    give(ann)
    assert checked() == set()
    assert services.reconcile_touched(at=NOW).found == {}
    assert {"L1", "K1"} <= checked()
    assert not {"L12", "A1", "B1", "K6"} & checked()
    assert full().found == {}
    assert checked() == {truth.code for truth in queries.truths()}
    assert not Alert.objects.exists()
    assert not Freeze.objects.exists()


def test_a_touched_account_that_breaks_is_frozen_and_told(ann, ben):
    give(ann)
    give(ben)
    bend(ann)
    run = services.reconcile_touched(at=NOW)
    assert (run.found, run.accounts) == ({"L1": 1, "L2": 1}, 2)
    assert [(freeze.account.member_id, freeze.code) for freeze in Freeze.objects.all()] == [(ann.pk, "L1")]
    assert sorted(Alert.objects.values_list("code", flat=True)) == ["L1", "L2"]
    assert OutboxEvent.objects.filter(topic="truth.alert").count() == 2
    with pytest.raises(AccountFrozen):
        spend(ann)


def test_the_shop_goes_on(ann, ben):
    give(ann)
    give(ben)
    bend(ann)
    services.reconcile_touched(at=NOW)
    spend(ben)
    give(ann, 5)
    assert Account.objects.get(member=ben).balance == 99


def test_only_what_was_touched_since_the_run_before_the_last_is_asked(ann, ben):
    give(ann)
    for number in range(2):
        services.reconcile_touched(at=NOW + timedelta(minutes=15 * number))
    bend(ann)
    give(ben)
    run = services.reconcile_touched(at=NOW + timedelta(minutes=30))
    assert (run.accounts, run.found) == (1, {})
    assert full().found == {"L1": 1, "L2": 1}


def test_a_quarter_of_an_hour_is_checked_once(ann):
    assert services.reconcile_touched(at=NOW) is not None
    assert services.reconcile_touched(at=NOW + timedelta(minutes=5)) is None
    assert services.reconcile_touched(at=NOW + timedelta(minutes=15)) is not None


def test_a_full_run_walks_all_accounts_in_ranges_and_resolves(ann, ben, monkeypatch):
    monkeypatch.setattr(services, "ACCOUNTS_AT_ONCE", 1)
    give(ann)
    give(ben)
    bend(ben)
    assert full().found == {"L1": 1, "L2": 1}
    Account.objects.filter(member=ben).update(balance=100)
    full(NOW + timedelta(days=1))
    assert list(Alert.objects.filter(resolved_at=None)) == []
    assert services.begin_full(at=NOW) is None
    assert Freeze.objects.filter(lifted_at=None).count() == 1


def test_finding_it_again_is_the_same_alert_and_freeze(ann):
    give(ann)
    bend(ann)
    for number in range(3):
        services.reconcile_touched(at=NOW + timedelta(minutes=15 * number))
    full()
    assert Alert.objects.count() == 2
    assert Freeze.objects.count() == 1
    assert OutboxEvent.objects.filter(topic="truth.alert").count() == 2


def test_the_nightly_bell_goes_on_where_it_stopped(ann, monkeypatch):
    monkeypatch.setattr(tasks, "SECONDS_AT_ONCE", -1)
    rung = []
    monkeypatch.setattr(tasks.reconcile_all, "delay", rung.append)
    give(ann)
    tasks.reconcile_all()
    run = Reconciliation.objects.get()
    assert (rung, run.finished_at) == ([run.pk], None)
    while len(rung) < 50 and Reconciliation.objects.filter(finished_at=None).exists():
        tasks.reconcile_all(run.pk)
    run.refresh_from_db()
    assert run.finished_at is not None
    assert tasks.reconcile_all() is None


def test_an_alert_is_acknowledged_once_with_a_note(client, operations, auditor, ann):
    give(ann)
    bend(ann)
    services.reconcile_touched(at=NOW)
    alert = Alert.objects.get(code="L1")
    address = f"{PAGE}{alert.pk}/acknowledge/"
    client.force_login(auditor)
    assert client.post(address, {"note": "x"}).status_code == 403
    client.force_login(operations)
    client.post(address, {})
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    client.post(address, {"note": "on it"})
    client.post(address, {"note": "me too"})
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.note) == (operations, "on it")
    assert AuditEntry.objects.filter(code="truth.acknowledge").count() == 1
    shown = client.get(PAGE).content.decode()
    assert "on it" in shown
    assert f"{ann.number}</a>" in shown


def test_a_freeze_is_lifted_with_a_note(client, operations, auditor, ann):
    give(ann)
    account = Account.objects.get(member=ann)
    ledger.freeze_accounts([account.pk], code="L1", actor=operations.as_actor(), at=NOW)
    freeze = Freeze.objects.get()
    address = f"/admin/ledger/freeze/{freeze.pk}/lift/"
    client.force_login(auditor)
    assert client.post(address, {"note": "x"}).status_code == 403
    client.force_login(operations)
    client.post(address, {})
    assert Freeze.objects.filter(lifted_at=None).exists()
    client.post(address, {"note": "booked by hand"})
    spend(ann)
    freeze.refresh_from_db()
    assert (freeze.lifted_by, freeze.note) == (operations, "booked by hand")


def fail(task_id="t1", args=(3,)):
    listening.note_failure(
        sender=tasks.relay_outbox_task,
        task_id=task_id,
        exception=ValueError("no"),
        args=args,
        kwargs={},
        einfo="trace",
    )


def test_a_failed_task_is_kept_once_and_called_again_once(client, operations, monkeypatch):
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda *call, **rest: sent.append((call, rest)))
    fail()
    fail()
    failure = FailedTask.objects.get()
    assert (failure.name, failure.args, failure.error) == ("core.relay_outbox", [3], "ValueError: no\ntrace")
    client.force_login(operations)
    assert "ValueError: no" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}failed/{failure.pk}/retry/").status_code == 302
    assert client.post(f"{PAGE}failed/{failure.pk}/retry/").status_code == 404
    assert sent == [(("core.relay_outbox",), {"args": [3], "kwargs": {}})]
    assert "ValueError: no" not in client.get(PAGE).content.decode()


def test_without_a_broker_the_failure_stays(client, operations, monkeypatch):
    def no_broker(*call, **rest):
        raise OperationalError("refused")

    monkeypatch.setattr(current_app, "send_task", no_broker)
    fail()
    client.force_login(operations)
    client.post(f"{PAGE}failed/{FailedTask.objects.get().pk}/retry/")
    assert FailedTask.objects.get().retried_at is None


class Worker:
    """As Celery's signals name their sender."""

    hostname = "worker@a"
    eventer = SimpleNamespace(hostname="worker@a")


def heard(minutes=0):
    found = queries.signs(NOW + timedelta(minutes=minutes))
    return {sign.name: sign.is_alive for sign in found}


def test_signs_of_life_grow_old(db):
    assert heard() == {"beat": False, "ring": False}
    for name in ("worker@shop", "worker@shop", "beat"):
        services.beat(name=name, at=NOW)
    tasks.beat()
    assert Pulse.objects.count() == 3
    assert heard(1) == {"worker@shop": True, "beat": True, "ring": True}
    assert heard(3) == {"worker@shop": False, "beat": False, "ring": True}
    assert heard(24 * 60 + 1) == {"beat": False, "ring": False}


def test_each_process_tells_of_itself_now_and_then(db, monkeypatch):
    monkeypatch.setattr(beating, "_told", {})
    monkeypatch.setattr(DatabaseScheduler, "tick", lambda self: 5)
    beat = ticking.Scheduler(current_app, lazy=True)
    worker = Worker()
    assert beat.tick() == 5
    signals.heartbeat_sent.send(sender=worker)
    assert heard() == {"worker@a": True, "beat": True, "ring": False}
    with clock.moved_to(NOW + timedelta(seconds=20)), CaptureQueriesContext(connection) as soon:
        beat.tick()
        signals.heartbeat_sent.send(sender=worker)
    assert len(soon) == 0
    with clock.moved_to(NOW + timedelta(minutes=3)):
        beat.tick()
    assert heard(4) == {"worker@a": False, "beat": True, "ring": False}
    signals.worker_shutdown.send(sender=worker)
    assert heard() == {"beat": True, "ring": False}


def test_the_outbox_lag_is_told(db):
    OutboxEvent.objects.create(topic="a", created_at=NOW)
    OutboxEvent.objects.create(topic="a", created_at=NOW - timedelta(hours=1), last_error="no")
    OutboxEvent.objects.create(topic="a", created_at=NOW - timedelta(hours=2), done_at=NOW)
    assert queries.lag() == queries.Lag(2, 1, NOW - timedelta(hours=1))


def test_the_page_costs_the_same_with_one_failure_and_with_thirty(client, operations, ann):
    client.force_login(operations)
    fail()
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for number in range(29):
        fail(f"u{number}")
    with CaptureQueriesContext(connection) as thirty:
        client.get(PAGE)
    assert len(thirty) == len(one) <= 30


def test_who_may_not_look_does_not(client, manager):
    client.force_login(manager)
    assert client.get(PAGE).status_code == 403


def test_a_schedule_without_a_job_is_found_and_the_houses_own_are_not(db):
    schedule.sync({**SCHEDULE, "ghost": {"task": "no.such.task", "every": 60}})
    assert queries.unknown_jobs() == ["ghost"]


def test_a_hold_alone_marks_its_account_as_touched(ann, ben):
    give(ann)
    give(ben)
    held = ledger.hold(
        member_id=ann.pk, amount=30, source="hold:1", at=NOW, due_at=NOW + timedelta(minutes=30)
    )
    for number in range(3):
        services.reconcile_touched(at=NOW + timedelta(minutes=15 * number))
    Account.objects.filter(member=ann).update(held=31)
    assert services.reconcile_touched(at=NOW + timedelta(minutes=45)).found == {"L13": 1}
    Account.objects.filter(member=ann).update(held=30)
    ledger.release(held.hold_id, at=NOW + timedelta(minutes=50))
    run = services.reconcile_touched(at=NOW + timedelta(minutes=60))
    assert (run.accounts, run.found) == (1, {})
    for number in range(5, 8):
        run = services.reconcile_touched(at=NOW + timedelta(minutes=15 * number))
    assert run.accounts == 0


def corrupt(sql, trigger, table="ledger_lot"):
    """Raw SQL by somebody who owns the tables, past the guard."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        cursor.execute(sql)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def test_one_account_corrupted_by_hand_is_found_told_and_stopped_alone(client, operations, ann, ben):
    """The whole chain: found, alert and event, frozen (spends and holds), shown, mended, lifted, resolved."""
    entry = give(ann)
    give(ben)
    corrupt(f"UPDATE ledger_entry SET amount = 90 WHERE id = {entry}", "ledger_entry_kept", "ledger_entry")
    run = services.reconcile_touched(at=NOW)
    assert run.found == {"L1": 1, "L1 running": 1, "L4 entry": 1}
    assert [freeze.account.member for freeze in Freeze.objects.filter(lifted_at=None)] == [ann]
    events = OutboxEvent.objects.filter(topic="truth.alert").order_by("id")
    assert [event.payload["code"] for event in events] == ["L1", "L1 running", "L4 entry"]
    until = NOW + timedelta(minutes=30)
    for act in (
        lambda: spend(ann),
        lambda: ledger.hold(member_id=ann.pk, amount=1, source="hold:9", at=NOW, due_at=until),
    ):
        with pytest.raises(AccountFrozen), transaction.atomic():
            act()
    give(ann, 5)  # earns on
    spend(ben, 40)
    assert Account.objects.get(member=ben).balance == 60
    assert AuditEntry.objects.filter(code="ledger.freeze").count() == 1
    client.force_login(operations)
    shown = client.get(PAGE).text
    assert (f"{ann.number}</a>" in shown, f"{ben.number}</a>" in shown) == (True, False)
    assert shown.count("Violated: 1") == 3
    corrupt(f"UPDATE ledger_entry SET amount = 100 WHERE id = {entry}", "ledger_entry_kept", "ledger_entry")
    freeze = Freeze.objects.get()
    client.post(f"/admin/ledger/freeze/{freeze.pk}/lift/", {"note": "put right"})
    spend(ann)
    assert full().found == {}
    assert not Alert.objects.filter(resolved_at=None).exists()
    assert "Violated" not in client.get(PAGE).text


def test_a_guard_left_open_is_an_alert_of_its_own(ann):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_kept")
    assert full().found == {"L12": 1}
    assert not Freeze.objects.exists()
