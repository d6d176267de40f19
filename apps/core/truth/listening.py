"""Hearing of failed tasks from Celery and keeping them as rows."""

import json
from typing import Any

from celery.signals import task_failure

from apps.core import clock
from apps.core.truth import services

LONGEST = 2_000


def note_failure(
    sender: Any, task_id: str, exception: BaseException, args: Any, kwargs: Any, einfo: Any, **rest: Any
) -> None:
    """A task raised: keep its name, arguments and error."""
    call = (
        json.loads(json.dumps(list(args or ()), default=str)),
        json.loads(json.dumps(kwargs or {}, default=str)),
    )
    error = f"{type(exception).__name__}: {exception}\n{einfo}"[:LONGEST]
    services.keep_failure(task_id=task_id, name=sender.name, call=call, error=error, at=clock.now())


def register() -> None:
    task_failure.connect(note_failure, dispatch_uid="core.truth.note_failure", weak=False)
