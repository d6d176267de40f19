"""The schedule file and the tables Celery beat reads, brought together.

The file says what rings and when; whether it rings is the operator's choice, made in the back office
and kept. An entry taken out of the file stops ringing, its row stays to be seen.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

FROM_FILE = "From the schedule file."
NO_LONGER = "No longer in the schedule file."
RINGS_ONCE_WITHIN = 3600  # seconds a crontab bell waits for a worker; then the next one will do
CLOCKS_MAY_DIFFER = 30  # seconds: a bell that rings more often still reaches a worker whose clock is ahead
CRONTAB_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


@transaction.atomic
def sync(schedule: Mapping[str, Mapping[str, Any]]) -> None:
    """Make beat's tables say what the schedule says; rows made by hand are left alone."""
    for name, entry in schedule.items():
        _upsert(name, _columns(entry))
    for task in PeriodicTask.objects.filter(description=FROM_FILE).exclude(name__in=schedule):
        task.enabled, task.description = False, NO_LONGER
        task.save()


def _upsert(name: str, columns: dict[str, Any]) -> None:
    task = PeriodicTask.objects.filter(name=name).first()
    if task is None:
        PeriodicTask.objects.create(name=name, **columns)
        return
    if task.description == NO_LONGER:
        task.enabled = True
    elif all(getattr(task, column) == value for column, value in columns.items()):
        return
    for column, value in columns.items():
        setattr(task, column, value)
    task.save()


def _columns(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "task": entry["task"],
        "args": json.dumps(list(entry.get("args", ()))),
        "kwargs": json.dumps(dict(entry.get("kwargs", {}))),
        "description": FROM_FILE,
        **_timing(entry),
    }


def _timing(entry: Mapping[str, Any]) -> dict[str, Any]:
    if "every" in entry:
        seconds = IntervalSchedule.SECONDS
        interval, _ = IntervalSchedule.objects.get_or_create(every=entry["every"], period=seconds)
        return {
            "interval": interval,
            "crontab": None,
            "expire_seconds": max(entry["every"], CLOCKS_MAY_DIFFER),
        }
    fields = dict(zip(CRONTAB_FIELDS, entry["crontab"].split(), strict=True))
    crontab, _ = CrontabSchedule.objects.get_or_create(timezone="UTC", **fields)
    return {"interval": None, "crontab": crontab, "expire_seconds": RINGS_ONCE_WITHIN}
