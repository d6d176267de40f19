"""The bells: what they start, and that ringing twice, late or together changes nothing more."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection
from django_celery_beat.models import PeriodicTask

from apps.core import clock, schedule
from apps.points import tasks
from apps.points.models import ClearingRun
from config.celery import app
from config.schedule import SCHEDULE
from tests.points.clearing_cast import AT, DUE, crowd, grant, planned_totals, totals

TODAY = date(2019, 1, 2)


@pytest.fixture
def rung(monkeypatch):
    """Bells rung, instead of sent to a broker."""
    bells = []
    monkeypatch.setattr(tasks.run_chunks, "delay", bells.append)
    return bells


@pytest.fixture(autouse=True)
def _two_in_the_morning():
    with clock.moved_to(AT):
        yield


@pytest.mark.django_db
class TestBells:
    def test_the_nightly_bell_plans_and_starts_what_is_due_today(self, store, rung):
        crowd(store, 3)  # six points of last year, 21 of 1 January
        run_id = tasks.clear_due()
        run = ClearingRun.objects.get()
        assert (run.pk, run.as_of, run.state) == (run_id, TODAY, "running")
        assert planned_totals(run) == {"accounts": 3, "lots": 6, "points": 27}
        assert rung == [run_id, run_id]

    def test_a_worker_clears_and_the_last_one_finishes(self, store, rung):
        crowd(store, 3)
        run_id = tasks.clear_due()
        assert [tasks.run_chunks(run_id), tasks.run_chunks(run_id)] == [1, 0]
        run = ClearingRun.objects.get()
        assert (run.state, totals(run)) == ("done", planned_totals(run))

    def test_ringing_again_while_it_runs_rings_for_the_same_run(self, store, rung):
        crowd(store, 3)
        first = tasks.clear_due()
        assert tasks.clear_due() == first
        assert ClearingRun.objects.count() == 1
        assert rung == [first] * 4

    def test_ringing_after_it_is_done_does_nothing(self, store, rung):
        crowd(store, 3)
        tasks.run_chunks(tasks.clear_due())
        assert tasks.clear_due() is None
        assert ClearingRun.objects.count() == 1

    def test_ringing_a_day_late_clears_what_was_missed(self, ann, rung):
        grant(ann, (5, DUE))
        with clock.moved_to(AT + timedelta(days=40)):
            tasks.run_chunks(tasks.clear_due())
        assert ClearingRun.objects.get().points == 5

    def test_the_day_is_the_shop_s_not_utc_s(self, ann, rung):
        grant(ann, (5, DUE))
        with clock.moved_to(datetime(2018, 12, 31, 15, 59, tzinfo=UTC)):
            tasks.run_chunks(tasks.clear_due())
        assert ClearingRun.objects.get().points == 0
        with clock.moved_to(datetime(2018, 12, 31, 16, 0, tzinfo=UTC)):
            tasks.run_chunks(tasks.clear_due())
        assert ClearingRun.objects.order_by("id").last().points == 5

    def test_a_run_whose_workers_died_is_rung_for(self, store, rung):
        crowd(store, 3)
        run_id = tasks.clear_due()
        rung.clear()
        assert tasks.resume_clearing() == [run_id]
        assert rung == [run_id, run_id]
        tasks.run_chunks(run_id)
        assert tasks.resume_clearing() == []

    def test_a_worker_out_of_time_rings_for_itself(self, store, rung, monkeypatch):
        crowd(store, 3)
        run_id = tasks.clear_due()
        rung.clear()
        monkeypatch.setattr(tasks, "SECONDS_AT_ONCE", -1)
        assert tasks.run_chunks(run_id) == 1
        assert rung == [run_id]
        assert ClearingRun.objects.get().state == "running"
        assert tasks.run_chunks(run_id) == 0
        assert ClearingRun.objects.get().state == "done"

    def test_a_worker_knows_every_bell(self):
        app.loader.import_default_modules()
        assert {"points.clear_due", "points.run_chunks", "points.resume_clearing"} <= set(app.tasks)

    def test_beat_rings_at_two_in_the_morning_in_beijing(self):
        schedule.sync(SCHEDULE)
        task = PeriodicTask.objects.get(name="clear-due-points")
        assert (task.task, task.enabled) == ("points.clear_due", True)
        assert (task.crontab.hour, task.crontab.minute, str(task.crontab.timezone)) == ("18", "0", "UTC")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_bells_rung_together_plan_one_run(store, rung):
    crowd(store, 3)

    def ring():
        with clock.moved_to(AT):
            tasks.clear_due()
        connection.close()

    threads = [Thread(target=ring) for _bell in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ClearingRun.objects.count() == 1
    assert len(set(rung)) == 1
