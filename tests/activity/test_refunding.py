"""Refunds: money to the fen, points exactly what the lines gave, spent points back where they came from."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.activity import queries
from apps.activity import services as activity
from apps.activity.errors import (
    DifferentBody,
    NothingToRefund,
    RefundsTooMuch,
    RefundsTooMuchMoney,
    UnknownLine,
    UnknownPurchase,
)
from apps.activity.models import Activity
from apps.activity.queries import ReturnedLot
from apps.activity.rules import Fact, FactLine, Reason
from apps.activity.services import RefundRequest, SaleRequest
from apps.core.models import AuditEntry
from apps.ledger import queries as ledger
from apps.ledger import services as ledger_services
from apps.ledger.models import Decline
from apps.points import rules
from apps.points import services as points
from tests.activity.conftest import NOW
from tests.factories import MemberFactory

LATER = NOW + timedelta(days=2)
TODAY = LATER.date()


@pytest.fixture
def sell(store, clerk, at_till):
    """Sells at the till, with points if asked: ``sell(ann, ("MEAT", 2, 1050), points=300)``."""

    def _sell(member, *lines, points=0, at=NOW):
        kept = tuple(FactLine(category, "", quantity, amount) for category, quantity, amount in lines)
        request = SaleRequest(member.pk, store.pk, clerk.pk, kept, points)
        quote = activity.quote_sale(request, actor=at_till, at=at)
        receipt = activity.take_sale(quote.pk, actor=at_till, at=at)
        return queries.sale(receipt.activity_id)

    return _sell


@pytest.fixture
def back(at_till):
    """Takes units back, by position of the line: ``back(sale, {0: 1})``."""

    def _back(sale, quantities, key="k1", at=LATER, act=activity.refund):
        chosen = {sale.lines[position].line_id: quantity for position, quantity in quantities.items()}
        return act(RefundRequest(sale.activity_id, chosen, key), actor=at_till, at=at)

    return _back


@pytest.fixture
def back_fen(at_till):
    """Takes money of a bare amount back: ``back_fen(sale, 500)``."""

    def _back(sale, fen, key="k1", act=activity.refund):
        request = RefundRequest(sale.activity_id, {}, key, {sale.lines[0].line_id: fen})
        return act(request, actor=at_till, at=LATER)

    return _back


@pytest.fixture
def make_shop(pos, store, clerk, at_till):
    """A new member with 500 points at each call, for many examples in one test."""

    class Shop:
        def __init__(self) -> None:
            self.member = MemberFactory(home_store=store)
            gift = Fact("purchase", "pos", f"G{self.member.pk}", self.member.pk, NOW, amount_fen=50_000)
            activity.record_one(gift, at=NOW)

        def sell(self, lines, spent):
            kept = tuple(FactLine(f"C{n}", "", *line) for n, line in enumerate(lines))
            request = SaleRequest(self.member.pk, store.pk, clerk.pk, kept, spent)
            quote = activity.quote_sale(request, actor=at_till, at=NOW)
            return queries.sale(activity.take_sale(quote.pk, actor=at_till, at=NOW).activity_id)

        def refund(self, sale, quantities, n):
            request = RefundRequest(sale.activity_id, quantities, f"{sale.activity_id}-{n}")
            return activity.refund(request, actor=at_till, at=LATER)

        def balance(self):
            return balance(self.member)

    return Shop


def balance(member):
    return ledger.balance(member.pk)


def test_a_whole_refund_takes_back_all_points_and_pays_all_money(ann, sell, back):
    sale = sell(ann, ("MEAT", 2, 2050), ("FLORAL", 1, 1000))
    assert balance(ann) == 30
    receipt = back(sale, {0: 2, 1: 1})
    assert (receipt.amount_fen, receipt.cash_fen, receipt.points_taken_back) == (3050, 3050, 30)
    assert (receipt.lapsed, receipt.owed, receipt.waived, receipt.balance) == (0, 0, 0, 0)
    assert balance(ann) == 0
    refund = Activity.objects.get(kind="refund")
    assert (refund.refund_of_id, refund.amount_fen, refund.external_id) == (
        sale.activity_id,
        3050,
        "refund:k1",
    )
    assert AuditEntry.objects.get(code="activity.refund").data["amount"] == "30.50"
    assert not queries.sale(sale.activity_id).is_refundable


def test_parts_take_back_what_the_rest_no_longer_earns(ann, sell, back):
    sale = sell(ann, ("MEAT", 3, 1000), ("FLORAL", 1, 150))  # 11.50: 11 points
    taken, cash = [], []
    for n in range(3):
        receipt = back(sale, {0: 1}, key=f"k{n}")
        taken.append(receipt.points_taken_back)
        cash.append(receipt.cash_fen)
    assert cash == [333, 333, 334]
    assert taken == [3, 4, 3]  # 11 → 8 (8.17) → 4 (4.84) → 1 (1.50)
    assert balance(ann) == 1
    assert back(sale, {1: 1}, key="last").points_taken_back == 1
    assert balance(ann) == 0


def test_nothing_is_returned_twice(ann, sell, back):
    sale = sell(ann, ("MEAT", 2, 2000))
    back(sale, {0: 1}, key="a")
    with pytest.raises(RefundsTooMuch) as refused:
        back(sale, {0: 2}, key="b")
    assert (refused.value.line_id, refused.value.asked, refused.value.left) == (sale.lines[0].line_id, 2, 1)
    assert (balance(ann), Activity.objects.filter(kind="refund").count()) == (10, 1)


def test_the_refund_button_pressed_twice_is_one_refund(ann, sell, back):
    sale = sell(ann, ("MEAT", 2, 2000))
    first = back(sale, {0: 1})
    again = back(sale, {0: 1}, at=LATER + timedelta(minutes=1))
    assert again == first
    assert (balance(ann), Activity.objects.filter(kind="refund").count()) == (10, 1)
    with pytest.raises(DifferentBody):
        back(sale, {0: 2})


def test_refused_requests_change_nothing(ann, sell, back, at_till):
    sale = sell(ann, ("MEAT", 2, 2000))
    other = sell(ann, ("FLORAL", 1, 500))
    with pytest.raises(NothingToRefund):
        back(sale, {0: 0})
    with pytest.raises(RefundsTooMuch):
        back(sale, {0: -1})
    with pytest.raises(UnknownPurchase):
        activity.refund(RefundRequest(0, {1: 1}, "x"), actor=at_till, at=LATER)
    foreign = RefundRequest(sale.activity_id, {other.lines[0].line_id: 1}, "x")
    with pytest.raises(UnknownLine) as refused:
        activity.refund(foreign, actor=at_till, at=LATER)
    assert refused.value.line_id == other.lines[0].line_id
    assert (balance(ann), Activity.objects.filter(kind="refund").count()) == (25, 0)


def test_a_bare_amount_goes_back_in_parts_and_the_rest_is_priced_anew(ann, sell, give, back_fen):
    give(ann, 500)
    sale = sell(ann, ("", 1, 10_000), points=500)  # 100.00, of which points paid 5.00: 95 points
    seen = back_fen(sale, 3333, act=activity.preview_refund)
    done = back_fen(sale, 3333)
    assert replace(done, activity_id=seen.activity_id) == seen
    assert (done.amount_fen, done.discount_fen, done.cash_fen) == (3333, 166, 3167)
    assert [lot.points for lot in done.points_returned] == [166]
    assert done.points_taken_back == 32  # 95.00 - 31.67 = 63.33: 63 points
    assert back_fen(sale, 3333) == done
    (line,) = queries.sale(sale.activity_id).lines
    assert (line.returned, line.returned_fen, line.left_fen) == (0, 3333, 6667)
    with pytest.raises(RefundsTooMuchMoney) as refused:
        back_fen(sale, 6668, key="b")
    assert (refused.value.asked, refused.value.left) == (6668, 6667)
    with pytest.raises(DifferentBody):
        back_fen(sale, 3334)
    cent, rest = back_fen(sale, 1, key="c"), back_fen(sale, 6666, key="d")
    assert (cent.cash_fen, cent.discount_fen, cent.points_taken_back) == (1, 0, 0)  # 63.32: 63 stay
    assert done.cash_fen + cent.cash_fen + rest.cash_fen == 9500
    assert balance(ann) == 500
    assert not queries.sale(sale.activity_id).is_refundable
    with pytest.raises(RefundsTooMuchMoney):
        back_fen(sale, 1, key="e")


def test_only_a_bare_amount_goes_back_by_the_fen(ann, sell, at_till):
    sale = sell(ann, ("MEAT", 1, 2000))
    request = RefundRequest(sale.activity_id, {}, "k", {sale.lines[0].line_id: 500})
    with pytest.raises(RefundsTooMuch):
        activity.refund(request, actor=at_till, at=LATER)
    assert (balance(ann), Activity.objects.filter(kind="refund").count()) == (20, 0)


@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_money_goes_back_whatever_the_members_standing(ann, sell, give, back, status):
    give(ann, 500)
    sale = sell(ann, ("MEAT", 2, 10_000), points=500)
    ann.status = status
    ann.save(update_fields=["status"])
    half = back(sale, {0: 1}, key="a")
    assert (half.cash_fen, half.points_taken_back, half.balance) == (4750, 48, 95 - 48 + 250)
    fact = Fact("refund", "till", "b", ann.pk, LATER, lines=(FactLine("MEAT", "", 1, 5000),))
    told = activity.record_one(replace(fact, refund_of=sale.activity_id), at=LATER)
    assert (told.outcome, told.points, balance(ann)) == ("recorded", -47, 500)


def test_a_preview_shows_the_receipt_and_leaves_everything(ann, sell, back):
    sale = sell(ann, ("MEAT", 2, 2000))
    seen = back(sale, {0: 1}, act=activity.preview_refund)
    assert (seen.cash_fen, seen.points_taken_back, seen.balance) == (1000, 10, 10)
    assert (balance(ann), queries.sale(sale.activity_id).lines[0].returned) == (20, 0)
    assert not AuditEntry.objects.filter(code="activity.refund").exists()
    done = back(sale, {0: 1})
    assert replace(done, activity_id=seen.activity_id) == seen


def test_spent_points_return_to_the_lots_they_came_from(ann, sell, give, back):
    give(ann, 100, at=datetime(2024, 6, 1, tzinfo=UTC))  # valid through 2025
    give(ann, 500)  # valid through 2026
    sale = sell(ann, ("MEAT", 2, 1000), points=300)  # paid 7.00: 7 points
    assert balance(ann) == 307
    half = back(sale, {0: 1}, key="a")
    assert (half.amount_fen, half.discount_fen, half.cash_fen) == (500, 150, 350)
    assert half.points_returned == (ReturnedLot(150, date(2026, 12, 31), False),)
    assert half.points_taken_back == 4
    rest = back(sale, {0: 1}, key="b")
    assert set(rest.points_returned) == {
        ReturnedLot(50, date(2026, 12, 31), False),
        ReturnedLot(100, date(2025, 12, 31), False),
    }
    assert (half.cash_fen + rest.cash_fen, half.points_taken_back + rest.points_taken_back) == (700, 7)
    assert balance(ann) == 600
    assert [(lot.expires_on.year, lot.remaining) for lot in ledger.open_lots(ann.pk, day=TODAY)] == [
        (2025, 100),
        (2026, 500),
    ]


def test_points_that_expired_meanwhile_come_back_with_grace(ann, sell, give, back):
    give(ann, 500, at=datetime(2024, 6, 1, tzinfo=UTC))
    sold_on = datetime(2025, 12, 30, 4, tzinfo=UTC)
    sale = sell(ann, ("MEAT", 1, 1000), points=300, at=sold_on)
    receipt = back(sale, {0: 1}, at=datetime(2026, 1, 10, 4, tzinfo=UTC))
    assert receipt.points_returned == (ReturnedLot(300, date(2026, 2, 9), True),)


def test_points_spent_elsewhere_are_owed_and_met_by_the_next_award(ann, sell, give, back):
    bought = sell(ann, ("MEAT", 1, 50000))  # 500 points
    sell(ann, ("FLORAL", 1, 1000), points=500)  # all spent; earns 5
    assert balance(ann) == 5
    receipt = back(bought, {0: 1})
    assert (receipt.cash_fen, receipt.points_taken_back, receipt.owed) == (50000, 500, 500)
    assert (receipt.balance, receipt.owed_now) == (-495, 495)
    give(ann, 600, at=LATER)
    assert balance(ann) == 105


def publish_policy(spec, actor):
    at = datetime(2025, 3, 2, tzinfo=UTC)
    version = points.draft_rule(draft=points.Draft("returns", "退货", spec), actor=actor, at=at)
    points.publish_version(rule_id=version.rule_id, actor=actor, at=at)


def test_points_that_cannot_be_taken_may_be_waived(ann, sell, back, at_till):
    publish_policy(rules.RefundSpec(shortfall="waive"), at_till)
    bought = sell(ann, ("MEAT", 1, 50000))
    sell(ann, ("FLORAL", 1, 1000), points=500)
    receipt = back(bought, {0: 1})
    assert (receipt.cash_fen, receipt.owed, receipt.waived, receipt.balance) == (50000, 0, 500, 5)


def test_points_that_cannot_be_taken_may_be_kept_from_the_cash(ann, sell, back, at_till):
    publish_policy(rules.RefundSpec(shortfall="cash"), at_till)
    bought = sell(ann, ("MEAT", 1, 50000))
    sell(ann, ("FLORAL", 1, 1000), points=500)
    receipt = back(bought, {0: 1})
    assert (receipt.amount_fen, receipt.cash_deducted_fen, receipt.cash_fen) == (50000, 500, 49500)
    assert (receipt.waived, receipt.owed, receipt.balance) == (500, 0, 5)
    assert queries.refund_receipt(receipt.activity_id) == receipt


def test_a_refund_of_what_gave_nothing_records_why(ann, sell, back):
    sale = sell(ann, ("MEAT", 1, 99))
    receipt = back(sale, {0: 1})
    assert (receipt.cash_fen, receipt.points_taken_back) == (99, 0)
    assert Decline.objects.get(source=f"activity:{receipt.activity_id}:points").reason == "nothing_taken_back"


def test_points_already_taken_back_by_hand_are_not_asked_for_again(ann, sell, back):
    sale = sell(ann, ("MEAT", 1, 2000))
    award = ledger.entry_by_source(f"activity:{sale.activity_id}:points")
    by_hand = ledger_services.ReversalRequest(source=None, at=LATER, amount=15)
    ledger_services.reverse(award.pk, by_hand)
    assert back(sale, {0: 1}).points_taken_back == 5
    assert balance(ann) == 0


def test_caps_are_free_again_after_a_refund(ann, sell, back, at_till):
    spec = rules.EarningSpec(effect="bonus", points=1, cap_day=10)
    at = datetime(2025, 3, 2, tzinfo=UTC)
    version = points.draft_rule(draft=points.Draft("more", "More", spec), actor=at_till, at=at)
    points.publish_version(rule_id=version.rule_id, actor=at_till, at=at)
    sale = sell(ann, ("MEAT", 1, 1000))
    assert balance(ann) == 20
    sell(ann, ("MEAT", 1, 1000))
    assert balance(ann) == 30  # the bonus is used up
    back(sale, {0: 1}, at=NOW + timedelta(hours=1))
    assert balance(ann) == 10
    sell(ann, ("MEAT", 1, 1000), at=NOW + timedelta(hours=2))
    assert balance(ann) == 30


class TestRefundsFromOtherSystems:
    """Refund facts through ``record``, their lines found by category."""

    @pytest.fixture
    def bought(self, ann, purchase):
        fact = purchase(ann, ("MEAT", 3, 1000), ("FLORAL", 1, 150), ("MEAT", 1, 700), external_id="P")
        return activity.record_one(fact, at=NOW)

    @pytest.fixture
    def refund(self, ann, bought):
        def make(*lines, external_id="R", **more):
            kept = tuple(FactLine(category, "", quantity, amount) for category, quantity, amount in lines)
            fact = Fact("refund", "pos", external_id, ann.pk, LATER, lines=kept, refund_of=bought.activity_id)
            return replace(fact, **more)

        return make

    def test_lines_are_found_by_category_at_the_stated_amount(self, ann, bought, refund):
        receipt = activity.record_one(refund(("MEAT", 1, 334)), at=LATER)
        assert (receipt.outcome, receipt.amount_fen, receipt.points) == ("recorded", 334, -3)
        assert balance(ann) == 15
        lines = queries.sale(bought.activity_id).lines
        assert [(line.returned, line.returned_fen) for line in lines] == [(1, 334), (0, 0), (0, 0)]

    def test_the_same_refund_again_changes_nothing(self, ann, refund):
        first = activity.record_one(refund(("MEAT", 1, 334)), at=LATER)
        again = activity.record_one(refund(("MEAT", 1, 334)), at=LATER)
        assert (again.outcome, again.activity_id, again.points) == ("replayed", first.activity_id, -3)
        with pytest.raises(DifferentBody):
            activity.record_one(refund(("MEAT", 1, 333)), at=LATER)

    def test_more_than_bought_is_refused_across_one_batch(self, ann, refund):
        batch = [refund(("MEAT", 2, 667), external_id=f"R{n}") for n in range(3)]
        receipts = activity.record(batch, at=LATER)
        assert [(r.outcome, r.reason) for r in receipts] == [
            ("recorded", ""),
            ("refused", Reason.MORE_THAN_BOUGHT),
            ("refused", Reason.MORE_THAN_BOUGHT),
        ]

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"refund_of": 0}, Reason.UNKNOWN_PURCHASE),
            ({"refund_of": None}, Reason.UNKNOWN_PURCHASE),
            ({"lines": (FactLine("FISH", "", 1, 1),)}, Reason.NOT_IN_PURCHASE),
            ({"lines": (FactLine("FLORAL", "", 1, 151),)}, Reason.MORE_THAN_BOUGHT),
            ({"lines": (FactLine("FLORAL", "", 2, 150),)}, Reason.MORE_THAN_BOUGHT),
            ({"lines": ()}, Reason.NOT_IN_PURCHASE),
            ({"amount_fen": 149}, Reason.AMOUNT_MISMATCH),
            ({"lines": (FactLine("FLORAL", "", 0, 150),)}, Reason.MORE_THAN_BOUGHT),
            ({"lines": (FactLine("FLORAL", "", -1, 150),)}, Reason.MORE_THAN_BOUGHT),
            ({"occurred_at": LATER + timedelta(days=1)}, Reason.IN_FUTURE),
            ({"channel": "nowhere"}, Reason.UNKNOWN_CHANNEL),
        ],
    )
    def test_what_does_not_fit_the_purchase_is_refused(self, ann, refund, change, reason):
        (receipt,) = activity.record([replace(refund(("FLORAL", 1, 150)), **change)], at=LATER)
        assert (receipt.outcome, receipt.reason) == ("refused", reason)
        assert (balance(ann), Activity.objects.filter(kind="refund").count()) == (18, 0)

    def test_a_refund_by_another_member_is_refused(self, ben, refund):
        (receipt,) = activity.record([replace(refund(("FLORAL", 1, 150)), member_id=ben.pk)], at=LATER)
        assert receipt.reason == Reason.UNKNOWN_PURCHASE

    def test_a_refund_of_a_refund_is_refused(self, refund):
        done = activity.record_one(refund(("FLORAL", 1, 150)), at=LATER)
        again = refund(("FLORAL", 1, 150), external_id="R2", refund_of=done.activity_id)
        (receipt,) = activity.record([again], at=LATER)
        assert receipt.reason == Reason.UNKNOWN_PURCHASE

    def test_a_sum_is_taken_back_by_a_sum(self, ann, pos):
        sale = Fact("purchase", "pos", "S", ann.pk, NOW, amount_fen=2050)
        sold = activity.record_one(sale, at=NOW)
        part = Fact("refund", "pos", "T", ann.pk, LATER, refund_of=sold.activity_id, amount_fen=100)
        sums = [("T", 100), ("T", 100), ("U", 1950), ("V", 1)]
        batch = [replace(part, external_id=key, amount_fen=fen) for key, fen in sums]
        told = activity.record(batch, at=LATER)
        assert [(receipt.outcome, receipt.reason, receipt.points) for receipt in told] == [
            ("recorded", "", -1),
            ("replayed", "", -1),
            ("recorded", "", -19),
            ("refused", Reason.MORE_THAN_BOUGHT, 0),
        ]

    def test_a_purchase_and_its_refund_may_share_a_batch(self, ann, purchase, pos):
        sold = activity.record_one(purchase(ann, ("MEAT", 1, 500), external_id="S"), at=NOW)
        fact = Fact("refund", "pos", "T", ann.pk, NOW, lines=(FactLine("MEAT", "", 1, 500),))
        batch = [replace(fact, refund_of=sold.activity_id), purchase(ann, ("MEAT", 1, 900))]
        assert [r.points for r in activity.record(batch, at=NOW)] == [-5, 9]


amounts = st.integers(0, 30_000)
basket = st.lists(st.tuples(st.integers(0, 5), amounts), min_size=1, max_size=4)


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=basket, share=st.integers(0, 4), data=st.data())
def test_any_sequence_of_refunds_ends_where_it_began(lines, share, data, make_shop):
    """Whatever is returned in whatever parts: all the money and, in the end, the points of before."""
    shop = make_shop()
    bill = sum(amount for _quantity, amount in lines)
    most = min(bill // 2, 500)
    spent = most * share // 4 // 100 * 100
    sale = shop.sell(lines, spent)
    left = {line.line_id: line.units for line in sale.lines}
    cash = taken = returned = 0
    for n in range(1000):
        if not left:
            break
        line_id = data.draw(st.sampled_from(sorted(left)), label="line")
        quantity = data.draw(st.integers(1, left[line_id]), label="quantity")
        receipt = shop.refund(sale, {line_id: quantity}, n)
        cash += receipt.cash_fen
        taken += receipt.points_taken_back
        returned += sum(lot.points for lot in receipt.points_returned)
        left[line_id] -= quantity
        left = {key: units for key, units in left.items() if units}
    assert (cash, returned) == (bill - spent, spent)
    assert taken == (bill - spent) // 100
    assert shop.balance() == 500
