"""Points of a member who is erased: forfeited by entries like any other, under the pseudonym."""

from datetime import datetime

from django.db import transaction

from apps.core import clock
from apps.core.audit import Actor
from apps.ledger import queries
from apps.ledger.errors import StillHeld
from apps.ledger.services.accounts import lock_accounts
from apps.ledger.services.posting import Posting, post
from apps.ledger.services.reversing import ReversalRequest, reverse

POINTS = "points"


@transaction.atomic
def forfeit(member_id: int, actor: Actor, at: datetime) -> int:
    """Take what a member could spend or was still to come; how many points. Raises StillHeld.

    Lots past their last day are left to clearing, debts stay as they are.
    """
    lock_accounts([member_id], POINTS)
    day = clock.business_day(at)
    holding = queries.holding(member_id, POINTS, day=day)
    if holding.held:
        raise StillHeld(holding.held)
    because = {"reason": "erasure"}
    by = {"explanation": because, "staff_id": actor.staff_id, "store_id": actor.store_id}
    if holding.spendable:
        source = f"erasure:{member_id}"
        post([Posting(member_id, "adjust", -holding.spendable, at, asset=POINTS, source=source, **by)])
    for lot in queries.open_lots(member_id, POINTS, day=day):
        source = f"erasure:{member_id}:{lot.pk}"
        request = ReversalRequest(source, at, amount=lot.remaining, shortfall="waive", **by)
        reverse(lot.entry_id, request)
    return holding.spendable + holding.pending
