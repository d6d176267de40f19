"""Announcing upwards. An event is a row written with the change it tells of; a relay hands it on.

Subscribers register per topic in their app's ``subscribers`` module and are called as ``handle(event)``
inside one transaction with their delivery row, so each handles each event once however often the relay
or the broker repeats itself.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from apps.core.models import OutboxEvent

Subscriber = Callable[["OutboxEvent"], None]
SUBSCRIBERS: dict[str, dict[str, Subscriber]] = defaultdict(dict)


def subscribe(topic: str, name: str, handle: Subscriber) -> None:
    """Register ``handle`` under a stable, unique ``name``."""
    SUBSCRIBERS[topic][name] = handle


def announce(topic: str, payload: Mapping[str, Any], *, at: datetime) -> None:
    """Write one event in the caller's transaction. Ids, ISO dates and integers only."""
    apps.get_model("core", "OutboxEvent").objects.create(topic=topic, payload=dict(payload), created_at=at)
