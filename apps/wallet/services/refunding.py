"""Money out: what is left of a top-up leaves the balance, and cash is paid by the formula chosen.

The cash is worked out under the lock, from what the lots of this very top-up were spent on. Nothing may be
set aside for an open sale meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from apps.core import audit, clock, outbox
from apps.core.audit import Actor
from apps.core.money import format_fen
from apps.ledger import queries as ledger_queries
from apps.ledger import services as ledger
from apps.wallet import queries
from apps.wallet.assets import GIFT, PRINCIPAL, refund_source, top_up_source
from apps.wallet.errors import FormulaClosed, NothingLeft, SaleUnfinished
from apps.wallet.models import PrincipalRefund, TopUp
from apps.wallet.services.locking import lock_wallet


@dataclass(frozen=True, slots=True)
class RefundWish:
    """Pay out what is left of a top-up by a formula. ``asked_on`` is the day the member asked: the
    cooling-off period is measured to it, however long an approval takes."""

    top_up_id: int
    formula: str
    means: str
    reason: str
    store_id: int
    asked_on: date


@transaction.atomic
def refund_principal(*, wish: RefundWish, request_id: int, actor: Actor, at: datetime) -> PrincipalRefund:
    """Take what is left of the top-up off the balance and record the cash paid out.

    Raises SaleUnfinished, NothingLeft, FormulaClosed, AlreadyPosted.
    """
    lock_for_refund(wish.top_up_id)
    deposit, met = queries.refund_offer(wish.top_up_id, wish.formula, asked_on=wish.asked_on, at=at)
    if not met.is_open:
        raise FormulaClosed(deposit.days)
    if not deposit.left_fen:
        raise NothingLeft
    top_up = TopUp.objects.get(pk=wish.top_up_id)
    made = PrincipalRefund.objects.create(
        request_id=request_id,
        top_up=top_up,
        member_id=top_up.member_id,
        formula=wish.formula,
        principal_fen=deposit.left_principal_fen,
        gift_fen=deposit.left_gift_fen,
        cash_fen=met.cash_fen,
        means=wish.means,
        reason=wish.reason,
        store_id=wish.store_id,
        staff_id=actor.staff_id,
        day=clock.business_day(at),
        at=at,
    )
    for asset, amount in ((PRINCIPAL, made.principal_fen), (GIFT, made.gift_fen)):
        if amount:
            _take(made, asset, amount)
    _tell(made, actor, at)
    return made


def lock_for_refund(top_up_id: int) -> None:
    """Lock the wallet of the top-up's member. Raises SaleUnfinished while something is set aside."""
    member_id = TopUp.objects.values_list("member_id", flat=True).get(pk=top_up_id)
    principal, gift = lock_wallet(member_id)
    if principal.held + gift.held:
        raise SaleUnfinished(principal.held + gift.held)


def _take(made: PrincipalRefund, asset: str, amount_fen: int) -> None:
    credited = ledger_queries.entry_by_source(top_up_source(made.top_up_id, asset))
    request = ledger.ReversalRequest(
        source=refund_source(made.pk, asset),
        at=made.at,
        amount=amount_fen,
        shortfall="waive",
        explanation={"principal_refund": made.pk, "receipt": made.receipt_number, "formula": made.formula},
        staff_id=made.staff_id,
        store_id=made.store_id,
    )
    ledger.reverse(credited.pk, request)


def _tell(made: PrincipalRefund, actor: Actor, at: datetime) -> None:
    data = {
        "receipt": made.top_up.receipt_number,
        "cash": format_fen(made.cash_fen),
        "gift": format_fen(made.gift_fen),
        "formula": made.formula,
        "reason": made.reason,
    }
    audit.record("wallet.refund_principal", actor=actor, subject=("member", made.member_id), at=at, data=data)
    event = {"principal_refund_id": made.pk, "member_id": made.member_id}
    outbox.announce("wallet.principal_refunded", event, at=at)
