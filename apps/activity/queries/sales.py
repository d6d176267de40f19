"""Purchases as the counter and a refund see them: lines, how they were paid, what came back so far."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.activity.errors import UnknownPurchase
from apps.activity.models import Activity, ActivityKind
from apps.activity.rules import SoldLine
from apps.core import clock, roundtrip
from apps.points import rules as points

SHOWN = 10
_LINES = """
  SELECT l.activity_id, l.id, l.category, l.sku, l.quantity, l.amount_fen,
         coalesce(sum(r.quantity), 0)::bigint, coalesce(sum(r.amount_fen), 0)::bigint
    FROM activity_line l LEFT JOIN activity_line r ON r.refunds_line_id = l.id
   WHERE l.activity_id = ANY (%s::bigint[])
   GROUP BY l.id ORDER BY l.id"""


@dataclass(frozen=True, slots=True)
class Sale:
    """One purchase. ``lines`` know what came back of them; ``balance_fen`` was paid from stored value."""

    activity_id: int
    channel: str
    external_id: str
    member_id: int
    occurred_at: datetime
    store: str
    staff: str
    amount_fen: int
    discount_fen: int
    points_spent: int
    lines: tuple[SoldLine, ...]
    balance_fen: int = 0

    @property
    def paid_fen(self) -> int:
        return self.amount_fen - self.discount_fen

    @property
    def money_fen(self) -> int:
        """What was paid beside points and stored value."""
        return self.paid_fen - self.balance_fen

    @property
    def returned_fen(self) -> int:
        """The amount of what came back so far."""
        return sum(line.returned_fen for line in self.lines)

    @property
    def is_refundable(self) -> bool:
        return any(line.left for line in self.lines)


def visits(member_id: int, *, limit: int = SHOWN) -> QuerySet[Activity]:
    """A member's latest purchases and refunds, newest first, with their stores."""
    kinds = Q(kind__in=(ActivityKind.PURCHASE, ActivityKind.REFUND))
    found = Activity.objects.filter(kinds, member_id=member_id).select_related("store", "channel", "staff")
    return found.order_by("-occurred_at")[:limit]


def sale(activity_id: int) -> Sale:
    """One purchase with its lines, in two queries. Raises UnknownPurchase."""
    purchases = Activity.objects.filter(kind=ActivityKind.PURCHASE).select_related(
        "store", "channel", "staff"
    )
    found = purchases.filter(pk=activity_id).first()
    if found is None:
        raise UnknownPurchase
    return Sale(
        activity_id=found.pk,
        channel=found.channel.code,
        external_id=found.external_id,
        member_id=found.member_id,
        occurred_at=found.occurred_at,
        store=str(found.store or ""),
        staff=str(found.staff or ""),
        amount_fen=found.amount_fen,
        discount_fen=found.discount_fen,
        points_spent=found.points_spent,
        lines=sold_lines({found.pk: found.discount_fen})[found.pk],
        balance_fen=found.attributes.get("balance_fen", 0),
    )


def sold_lines(discounts: Mapping[int, int]) -> dict[int, tuple[SoldLine, ...]]:
    """The lines of purchases given as {activity id: what points paid of it}, in one query."""
    rows = roundtrip.fetch(_LINES, [roundtrip.array(discounts)])
    by_sale: dict[int, list[tuple]] = defaultdict(list)
    for activity_id, *line in rows:
        by_sale[activity_id].append(line)
    return {
        activity_id: _shared(by_sale[activity_id], discount) for activity_id, discount in discounts.items()
    }


def _shared(lines: Sequence[Sequence], discount_fen: int) -> tuple[SoldLine, ...]:
    shares = points.share(discount_fen, [amount for *_what, amount, _q, _r in lines])
    return tuple(
        SoldLine(line_id, category, sku, quantity, amount, share, returned, returned_fen)
        for (line_id, category, sku, quantity, amount, returned, returned_fen), share in zip(
            lines, shares, strict=True
        )
    )


def basket_left(purchase: Activity, lines: Collection[SoldLine]) -> points.Basket:
    """What is left of a purchase, as earning rules see it: the money paid for what did not come back."""
    left = tuple(points.BasketLine(line.category, line.sku, line.left, line.left_paid_fen) for line in lines)
    return points.Basket(
        kind=purchase.kind,
        occurred_at=purchase.occurred_at.astimezone(clock.zone()),
        amount_fen=sum(line.amount_fen for line in left),
        lines=left,
    )
