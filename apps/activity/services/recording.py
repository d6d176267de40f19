"""The one door: facts come in as a batch of one (a till) or of thousands (an import) and earn.

Claim, lock, decide, post, announce: all in one transaction, in a fixed number of round trips however
large the batch. Facts whose rules ask nothing about their members are decided first and recorded in one
call that checks what was presumed (``foreseeing``); when that does not hold they go the usual way.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.activity import queries
from apps.activity.errors import DifferentBody, Refused
from apps.activity.models import ActivityKind
from apps.activity.queries import Receipt
from apps.activity.rules import Fact, Reason
from apps.activity.services import awarding, foreseeing, returning
from apps.activity.services.claiming import Claim, claim

Outcomes = dict[int, Receipt]


def record(facts: Sequence[Fact], *, at: datetime) -> list[Receipt]:
    """Accept the facts; one receipt each, in their order: recorded, replayed or refused with a reason.

    Within one batch refunds come after everything else.
    """
    return foreseeing.record(facts, at=at) or _record_in_steps(facts, at)


@transaction.atomic
def _record_in_steps(facts: Sequence[Fact], at: datetime) -> list[Receipt]:
    refunds = [n for n, fact in enumerate(facts) if fact.kind == ActivityKind.REFUND]
    others = [n for n, fact in enumerate(facts) if fact.kind != ActivityKind.REFUND]
    if refunds:
        returning.lock_members(fact.member_id for fact in facts)
    receipts: Outcomes = {}
    for chosen, accept in ((others, _earn), (refunds, _take_back)):
        found = accept([facts[n] for n in chosen], at) if chosen else []
        receipts.update(zip(chosen, found, strict=True))
    return [receipts[n] for n in range(len(facts))]


def record_one(fact: Fact, *, at: datetime) -> Receipt:
    """Accept one fact. Raises Refused, DifferentBody; then nothing was changed."""
    (receipt,) = record([fact], at=at)
    if receipt.outcome == queries.REFUSED:
        refusal = DifferentBody if receipt.reason == Reason.DIFFERENT_BODY else Refused
        raise refusal(receipt.reason, fact.channel, fact.external_id)
    return receipt


def preview(fact: Fact, *, at: datetime) -> Receipt:
    """What ``record_one`` would answer; the same code, rolled back."""
    with transaction.atomic():
        receipt = record_one(fact, at=at)
        transaction.set_rollback(True)
    return receipt


def _earn(facts: Sequence[Fact], at: datetime) -> list[Receipt]:
    claims = claim(facts, at=at)
    return _receipts(claims, awarding.award([item for item in claims if item.is_new], at=at))


def _take_back(facts: Sequence[Fact], at: datetime) -> list[Receipt]:
    found = returning.claim_refunds(facts, at=at)
    new = [item for item in found if item.claim.is_new]
    returning.settle(new, at=at)
    told = queries.receipts_of([item.claim.activity_id for item in new])
    return _receipts([item.claim for item in found], told)


def _receipts(claims: Sequence[Claim], new: dict[int, Receipt]) -> list[Receipt]:
    known = {item.activity_id for item in claims if item.activity_id and not item.is_new and not item.fault}
    told = queries.receipts_of(known - new.keys(), outcome=queries.REPLAYED)
    return [_receipt(item, new, told) for item in claims]


def _receipt(item: Claim, new: dict[int, Receipt], told: dict[int, Receipt]) -> Receipt:
    if item.fault:
        return queries.refused(item.fact, item.fault)
    if item.is_new:
        return new[item.activity_id]
    return told.get(item.activity_id) or queries.replayed(new[item.activity_id])
