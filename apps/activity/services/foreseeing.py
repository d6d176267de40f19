"""Deciding before the lock: one fact or a batch, one call.

What a fact earns depends on the rules in force, on its member's status and on nothing else when no live rule
asks for the member, the store or what was earned before, and no programme makes members grow. Then the
award is decided by the rulebook this process knows and sent along; the database records it only if that one
is in force and the member is active. A batch is recorded whole or not at all; what was presumed wrongly of
one fact sends all the usual way.
"""

from collections.abc import Sequence
from datetime import datetime

from apps.activity import queries
from apps.activity.models import ActivityKind
from apps.activity.queries import Receipt
from apps.activity.rules import Fact, fault_of
from apps.activity.services import awarding
from apps.activity.services.claiming import body_hash, values_of
from apps.core import clock, roundtrip
from apps.ledger import services as ledger
from apps.ledger.assets import asset_id
from apps.points import queries as points_queries
from apps.points import services as points
from apps.tiers import services as tiers

UNFORESEEN = "unforeseen"
_RECORD = """SELECT * FROM activity_record_foreseen(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb,
  %s::bytea, %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s, %s::smallint, %s,
  %s, %s, %s, %s::jsonb, %s, %s, %s, %s::bigint[], %s::date[], %s::date[])"""
_RECORD_BATCH = """SELECT activities::text, balances::text FROM activity_record_batch(%s, %s::text[],
  %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[], %s::jsonb, %s::bytea,
  %s::int[], %s::bigint[], %s::text[], %s::jsonb, %s::date[], %s::date[],
  %s::int[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s, %s::smallint, %s)"""


def record(facts: Sequence[Fact], *, at: datetime) -> list[Receipt] | None:
    """The facts' receipts; None, and nothing done, when their awards could not be foreseen."""
    if len(facts) == 1:
        return _record_one(facts[0], at)
    return _record_batch(facts, at) if facts else None


def _record_one(fact: Fact, at: datetime) -> list[Receipt] | None:
    if not _is_plain(fact, at):
        return None
    foreseen = _foresee([fact])
    if foreseen is None:
        return None
    (award,), rulebook = foreseen
    values = [*values_of(fact, body_hash(fact), at), rulebook, *_award_values(fact, award)]
    activity_id, fault, is_new, balance = ledger.call(_RECORD, values)[0]
    if fault == UNFORESEEN:
        return None
    if fault:
        return [queries.refused(fact, fault)]
    if not is_new:
        return [queries.receipts_of([activity_id], outcome=queries.REPLAYED)[activity_id]]
    return [awarding.receipt(fact, activity_id, award, balance)]


def _is_plain(fact: Fact, at: datetime) -> bool:
    return fact.kind != ActivityKind.REFUND and fact.hold_id is None and not fault_of(fact, at)


def _foresee(facts: Sequence[Fact]) -> tuple[Sequence[points.Award], int] | None:
    known = points_queries.known_rulebook()
    if known is None or tiers.grows(known[1]):
        return None
    foreseen = points.foresee_awards(map(_earner, facts))
    if foreseen is None or foreseen[1] != known[1]:  # another thread read a newer book meanwhile
        return None
    return foreseen


def _earner(fact: Fact) -> points.Earner:
    return points.Earner(fact.member_id, awarding.basket(fact))


def _award_values(fact: Fact, award: points.Award) -> list[object]:
    first, *more = award.lots or (ledger.LotGrant(0),)
    return [
        award.points,
        clock.business_day(fact.occurred_at),
        award.reason,
        roundtrip.jsonb(award.explanation),
        first.amount,
        first.available_on,
        first.expires_on,
        roundtrip.numbers(lot.amount for lot in more) if more else None,
        roundtrip.array(lot.available_on for lot in more) if more else None,
        roundtrip.array(lot.expires_on for lot in more) if more else None,
    ]


def _record_batch(facts: Sequence[Fact], at: datetime) -> list[Receipt] | None:
    channel = facts[0].channel
    if not all(fact.channel == channel and _is_plain(fact, at) for fact in facts):
        return None
    claimed = sorted(range(len(facts)), key=[fact.external_id for fact in facts].__getitem__)
    ordered = [facts[n] for n in claimed]
    foreseen = _foresee(ordered)
    if foreseen is None or any(len(award.lots) > 1 for award in foreseen[0]):
        return None
    awards, rulebook = foreseen
    turns = sorted(range(len(ordered)), key=[fact.occurred_at for fact in ordered].__getitem__)
    values = [channel, *_fact_columns(ordered, turns), *_award_columns(awards), *_line_columns(ordered)]
    activities, balances = ledger.call(_RECORD_BATCH, [*values, at, asset_id("points"), rulebook])[0]
    if activities is None:
        return None
    after = dict(zip((n for n in turns if awards[n].points), _read(balances), strict=True))
    receipts: list[Receipt] = [None] * len(facts)
    for n, (place, activity_id) in enumerate(zip(claimed, _read(activities), strict=True)):
        receipts[place] = awarding.receipt(ordered[n], activity_id, awards[n], after.get(n))
    return receipts


def _fact_columns(facts: Sequence[Fact], turns: Sequence[int]) -> list[object]:
    turn_of = sorted(range(len(turns)), key=turns.__getitem__)
    return [
        roundtrip.texts(fact.external_id for fact in facts),
        roundtrip.texts(fact.kind for fact in facts),
        roundtrip.numbers(fact.member_id for fact in facts),
        roundtrip.numbers(fact.store_id for fact in facts),
        roundtrip.numbers(fact.staff_id for fact in facts),
        roundtrip.array(fact.occurred_at for fact in facts),
        roundtrip.numbers(fact.total_fen for fact in facts),
        roundtrip.jsonb([fact.attributes for fact in facts]),
        "\\x" + "".join([body_hash(fact) for fact in facts]),
        roundtrip.numbers(turn_of),
    ]


def _award_columns(awards: Sequence[points.Award]) -> list[object]:
    lots = [award.lots[0] if award.lots else ledger.LotGrant(0) for award in awards]
    return [
        roundtrip.numbers(award.points for award in awards),
        roundtrip.texts(award.reason for award in awards),
        roundtrip.jsonb([award.explanation for award in awards]),
        roundtrip.array(lot.available_on for lot in lots),
        roundtrip.array(lot.expires_on for lot in lots),
    ]


def _line_columns(facts: Sequence[Fact]) -> list[object]:
    items = [n for n, fact in enumerate(facts, 1) for _line in fact.kept_lines]
    lines = [line for fact in facts for line in fact.kept_lines]
    return [
        roundtrip.numbers(items),
        roundtrip.texts(line.category for line in lines),
        roundtrip.texts(line.sku for line in lines),
        roundtrip.numbers(line.quantity for line in lines),
        roundtrip.numbers(line.amount_fen for line in lines),
    ]


def _read(array: str | None) -> list[int]:
    return [int(one) for one in array[1:-1].split(",")] if array else []
