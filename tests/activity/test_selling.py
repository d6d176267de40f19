"""Sales at a till: points held from the quote to the sale, every end of a quote exactly once."""

import uuid
from datetime import timedelta

import pytest

from apps.activity import services as activity
from apps.activity.errors import CannotSpend, QuoteEnded, Refused, UnknownQuote
from apps.activity.models import Activity, Quote
from apps.activity.rules import FactLine, Reason
from apps.activity.services import SaleRequest
from apps.activity.services.selling import LIFETIME
from apps.ledger import queries as ledger
from apps.ledger import services as ledger_services
from apps.ledger.models import Entry, Hold
from tests.activity.conftest import NOW

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ring_up(ann, store, clerk):
    def request(*lines, points=0, member=ann, **more) -> SaleRequest:
        kept = tuple(FactLine(category, "", quantity, amount) for category, quantity, amount in lines)
        return SaleRequest(member.pk, store.pk, clerk.pk, kept, points, **more)

    return request


def spendable(member):
    return ledger.spendable(member.pk, day=NOW.date())


def test_a_sale_without_points(ann, ring_up, at_till, clerk, store):
    quote = activity.quote_sale(ring_up(("MEAT", 2, 5000), ("FLORAL", 1, 1050)), actor=at_till, at=NOW)
    assert (quote.amount_fen, quote.discount_fen, quote.hold, quote.due_at) == (6050, 0, None, NOW + LIFETIME)
    receipt = activity.take_sale(quote.pk, actor=at_till, at=LATER)
    assert (receipt.points, receipt.to_pay_fen) == (60, 6050)
    act = Activity.objects.get()
    assert (act.channel.code, act.external_id, act.staff, act.store) == (
        "till",
        f"till:{quote.pk}",
        clerk,
        store,
    )
    assert act.occurred_at == LATER
    quote.refresh_from_db()
    assert (quote.state, quote.activity) == ("sold", act)


def test_points_are_held_at_the_quote_and_spent_at_the_sale(ann, give, ring_up, at_till):
    give(ann, 500)
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000), points=300), actor=at_till, at=NOW)
    assert quote.discount_fen == 300
    assert (ledger.balance(ann.pk), spendable(ann)) == (500, 200)
    receipt = activity.take_sale(quote.pk, actor=at_till, at=LATER)
    assert (receipt.points_spent, receipt.discount_fen, receipt.to_pay_fen) == (300, 300, 1700)
    assert (receipt.points, receipt.balance) == (17, 217)  # earned on what was paid in money
    assert (ledger.balance(ann.pk), spendable(ann)) == (217, 217)
    spent = ledger.entry_by_source(f"spend:{receipt.activity_id}")
    assert (spent.kind, spent.amount) == ("spend", -300)
    assert Hold.objects.get().state == "captured"


def test_the_sale_button_pressed_twice_is_one_sale(ann, give, ring_up, at_till):
    give(ann, 500)
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000), points=300), actor=at_till, at=NOW)
    first = activity.take_sale(quote.pk, actor=at_till, at=LATER)
    again = activity.take_sale(quote.pk, actor=at_till, at=LATER + timedelta(hours=2))
    assert (again.outcome, again.activity_id, again.points, again.balance) == (
        "replayed",
        first.activity_id,
        first.points,
        first.balance,
    )
    assert (Activity.objects.filter(channel__code="till").count(), ledger.balance(ann.pk)) == (1, 217)


def test_the_quote_button_pressed_twice_is_one_quote(ann, give, ring_up, at_till):
    give(ann, 500)
    request = ring_up(("MEAT", 1, 2000), points=300, quote_id=uuid.UUID(int=7))
    assert activity.quote_sale(request, actor=at_till, at=NOW) == activity.quote_sale(
        request, actor=at_till, at=NOW
    )
    assert (Quote.objects.count(), spendable(ann)) == (1, 200)


def test_a_cancelled_quote_frees_its_points_and_cannot_be_sold(ann, give, ring_up, at_till):
    give(ann, 500)
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000), points=300), actor=at_till, at=NOW)
    assert activity.cancel_quote(quote.pk, actor=at_till, at=LATER) is True
    assert activity.cancel_quote(quote.pk, actor=at_till, at=LATER) is False
    assert spendable(ann) == 500
    with pytest.raises(QuoteEnded) as refused:
        activity.take_sale(quote.pk, actor=at_till, at=LATER)
    assert refused.value.state == "cancelled"
    assert not Activity.objects.filter(channel__code="till").exists()


def test_a_sold_quote_cannot_be_cancelled(ann, ring_up, at_till):
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000)), actor=at_till, at=NOW)
    activity.take_sale(quote.pk, actor=at_till, at=LATER)
    assert activity.cancel_quote(quote.pk, actor=at_till, at=LATER) is False
    assert Activity.objects.count() == 1


def test_a_quote_is_over_after_its_time_even_when_the_sweep_is_late(ann, give, ring_up, at_till):
    give(ann, 500)
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000), points=300), actor=at_till, at=NOW)
    with pytest.raises(QuoteEnded) as refused:
        activity.take_sale(quote.pk, actor=at_till, at=NOW + LIFETIME)
    assert refused.value.state == "overdue"
    assert ledger.balance(ann.pk) == 500


def test_the_sweep_lets_overdue_quotes_go_once(ann, give, ring_up, at_till):
    give(ann, 500)
    old = activity.quote_sale(ring_up(("MEAT", 1, 2000), points=300), actor=at_till, at=NOW)
    new = activity.quote_sale(ring_up(("MEAT", 1, 2000), points=100), actor=at_till, at=LATER)
    assert activity.expire_quotes(at=NOW + LIFETIME) == 1
    assert activity.expire_quotes(at=NOW + LIFETIME) == 0
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state, spendable(ann)) == ("cancelled", "open", 400)


def test_the_sweep_also_releases_holds_without_a_quote(ann, give):
    give(ann, 500)
    ledger_services.hold(member_id=ann.pk, amount=200, source="hold:other", at=NOW, due_at=LATER)
    assert activity.expire_quotes(at=LATER) == 0
    assert spendable(ann) == 500


@pytest.mark.parametrize(
    ("points", "refusal", "most"),
    [
        (50, "below_minimum", 500),
        (150, "not_a_step", 500),
        (1100, "more_than_spendable", 500),
        (-100, "below_minimum", 500),
        (600, "over_share", 500),
    ],
)
def test_points_beyond_the_spending_rule_are_refused(ann, give, ring_up, at_till, points, refusal, most):
    give(ann, 1000)
    with pytest.raises(CannotSpend) as refused:
        activity.quote_sale(ring_up(("MEAT", 1, 1000), points=points), actor=at_till, at=NOW)
    assert (refused.value.refusal, refused.value.points, refused.value.max_points) == (refusal, points, most)
    assert not Quote.objects.exists()
    assert spendable(ann) == 1000


def test_a_frozen_member_buys_but_does_not_spend(ann, give, ring_up, at_till):
    give(ann, 500)
    ann.status = "frozen"
    ann.save()
    with pytest.raises(Refused) as refused:
        activity.quote_sale(ring_up(("MEAT", 1, 2000), points=100), actor=at_till, at=NOW)
    assert refused.value.reason == Reason.MEMBER_FROZEN
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000)), actor=at_till, at=NOW)
    receipt = activity.take_sale(quote.pk, actor=at_till, at=NOW)
    assert (receipt.points, receipt.reason) == (0, "member_not_active")


def test_a_member_frozen_after_the_quote_keeps_his_points(ann, give, ring_up, at_till):
    give(ann, 500)
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000), points=100), actor=at_till, at=NOW)
    ann.status = "frozen"
    ann.save()
    with pytest.raises(Refused) as refused:
        activity.take_sale(quote.pk, actor=at_till, at=LATER)
    assert refused.value.reason == Reason.MEMBER_FROZEN
    assert Hold.objects.get().state == "open"
    assert ledger.balance(ann.pk) == 500


def test_a_closed_membership_gets_no_quote(ann, ring_up, at_till):
    ann.status = "closed"
    ann.save()
    with pytest.raises(Refused) as refused:
        activity.quote_sale(ring_up(("MEAT", 1, 2000)), actor=at_till, at=NOW)
    assert refused.value.reason == Reason.MEMBER_CLOSED


def test_an_unknown_quote(at_till):
    with pytest.raises(UnknownQuote):
        activity.take_sale(uuid.UUID(int=1), actor=at_till, at=NOW)


def test_a_preview_shows_earning_and_the_most_points_and_leaves_nothing(ann, give, ring_up, at_till):
    give(ann, 1000)
    before = (Quote.objects.count(), Hold.objects.count(), Entry.objects.count(), Activity.objects.count())
    seen = activity.preview_sale(ring_up(("MEAT", 1, 2000), points=300), actor=at_till, at=NOW)
    assert (seen.spendable, seen.max_points, seen.max_discount_fen, seen.refusal) == (1000, 1000, 1000, "")
    assert (seen.receipt.points, seen.receipt.to_pay_fen, seen.receipt.balance) == (17, 1700, 717)
    after = (Quote.objects.count(), Hold.objects.count(), Entry.objects.count(), Activity.objects.count())
    assert (after, spendable(ann)) == (before, 1000)


def test_a_preview_with_points_that_cannot_be_used_says_why_and_goes_on_without(ann, give, ring_up, at_till):
    give(ann, 1000)
    seen = activity.preview_sale(ring_up(("MEAT", 1, 2000), points=150), actor=at_till, at=NOW)
    assert (seen.refusal, seen.receipt.points, seen.receipt.points_spent) == ("not_a_step", 20, 0)


def test_another_clerk_than_the_seller_is_remembered(ann, ring_up, at_till, manager, store):
    quote = activity.quote_sale(ring_up(("MEAT", 1, 2000)), actor=at_till, at=NOW)
    other = type(at_till)("manager", manager.pk, store.pk)
    activity.take_sale(quote.pk, actor=other, at=LATER)
    act = Activity.objects.get()
    assert (act.staff.username, act.attributes) == ("clerk", {"taken_by": manager.pk})
