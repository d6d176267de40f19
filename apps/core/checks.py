"""Bad configuration is a message with a hint, before it is a failure."""

from collections.abc import Sequence
from typing import Any

from django.core import checks

from config import env


def register() -> None:
    checks.register(servers_are_named, checks.Tags.security, deploy=True)


def servers_are_named(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """A deployment names its servers; the embedded ones serve one machine and have no replicas."""
    found: list[checks.CheckMessage] = []
    if not env.DATABASE_URL:
        found.append(
            checks.Warning(
                "DATABASE_URL is not set: the embedded PostgreSQL would be used.",
                hint="Set DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/NAME.",
                id="core.W001",
            )
        )
    if not env.BROKER_URL:
        found.append(
            checks.Warning(
                "BROKER_URL is not set: only `manage.py up` brings a broker of its own.",
                hint="Set BROKER_URL to redis://HOST:PORT/0 or amqp://USER:PASSWORD@HOST:PORT//.",
                id="core.W002",
            )
        )
    return found
