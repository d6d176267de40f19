"""Signs of life from the processes themselves: workers by their heartbeat, beat by its tick (``ticking``).
Each writes a row of its own every half minute; a worker that leaves takes its row away."""

import logging
from datetime import datetime, timedelta
from typing import Any

from celery.signals import heartbeat_sent, worker_shutdown
from django.db import DatabaseError, connection

from apps.core import clock
from apps.core.truth import services

EVERY = timedelta(seconds=30)
logger = logging.getLogger(__name__)
_told: dict[str, datetime] = {}


def tell(name: str) -> None:
    """Write that a process lives, unless it was written just now. Without a database it stays untold."""
    at = clock.now()
    if name in _told and at < _told[name] + EVERY:
        return
    try:
        services.beat(name=name, at=at)
        _told[name] = at
    except DatabaseError as error:
        logger.warning("No sign of life was left: %s", error)
        connection.close()


def note_heartbeat(sender: Any, **rest: Any) -> None:
    """A worker's main process lives. Its children must not inherit the connection."""
    tell(sender.eventer.hostname)
    if not connection.in_atomic_block:
        connection.close()


def note_shutdown(sender: Any, **rest: Any) -> None:
    """A worker ends as it was asked to."""
    services.depart(name=sender.hostname)


def register() -> None:
    heartbeat_sent.connect(note_heartbeat, dispatch_uid="core.truth.note_heartbeat", weak=False)
    worker_shutdown.connect(note_shutdown, dispatch_uid="core.truth.note_shutdown", weak=False)
