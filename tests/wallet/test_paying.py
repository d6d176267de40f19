"""A sale paid from the balance: held, paid, let go, given back; money out again by the formulas."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.activity import queries as sales
from apps.activity import services as activity
from apps.activity.errors import OverBill
from apps.activity.models import Activity, Line, Quote
from apps.activity.services import RefundRequest, SaleRequest
from apps.core import invariants
from apps.core.approvals import services as approvals
from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.members import services as members
from apps.wallet import errors, queries
from apps.wallet import services as wallet
from apps.wallet.models import Payment, PrincipalRefund, Return
from tests.wallet.conftest import AT, DAY, balance

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=5)


def give_points(member, points):
    ledger.post([ledger.Posting(member.pk, "award", points, AT)])


def return_units(receipt, units, actor, key="a", at=LATER):
    line = Line.objects.filter(activity=receipt.activity_id).order_by("pk").first()
    return activity.refund(RefundRequest(receipt.activity_id, {line.pk: units}, key), actor=actor, at=at)


def test_the_balance_is_held_with_the_quote_and_paid_with_the_sale(ann, top_up, offered, quote, actor):
    top_up(ann, offered(500, 50))
    made = quote(ann, 12_000, balance=10_000)
    assert (made.balance_fen, made.to_pay_fen) == (10_000, 2_000)
    held = Payment.objects.get()
    assert (held.pk, held.principal_fen, held.gift_fen, held.split) == (made.pk, 5_000, 5_000, "gift_first")
    assert (balance(ann), queries.balance_of(ann.pk, day=DAY).held_fen) == ((45_000, 0), 10_000)
    receipt = activity.take_sale(made.pk, actor=actor, at=LATER)
    assert receipt.points == 120  # the whole bill earns
    assert (balance(ann), queries.balance_of(ann.pk, day=DAY).amount_fen) == ((45_000, 0), 45_000)
    assert queries.payment_of_sale(receipt.activity_id).paid_at == LATER
    sale = sales.sale(receipt.activity_id)
    assert (sale.paid_fen, sale.balance_fen, sale.money_fen) == (12_000, 10_000, 2_000)
    spent = Entry.objects.get(source=f"pay:{made.pk}:principal")
    assert (spent.amount, spent.explanation) == (-5_000, {"sale": receipt.activity_id, "split": "gift_first"})
    again = activity.take_sale(made.pk, actor=actor, at=LATER)
    assert (again.outcome, Entry.objects.filter(kind="spend").count()) == ("replayed", 2)


def test_a_quote_let_go_lets_the_balance_go(ann, top_up, quote, actor):
    top_up(ann, amount_fen=30_000)
    cancelled, forgotten = quote(ann, 12_000, balance=10_000), quote(ann, 12_000, balance=12_000)
    assert balance(ann) == (8_000, 0)
    activity.cancel_quote(cancelled.pk, actor=actor, at=LATER)
    assert balance(ann) == (18_000, 0)
    assert activity.expire_quotes(at=forgotten.due_at) == 1
    assert (balance(ann), Payment.objects.filter(paid_at__isnull=False).count()) == ((30_000, 0), 0)


def test_more_than_the_bill_or_the_balance_is_refused_with_the_facts(ann, top_up, quote):
    give_points(ann, 1_000)
    top_up(ann, amount_fen=10_000)
    with pytest.raises(OverBill) as over:
        quote(ann, 4_000, balance=3_600, points=500)
    assert (over.value.asked_fen, over.value.bill_fen) == (3_600, 3_500)
    waiting = quote(ann, 4_000, balance=4_000)
    with pytest.raises(errors.NotEnoughBalance) as short:
        quote(ann, 9_000, balance=7_000)
    assert (short.value.needed_fen, short.value.held_fen, short.value.reserved_fen) == (7_000, 6_000, 4_000)
    assert list(Quote.objects.all()) == [waiting]
    assert balance(ann) == (6_000, 0)


def test_a_preview_keeps_nothing(ann, top_up, store, clerk, actor):
    top_up(ann, amount_fen=10_000)
    line = (activity.FactLine("MEAT", "", 1, 12_000),)
    wish = SaleRequest(ann.pk, store.pk, clerk.pk, line, balance_fen=9_000)
    shown = activity.preview_sale(wish, actor=actor, at=AT)
    assert (shown.balance_fen, shown.to_pay_fen) == (9_000, 3_000)
    assert (balance(ann), Payment.objects.count()) == ((10_000, 0), 0)


def test_a_frozen_member_pays_nothing_from_the_balance(ann, top_up, quote, actor):
    top_up(ann, amount_fen=10_000)
    made = quote(ann, 4_000, balance=4_000)
    members.freeze(member_id=ann.pk, reason="asked", actor=actor, at=AT)
    with pytest.raises(errors.MemberRests):
        activity.take_sale(made.pk, actor=actor, at=LATER)
    assert not Activity.objects.exists()


def test_gift_that_ends_between_quote_and_sale_refuses_the_sale(ann, top_up, offered, quote, actor):
    top_up(ann, offered(500, 50, gift_days=0))
    late = AT.replace(hour=15, minute=55)  # five to midnight in the shop
    made = quote(ann, 12_000, balance=12_000, at=late)
    with pytest.raises(errors.NotEnoughBalance):
        activity.take_sale(made.pk, actor=actor, at=late + timedelta(minutes=10))
    assert not Activity.objects.exists()
    wallet.lapse_gifts(as_of=DAY + timedelta(days=1))


def test_a_refund_gives_back_money_points_and_balance_exactly(ann, top_up, offered, buy, actor):
    """Three pieces for 100.00: 10.00 by points, 61.00 from the balance (50.00 gift), 29.00 in money."""
    give_points(ann, 1_000)
    top_up(ann, offered(500, 50, gift_days=30))
    receipt = buy(ann, 10_000, points=1_000, balance=6_100, quantity=3)
    assert balance(ann) == (48_900, 0)
    met = [return_units(receipt, 1, actor, key) for key in "abc"]
    assert [(one.cash_fen, one.to_balance.principal_fen, one.to_balance.gift_fen) for one in met] == [
        (967, 367, 1_666),
        (967, 367, 1_666),
        (966, 366, 1_668),
    ]
    assert sum(one.cash_fen + one.to_balance.amount_fen for one in met) == 9_000
    assert sum(sum(lot.points for lot in one.points_returned) for one in met) == 1_000
    assert balance(ann) == (50_000, 5_000)
    lots = Entry.objects.get(source__endswith=":gift", kind="award").lots.all()
    assert [(lot.remaining, lot.expires_on) for lot in lots] == [(5_000, date(2026, 4, 17))]
    again = return_units(receipt, 1, actor, "c")
    assert (again, Return.objects.count()) == (met[2], 3)


def test_gift_that_ended_comes_back_with_the_grace_of_the_policy(ann, top_up, offered, buy, actor):
    top_up(ann, offered(500, 50, gift_days=30))
    receipt = buy(ann, 2_000, balance=2_000)
    much_later = AT + timedelta(days=40)
    wallet.lapse_gifts(as_of=much_later.date())
    return_units(receipt, 1, actor, at=much_later)
    assert balance(ann, much_later.date() + timedelta(days=30)) == (50_000, 2_000)
    assert balance(ann, much_later.date() + timedelta(days=31)) == (50_000, 0)


def test_the_ordinary_sale_and_refund_ask_the_wallet_nothing(ann, buy, actor):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        return_units(buy(ann, 2_000), 1, actor)
    assert [query for query in asked.captured_queries if "wallet_" in query["sql"]] == []


def test_principal_is_paid_out_by_the_formula_chosen(ann, top_up, offered, buy, refund):
    made = top_up(ann, offered(500, 50))
    buy(ann, 11_000, balance=11_000)
    row = refund(made, "at_full_price", at=AT + timedelta(days=9))
    assert (row.state, row.basis) == ("done", "below")
    paid = PrincipalRefund.objects.get()
    assert (paid.principal_fen, paid.gift_fen, paid.cash_fen) == (44_000, 0, 39_000)
    assert (paid.request_id, paid.formula, paid.reason) == (row.pk, "at_full_price", "moves away")
    assert balance(ann) == (0, 0)
    assert Entry.objects.get(source=f"paidout:{paid.pk}:principal").amount == -44_000
    with pytest.raises(errors.NothingLeft):
        refund(made, "at_full_price")


def test_each_top_up_is_refunded_out_of_its_own_lots(ann, top_up, offered, refund):
    first, second = top_up(ann, offered(100, 10)), top_up(ann, amount_fen=20_000, at=LATER)
    refund(second, "by_proportion")
    assert balance(ann) == (10_000, 1_000)
    refund(first, "cooling_off", at=AT + timedelta(days=7))
    assert (balance(ann), PrincipalRefund.objects.count()) == ((0, 0), 2)
    assert [row.cash_fen for row in PrincipalRefund.objects.order_by("pk")] == [20_000, 10_000]


def test_the_cooling_off_ends_after_seven_days(ann, top_up, refund):
    made = top_up(ann, amount_fen=100_000)
    with pytest.raises(errors.FormulaClosed):
        refund(made, "cooling_off", at=AT + timedelta(days=8))
    assert refund(made, "cooling_off", at=AT + timedelta(days=7)).state == "done"  # ¥1,000 is not above it


def test_what_changed_meanwhile_stops_an_approval(named, top_up, refund, buy, operations):
    made = top_up(named, amount_fen=200_000)
    row = refund(made, "cooling_off", at=AT + timedelta(days=7))
    assert (row.state, balance(named)) == ("waiting", (200_000, 0))
    buy(named, 2_000, balance=2_000, at=AT + timedelta(days=7))
    decided = approvals.approve(request_id=row.pk, staff=operations, at=AT + timedelta(days=7, hours=1))
    assert (decided.state, balance(named)) == ("stopped", (198_000, 0))
    row = refund(made, "cooling_off", at=AT + timedelta(days=7))
    approvals.approve(request_id=row.pk, staff=operations, at=AT + timedelta(days=7, hours=20))
    assert PrincipalRefund.objects.get().cash_fen == 198_000


def test_money_that_comes_back_after_a_refund_can_be_refunded_too(ann, top_up, offered, buy, refund, actor):
    made = top_up(ann, offered(500, 50))
    receipt = buy(ann, 11_000, balance=11_000)
    refund(made, "by_proportion")
    return_units(receipt, 1, actor)
    assert balance(ann) == (6_000, 5_000)
    refund(made, "by_proportion", at=AT + timedelta(hours=2))
    assert [row.cash_fen for row in PrincipalRefund.objects.order_by("pk")] == [40_000, 10_000]
    assert balance(ann) == (0, 0)


def test_nothing_is_refunded_while_a_sale_is_open(ann, top_up, quote, refund):
    made = top_up(ann, amount_fen=10_000)
    quote(ann, 4_000, balance=4_000)
    with pytest.raises(errors.SaleUnfinished) as unfinished:
        refund(made, "cooling_off")
    assert unfinished.value.held_fen == 4_000


@pytest.mark.breaks_invariants
def test_value_from_elsewhere_is_found(ann):
    posting = ledger.Posting(ann.pk, "award", 5, AT, asset="balance_gift", source="elsewhere:1")
    ledger.post([posting])
    assert [found.code for found in invariants.check()] == ["W5"]
