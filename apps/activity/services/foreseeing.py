"""Deciding before the lock: one fact, one call.

What a fact earns depends on the rules in force, on its member's status and on nothing else when no live rule
asks for the member, the store or what was earned before. Then the award is decided by the rulebook this
process knows and sent along; the database records it only if that one is in force and the member is active.
"""

from datetime import datetime

from apps.activity import queries
from apps.activity.models import ActivityKind
from apps.activity.queries import Receipt
from apps.activity.rules import Fact, fault_of
from apps.activity.services import awarding
from apps.activity.services.claiming import Claim, body_hash, values_of
from apps.core import clock, roundtrip
from apps.ledger import services as ledger
from apps.members.models import MemberStatus
from apps.points import services as points

UNFORESEEN = "unforeseen"
_RECORD = """SELECT * FROM activity_record_foreseen(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb,
  %s::bytea, %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s, %s::smallint, %s,
  %s, %s, %s, %s::jsonb, %s, %s, %s, %s::bigint[], %s::date[], %s::date[])"""


def record(fact: Fact, *, at: datetime) -> Receipt | None:
    """The fact's receipt; None, and nothing done, when its award could not be foreseen."""
    if fact.kind == ActivityKind.REFUND or fact.hold_id is not None or fault_of(fact, at):
        return None
    presumed = Claim(fact, member_status=MemberStatus.ACTIVE)
    foreseen = points.foresee_award(points.Earner(fact.member_id, awarding.basket(presumed)))
    if foreseen is None:
        return None
    award, rulebook = foreseen
    values = [*values_of(fact, body_hash(fact), at), rulebook, *_award_values(fact, award)]
    activity_id, fault, is_new, balance = ledger.call(_RECORD, values)[0]
    if fault == UNFORESEEN:
        return None
    if fault:
        return queries.refused(fact, fault)
    if not is_new:
        return queries.receipts_of([activity_id], outcome=queries.REPLAYED)[activity_id]
    return awarding.receipt(Claim(fact, activity_id, member_status=MemberStatus.ACTIVE), award, balance)


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
