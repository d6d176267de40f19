import pytest
from django.urls import reverse
from kombu.exceptions import OperationalError

from apps.core import clock
from apps.ledger.models import Entry
from apps.points import tasks
from apps.points.models import ClearingRun
from tests.points.clearing_cast import AT, crowd, plan

pytestmark = pytest.mark.django_db
LIST = "/admin/points/clearingrun/"


@pytest.fixture(autouse=True)
def _the_second_of_january(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT):
        yield


@pytest.fixture
def rung(monkeypatch):
    bells = []
    monkeypatch.setattr(tasks.run_chunks, "delay", bells.append)
    return bells


@pytest.fixture
def desk(client, operations):
    client.force_login(operations)
    return client


def run_page(run, act=""):
    return reverse(f"admin:points_clearingrun_{act or 'change'}", args=[run.pk])


def text(response):
    return response.content.decode()


def test_a_dry_run_shows_totals_and_examples_and_changes_nothing(desk, store):
    members = crowd(store, 3)
    answer = desk.post(f"{LIST}plan/", {"as_of": "2019-01-01"})
    run = ClearingRun.objects.get()
    assert answer.url == run_page(run)
    shown = text(desk.get(answer.url))
    assert "6 points of 3 members will be cleared" in shown
    assert members[2].number in shown
    assert not Entry.objects.filter(kind="expire").exists()


def test_a_day_that_has_not_begun_is_refused_at_its_field(desk):
    answer = desk.post(f"{LIST}plan/", {"as_of": "2019-01-03"})
    assert answer.status_code == 422
    assert "2019-01-03 has not begun; choose 2019-01-02 or an earlier day." in text(answer)
    assert not ClearingRun.objects.exists()


def test_starting_asks_for_a_reason(desk, store, rung):
    crowd(store, 3)
    run = plan()
    assert desk.post(run_page(run, "start"), {}).status_code == 422
    run.refresh_from_db()
    assert (run.state, rung) == ("planned", [])


def test_starting_calls_workers_and_the_progress_is_watched(desk, store, rung):
    crowd(store, 3)
    run = plan()
    desk.post(run_page(run, "start"), {"reason": "year end"})
    run.refresh_from_db()
    assert (run.state, run.note, rung) == ("running", "year end", [run.pk, run.pk])
    shown = desk.get(run_page(run, "progress"))
    assert "0 of 6 points cleared (0%)" in text(shown)
    assert 'hx-trigger="every 1s"' in text(shown)
    assert "HX-Refresh" not in shown
    tasks.run_chunks(run.pk)
    done = desk.get(run_page(run, "progress"))
    assert done["HX-Refresh"] == "true"
    assert "hx-trigger" not in text(done)
    assert "6 cleared, 6 planned" in text(desk.get(run_page(run)))


def test_a_started_run_waits_when_no_worker_can_be_called(desk, store, monkeypatch):
    def no_broker(run_id):
        raise OperationalError("connection refused")

    monkeypatch.setattr(tasks.run_chunks, "delay", no_broker)
    crowd(store, 3)
    run = plan()
    answer = desk.post(run_page(run, "start"), {"reason": "year end"}, follow=True)
    assert "No worker could be called; it begins within five minutes." in text(answer)
    run.refresh_from_db()
    assert run.state == "running"


def test_a_run_is_started_once(desk, store, rung):
    crowd(store, 3)
    run = plan()
    desk.post(run_page(run, "start"), {"reason": "year end"})
    tasks.run_chunks(run.pk)
    answer = desk.post(run_page(run, "start"), {"reason": "again"}, follow=True)
    assert "This run has ended. Plan a new one." in text(answer)


def test_a_cleared_day_says_so(desk):
    desk.post(f"{LIST}plan/", {"as_of": "2019-01-01"})
    run = ClearingRun.objects.get()
    ClearingRun.objects.filter(pk=run.pk).update(state="done")
    answer = desk.post(f"{LIST}plan/", {"as_of": "2019-01-01"}, follow=True)
    assert "This day is cleared already and nothing new is due." in text(answer)


def test_who_may_not_run_clearing_sees_no_button_and_is_refused(client, marketer, store, rung):
    client.force_login(marketer)
    crowd(store, 3)
    run = plan()
    assert "Clear 6 points" not in text(client.get(run_page(run)))
    assert client.post(f"{LIST}plan/", {"as_of": "2019-01-01"}).status_code == 403
    assert client.post(run_page(run, "start"), {"reason": "x"}).status_code == 403
    run.refresh_from_db()
    assert (run.state, rung) == ("planned", [])


def test_an_act_is_not_a_get(desk, store):
    run = plan()
    assert desk.get(run_page(run, "start")).status_code == 405
