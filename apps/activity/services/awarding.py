"""What accepted facts earn: points spent on a purchase first, then its award, or a recorded reason."""

from collections.abc import Sequence
from datetime import datetime

from apps.activity import growth, queries
from apps.activity.queries import Receipt
from apps.activity.rules import Fact
from apps.activity.services.claiming import Claim
from apps.core import clock
from apps.ledger import services as ledger
from apps.members.models import MemberStatus
from apps.points import queries as points_queries
from apps.points import rules
from apps.points import services as points
from apps.tiers import services as tiers


def award(claims: Sequence[Claim], *, at: datetime) -> dict[int, Receipt]:
    """Post what these new facts earn, in the order they occurred; receipts by activity id."""
    if not claims:
        return {}
    for item in claims:
        _capture(item)
    ordered = sorted(claims, key=lambda item: item.fact.occurred_at)
    earning = [item for item in ordered if item.member_status == MemberStatus.ACTIVE]
    earners = [points.Earner(item.fact.member_id, basket(item.fact, item.store_code)) for item in earning]
    planned = points.plan_awards(earners, at=at, stamp=claims[0].rulebook)
    awards = {item.activity_id: award for item, award in zip(earning, planned, strict=True)}
    giving = [item for item in earning if awards[item.activity_id].points]
    posted = ledger.post([_posting(item, awards[item.activity_id]) for item in giving])
    balances = {item.activity_id: entry.balance for item, entry in zip(giving, posted, strict=True)}
    ledger.decline([_declined(item, awards) for item in ordered if item.activity_id not in balances])
    _grow(earning, at)
    return {
        item.activity_id: _told(item, awards.get(item.activity_id), balances.get(item.activity_id))
        for item in ordered
    }


def _grow(earning: Sequence[Claim], at: datetime) -> None:
    """Growth, where a programme is in force; the rulebook's stamp was read when the awards were decided."""
    known = points_queries.known_rulebook()
    if earning and known and tiers.grows(known[1]):
        deeds = [
            growth.of_basket(item.activity_id, item.fact.member_id, basket(item.fact)) for item in earning
        ]
        tiers.grow(deeds, at=at, stamp=known[1])


def source(activity_id: int) -> str:
    """The key under which an activity earns once, for ever."""
    return f"activity:{activity_id}:points"


def spend_source(activity_id: int) -> str:
    """The key under which an activity spends once, for ever."""
    return f"spend:{activity_id}"


def _capture(item: Claim) -> None:
    fact = item.fact
    if fact.hold_id is None:
        return
    proof = {"discount_fen": fact.discount_fen, "amount_fen": fact.total_fen}
    spending = ledger.Capture(
        spend_source(item.activity_id), fact.occurred_at, proof, fact.staff_id, fact.store_id
    )
    ledger.capture(fact.hold_id, spending)


def basket(fact: Fact, store_code: str = "") -> rules.Basket:
    """The fact as the rules see it."""
    gross = rules.Basket(
        kind=fact.kind,
        occurred_at=fact.occurred_at.astimezone(clock.zone()),
        amount_fen=fact.total_fen,
        lines=fact.kept_lines,
        channel=fact.channel,
        store=store_code,
    )
    return gross.without_points(fact.discount_fen)


def _posting(item: Claim, award: points.Award) -> ledger.Posting:
    fact = item.fact
    return ledger.Posting(
        member_id=fact.member_id,
        kind="award",
        amount=award.points,
        at=fact.occurred_at,
        source=source(item.activity_id),
        explanation=award.explanation,
        lots=award.lots,
        staff_id=fact.staff_id,
        store_id=fact.store_id,
    )


def _declined(item: Claim, awards: dict[int, points.Award]) -> ledger.Declined:
    reason, proof = _why_nothing(item, awards.get(item.activity_id))
    return ledger.Declined(
        source(item.activity_id), item.fact.member_id, item.fact.occurred_at, reason, proof
    )


def _why_nothing(item: Claim, award: points.Award | None) -> tuple[str, dict]:
    if award is None:
        return rules.Reason.INACTIVE, {"status": item.member_status}
    return award.reason, dict(award.explanation)


def _told(item: Claim, award: points.Award | None, balance: int | None) -> Receipt:
    if award is not None:
        return receipt(item.fact, item.activity_id, award, balance)
    reason, proof = _why_nothing(item, None)
    nothing = points.Award(item.fact.member_id, 0, (), proof, reason)
    return receipt(item.fact, item.activity_id, nothing, balance)


def receipt(fact: Fact, activity_id: int, award: points.Award, balance: int | None) -> Receipt:
    """What came of a new fact."""
    return Receipt(
        outcome=queries.RECORDED,
        channel=fact.channel,
        external_id=fact.external_id,
        member_id=fact.member_id,
        activity_id=activity_id,
        reason="" if award.points else award.reason,
        points=award.points,
        explanation=award.explanation,
        amount_fen=fact.total_fen,
        discount_fen=fact.discount_fen,
        points_spent=fact.points_spent,
        balance=balance,
    )
