"""What the bench of clearing does, on a small shop with real commits and processes."""

import pytest
from django.db import connection

from apps.core import invariants
from apps.core.bench import scratch
from apps.points import bench, clearing_load
from apps.points.models import ClearingRun


@pytest.fixture(autouse=True)
def _no_run_left(transactional_db):
    yield
    tables = "points_clearingrun, core_approvalrequest, core_auditentry, core_outboxevent"
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def test_clearing_is_watched_while_a_till_goes_on_spending(monkeypatch):
    monkeypatch.setattr(clearing_load, "IDLE_SECONDS", 0.5)
    scratch.populate(60)
    bounds = clearing_load.measure(2)
    assert [(bound.unit, bound.most is None) for bound in bounds] == [
        ("s", True),
        ("s", True),
        ("s", False),
        ("ms", True),
        ("ms", False),
    ]
    assert bounds[0].name == "clearing of 60 lots, planning"
    assert all(bound.value > 0 for bound in bounds)
    assert [found.code for found in invariants.check(["L1", "L2", "L4", "K2", "K6"])] == []


@pytest.mark.django_db(transaction=True)
def test_both_sides_of_the_bench_clear_what_is_due():
    scratch.populate(20)
    figure = bench.measure(2)
    assert figure.ours > 0
    assert figure.limit > 0
    assert [(run.state, run.lots) for run in ClearingRun.objects.order_by("id")] == [
        ("done", 20),
        ("done", 20),
    ]
    assert [found.code for found in invariants.check(["L1", "L2", "L3", "L4", "L6", "K3", "K5", "K6"])] == []
