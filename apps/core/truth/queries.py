"""What the truth page shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db.models import Count, Min, Q
from django_celery_beat.models import PeriodicTask

from apps.core.invariants import REGISTRY
from apps.core.models import OutboxEvent
from apps.core.truth.models import Alert, FailedTask, Pulse, Reconciliation, ReconciliationKind
from apps.core.truth.watching import Finding, finders

ALIVE_FOR = timedelta(minutes=4)
SHOWN = 30


@dataclass(frozen=True)
class Truth:
    """An invariant and what was found of it last."""

    code: str
    title: Any
    violations: int
    alert: Alert | None


@dataclass(frozen=True)
class Lag:
    """The outbox: events that wait, of them failing, and since when the oldest waits."""

    waiting: int
    failing: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Sign:
    """A process and whether it gave a sign of life lately."""

    name: str
    at: datetime | None
    is_alive: bool


def truths() -> list[Truth]:
    """Every invariant with its open alert."""
    alerts = {alert.code: alert for alert in open_alerts()}
    return [
        Truth(code, rule.title, alerts[code].count if code in alerts else 0, alerts.get(code))
        for code, rule in sorted(REGISTRY.items())
    ]


def open_alerts() -> list[Alert]:
    return list(
        Alert.objects.filter(resolved_at=None).select_related("acknowledged_by").order_by("-last_seen_at")
    )


def last_runs() -> dict[str, Reconciliation | None]:
    """The newest reconciliation of each kind."""
    newest = Reconciliation.objects.order_by("kind", "-id").distinct("kind")
    runs = {run.kind: run for run in newest}
    return {kind: runs.get(kind) for kind in ReconciliationKind.values}


def lag() -> Lag:
    waiting = OutboxEvent.objects.filter(done_at=None)
    sums = waiting.aggregate(
        all=Count("id"), failing=Count("id", filter=~Q(last_error="")), oldest=Min("created_at")
    )
    return Lag(sums["all"], sums["failing"], sums["oldest"])


def signs(at: datetime) -> list[Sign]:
    """Workers by name, then beat: beat rings the bell by which workers tell that they live."""
    workers = list(Pulse.objects.order_by("name"))
    newest = max((pulse.at for pulse in workers), default=None)
    shown = [pulse for pulse in workers if pulse.at > at - timedelta(days=1)]
    told = [Sign(pulse.name, pulse.at, pulse.at > at - ALIVE_FOR) for pulse in shown]
    return [*told, Sign("beat", newest, newest is not None and newest > at - ALIVE_FOR)]


def jobs() -> list[PeriodicTask]:
    return list(PeriodicTask.objects.select_related("crontab", "interval").order_by("name"))


def failures() -> list[FailedTask]:
    """Failed tasks nobody called again, newest first."""
    return list(FailedTask.objects.filter(retried_at=None).order_by("-failed_at")[:SHOWN])


def findings(at: datetime) -> list[Finding]:
    return [finding for finder in finders for finding in finder.find(at)]


def unknown_jobs() -> list[str]:
    """Names of switched-on schedules whose task nobody defines."""
    current_app.loader.import_default_modules()  # a web process has met only what it imported
    known = set(current_app.tasks)
    enabled = PeriodicTask.objects.filter(enabled=True).order_by("name").values_list("name", "task")
    return [name for name, task in enabled if task not in known]
