"""What the truth page shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db.models import Count, Min, Q
from django_celery_beat.models import PeriodicTask

from apps.core.approvals.models import ApprovalThreshold
from apps.core.approvals.registry import acts
from apps.core.invariants import REGISTRY
from apps.core.models import OutboxEvent
from apps.core.truth.models import Alert, FailedTask, Pulse, Reconciliation, ReconciliationKind
from apps.core.truth.watching import Finding, finders, watches

ALIVE_FOR = timedelta(minutes=2)  # processes tell every half minute
RUNG_WITHIN = timedelta(minutes=4)  # beat rings every minute, a busy worker may take a while
BEAT, RING = "beat", "ring"
SHOWN = 30


@dataclass(frozen=True)
class Truth:
    """An invariant and what was found of it last; unchecked until a run that asks it has ended."""

    code: str
    title: Any
    violations: int
    alert: Alert | None
    is_checked: bool


@dataclass(frozen=True)
class Lag:
    """The outbox: events that wait, of them failing, and since when the oldest waits."""

    waiting: int
    failing: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Sign:
    """A process (or the ring that went from beat through the broker to a worker) and whether it gave a sign
    of life lately."""

    name: str
    at: datetime | None
    is_alive: bool


def truths() -> list[Truth]:
    """Every invariant with its open alert. Some are asked by full reconciliations alone."""
    alerts = {alert.code: alert for alert in open_alerts()}
    ended = set(Reconciliation.objects.exclude(finished_at=None).values_list("kind", flat=True).distinct())
    return [
        Truth(
            code,
            rule.title,
            alerts[code].count if code in alerts else 0,
            alerts.get(code),
            _is_asked(code, ended),
        )
        for code, rule in sorted(REGISTRY.items())
    ]


def _is_asked(code: str, ended: set[str]) -> bool:
    narrow = any(watch.is_narrow(code) for watch in watches)
    return ReconciliationKind.FULL in ended or (narrow and ReconciliationKind.INCREMENTAL in ended)


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
    """Workers by name, then beat, then the last ring that came through."""
    pulses = {pulse.name: pulse.at for pulse in Pulse.objects.order_by("name")}
    beat, ring = pulses.pop(BEAT, None), pulses.pop(RING, None)
    told = [
        _sign(name, seen, at, ALIVE_FOR) for name, seen in pulses.items() if seen > at - timedelta(days=1)
    ]
    return [*told, _sign(BEAT, beat, at, ALIVE_FOR), _sign(RING, ring, at, RUNG_WITHIN)]


def _sign(name: str, seen: datetime | None, at: datetime, within: timedelta) -> Sign:
    return Sign(name, seen, seen is not None and seen > at - within)


def jobs() -> list[PeriodicTask]:
    return list(PeriodicTask.objects.select_related("crontab", "interval").order_by("name"))


def failures() -> list[FailedTask]:
    """Failed tasks nobody called again, newest first."""
    return list(FailedTask.objects.filter(retried_at=None).order_by("-failed_at")[:SHOWN])


def findings(at: datetime) -> list[Finding]:
    return [finding for finder in finders for finding in finder.find(at)]


def idle_thresholds() -> list[str]:
    """Acts whose threshold was set and that no app knows any more."""
    known = {act.code for act in acts}
    set_ones = ApprovalThreshold.objects.order_by("act").values_list("act", flat=True)
    return [code for code in set_ones if code not in known]


def unknown_jobs() -> list[str]:
    """Names of switched-on schedules whose task nobody defines."""
    current_app.loader.import_default_modules()  # a web process has met only what it imported
    known = set(current_app.tasks)
    enabled = PeriodicTask.objects.filter(enabled=True).order_by("name").values_list("name", "task")
    return [name for name, task in enabled if task not in known]
