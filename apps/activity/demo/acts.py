"""The last two hours at one till: top-ups, sales with and without points or stored value, refunds, a quote
the customer left."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from apps.activity import queries, services
from apps.activity.rules import FactLine
from apps.activity.services import RefundRequest, SaleRequest
from apps.core.audit import Actor
from apps.ledger.models import Account
from apps.stores.models import Staff
from apps.wallet import queries as wallet_queries
from apps.wallet import services as wallet
from apps.wallet.models import Means

SEED = 84_51
SALES, EVERY = 24, timedelta(minutes=4)
LASTING = SALES * EVERY + EVERY
ENOUGH, SPENT = 1_000, 300  # points
PAID = 10_00  # fen from the balance of who topped up
GOODS = (
    ("果蔬", 1280),
    ("鲜肉", 4560),
    ("面包糕点", 1850),
    ("食品杂货", 3990),
    ("酒水", 12800),
    ("个护百货", 5900),
)


def act_at_till(*, clerk: Staff, at: datetime) -> dict[str, int]:
    """Sell to good customers of the clerk's store until ``at``; how many sales and refunds."""
    chance = random.Random(SEED)
    actor = Actor(clerk.get_username(), clerk.pk, clerk.home_store_id)
    known = Account.objects.filter(
        member__home_store=clerk.home_store_id, asset__code="points", balance__gte=ENOUGH
    )
    customers = list(known.order_by("member_id").values_list("member_id", flat=True)[:SALES])
    sales = refunds = 0
    savers = _top_up(customers, actor, at - LASTING - EVERY)
    for n, member_id in enumerate(customers):
        then = at - LASTING + n * EVERY
        request = _request(member_id, clerk, chance, points=SPENT * (n % 3))
        if member_id in savers:
            request = replace(request, balance_fen=PAID)
        sold = services.quote_sale(request, actor=actor, at=then)
        if n % 12 == 2:
            services.cancel_quote(sold.pk, actor=actor, at=then + timedelta(minutes=1))
            continue
        receipt = services.take_sale(sold.pk, actor=actor, at=then + timedelta(minutes=1))
        sales += 1
        if n % 5 == 1:
            _refund(receipt.activity_id, actor, then + timedelta(minutes=2))
            refunds += 1
    return {"till_sales": sales, "till_refunds": refunds, "till_top_ups": len(savers)}


def _top_up(customers: list[int], actor: Actor, at: datetime) -> set[int]:
    """Every fourth customer tops up first, by one means of payment after the other."""
    plans = wallet_queries.offered_plans(actor.store_id, at)
    savers = customers[::4]
    for n, member_id in enumerate(savers):
        means = Means.values[n % len(Means.values)]
        reference = "" if means == Means.CASH else f"DEMO-{n:04d}"
        plan = plans[n % len(plans)].pk
        key = uuid5(NAMESPACE_OID, f"demo {member_id}")
        wish = wallet.TopUpWish(key, member_id, actor.store_id, means, plan, reference=reference)
        wallet.top_up(wish=wish, actor=actor, at=at)
    return set(savers)


def _request(member_id: int, clerk: Staff, chance: random.Random, *, points: int) -> SaleRequest:
    lines = []
    for category, fen in chance.sample(GOODS, chance.randint(2, 4)):
        quantity = chance.randint(1, 3)
        lines.append(FactLine(category, "", quantity, quantity * fen))
    return SaleRequest(member_id, clerk.home_store_id, clerk.pk, tuple(lines), points)


def _refund(activity_id: int, actor: Actor, at: datetime) -> None:
    line = queries.sale(activity_id).lines[0]
    request = RefundRequest(activity_id, {line.line_id: 1}, key=f"demo-{activity_id}")
    services.refund(request, actor=actor, at=at)
