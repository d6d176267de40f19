"""Crediting and debiting through ``post``."""

import pytest
from django.db import connection, transaction

from apps.ledger import queries
from apps.ledger import services as ledger
from apps.ledger.errors import AlreadyPosted, LotsDoNotAddUp, NotEnough, PrincipalNeverExpires
from apps.ledger.models import Account, Entry
from apps.ledger.services import Capture, LotGrant, Posting, ReversalRequest
from tests.ledger.acts import (
    NEXT_YEAR_END,
    TODAY,
    TOMORROW,
    YEAR_END,
    amounts,
    give,
    key,
    lots,
    noon,
    spendable,
    state,
    take,
    taken,
)

pytestmark = pytest.mark.django_db


def test_an_award_opens_a_lot_and_says_the_balance_after_it(ann):
    proof = {"rule": "base", "version": 1}
    posted = ledger.award(
        member_id=ann.pk, amount=120, at=noon(TODAY), source="s1", expires_on=YEAR_END, explanation=proof
    )
    entry = queries.entry_by_source("s1")
    assert (entry.pk, entry.amount, entry.balance_after, entry.explanation) == (
        posted.entry_id,
        120,
        120,
        proof,
    )
    assert posted.balance == 120
    assert lots(ann) == [(120, YEAR_END)]
    assert state(ann) == (120, 0, 0)


def test_a_spend_takes_the_lots_that_expire_soonest_and_the_eternal_one_last(ann):
    give(ann, (50, None))
    give(ann, (50, NEXT_YEAR_END))
    give(ann, (50, YEAR_END))
    entry = take(ann, 120)
    assert taken(entry) == [20, 50, 50]
    assert lots(ann) == [(30, None), (0, NEXT_YEAR_END), (0, YEAR_END)]


def test_lots_of_one_last_day_are_spent_in_the_order_they_came(ann):
    first, second = give(ann, (10, YEAR_END)), give(ann, (10, YEAR_END))
    take(ann, 15)
    assert lots(ann) == [(0, YEAR_END), (5, YEAR_END)]
    assert first < second


def test_spending_more_than_the_balance_is_refused_and_changes_nothing(ann):
    give(ann, 100)
    with pytest.raises(NotEnough) as refusal, transaction.atomic():
        take(ann, 101)
    assert (refusal.value.needed, refusal.value.held, refusal.value.reserved) == (101, 100, 0)
    assert amounts(ann) == [("award", 100, 100)]
    assert lots(ann) == [(100, None)]


def test_a_member_without_an_account_has_nothing_to_spend(ben):
    with pytest.raises(NotEnough) as refusal, transaction.atomic():
        take(ben, 1)
    assert (refusal.value.needed, refusal.value.held) == (1, 0)
    assert not Account.objects.filter(member=ben).exists()


def test_a_lot_past_its_last_day_cannot_be_spent_though_nothing_cleared_it(ann):
    give(ann, (100, TODAY), (10, TOMORROW))
    assert spendable(ann, TODAY) == 110
    assert spendable(ann, TOMORROW) == 10
    with pytest.raises(NotEnough) as refusal, transaction.atomic():
        take(ann, 11, on=TOMORROW)
    assert refusal.value.held == 10


def test_a_lot_can_be_spent_on_its_last_day_until_midnight(ann):
    give(ann, (100, TODAY))
    take(ann, 100, on=TODAY)
    assert state(ann) == (0, 0, 0)


def test_points_not_yet_available_count_in_the_balance_and_cannot_be_spent(ann):
    lot = LotGrant(100, YEAR_END, available_on=TOMORROW)
    ledger.post([Posting(ann.pk, "award", 100, noon(TODAY), source=key(), lots=(lot,))])
    assert state(ann) == (100, 0, 0)
    assert queries.holding(ann.pk, day=TODAY) == queries.Holding(100, 0, 0, spendable=0, pending=100)
    with pytest.raises(NotEnough), transaction.atomic():
        take(ann, 1, on=TODAY)
    take(ann, 100, on=TOMORROW)


def test_a_source_key_acts_once_for_ever(ann, ben):
    at = noon(TODAY)
    ledger.award(member_id=ann.pk, amount=5, at=at, source="once", expires_on=None)
    with pytest.raises(AlreadyPosted) as refusal, transaction.atomic():
        ledger.award(member_id=ben.pk, amount=7, at=at, source="once", expires_on=None)
    assert refusal.value.source == "once"
    assert state(ann) == (5, 0, 0)
    assert not Account.objects.filter(member=ben).exists()


def test_who_asks_again_hears_it_was_done_not_that_it_cannot_be_done_now(ann):
    give(ann, 100)
    at = noon(TODAY)
    made = ledger.hold(member_id=ann.pk, amount=20, source="h", at=at, due_at=noon(TOMORROW))
    sold = ledger.capture(made.hold_id, Capture("sale", at))
    ledger.spend(member_id=ann.pk, amount=80, at=at, source="spent")
    ledger.reverse(sold.entry_id, ReversalRequest("back", at, 20))
    held_again = ledger.hold(member_id=ann.pk, amount=20, source="h2", at=at, due_at=noon(TOMORROW))
    for again in (
        lambda: ledger.spend(member_id=ann.pk, amount=80, at=at, source="spent"),
        lambda: ledger.capture(made.hold_id, Capture("sale", at)),
        lambda: ledger.reverse(sold.entry_id, ReversalRequest("back", at, 20)),
        lambda: ledger.hold(member_id=ann.pk, amount=20, source="h", at=at, due_at=noon(TOMORROW)),
    ):
        with pytest.raises(AlreadyPosted), transaction.atomic():
            again()
    assert held_again.spendable == 0
    assert state(ann) == (20, 20, 0)


def test_a_refusal_leaves_the_surrounding_transaction_usable_behind_a_savepoint(ann):
    with transaction.atomic():
        give(ann, 10)
        with pytest.raises(NotEnough), transaction.atomic():
            take(ann, 11)
        take(ann, 4)
    assert state(ann) == (6, 0, 0)


def test_two_postings_of_one_member_in_a_batch_see_each_other(ann, ben):
    at = noon(TODAY)
    posted = ledger.post(
        [
            Posting(ann.pk, "award", 100, at, source=key(), lots=(LotGrant(100, YEAR_END),)),
            Posting(ben.pk, "award", 7, at, source=key()),
            Posting(ann.pk, "spend", -30, at, source=key()),
            Posting(ann.pk, "award", 5, at, source=key(), lots=(LotGrant(2), LotGrant(3, YEAR_END))),
        ]
    )
    assert [p.balance for p in posted] == [100, 7, 70, 75]
    assert [p.entry_id for p in posted] == sorted(p.entry_id for p in posted)
    assert lots(ann) == [(70, YEAR_END), (2, None), (3, YEAR_END)]
    assert lots(ben) == [(7, None)]


def test_a_batch_is_all_or_nothing(ann, ben):
    at = noon(TODAY)
    with pytest.raises(NotEnough), transaction.atomic():
        ledger.post([Posting(ann.pk, "award", 100, at), Posting(ben.pk, "spend", -1, at)])
    assert not Entry.objects.exists()
    assert not Account.objects.exists()


def test_a_batch_may_move_several_assets(ann):
    at = noon(TODAY)
    ledger.post([Posting(ann.pk, "award", 9, at), Posting(ann.pk, "award", 4, at, asset="growth")])
    assert queries.balance(ann.pk) == 9
    assert queries.balance(ann.pk, "growth") == 4


def test_an_empty_batch_does_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ledger.post([]) == []


def test_ten_thousand_postings_go_in_one_round_trip(ann, ben, django_assert_num_queries):
    at = noon(TODAY)
    give(ann, 1)
    members = [ann.pk, ben.pk]
    batch = [Posting(members[n % 2], "award", n, at, source=f"many:{n}") for n in range(1, 10_001)]
    with django_assert_num_queries(1):
        posted = ledger.post(batch)
    assert len(posted) == 10_000
    assert state(ann) == (25_005_001, 0, 0)
    assert state(ben) == (25_000_000, 0, 0)
    with connection.cursor() as cursor:  # or the invariants run on plans for empty tables, for minutes
        cursor.execute("ANALYZE ledger_account, ledger_entry, ledger_lot, ledger_allocation")


def test_lots_must_add_up_to_the_credit(ann):
    wrong = Posting(ann.pk, "award", 10, noon(TODAY), lots=(LotGrant(4), LotGrant(5)))
    with pytest.raises(LotsDoNotAddUp) as refusal, transaction.atomic():
        ledger.post([wrong])
    assert (refusal.value.amount, refusal.value.granted) == (10, 9)
    assert not Entry.objects.exists()


def test_stored_value_principal_never_expires(ann):
    with pytest.raises(PrincipalNeverExpires) as refusal:
        ledger.award(
            member_id=ann.pk,
            amount=1,
            at=noon(TODAY),
            source=key(),
            expires_on=YEAR_END,
            asset="balance_principal",
        )
    assert refusal.value.asset == "balance_principal"
    with transaction.atomic():
        ledger.award(
            member_id=ann.pk,
            amount=1,
            at=noon(TODAY),
            source=key(),
            expires_on=None,
            asset="balance_principal",
        )
        transaction.set_rollback(True)  # it has no top-up: W5 would say so
