"""Reconciling, raising alerts and seeing to them, keeping failed tasks.

*Incremental*: every invariant that can be, asked of the accounts touched since the run before the last (so
that each is met twice, and what was written meanwhile is not missed). *Full*: every account, range by range,
then what can't be asked of some accounts alone. Either may run twice, late or be killed: a period is one row.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from apps.core import audit, clock, outbox
from apps.core.audit import Actor
from apps.core.invariants import REGISTRY
from apps.core.truth.models import Alert, FailedTask, Pulse, Reconciliation, ReconciliationKind
from apps.core.truth.watching import Accounts, Watch, watches

ACCOUNTS_AT_ONCE = 20_000
MOST_ROWS = 1_000  # of one violation, looked at and seen to
SHOWN_ROWS = 20
SLOT = timedelta(minutes=15)
KEPT = timedelta(days=90)


def reconcile_touched(*, at: datetime) -> Reconciliation | None:
    """Check the accounts touched lately; None when this quarter of an hour was begun before."""
    slot = datetime.fromtimestamp(at.timestamp() // SLOT.total_seconds() * SLOT.total_seconds(), at.tzinfo)
    run = _begin(ReconciliationKind.INCREMENTAL, f"{slot:%Y-%m-%dT%H:%M}", at)
    if run is None:
        return None
    before = Reconciliation.objects.filter(kind=run.kind, finished_at__isnull=False).order_by("-id")[1:2]
    since = before[0].marks if before else {}
    for watch in watches:
        run.marks = watch.marks()
        touched = watch.touched(since)
        run.accounts += len(touched)
        for first in range(0, len(touched), ACCOUNTS_AT_ONCE):
            _check(run, watch, touched[first : first + ACCOUNTS_AT_ONCE], at)
    _finish(run, at)
    return run


def begin_full(*, at: datetime) -> Reconciliation | None:
    """Begin the full reconciliation of a business day; None when it was begun before."""
    return _begin(ReconciliationKind.FULL, clock.business_day(at).isoformat(), at)


@transaction.atomic
def reconcile_chunk(*, run_id: int, at: datetime) -> bool:
    """Check the next accounts of a full run, or finish it; False when it is finished or at work elsewhere."""
    found = Reconciliation.objects.filter(pk=run_id, finished_at__isnull=True)
    run = found.select_for_update(skip_locked=True).first()
    if run is None:
        return False
    (watch,) = watches
    upto = run.after + ACCOUNTS_AT_ONCE
    if run.after < watch.last():
        _check(run, watch, (run.after, upto), at)
        run.accounts = min(upto, watch.last())
        run.after = upto
        run.save()
        return True
    for code in sorted(REGISTRY):
        if not watch.is_narrow(code):
            _note(run, watch, code, REGISTRY[code].sql, at)
    _resolve(run, at)
    _finish(run, at)
    return False


@transaction.atomic
def acknowledge(*, alert_id: int, note: str, actor: Actor, at: datetime) -> bool:
    """Say that somebody looks after an alert; False when somebody did."""
    open_alerts = Alert.objects.filter(pk=alert_id, acknowledged_at=None)
    if not open_alerts.update(acknowledged_at=at, acknowledged_by_id=actor.staff_id, note=note):
        return False
    alert = Alert.objects.get(pk=alert_id)
    data = {"alert": alert.code, "note": note}
    audit.record("truth.acknowledge", actor=actor, subject=("alert", alert.pk), at=at, data=data)
    return True


def keep_failure(*, task_id: str, name: str, call: tuple[list, dict], error: str, at: datetime) -> None:
    """Keep what a task raised, once per task id."""
    args, kwargs = call
    facts = {"name": name, "args": args, "kwargs": kwargs, "error": error, "failed_at": at}
    FailedTask.objects.update_or_create(task_id=task_id, defaults=facts)


@transaction.atomic
def claim_retry(*, failure_id: int, actor: Actor, at: datetime) -> FailedTask | None:
    """Mark a failed task as called again; None when it was. The caller sends it once this is committed."""
    if not FailedTask.objects.filter(pk=failure_id, retried_at=None).update(retried_at=at):
        return None
    failure = FailedTask.objects.get(pk=failure_id)
    audit.record(
        "truth.retry_task", actor=actor, subject=("task", failure.pk), at=at, data={"task": failure.name}
    )
    return failure


def beat(*, name: str, at: datetime) -> None:
    """Note that a process is alive."""
    Pulse.objects.update_or_create(name=name[:120], defaults={"at": at})


def depart(*, name: str) -> None:
    """Forget a process that ended as it was asked to: nobody misses it."""
    Pulse.objects.filter(name=name[:120]).delete()


def forget_old(*, at: datetime) -> int:
    """Drop what nobody needs any more: reconciliations and called failures of three months ago."""
    old = at - KEPT
    runs, _by = Reconciliation.objects.filter(started_at__lt=old).delete()
    failures, _by = FailedTask.objects.filter(retried_at__lt=old).delete()
    return runs + failures


def _begin(kind: str, period: str, at: datetime) -> Reconciliation | None:
    run, is_new = Reconciliation.objects.get_or_create(kind=kind, period=period, defaults={"started_at": at})
    return run if is_new or run.finished_at is None else None


def _check(run: Reconciliation, watch: Watch, accounts: Accounts, at: datetime) -> None:
    with watch.narrow(accounts) as narrowed:
        for code in sorted(filter(watch.is_narrow, REGISTRY)):
            _note(run, watch, code, narrowed(REGISTRY[code].sql), at)


def _note(run: Reconciliation, watch: Watch, code: str, sql: str, at: datetime) -> None:
    rows = _rows(sql)
    if rows:
        run.found[code] = run.found.get(code, 0) + len(rows)
        _raise(code, rows, at)
        watch.offenders(code, rows, at=at)


def _rows(sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchmany(MOST_ROWS)]


@transaction.atomic
def _raise(code: str, rows: list[dict[str, Any]], at: datetime) -> None:
    told = [{name: str(value) for name, value in row.items()} for row in rows[:SHOWN_ROWS]]
    alert, is_new = Alert.objects.get_or_create(
        code=code,
        resolved_at=None,
        defaults={"count": len(rows), "rows": told, "first_seen_at": at, "last_seen_at": at},
    )
    if is_new:
        outbox.announce("truth.alert", {"alert": alert.pk, "code": code, "rows": len(rows)}, at=at)
    else:
        Alert.objects.filter(pk=alert.pk).update(count=len(rows), rows=told, last_seen_at=at)


def _resolve(run: Reconciliation, at: datetime) -> None:
    """What a full run didn't find any more is over."""
    Alert.objects.filter(resolved_at=None, code__in=set(REGISTRY) - set(run.found)).update(resolved_at=at)


def _finish(run: Reconciliation, at: datetime) -> None:
    run.finished_at = max(at, run.started_at)
    run.save()
