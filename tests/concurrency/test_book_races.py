"""The count of the book while somebody commits late: nothing is missed, nothing is met twice."""

import threading
import time

import pytest
from django.db import transaction

from apps.core import invariants
from apps.ledger.models import Entry
from apps.points import services as points
from apps.points.book_models import BookCount
from apps.points.services import counting
from tests.concurrency.racing import LINGER, crowd
from tests.ledger.acts import TODAY, give, noon, take

AT = noon(TODAY)


@pytest.fixture(autouse=True)
def _no_count_left(transactional_db):
    yield
    BookCount.objects.all().delete()


def count():
    for _step in range(20):
        if not points.count_step(at=AT):
            return


def commit_late(dora, emil):
    """Dora's spend is numbered before Emil's award and committed after it; the count comes by in between."""
    numbered, looked = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            take(dora, 30)
            numbered.set()
            assert looked.wait(10)
            time.sleep(LINGER)

    def early():
        assert numbered.wait(10)
        give(emil, 20)
        count()
        looked.set()
        return BookCount.objects.get().through

    return crowd(late, early)[1]


def broken():
    return [found.code for found in invariants.check(["B1", "B2"])]


def test_who_commits_late_is_counted_once(dora, emil):
    first = give(dora, 100)
    count()
    assert commit_late(dora, emil) == first
    assert broken() == []
    count()
    assert BookCount.objects.get().through == Entry.objects.latest("id").pk
    assert broken() == []
    assert BookCount.objects.get().entries == 90


def test_twin_without_waiting_who_commits_late_is_missed(dora, emil, monkeypatch):
    monkeypatch.setattr(counting, "settled", lambda xid: True)
    give(dora, 100)
    count()
    commit_late(dora, emil)
    count()
    assert broken() == ["B1"]


def test_two_workers_count_what_one_would(dora, emil):
    for _number in range(5):
        give(dora, 10)
        give(emil, 7)
        crowd(count, count)
    count()
    assert (BookCount.objects.get().entries, broken()) == (85, [])
