"""Two tills and one balance: paid once, refunded once. Without the lock it comes out wrong."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from apps.core import invariants
from apps.core.approvals.models import ApprovalRequest
from apps.core.audit import Actor
from apps.stores.models import Staff, Store
from apps.wallet import errors, queries
from apps.wallet import services as wallet
from apps.wallet.models import Payment, PrincipalRefund, TopUp
from apps.wallet.services import paying, refunding
from tests.concurrency.racing import overlap
from tests.ledger.acts import TODAY, noon

AT = noon(TODAY)
SOON = AT + timedelta(minutes=15)


@pytest.fixture
def till(transactional_db: None) -> Iterator[Actor]:
    store = Store.objects.create(code="RACE")
    staff = Staff.objects.create(username="racer", home_store=store)
    yield Actor("racer", staff.pk, store.pk)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE members_member, core_approvalrequest, core_outboxevent CASCADE")
    staff.delete()
    store.delete()


def top_up(member, till, fen=10_000, key=1) -> TopUp:
    wish = wallet.TopUpWish(uuid.UUID(int=key), member.pk, till.store_id, "cash", None, fen)
    return wallet.top_up(wish=wish, actor=till, at=AT)


def hold(member, till, fen=10_000):
    wish = wallet.PaymentWish(uuid.uuid4(), member.pk, till.store_id, fen, SOON)
    return lambda: wallet.hold(wish, at=AT)


def pay_out(made, till):
    wish = wallet.RefundWish(made.pk, "cooling_off", "cash", "moves", till.store_id, TODAY)
    plan = {"measure": {}, "facts": {}, "columns": [], "examples": []}
    request = ApprovalRequest.objects.create(
        **{
            "act": "wallet.refund_principal",
            "payload": {},
            "payload_hash": "",
            "plan": plan,
            "plan_hash": "",
        },
        **{"subject_type": "wallet.top_up", "subject_id": made.pk, "state": "done", "basis": "below"},
        **{"asked_by_name": "racer", "asked_at": AT, "expires_at": SOON},
    )
    return lambda: wallet.refund_principal(wish=wish, request_id=request.pk, actor=till, at=AT)


def balance(member) -> int:
    return queries.balance_of(member.pk, day=TODAY).amount_fen


def test_two_tills_hold_the_last_balance_once(till, dora):
    top_up(dora, till)
    first, second = overlap(hold(dora, till), hold(dora, till))
    assert isinstance(first, Payment)
    assert isinstance(second, errors.NotEnoughBalance)
    assert (second.needed_fen, second.held_fen, second.reserved_fen) == (10_000, 0, 10_000)
    assert invariants.check() == []


def test_a_refund_waits_for_a_till_and_is_refused(till, dora):
    made = top_up(dora, till)
    held, refused = overlap(hold(dora, till, 1_000), pay_out(made, till))
    assert isinstance(held, Payment)
    assert isinstance(refused, errors.SaleUnfinished)
    assert (balance(dora), PrincipalRefund.objects.count()) == (10_000, 0)
    assert invariants.check() == []


def test_a_till_waits_for_a_refund_and_finds_nothing(till, dora):
    made = top_up(dora, till)
    paid, refused = overlap(pay_out(made, till), hold(dora, till, 1_000))
    assert paid.cash_fen == 10_000
    assert isinstance(refused, errors.NotEnoughBalance)
    assert (balance(dora), Payment.objects.count()) == (0, 0)
    assert invariants.check() == []


def test_its_twin_without_the_lock_pays_out_what_is_held(till, dora, monkeypatch):
    made = top_up(dora, till)
    for module in (paying, refunding):
        monkeypatch.setattr(module, "lock_wallet", lambda member_id: (Nobody, Nobody))
    held, paid = overlap(hold(dora, till, 1_000), pay_out(made, till))
    assert isinstance(held, Payment)
    assert paid.cash_fen == 10_000  # of which 10.00 were held for a sale
    assert balance(dora) == 0


class Nobody:
    """An account nobody locked: it looks as if nothing were held."""

    held = 0


def test_the_same_form_twice_at_once_is_one_top_up(till, dora):
    first, second = overlap(*[lambda: top_up(dora, till)] * 2)
    assert first == second
    assert (balance(dora), TopUp.objects.count()) == (10_000, 1)
    assert invariants.check() == []
