"""Lanes: one keeps its order, the caller's transaction is its own lane, faults surface."""

from collections import defaultdict
from threading import get_ident

import pytest
from django.db import connection

from apps.core import lanes

committing = pytest.mark.django_db(transaction=True)


def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def living(pids):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [list(pids)])
        return cursor.fetchone()[0]


@committing
def test_each_lane_keeps_its_order_on_a_connection_of_its_own():
    seen, pids = defaultdict(list), {}

    def act(item):
        pids[get_ident()] = backend()
        seen[get_ident()].append(item)
        return item * 10

    items = [(n % lanes.LANES, n) for n in range(40)]
    with lanes.open_lanes() as open_lanes:
        done = dict(lanes.work(items, act, open_lanes))
    assert done == {n: n * 10 for n in range(40)}
    assert sorted(seen.values()) == [list(range(0, 40, 2)), list(range(1, 40, 2))]
    assert len(set(pids.values()) | {backend()}) == 1 + lanes.LANES
    assert living(pids.values()) == 0


@pytest.mark.django_db
def test_a_transaction_is_its_own_lane():
    with lanes.open_lanes() as open_lanes:
        assert len(open_lanes) == 1
        found = list(lanes.work([(0, "a"), (0, "b")], lambda _item: (get_ident(), backend()), open_lanes))
    assert found == [("a", (get_ident(), backend())), ("b", (get_ident(), backend()))]


@committing
def test_what_fails_in_a_lane_is_raised_here():
    def act(item):
        if item == 3:
            raise KeyError(item)
        return item

    with pytest.raises(KeyError), lanes.open_lanes() as open_lanes:
        list(lanes.work([(n % 2, n) for n in range(10)], act, open_lanes))


@committing
def test_chunks_are_not_read_far_ahead():
    read = []

    def chunks():
        for n in range(30):
            read.append(n)
            yield n % lanes.LANES, n

    with lanes.open_lanes() as open_lanes:
        for done, _result in lanes.work(chunks(), lambda item: item, open_lanes):
            assert len(read) <= done + 2 + lanes.WAITING * lanes.LANES
