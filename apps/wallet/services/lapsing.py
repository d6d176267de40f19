"""Gift that ends: past its last day, or with its member's data. Principal never ends by itself."""

from datetime import date, datetime

from django.db import transaction

from apps.core import clock
from apps.core.audit import Actor
from apps.ledger import queries as ledger_queries
from apps.ledger import services as ledger
from apps.wallet.assets import GIFT
from apps.wallet.errors import BalanceLeft, SaleUnfinished
from apps.wallet.services.locking import lock_wallet

EVERY = 2**62  # beyond any account


def lapse_gifts(*, as_of: date, after: int = 0, limit: int = 5_000) -> ledger.Expired:
    """Book the gifts whose last day was over at the start of ``as_of``, one chunk of accounts; again changes
    nothing more."""
    accounts = ledger.AccountRange(after=after, upto=EVERY, limit=limit)
    prefix = f"lapse:{as_of.isoformat()}:"
    return ledger.expire_accounts(asset=GIFT, as_of=as_of, accounts=accounts, source_prefix=prefix)


@transaction.atomic
def farewell(member_id: int, actor: Actor, at: datetime) -> int:
    """Before a member is erased: gift is forfeited; how much, in fen. Money of their own must be refunded
    first.

    Raises BalanceLeft, SaleUnfinished.
    """
    principal, gift = lock_wallet(member_id)
    if principal.held + gift.held:
        raise SaleUnfinished(principal.held + gift.held)
    if principal.balance:
        raise BalanceLeft(principal.balance)
    forfeited = 0
    for lot in ledger_queries.open_lots(member_id, GIFT, day=clock.business_day(at)):
        request = ledger.ReversalRequest(
            source=f"farewell:{member_id}:{lot.pk}",
            at=at,
            amount=lot.remaining,
            shortfall="waive",
            explanation={"reason": "erasure"},
            staff_id=actor.staff_id,
            store_id=actor.store_id,
        )
        forfeited += ledger.reverse(lot.entry_id, request).moved
    return forfeited
