"""Planning, starting and running at the same time. The twin without the lock must come out wrong."""

from io import StringIO

import pytest
from django.core.management import call_command

from apps.core import clock, invariants
from apps.ledger.models import Entry
from apps.points import services as points
from apps.points.errors import ClearingBusy
from apps.points.models import ClearingRun
from apps.points.services import clearing, planning
from tests.concurrency import racing
from tests.points.clearing_cast import AT, OPERATIONS, crowd, plan, planned_totals, run, totals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def start(planned):
    return points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=AT)


def test_counting_anew_while_a_run_starts_finds_it_under_way(store):
    crowd(store, 3)
    planned = plan()
    _, second = racing.overlap(lambda: start(planned), plan)
    assert isinstance(second, ClearingBusy)
    planned.refresh_from_db()
    assert planned.state == "running"
    assert totals(run(planned)) == planned_totals(planned)


def test_its_twin_without_the_lock_takes_the_start_back(store, monkeypatch):
    for module in (planning, clearing):
        monkeypatch.setattr(module, "one_at_a_time", lambda: None)
    crowd(store, 3)
    planned = plan()
    racing.overlap(lambda: start(planned), plan)
    planned.refresh_from_db()
    assert planned.state == "planned"


def test_a_run_starts_with_the_count_that_was_made_meanwhile(store):
    crowd(store, 3)
    planned = plan()
    _, started = racing.overlap(plan, lambda: start(planned))
    assert started.state == "running"
    assert totals(run(planned)) == planned_totals(planned) == {"accounts": 3, "lots": 3, "points": 6}


def test_commands_started_together_clear_everything_once(store):
    members = crowd(store, 12)

    def command():
        with clock.moved_to(AT):
            call_command(
                "clear_points", "--as-of", "2019-01-01", "--json", stdout=StringIO(), stderr=StringIO()
            )

    assert racing.crowd(command, command, command) == [None, None, None]
    assert list(ClearingRun.objects.values_list("state", "points")) == [("done", 78)]
    assert Entry.objects.filter(kind="expire").count() == len(members)
    assert invariants.check() == []
