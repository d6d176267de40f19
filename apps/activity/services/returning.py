"""How refunds of a batch are claimed and what they give back.

Accounts are locked first, then the originals, in primary-key order, so that two refunds of one purchase see
each other's lines.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import Abs, Coalesce

from apps.activity import growth, queries
from apps.activity.models import Activity, ActivityKind
from apps.activity.rules import (
    Fact,
    FactLine,
    LinePart,
    Reason,
    SoldLine,
    TooMuch,
    after_return,
    amount_part,
    part_of,
    points_back,
    stated_part,
)
from apps.activity.services.awarding import source, spend_source
from apps.activity.services.claiming import Claim, claim
from apps.core import clock
from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.members.models import Member
from apps.points import queries as points_queries
from apps.points import rules
from apps.points import services as points
from apps.tiers import services as tiers
from apps.wallet import services as wallet
from apps.wallet.rules import share_back

BALANCE = "balance_fen"  # an attribute: what of a purchase or refund was stored value
Lines = tuple[SoldLine, ...]


class _Stranger(Exception):
    """A line that is not of the purchase."""

    def __init__(self, line_id: int | None) -> None:
        super().__init__(line_id)
        self.line_id = line_id


@dataclass(frozen=True)
class RefundClaim:
    """A refund beside its purchase: what was left before it and after it."""

    claim: Claim
    purchase: Activity | None = None
    before: Lines = ()
    after: Lines = ()
    too_much: TooMuch | None = None
    stranger: int | None = None


def claim_refunds(facts: Sequence[Fact], *, at: datetime) -> list[RefundClaim]:
    """Claim refunds with their amounts worked out under the purchases' locks; in the order of ``facts``."""
    purchases = _locked({fact.refund_of for fact in facts} - {None})
    left = queries.sold_lines({pk: purchase.discount_fen for pk, purchase in purchases.items()})
    known = _known(facts)
    found = []
    for fact in facts:
        if (fact.channel, fact.external_id) in known:
            told = replace(fact, lines=(), amount_fen=0, body=fact.stated())
            item = RefundClaim(Claim(told))
        else:
            item = _worked_out(fact, purchases.get(fact.refund_of), left)
            if item.after:
                left[fact.refund_of] = item.after
                known.add((fact.channel, fact.external_id))
        found.append(item)
    return _claimed(found, at)


def _claimed(found: list[RefundClaim], at: datetime) -> list[RefundClaim]:
    sound = [n for n, item in enumerate(found) if not item.claim.fault]
    for n, claimed in zip(sound, claim([found[n].claim.fact for n in sound], at=at), strict=True):
        found[n] = replace(found[n], claim=claimed)
    return found


def lock_members(member_ids: Iterable[int]) -> None:
    """Lock the accounts of all members a batch with refunds is about before any of its purchases.

    Such a batch comes in two steps; were each to lock its own members, two batches could wait for each
    other's, and a refund for the purchase that the other holds.
    """
    known = Member.objects.filter(pk__in=set(member_ids))
    ledger.lock_accounts(known.values_list("pk", flat=True))


def _locked(activity_ids: set[int]) -> dict[int, Activity]:
    purchases = Activity.objects.filter(pk__in=activity_ids, kind=ActivityKind.PURCHASE).order_by("pk")
    return {purchase.pk: purchase for purchase in purchases.select_for_update(no_key=True)}


def _known(facts: Sequence[Fact]) -> set[tuple[str, str]]:
    ids = [fact.external_id for fact in facts]
    codes = {fact.channel for fact in facts}
    found = Activity.objects.filter(channel__code__in=codes, external_id__in=ids)
    return set(found.values_list("channel__code", "external_id"))


def _worked_out(fact: Fact, purchase: Activity | None, left: dict[int, Lines]) -> RefundClaim:
    if purchase is None or purchase.member_id != fact.member_id:
        return RefundClaim(Claim(fact, fault=Reason.UNKNOWN_PURCHASE))
    before = left[purchase.pk]
    try:
        parts = _parts(fact.lines or _sum(fact, before), before)
    except TooMuch as too_much:
        return RefundClaim(Claim(fact, fault=Reason.MORE_THAN_BOUGHT), purchase, before, (), too_much)
    except _Stranger as stranger:
        refused = Claim(fact, fault=Reason.NOT_IN_PURCHASE)
        return RefundClaim(refused, purchase, before, stranger=stranger.line_id)
    if fact.amount_fen not in (None, sum(part.amount_fen for part in parts)):
        return RefundClaim(Claim(fact, fault=Reason.AMOUNT_MISMATCH), purchase, before)
    after = after_return(before, parts)
    balance = _balance_back(purchase, before, after)
    exact = replace(
        fact,
        lines=tuple(_taking(part, before) for part in parts),
        amount_fen=None,
        discount_fen=sum(part.discount_fen for part in parts),
        points_spent=points_back(purchase.points_spent, before, parts),
        attributes=_with_balance(fact.attributes, balance),
        body=fact.stated(),
    )
    return RefundClaim(Claim(exact), purchase, before, after)


def _sum(fact: Fact, lines: Lines) -> tuple[FactLine, ...]:
    """A refund that names an amount alone is of a purchase that did so too."""
    if fact.amount_fen is None or len(lines) != 1 or not lines[0].is_amount:
        return ()
    return (FactLine(quantity=0, amount_fen=fact.amount_fen, takes_back=lines[0].line_id),)


def _parts(wanted: Sequence[FactLine], lines: Lines) -> list[LinePart]:
    """What the wanted lines are worth. Raises TooMuch, _Stranger."""
    if not wanted:
        raise _Stranger(None)
    parts = []
    for want in wanted:
        part = _part(want, _found(want, lines))
        parts.append(part)
        lines = after_return(lines, [part])
    return _merged(parts)


def _part(want: FactLine, line: SoldLine) -> LinePart:
    if want.amount_fen is None:
        return part_of(line, want.quantity)
    if line.is_amount and not want.quantity:
        return amount_part(line, want.amount_fen)
    units = want.quantity or line.units - line.quantity  # a line of quantity 0 is one unit
    return stated_part(line, units, want.amount_fen)


def _found(want: FactLine, lines: Lines) -> SoldLine:
    if want.takes_back is not None:
        fitting = [line for line in lines if line.line_id == want.takes_back]
    else:
        fitting = [line for line in lines if (line.category, line.sku) == (want.category, want.sku)]
    if not fitting:
        raise _Stranger(want.takes_back)
    return next((line for line in fitting if line.left >= max(want.quantity, 1)), fitting[-1])


def _merged(parts: list[LinePart]) -> list[LinePart]:
    """One part per line, where a line was named twice."""
    merged: dict[int, LinePart] = {}
    for part in parts:
        was = merged.get(part.line_id, LinePart(part.line_id, 0, 0, 0))
        merged[part.line_id] = LinePart(
            part.line_id,
            was.quantity + part.quantity,
            was.amount_fen + part.amount_fen,
            was.discount_fen + part.discount_fen,
        )
    return list(merged.values())


def _taking(part: LinePart, lines: Lines) -> FactLine:
    line = next(line for line in lines if line.line_id == part.line_id)
    return FactLine(line.category, line.sku, part.quantity, part.amount_fen, part.line_id)


def settle(found: Sequence[RefundClaim], *, at: datetime) -> None:
    """Take back and give back the points of newly claimed refunds, in the order they occurred."""
    sources = [make(item.purchase.pk) for item in found for make in (source, spend_source)]
    reversed_so_far = Coalesce(Sum("reversal_parts__requested"), 0)
    entries = Entry.objects.filter(source__in=sources).annotate(left=Abs(F("amount")) - reversed_so_far)
    by_source = {entry.source: entry for entry in entries}
    for item in sorted(found, key=lambda item: item.claim.fact.occurred_at):
        _settle(item, by_source)
    _take_growth(found, at)


def _take_growth(found: Sequence[RefundClaim], at: datetime) -> None:
    if not found or not tiers.grows(found[0].claim.rulebook):
        return
    refunds = [
        growth.of_refund(
            item.claim.activity_id,
            item.purchase,
            queries.basket_left(item.purchase, item.after),
            item.claim.fact.occurred_at.astimezone(clock.zone()),
        )
        for item in sorted(found, key=lambda item: item.claim.fact.occurred_at)
    ]
    tiers.take_back(refunds, at=at, stamp=found[0].claim.rulebook)


def _settle(item: RefundClaim, entries: dict[str, Entry]) -> None:
    fact = item.claim.fact
    award = entries.get(source(item.purchase.pk))
    has_moved = award is not None and _take_award(item, award)
    if fact.points_spent:
        spent = entries[spend_source(item.purchase.pk)]
        ledger.reverse(spent.pk, _request(item, spent, fact.points_spent))
        has_moved = True
    if BALANCE in fact.attributes:
        _give_back_balance(item)
    if not has_moved:
        key, at = source(item.claim.activity_id), fact.occurred_at
        ledger.decline([ledger.Declined(key, fact.member_id, at, Reason.NOTHING_TAKEN_BACK)])


def _give_back_balance(item: RefundClaim) -> None:
    fact = item.claim.fact
    payment = uuid.UUID(item.purchase.attributes["payment"])
    back = fact.attributes[BALANCE]
    wish = wallet.GiveBack(payment, item.claim.activity_id, back, fact.staff_id, fact.store_id)
    wallet.give_back(wish, at=fact.occurred_at)


def _with_balance(attributes: Mapping[str, Any], back_fen: int) -> dict[str, Any]:
    """The attributes, saying what goes back to the balance; nobody else may say so."""
    rest = {name: value for name, value in attributes.items() if name != BALANCE}
    return rest | ({BALANCE: back_fen} if back_fen else {})


def _balance_back(purchase: Activity, before: Lines, after: Lines) -> int:
    """What the balance paid of these lines: in proportion, exact when all has come back."""
    if purchase.external_id != f"till:{purchase.attributes.get('payment')}":
        return 0
    paid = purchase.amount_fen - purchase.discount_fen
    left_before, left_after = (sum(line.left_paid_fen for line in lines) for lines in (before, after))
    part = purchase.attributes[BALANCE]
    return share_back(part, whole_fen=paid, before_fen=paid - left_before, after_fen=paid - left_after)


def _take_award(item: RefundClaim, award: Entry) -> bool:
    parts = rules.stored_parts(award.explanation)
    before, after = (queries.basket_left(item.purchase, lines) for lines in (item.before, item.after))
    taken = rules.take_back(parts, before, after, points_queries.rules_of(parts))
    amount = min(taken.points, award.left)
    if not amount:
        return False
    award.left -= amount
    ledger.reverse(award.pk, _request(item, award, amount))
    member_id = item.claim.fact.member_id
    points.release_caps([points.CapRelease(member_id, *cap) for cap in taken.caps])
    return True


def _request(item: RefundClaim, entry: Entry, amount: int) -> ledger.ReversalRequest:
    fact = item.claim.fact
    page = points_queries.live_page(fact.occurred_at)
    proof = {"refund_of": item.purchase.pk, "external_id": item.purchase.external_id, "requested": amount}
    if page.refund.shortfall == "cash" and entry.amount > 0 and page.spending:
        paid = fact.total_fen - fact.discount_fen - fact.attributes.get(BALANCE, 0)
        proof["cash"] = {"points": page.spending.points, "fen": page.spending.fen, "most_fen": paid}
    return ledger.ReversalRequest(
        source=f"refund:{item.claim.activity_id}:{entry.pk}",
        at=fact.occurred_at,
        amount=amount,
        shortfall=page.refund.shortfall,
        grace_days=page.refund.grace_days,
        explanation=proof,
        staff_id=fact.staff_id,
        store_id=fact.store_id,
    )
