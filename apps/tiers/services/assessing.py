"""Assessing a programme as of the start of a business day, like clearing: planned, started, done in chunks.

A worker claims a chunk (others skip it), judges its members and writes only those that change. Killed at any
point, the chunk is as if never begun. A chunk must come to what was planned unless something that happened
since explains it; else the run stops.
"""

from collections import Counter
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from apps.core import audit, clock, outbox
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import Unapproved
from apps.core.approvals.models import Basis
from apps.core.audit import Actor
from apps.ledger.assets import asset_id
from apps.tiers import queries
from apps.tiers.errors import (
    AssessedSince,
    AssessmentBusy,
    AssessmentDiffers,
    AssessmentEnded,
    AssessmentTooEarly,
    Disturbed,
    PastPending,
)
from apps.tiers.models import AssessmentChunk, AssessmentRun, Backfill, RunState
from apps.tiers.queries import LiveProgramme
from apps.tiers.services.joining import join_range
from apps.tiers.services.judging import EXAMPLES, Judged, carry_out, judge_range

ASSESS = "tiers.assess"
ASSESSOR = Actor("tiers.assess_due")
CHUNK_MEMBERS = 5_000  # so that a chunk in which everybody moves keeps tills waiting little
TRIES = 5
_RANGES = """
  SELECT min(id), max(id) FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS piece FROM members_member) m
   GROUP BY piece ORDER BY 1"""
_SINCE = """
  SELECT EXISTS (
    SELECT 1 FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
     WHERE a.asset_id = %(asset)s AND a.member_id BETWEEN %(first)s AND %(last)s
       AND e.posted_at >= %(planned)s
    UNION ALL SELECT 1 FROM members_member m WHERE m.id BETWEEN %(first)s AND %(last)s
       AND m.created_at >= %(planned)s
    UNION ALL SELECT 1 FROM tiers_entitlement t WHERE t.programme_id = %(programme)s
       AND t.member_id BETWEEN %(first)s AND %(last)s AND t.created_at >= %(planned)s)"""


@transaction.atomic
def plan_assessment(*, code: str, as_of: date, actor: Actor, at: datetime) -> AssessmentRun:
    """Judge everybody as of the start of a day, write nothing but the plan; a plan is made anew.

    A day that was assessed before answers its run. Raises AssessmentTooEarly, AssessedSince, AssessmentBusy,
    PastPending, UnknownProgramme.
    """
    programme = queries.live_programme(code)
    _take_turns(programme)
    _check_day(programme, as_of, at)
    run = AssessmentRun.objects.filter(programme=programme.id, as_of=as_of).first()
    if run is not None and run.state != RunState.PLANNED:
        return run
    if Backfill.objects.filter(programme=programme.id, finished_at__isnull=True).exists():
        raise PastPending(code)
    run = run or AssessmentRun(programme_id=programme.id, as_of=as_of)
    run.version_id = programme.at(clock.day_start(as_of)).id
    run.requested_by_id, run.created_at = actor.staff_id, at
    run.save()
    run.chunks.all().delete()
    run.plan = _count(programme, run)
    run.save(update_fields=["plan"])
    _record("tiers.plan", run, actor, at, run.plan)
    return run


@transaction.atomic
def start_assessment(
    *, run_id: int, actor: Actor, at: datetime, reason: str = "", request_id: int | None = None
) -> AssessmentRun:
    """Let workers at a planned run; a run under way stays so.

    A person starts it by a request for approval; what the schedule or the command line starts is put on
    record as such. Raises AssessmentEnded, AssessedSince, AssessmentBusy, Unapproved.
    """
    run = AssessmentRun.objects.select_for_update().select_related("programme").get(pk=run_id)
    if run.state == RunState.RUNNING:
        return run
    if run.state != RunState.PLANNED:
        raise AssessmentEnded(run_id, run.state)
    programme = queries.live_programme(run.programme.code)
    _take_turns(programme)
    _check_day(programme, run.as_of, at)
    if request_id is None:
        _note(run, actor, at)
    run.state, run.started_at, run.note = RunState.RUNNING, at, reason
    run.save(update_fields=["state", "started_at", "note"])
    _record("tiers.start", run, actor, at, run.plan)
    return run


def hold_plan(*, run_id: int) -> None:
    """Nobody plans or starts an assessment of this programme, to the end of this transaction."""
    run = AssessmentRun.objects.select_for_update().select_related("programme").get(pk=run_id)
    _take_turns(queries.live_programme(run.programme.code))


def run_assessment_chunk(*, run_id: int, at: datetime) -> dict[str, int] | None:
    """Assess one chunk; its counts, None when none is left to claim.

    Raises AssessmentDiffers when it is not what was planned: then the chunk is undone and the run stopped.
    """
    for _try in range(TRIES):
        try:
            return _claim_and_assess(run_id, at)
        except Disturbed:
            continue
        except AssessmentDiffers as difference:
            _stop(run_id, at, difference)
            raise
    raise Disturbed


@transaction.atomic
def finish_assessment(*, run_id: int, at: datetime) -> bool:
    """Close the run if its last chunk is done; False while some are not, or when it was closed before."""
    undone = AssessmentChunk.objects.filter(run_id=OuterRef("pk"), done_at__isnull=True)
    open_runs = AssessmentRun.objects.filter(pk=run_id, state=RunState.RUNNING).exclude(Exists(undone))
    if not open_runs.update(state=RunState.DONE, finished_at=at):
        return False
    run = AssessmentRun.objects.select_related("programme").get(pk=run_id)
    run.result = dict(_total(run.chunks.values_list("done", flat=True)))
    run.save(update_fields=["result"])
    result = {name: run.result.get(name, 0) for name in ("up", "down", "warned")}
    approvals.finish(subject=_subject(run_id), result=result, at=at)
    _record("tiers.finish", run, ASSESSOR, at, run.result)
    told = {"run": run_id, "programme": run.programme.code, "as_of": run.as_of.isoformat()}
    outbox.announce("tiers.assessed", told, at=at)
    return True


@transaction.atomic
def _claim_and_assess(run_id: int, at: datetime) -> dict[str, int] | None:
    waiting = AssessmentChunk.objects.filter(run_id=run_id, run__state=RunState.RUNNING, done_at__isnull=True)
    waiting = waiting.select_related("run__programme").order_by("first_member")
    chunk = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if chunk is None:
        return None
    programme = queries.live_programme(chunk.run.programme.code)
    judged = _judged(programme, chunk)
    join_range(programme, chunk.first_member, chunk.last_member)
    carry_out(programme, judged, chunk.run, at)
    chunk.done, chunk.done_at = judged.counts, at
    if chunk.done != chunk.planned and not _has_changed(programme, chunk):
        raise AssessmentDiffers(chunk.planned, chunk.done)
    chunk.save(update_fields=["done", "done_at"])
    return chunk.done


def _judged(programme: LiveProgramme, chunk: AssessmentChunk) -> Judged:
    instant = clock.day_start(chunk.run.as_of)
    return judge_range(programme, chunk.first_member, chunk.last_member, instant)


def _has_changed(programme: LiveProgramme, chunk: AssessmentChunk) -> bool:
    facts = {
        "asset": asset_id(programme.asset),
        "programme": programme.id,
        "first": chunk.first_member,
        "last": chunk.last_member,
        "planned": chunk.run.created_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, facts)
        return cursor.fetchone()[0]


def _count(programme: LiveProgramme, run: AssessmentRun) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(_RANGES, [CHUNK_MEMBERS])
        ranges = cursor.fetchall()
    chunks, examples = [], []
    for first, last in ranges:
        chunk = AssessmentChunk(run=run, first_member=first, last_member=last)
        judged = _judged(programme, chunk)
        chunk.planned = dict(judged.counts)
        chunks.append(chunk)
        movers = [each for each in judged.moves if each.verdict.act in ("up", "down", "moved")]
        examples += [
            [each.seen.member_id, each.verdict.act, each.verdict.rank, each.growth]
            for each in movers[: EXAMPLES - len(examples)]
        ]
    AssessmentChunk.objects.bulk_create(chunks)
    totals = _total(chunk.planned for chunk in chunks)
    return {**totals, "chunks": len(chunks), "examples": examples, "last_entry": _last_entry()}


def _last_entry() -> int:
    """The ledger's newest entry: what was told by then was judged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_entry")
        return cursor.fetchone()[0]


def _total(counts) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def _check_day(programme: LiveProgramme, as_of: date, at: datetime) -> None:
    today = clock.business_day(at)
    if as_of > today:
        raise AssessmentTooEarly(as_of, today)
    if programme.begins_at is not None and clock.day_start(as_of) < programme.begins_at:
        raise AssessmentTooEarly(as_of, clock.business_day(programme.begins_at))
    others = AssessmentRun.objects.filter(programme=programme.id).exclude(as_of=as_of)
    busy = others.filter(state=RunState.RUNNING).first()
    if busy is not None:
        raise AssessmentBusy(busy.pk)
    newest = others.filter(state=RunState.DONE).order_by("as_of").last()
    if newest is not None and newest.as_of > as_of:
        raise AssessedSince(as_of, newest.as_of)


def _take_turns(programme: LiveProgramme) -> None:
    """Planning and starting take turns, to the end of their transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"tiers.assess:{programme.id}"])


@transaction.atomic
def _stop(run_id: int, at: datetime, difference: AssessmentDiffers) -> None:
    stopped = AssessmentRun.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        state=RunState.STOPPED, finished_at=at, note=str(difference)
    )
    if stopped:
        run = AssessmentRun.objects.select_related("programme").get(pk=run_id)
        approvals.stop(subject=_subject(run_id), fault=str(difference), at=at)
        _record("tiers.stop", run, ASSESSOR, at, {})


def _note(run: AssessmentRun, actor: Actor, at: datetime) -> None:
    """Without a request only the schedule (under the published programme) and the shell start a run."""
    if actor.staff_id is not None:
        raise Unapproved(ASSESS)
    basis = Basis.STANDING if actor == ASSESSOR else Basis.SHELL
    approvals.note(act=ASSESS, payload={"run": run.pk}, actor=actor, basis=basis, at=at)


def _subject(run_id: int) -> tuple[str, int]:
    return ("tiers.assessment", run_id)


def _record(code: str, run: AssessmentRun, actor: Actor, at: datetime, counts: dict) -> None:
    data = {"programme": run.programme.name, "as_of": run.as_of.isoformat()}
    data |= {name: counts.get(name, 0) for name in ("up", "down", "warned")}
    audit.record(code, actor=actor, subject=_subject(run.pk), at=at, data=data)
