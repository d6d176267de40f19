from datetime import UTC, datetime

import pytest
from django.utils import translation
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.core import timetable

NOON = datetime(2025, 3, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("crontab", "words"),
    [
        ({"minute": "10", "hour": "16"}, "Every day at 00:10"),
        ({"minute": "30", "hour": "*"}, "Every hour at minute 30"),
        ({"minute": "0", "hour": "2", "day_of_month": "1"}, "0 2 1 * * (UTC)"),
    ],
)
def test_a_crontab_in_utc_is_told_in_the_shops_time(crontab, words):
    bell = PeriodicTask(crontab=CrontabSchedule(timezone="UTC", **crontab))
    with translation.override("en"):
        assert timetable.words(bell, NOON) == words


def test_an_interval_is_told_in_seconds():
    bell = PeriodicTask(interval=IntervalSchedule(every=5, period="seconds"))
    with translation.override("en"):
        assert timetable.words(bell, NOON) == "Every 5 seconds"
