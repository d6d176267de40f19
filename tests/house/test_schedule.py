"""The schedule file fills beat's tables; the operator's switch and rows made by hand stay as they are."""

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from apps.core import schedule
from config.schedule import SCHEDULE

NIGHTLY = {"clear": {"task": "points.clear", "crontab": "10 16 * * *", "args": ["points"]}}
OFTEN = {"relay": {"task": "core.relay", "every": 5}}

pytestmark = pytest.mark.django_db


def rows() -> dict[str, bool]:
    return dict(PeriodicTask.objects.values_list("name", "enabled"))


def test_entries_become_rows() -> None:
    schedule.sync({**NIGHTLY, **OFTEN})
    clear, relay = PeriodicTask.objects.get(name="clear"), PeriodicTask.objects.get(name="relay")
    assert (clear.task, clear.args, clear.enabled) == ("points.clear", '["points"]', True)
    assert (clear.crontab.hour, clear.crontab.minute, str(clear.crontab.timezone)) == ("16", "10", "UTC")
    assert (relay.interval.every, relay.interval.period, relay.expire_seconds) == (5, "seconds", 30)


def test_syncing_twice_changes_nothing() -> None:
    schedule.sync(NIGHTLY)
    before = list(PeriodicTask.objects.values())
    schedule.sync(NIGHTLY)
    assert list(PeriodicTask.objects.values()) == before


def test_a_changed_entry_changes_its_row_and_keeps_the_operators_switch() -> None:
    schedule.sync(NIGHTLY)
    PeriodicTask.objects.update(enabled=False)
    schedule.sync({"clear": {"task": "points.clear", "every": 60}})
    task = PeriodicTask.objects.get()
    assert (task.enabled, task.crontab, task.interval.every) == (False, None, 60)


def test_a_removed_entry_stops_ringing_and_rings_again_when_it_returns() -> None:
    schedule.sync({**NIGHTLY, **OFTEN})
    schedule.sync(OFTEN)
    assert rows() == {"clear": False, "relay": True}
    schedule.sync({**NIGHTLY, **OFTEN})
    assert rows() == {"clear": True, "relay": True}


def test_rows_made_by_hand_are_left_alone() -> None:
    interval = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.create(name="mine", task="my.task", interval=interval)
    schedule.sync(NIGHTLY)
    assert rows() == {"mine": True, "clear": True}


def test_the_projects_own_schedule_is_well_formed() -> None:
    schedule.sync(SCHEDULE)
    assert rows() == dict.fromkeys(SCHEDULE, True)
    relay = PeriodicTask.objects.get(name="relay-outbox")  # subscribers hear within a second
    assert (relay.interval.every, relay.expire_seconds) == (1, 30)
