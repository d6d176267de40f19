"""Money in: the top-up, its principal and its gift, all or nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.core import audit, clock, outbox
from apps.core.audit import Actor
from apps.core.money import format_fen
from apps.ledger import services as ledger
from apps.wallet import queries, rules
from apps.wallet.assets import GIFT, PRINCIPAL, top_up_source
from apps.wallet.errors import FormSentBefore, ReferenceUsed, TopUpRefused
from apps.wallet.models import TopUp, TopUpPlan
from apps.wallet.services.locking import active_member, lock_wallet


@dataclass(frozen=True, slots=True)
class TopUpWish:
    """A plan, or an amount without one. ``key`` names the act: the same key acts once. ``reference`` is what
    the means of payment calls the payment."""

    key: UUID
    member_id: int
    store_id: int
    means: str
    plan_id: int | None = None
    amount_fen: int = 0
    reference: str = ""


@transaction.atomic
def top_up(*, wish: TopUpWish, actor: Actor, at: datetime) -> TopUp:
    """Take money in and credit it, with the plan's gift. The same wish again answers the same top-up.

    Raises TopUpRefused, MemberRests, FormSentBefore, ReferenceUsed.
    """
    principal, _gift = lock_wallet(wish.member_id)
    known = TopUp.objects.filter(key=wish.key).first()
    if known is not None:
        return _same(known, wish)
    member = active_member(wish.member_id)
    plan = queries.published_plan(wish.plan_id) if wish.plan_id else None
    limits = queries.limits_of(member, plan, principal_fen=principal.balance)
    amount = plan.amount_fen if plan else wish.amount_fen
    fault = rules.fault_of(amount, queries.offer_of(plan), limits, store_id=wish.store_id, at=at)
    if fault:
        raise TopUpRefused(fault, limits.most_fen, (plan and plan.most_per_member) or 0)
    made = _kept(_row(wish, plan, amount, actor, at))
    ledger.post(_postings(made))
    _tell(made, actor, at)
    return made


def _same(known: TopUp, wish: TopUpWish) -> TopUp:
    was = (known.member_id, known.plan_id, known.means, known.reference)
    is_amount = wish.plan_id is not None or known.principal_fen == wish.amount_fen
    if was != (wish.member_id, wish.plan_id, wish.means, wish.reference) or not is_amount:
        raise FormSentBefore
    return known


def _row(wish: TopUpWish, plan: TopUpPlan | None, amount_fen: int, actor: Actor, at: datetime) -> TopUp:
    day = clock.business_day(at)
    gift = plan.gift_fen if plan else 0
    return TopUp(
        key=wish.key,
        member_id=wish.member_id,
        plan=plan,
        principal_fen=amount_fen,
        gift_fen=gift,
        gift_expires_on=rules.gift_expires_on(day, plan.gift_days) if gift else None,
        means=wish.means,
        reference=wish.reference,
        store_id=wish.store_id,
        staff_id=actor.staff_id,
        day=day,
        at=at,
    )


def _kept(row: TopUp) -> TopUp:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "wallet_topup_reference_once" in str(error):
            raise ReferenceUsed(row.reference) from error
        raise
    return row


def _postings(made: TopUp) -> list[ledger.Posting]:
    """The credits, principal first: so are the accounts locked."""
    proof = {"top_up": made.pk, "receipt": made.receipt_number, "means": made.means}
    parts = [(PRINCIPAL, made.principal_fen, None)]
    if made.gift_fen:
        parts.append((GIFT, made.gift_fen, made.gift_expires_on))
    return [
        ledger.Posting(
            member_id=made.member_id,
            kind="award",
            amount=amount,
            at=made.at,
            asset=asset,
            source=top_up_source(made.pk, asset),
            explanation=proof,
            lots=(ledger.LotGrant(amount, last_day),),
            staff_id=made.staff_id,
            store_id=made.store_id,
        )
        for asset, amount, last_day in parts
    ]


def _tell(made: TopUp, actor: Actor, at: datetime) -> None:
    data = {
        "receipt": made.receipt_number,
        "amount": format_fen(made.principal_fen),
        "gift": format_fen(made.gift_fen),
        "means": made.means,
    }
    audit.record("wallet.top_up", actor=actor, subject=("member", made.member_id), at=at, data=data)
    event = {"top_up_id": made.pk, "member_id": made.member_id}
    outbox.announce("wallet.topped_up", event, at=at)
