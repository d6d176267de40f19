"""Extending points: lots are chosen and listed first (the dry run), then their last days are moved.

The list is the plan: work does what is on it and nothing else, in chunks of accounts, each one transaction
that moves the run's mark. What members spent or lost since it was listed is left alone and counted: done and
gone are the plan. A lot whose last day somebody else moved meanwhile stops the run. Undoing walks the same
list; a lot whose old last day has passed keeps today.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import connection, transaction

from apps.core import audit, clock
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import Unapproved
from apps.core.approvals.models import Basis
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.ledger.assets import asset_id
from apps.ledger.models import Extension
from apps.points import queries
from apps.points.errors import ExtensionDiffers, ExtensionEnded, NothingToExtend, StartsInThePast, TooWide
from apps.points.models import ExtensionLot, ExtensionRun, ExtensionState

CHUNK_LOTS = 5_000
EXAMPLES = 5
EXTEND, RESTORE = "points.extend", "points.undo_extension"
SUBJECT, RESTORING = "points.extension", "points.extension_undo"
EXTENDER = Actor("points.run_extension")

_LIST = """
  INSERT INTO points_extensionlot (run_id, account_id, lot_id, was, points)
  SELECT %(run)s, l.account_id, l.id, l.expires_on, l.remaining
    FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
   WHERE a.asset_id = %(asset)s AND l.is_open AND l.expires_on >= %(day)s AND l.expires_on < %(until)s
     AND (%(member)s::bigint IS NULL OR l.member_id = %(member)s)
     AND (%(lot)s::bigint IS NULL OR l.id = %(lot)s)
     AND (%(first)s::date IS NULL OR l.expires_on >= %(first)s)
     AND (%(last)s::date IS NULL OR l.expires_on <= %(last)s)
     AND (%(tag)s::bigint IS NULL OR EXISTS (
       SELECT 1 FROM members_membertag t WHERE t.member_id = l.member_id AND t.tag_id = %(tag)s))
     AND (%(stores)s::bigint[] IS NULL OR EXISTS (
       SELECT 1 FROM ledger_entry e WHERE e.id = l.entry_id AND e.store_id = ANY (%(stores)s)))"""
_COUNT = """
  SELECT json_build_object(
    'accounts', count(DISTINCT x.account_id), 'lots', count(*), 'points', coalesce(sum(x.points), 0),
    'examples', (SELECT json_agg(e) FROM (
       SELECT m.number AS member, x.was, x.points FROM points_extensionlot x
         JOIN ledger_account a ON a.id = x.account_id JOIN members_member m ON m.id = a.member_id
        WHERE x.run_id = %(run)s ORDER BY x.points DESC, x.lot_id LIMIT %(examples)s) e))::text
    FROM points_extensionlot x WHERE x.run_id = %(run)s"""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which lots: of a member, a single lot, of the days of a period, issued by stores, of members with a
    tag. What is None does not choose."""

    member_id: int | None = None
    lot_id: int | None = None
    first: date | None = None
    last: date | None = None
    store_ids: tuple[int, ...] | None = None
    tag_id: int | None = None

    @property
    def is_empty(self) -> bool:
        return all(value is None for value in asdict(self).values())


@transaction.atomic
def plan_extension(
    *, criteria: Criteria, until: date, reason: str, actor: Actor, at: datetime
) -> ExtensionRun:
    """List the lots that would be valid through ``until`` instead of an earlier day; nothing is moved.

    Raises TooWide without criteria, StartsInThePast, NothingToExtend.
    """
    today = clock.business_day(at)
    if criteria.is_empty:
        raise TooWide
    if until <= today:
        raise StartsInThePast(until, today)
    stored = json.loads(json.dumps(asdict(criteria), default=date.isoformat))
    run = ExtensionRun.objects.create(
        criteria=stored, until=until, reason=reason, requested_by_id=actor.staff_id, created_at=at
    )
    run.plan = _listed(run, criteria, today)
    if not run.plan["lots"]:
        raise NothingToExtend
    run.save(update_fields=["plan"])
    _record("points.plan_extension", run, actor, at, **_counts(run))
    return run


@transaction.atomic
def start_extension(
    *, run_id: int, actor: Actor, at: datetime, request_id: int | None = None
) -> ExtensionRun:
    """Let a worker at a planned extension. A person starts it by a request for approval.

    Raises ExtensionEnded, Unapproved.
    """
    run = hold_extension(run_id=run_id)
    if run.state != ExtensionState.PLANNED:
        raise ExtensionEnded(run_id, run.state)
    run.state, run.started_at = ExtensionState.RUNNING, at
    run.request_id = request_id or _note(EXTEND, {"run": run_id}, actor, at)
    run.save(update_fields=["state", "started_at", "request_id"])
    _record("points.start_extension", run, actor, at, **_counts(run))
    return run


@transaction.atomic
def undo_extension(
    *, run_id: int, reason: str, actor: Actor, at: datetime, request_id: int | None = None
) -> ExtensionRun:
    """Let a worker restore the last days a finished extension moved. Raises ExtensionEnded, Unapproved."""
    run = hold_extension(run_id=run_id)
    if run.state != ExtensionState.DONE:
        raise ExtensionEnded(run_id, run.state)
    run.undo_request_id = request_id or _note(RESTORE, {"request": run.request_id}, actor, at)
    run.state, run.after, run.undo_reason = ExtensionState.UNDOING, 0, reason
    run.save(update_fields=["state", "after", "undo_reason", "undo_request_id"])
    _record("points.undo_extension", run, actor, at, lots=run.lots, points=run.points)
    return run


def hold_extension(*, run_id: int) -> ExtensionRun:
    """The run, locked to the end of the transaction."""
    return ExtensionRun.objects.select_for_update().get(pk=run_id)


def run_extension_chunk(*, run_id: int, at: datetime) -> bool:
    """Move the next lots of an extension under way, or restore them; False when nothing was left to do.

    Another worker's chunk is waited for. Raises ExtensionDiffers when somebody else moved a lot of the list:
    then the chunk is undone and the run stopped.
    """
    try:
        return _do_chunk(run_id, at)
    except ExtensionDiffers as difference:
        _stop(run_id, at, difference)
        raise


@transaction.atomic
def _do_chunk(run_id: int, at: datetime) -> bool:
    run = hold_extension(run_id=run_id)
    if run.state not in (ExtensionState.RUNNING, ExtensionState.UNDOING):
        return False
    rows = _next_lots(run)
    if not rows:
        _finish(run, at)
        return False
    if run.state == ExtensionState.RUNNING:
        moved = ledger.extend([ledger.Move(row.lot_id, row.was, run.until) for row in rows], _moving(run, at))
        if len(moved) < len(rows):
            check_list(run, rows[0].account_id, rows[-1].account_id)
        run.lots += len(moved)
        run.points += sum(lot.points for lot in moved)
    else:
        run.restored += len(ledger.extend(_restoring(run, rows, at), _moving(run, at)))
    run.after = rows[-1].account_id
    run.save(update_fields=["after", "lots", "points", "restored"])
    return True


def _listed(run: ExtensionRun, criteria: Criteria, today: date) -> dict:
    facts = {
        "run": run.pk,
        "asset": asset_id("points"),
        "day": today,
        "until": run.until,
        "member": criteria.member_id,
        "lot": criteria.lot_id,
        "first": criteria.first,
        "last": criteria.last,
        "tag": criteria.tag_id,
        "stores": None if criteria.store_ids is None else list(criteria.store_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LIST, facts)
        cursor.execute(_COUNT, {"run": run.pk, "examples": EXAMPLES})
        return json.loads(cursor.fetchone()[0])


def _next_lots(run: ExtensionRun) -> list[ExtensionLot]:
    """About ``CHUNK_LOTS`` lots of the list, and always all of an account."""
    left = ExtensionLot.objects.filter(run=run, account_id__gt=run.after).order_by("account_id", "lot_id")
    last = left.values_list("account_id", flat=True)[CHUNK_LOTS - 1 : CHUNK_LOTS].first()
    return list(left if last is None else left.filter(account_id__lte=last))


def _restoring(run: ExtensionRun, rows: list[ExtensionLot], at: datetime) -> list[ledger.Move]:
    """Back to the old last day, or today where that has passed; only of lots this run had moved."""
    today = clock.business_day(at)
    moved = set(
        Extension.objects.filter(
            lot__in=[row.lot_id for row in rows], entry__source__startswith=f"extend:{run.pk}:"
        ).values_list("lot_id", flat=True)
    )
    return [ledger.Move(row.lot_id, run.until, max(row.was, today)) for row in rows if row.lot_id in moved]


def _moving(run: ExtensionRun, at: datetime) -> ledger.Moving:
    is_undo = run.state == ExtensionState.UNDOING
    reason = run.undo_reason if is_undo else run.reason
    told = {"extension": run.pk, "reason": reason, "is_undo": is_undo}
    return ledger.Moving(f"{'unextend' if is_undo else 'extend'}:{run.pk}:", at, told, run.requested_by_id)


def check_list(run: ExtensionRun, first: int | None, last: int | None) -> None:
    """Raises ExtensionDiffers when lots of these accounts have other last days than listed, by others."""
    changed = queries.moved_by_others(run, first, last)
    if changed:
        raise ExtensionDiffers(changed)


def _finish(run: ExtensionRun, at: datetime) -> None:
    if run.state == ExtensionState.RUNNING:
        run.state, run.finished_at = ExtensionState.DONE, at
        _record("points.finish_extension", run, EXTENDER, at, lots=run.lots, points=run.points)
        gone = {"gone_lots": run.plan["lots"] - run.lots, "gone_points": run.plan["points"] - run.points}
        done = {"lots": run.lots, "points": run.points, **gone}
        approvals.finish(subject=(SUBJECT, run.pk), result=done, at=at)
    else:
        run.state, run.undone_at = ExtensionState.UNDONE, at
        _record("points.finish_undo_extension", run, EXTENDER, at, lots=run.restored)
        gone = {"restored": run.restored, "gone_lots": run.lots - run.restored}
        approvals.finish(subject=(RESTORING, run.pk), result=gone, at=at)
        approvals.undo(request_id=run.request_id, by_request_id=run.undo_request_id, at=at)
    run.save(update_fields=["state", "finished_at", "undone_at"])


@transaction.atomic
def _stop(run_id: int, at: datetime, difference: ExtensionDiffers) -> None:
    run = hold_extension(run_id=run_id)
    if run.state == ExtensionState.RUNNING:
        run.state, run.finished_at = ExtensionState.STOPPED, at
        run.save(update_fields=["state", "finished_at"])
        approvals.stop(subject=(SUBJECT, run_id), fault=str(difference), at=at)
        _record("points.stop_extension", run, EXTENDER, at, lots=run.lots, changed=difference.lots)


def _note(act: str, payload: dict, actor: Actor, at: datetime) -> int:
    """Without a request only a job or the command line extends; that is put on record."""
    if actor.staff_id is not None:
        raise Unapproved(act)
    return approvals.note(act=act, payload=payload, actor=actor, basis=Basis.SHELL, at=at).pk


def _counts(run: ExtensionRun) -> dict[str, int]:
    return {name: run.plan[name] for name in ("accounts", "lots", "points")}


def _record(code: str, run: ExtensionRun, actor: Actor, at: datetime, **facts: int) -> None:
    data = {"until": run.until.isoformat(), "reason": run.undo_reason or run.reason, **facts}
    audit.record(code, actor=actor, subject=("points.extension", run.pk), at=at, data=data)
