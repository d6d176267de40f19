"""Top-ups with what is left of each, read from their own lots, and what a refund would pay out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet, Sum

from apps.core import clock, roundtrip
from apps.stores import queries as stores
from apps.stores.models import Staff
from apps.wallet import rules
from apps.wallet.models import PrincipalRefund, TopUp
from apps.wallet.queries.offers import policy

_RESTS = """
  SELECT t.id, p.part,
         coalesce(sum(l.remaining) FILTER (WHERE l.expires_on IS NULL OR l.expires_on >= %s), 0)::bigint,
         coalesce(sum(s.spent), 0)::bigint
    FROM wallet_topup t
   CROSS JOIN (VALUES ('principal'), ('gift')) AS p (part)
    JOIN ledger_entry c ON c.source = 'topup:' || t.id || ':' || p.part
    JOIN ledger_lot l ON l.entry_id = c.id
    LEFT JOIN LATERAL (
      SELECT sum(al.amount) AS spent FROM ledger_allocation al
        JOIN ledger_entry e ON e.id = al.entry_id LEFT JOIN ledger_entry o ON o.id = e.reverses_id
       WHERE al.lot_id = l.id AND 'spend' IN (e.kind, o.kind)) s ON true
   WHERE t.id = ANY (%s::bigint[])
   GROUP BY t.id, p.part"""
_NONE = (0, 0)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a top-up and what of it was spent, in fen; returns are deducted."""

    left: rules.Split
    spent: rules.Split


def rests_of(top_up_ids: Collection[int], *, day: date) -> Mapping[int, Rest]:
    """By top-up, in one query."""
    rows = roundtrip.fetch(_RESTS, [day, roundtrip.array(top_up_ids)])
    found = {(top_up_id, part): (left, spent) for top_up_id, part, left, spent in rows}
    return {
        pk: _rest(found.get((pk, "principal"), _NONE), found.get((pk, "gift"), _NONE)) for pk in top_up_ids
    }


def _rest(principal: tuple[int, int], gift: tuple[int, int]) -> Rest:
    left, spent = (rules.Split(*pair) for pair in zip(principal, gift, strict=True))
    return Rest(left, spent)


def deposit_of(top_up: TopUp, *, asked_on: date, day: date) -> rules.Deposit:
    """A top-up as the formulas see it on a day, asked about on another."""
    rest = rests_of([top_up.pk], day=day)[top_up.pk]
    refunded = PrincipalRefund.objects.filter(top_up=top_up).aggregate(fen=Sum("cash_fen", default=0))["fen"]
    return rules.Deposit(
        paid_fen=top_up.principal_fen,
        gift_fen=top_up.gift_fen,
        spent_principal_fen=rest.spent.principal_fen,
        spent_gift_fen=rest.spent.gift_fen,
        left_principal_fen=rest.left.principal_fen,
        left_gift_fen=rest.left.gift_fen,
        refunded_fen=refunded,
        days=(asked_on - top_up.day).days,
    )


def refund_offer(
    top_up_id: int, formula: str, *, asked_on: date, at: datetime
) -> tuple[rules.Deposit, rules.Outcome]:
    """What this formula pays out for a top-up now."""
    top_up = TopUp.objects.get(pk=top_up_id)
    deposit = deposit_of(top_up, asked_on=asked_on, day=clock.business_day(at))
    return deposit, rules.outcome(deposit, formula, cooling_days=policy().cooling_days)


def top_ups_for(staff: Staff) -> QuerySet[TopUp]:
    """The top-ups a staff member sees: taken at stores of the scope, and his own."""
    rows = TopUp.objects.select_related("member", "plan", "store", "staff")
    return _scoped(rows, staff)


def refunds_for(staff: Staff) -> QuerySet[PrincipalRefund]:
    """The refunds of principal a staff member sees."""
    rows = PrincipalRefund.objects.select_related("member", "top_up", "store", "staff")
    return _scoped(rows, staff)


def top_ups_of(member_id: int, *, limit: int) -> list[TopUp]:
    """A member's latest top-ups, newest first."""
    rows = TopUp.objects.filter(member_id=member_id).select_related("plan", "store")
    return list(rows.order_by("-pk")[:limit])


def principal_refund(refund_id: int) -> PrincipalRefund | None:
    """A refund of principal with whom and where it was."""
    rows = PrincipalRefund.objects.select_related("member", "top_up", "store", "staff")
    return rows.filter(pk=refund_id).first()


def refund_of_request(request_id: int) -> PrincipalRefund:
    """What a request paid out."""
    return PrincipalRefund.objects.get(request_id=request_id)


def _scoped(rows: QuerySet, staff: Staff) -> QuerySet:
    if staff.sees_all_stores or staff.is_superuser:
        return rows
    return rows.filter(Q(store__in=stores.stores_for(staff).values("pk")) | Q(staff_id=staff.pk))
