import pytest

from apps.core import invariants
from apps.core.bench import scratch
from apps.points import bench
from apps.points.models import ClearingRun


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
