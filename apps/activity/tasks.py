"""Doorbells: what is due stands in the database."""

from celery import shared_task

from apps.activity import services
from apps.core import clock


@shared_task(name="activity.expire_quotes", ignore_result=True)
def expire_quotes() -> int:
    """Let go the quotes and holds whose time is over."""
    return services.expire_quotes(at=clock.now())
