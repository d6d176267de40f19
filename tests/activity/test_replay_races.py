"""Two workers at one replay. The twin without the lock must do the same range twice."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet

from apps.activity import services as activity
from apps.activity.models import Replay, ReplayChunk
from apps.activity.rules import Fact
from apps.activity.services import ReplayRequest
from tests.activity.test_replaying import MARKETER, NOW, OPENING, version_of
from tests.concurrency import racing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


@pytest.fixture
def started(ann, pos, store):
    at = OPENING + timedelta(days=70)
    activity.record_one(Fact("purchase", "pos", "1", ann.pk, at, store.pk, amount_fen=10_000), at=at)
    replay = activity.start_replay(request=ReplayRequest(version_of("base").pk, 30), actor=MARKETER, at=NOW)
    assert ReplayChunk.objects.count() == 1
    return replay


def both_run(replay):
    def run():
        return activity.run_replay_chunk(replay_id=replay.pk, at=NOW)

    return racing.overlap(run, run)


def test_a_range_in_work_is_left_to_its_worker(started):
    assert both_run(started) == [True, False]
    assert activity.finish_replay(replay_id=started.pk, at=NOW) is True
    assert Replay.objects.get().result["cells"][0][2:] == [100, 100]


def test_its_twin_without_the_lock_does_the_range_twice(started, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: rows)
    assert both_run(started) == [True, True]


def test_two_workers_at_the_end_add_it_up_once(started):
    activity.run_replay_chunk(replay_id=started.pk, at=NOW)

    def finish():
        return activity.finish_replay(replay_id=started.pk, at=NOW)

    assert racing.overlap(finish, finish) == [True, False]
    assert Replay.objects.get().state == "done"
