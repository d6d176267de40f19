"""Replaying history under one version of a rule: planned as ranges of members, done by any number of
workers, each range in one transaction, added up at the end. It only reads what members did and were given.

Rules and caps are those of the time; tags, birthdays and the facts of upper apps are the members' present
ones, because no older ones are kept.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from apps.activity import queries, rules
from apps.activity.errors import NotReplayable, ReplayEnded
from apps.activity.models import Replay, ReplayChunk, ReplayState
from apps.activity.queries import Window
from apps.core import audit, clock
from apps.core.audit import Actor
from apps.points import queries as points
from apps.points.models import Rule, RuleKind, RuleVersion
from apps.points.rules import Basket, MemberContext, explain, worst_case

DAYS = (30, 90, 365)
MEMBERS_AT_ONCE = 500


@dataclass(frozen=True)
class ReplayRequest:
    """Which version, and over how many business days up to now."""

    version_id: int
    days: int


@transaction.atomic
def start_replay(*, request: ReplayRequest, actor: Actor, at: datetime) -> Replay:
    """Plan a replay and let workers at it. Raises NotReplayable for a rule that is not about earning."""
    version = RuleVersion.objects.select_related("rule").get(pk=request.version_id)
    if version.rule.kind != RuleKind.EARNING:
        raise NotReplayable(version.rule.kind)
    first_day = clock.business_day(at) - timedelta(days=request.days - 1)
    window = Window(clock.day_start(first_day), at, queries.newest_activity())
    ranges = queries.member_ranges(window)
    replay = Replay.objects.create(
        version=version,
        rule_name=version.rule.name,
        number=version.number,
        definition=version.definition,
        days=request.days,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        last_activity=window.last_activity,
        activities=sum(each.activities for each in ranges),
        requested_by_id=actor.staff_id,
        created_at=at,
    )
    ReplayChunk.objects.bulk_create(
        ReplayChunk(replay=replay, first_member=each.first, last_member=each.last, activities=each.activities)
        for each in ranges
    )
    _record("activity.start_replay", replay, actor, at)
    return replay


@transaction.atomic
def run_replay_chunk(*, replay_id: int, at: datetime) -> bool:
    """Replay one range of members; False when none is left to claim."""
    waiting = ReplayChunk.objects.filter(
        replay_id=replay_id, replay__state=ReplayState.RUNNING, done_at__isnull=True
    ).select_related("replay__version__rule")
    chunk = waiting.order_by("first_member").select_for_update(skip_locked=True, of=("self",)).first()
    if chunk is None or chunk.replay.version is None:
        return False
    chunk.tally = _tally(chunk).to_json()
    chunk.done_at = at
    chunk.save(update_fields=["tally", "done_at"])
    return True


@transaction.atomic
def finish_replay(*, replay_id: int, at: datetime) -> bool:
    """Add up a replay whose last range is done; False while some are not, or when it ended before.

    A replay whose draft was discarded meanwhile is cancelled.
    """
    replay = Replay.objects.select_for_update(of=("self",)).select_related("version").get(pk=replay_id)
    if replay.state != ReplayState.RUNNING:
        return False
    if replay.version is None:
        _end(replay, ReplayState.CANCELLED, at)
        return False
    chunks = ReplayChunk.objects.filter(replay=replay).order_by("first_member")
    if chunks.filter(done_at__isnull=True).exists():
        return False
    total = rules.Tally()
    for told in chunks.values_list("tally", flat=True).iterator(chunk_size=50):
        total.merge(rules.Tally.from_json(told))
    replay.result = _result(replay, total)
    _end(replay, ReplayState.DONE, at)
    chunks.delete()
    return True


@transaction.atomic
def cancel_replay(*, replay_id: int, actor: Actor, at: datetime) -> None:
    """Stop a replay under way; ranges in work are finished and forgotten. Raises ReplayEnded."""
    replay = Replay.objects.select_for_update().get(pk=replay_id)
    if replay.state != ReplayState.RUNNING:
        raise ReplayEnded(replay.state)
    _end(replay, ReplayState.CANCELLED, at)
    _record("activity.cancel_replay", replay, actor, at)


def _tally(chunk: ReplayChunk) -> rules.Tally:
    replay, tally = chunk.replay, rules.Tally()
    window, book = queries.window_of(replay), queries.book_of(replay)
    script = rules.Script(book, window.starts_at, book.earning_versions())
    pages = book.pages(window.starts_at, window.ends_at)
    asks_member = any(page.asks_member for page in pages)
    since = rules.look_back(pages, window.starts_at)
    deeds = queries.deeds_by_member(chunk.first_member, chunk.last_member, window, since=since)
    while batch := list(islice(deeds, MEMBERS_AT_ONCE)):
        contexts = _contexts([member_id for member_id, _ in batch], replay.ends_at) if asks_member else {}
        for member_id, theirs in batch:
            context = contexts.get(member_id, points.NOBODY_SPECIAL)
            tally.add_member(rules.replay(theirs, context, script))
    return tally


def _contexts(member_ids: Collection[int], at: datetime) -> dict[int, MemberContext]:
    """What is known of members today, but for their standing, which each deed tells of its own time."""
    found = points.contexts(member_ids, at)
    return {member_id: replace(context, status="active") for member_id, context in found.items()}


def _result(replay: Replay, total: rules.Tally) -> dict[str, Any]:
    """All the page tells, so that it says the same for ever."""
    told = total.to_json()
    rule_ids = {rule_id for rule_id, *_ in told["cells"]} | {replay.version.rule_id}
    return {
        **told,
        "examples": total.told_examples(),
        "rules": {rule.pk: rule.name for rule in Rule.objects.filter(pk__in=rule_ids)},
        "fen_per_hundred": points.unit_cost(clock.business_day(replay.ends_at)),
        "stack": _stack(replay, total),
    }


def _stack(replay: Replay, total: rules.Tally) -> list[dict[str, Any]]:
    """The most an average purchase and the largest one could earn by the rules live at the end."""
    window = queries.window_of(replay)
    page = queries.book_of(replay).page(window.ends_at)
    average = total.paid_fen // total.activities if total.activities else 0
    told = []
    for amount in sorted({average, total.largest_fen} - {0}):
        basket = Basket("purchase", window.ends_at, amount)
        told.append(explain(worst_case(basket, page.earning), basket, page))
    return told


def _end(replay: Replay, state: str, at: datetime) -> None:
    replay.state, replay.finished_at = state, at
    replay.save(update_fields=["state", "finished_at", "result"])


def _record(code: str, replay: Replay, actor: Actor, at: datetime) -> None:
    data = {"name": replay.rule_name, "version": replay.number, "days": replay.days}
    audit.record(code, actor=actor, subject=("activity.replay", replay.pk), at=at, data=data)
