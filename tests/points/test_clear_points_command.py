import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.core import clock
from apps.ledger.models import Entry
from apps.points import services as points
from tests.points.clearing_cast import AS_OF, AT, OPERATIONS, crowd, plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_second_of_january():
    with clock.moved_to(AT):
        yield


def cleared(*arguments):
    out = StringIO()
    call_command("clear_points", *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_the_dry_run_tells_exactly_what_the_run_then_does(store):
    crowd(store, 4)
    told = cleared("--as-of", "2019-01-01", "--dry-run")
    assert Entry.objects.filter(kind="expire").count() == 0
    done = cleared("--as-of", "2019-01-01")
    assert {name: told[name] for name in ("as_of", "accounts", "lots", "points", "run")} == {
        name: done[name] for name in ("as_of", "accounts", "lots", "points", "run")
    }
    assert (told["dry_run"], done["dry_run"]) == (True, False)
    assert (done["accounts"], done["lots"], done["points"]) == (4, 4, 10)


def test_a_second_run_clears_nothing(store):
    crowd(store, 4)
    cleared("--as-of", "2019-01-01")
    assert cleared("--as-of", "2019-01-01") == {
        "as_of": "2019-01-01",
        "dry_run": False,
        "accounts": 0,
        "lots": 0,
        "points": 0,
        "run": None,
    }


@pytest.mark.parametrize("day", ["2019-01-03", "2019-02-30", "tomorrow", ""])
def test_a_day_that_cannot_be_cleared_is_bad_usage(day):
    with pytest.raises(CommandError) as refused:
        cleared("--as-of", day)
    assert refused.value.returncode == 2


def test_a_run_under_way_is_finished_first(store):
    crowd(store, 4)
    first = plan(as_of=date(2018, 12, 31))
    points.start_clearing(run_id=first.pk, actor=OPERATIONS, at=AT)
    with pytest.raises(CommandError) as refused:
        cleared("--as-of", "2019-01-01", "--dry-run")
    assert refused.value.returncode == 1
    first.refresh_from_db()
    assert first.state == "running"
    assert cleared("--as-of", "2019-01-01")["points"] == 10
    first.refresh_from_db()
    assert first.state == "done"


def test_joining_works_at_a_run_under_way(store):
    crowd(store, 4)
    first = plan(as_of=AS_OF)
    points.start_clearing(run_id=first.pk, actor=OPERATIONS, at=AT)
    assert cleared("--join", str(first.pk)) == {"run": first.pk, "chunks": 1}


def test_a_run_somebody_else_did_since_the_count_is_nothing_left_to_do(store, monkeypatch):
    crowd(store, 4)
    start = points.start_clearing

    def late_start(*, run_id, actor, at):
        start(run_id=run_id, actor=OPERATIONS, at=AT)
        points.run_chunk(run_id=run_id, at=AT)
        points.finish_clearing(run_id=run_id, at=AT)
        return start(run_id=run_id, actor=actor, at=at)

    monkeypatch.setattr(points, "start_clearing", late_start)
    told = cleared("--as-of", "2019-01-01")
    assert (told["accounts"], told["points"]) == (0, 0)
    assert Entry.objects.filter(kind="expire").count() == 4
