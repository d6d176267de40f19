"""Taking back and giving back, in full and in parts."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.ledger.errors import AlreadyPosted, NothingLeftToReverse
from apps.ledger.models import Entry, Extension, Reversal
from apps.ledger.services import ReversalRequest, reverse
from tests.ledger.acts import (
    NEW_YEAR,
    NEXT_YEAR_END,
    TODAY,
    TOMORROW,
    YEAR_END,
    amounts,
    expire,
    give,
    lots,
    noon,
    spendable,
    state,
    take,
    taken,
    undo,
)

pytestmark = pytest.mark.django_db
LATER = TOMORROW + timedelta(days=9)


def met(outcome) -> tuple[int, int, int, int, int]:
    return (outcome.amount, outcome.moved, outcome.lapsed, outcome.owed, outcome.waived)


def test_reversing_an_award_takes_its_own_lots_and_no_other(ann):
    give(ann, (100, YEAR_END))
    second = give(ann, (40, NEXT_YEAR_END))
    assert met(undo(second)) == (-40, 40, 0, 0, 0)
    assert lots(ann) == [(100, YEAR_END), (0, NEXT_YEAR_END)]
    assert state(ann) == (100, 0, 0)


def test_an_award_is_reversed_in_any_number_of_parts_and_never_beyond(ann):
    entry = give(ann, 100)
    undo(entry, 30)
    undo(entry, 50)
    with pytest.raises(NothingLeftToReverse) as refusal, transaction.atomic():
        undo(entry, 21)
    assert (refusal.value.requested, refusal.value.left) == (21, 20)
    undo(entry)
    with pytest.raises(NothingLeftToReverse) as refusal, transaction.atomic():
        undo(entry)
    assert (refusal.value.requested, refusal.value.left) == (0, 0)
    assert state(ann) == (0, 0, 0)
    assert amounts(ann)[1:] == [("reverse", -30, 70), ("reverse", -50, 20), ("reverse", -20, 0)]


def test_what_was_spent_is_owed_and_later_credits_absorb_it(ann):
    entry = give(ann, 100)
    take(ann, 70)
    assert met(undo(entry)) == (-100, 30, 0, 70, 0)
    assert state(ann) == (-70, 0, 70)
    give(ann, 50)
    assert state(ann) == (-20, 0, 20)
    give(ann, 50)
    assert state(ann) == (30, 0, 0)
    assert amounts(ann)[3:] == [
        ("award", 50, -20),
        ("settle", 0, -20),
        ("award", 50, 30),
        ("settle", 0, 30),
    ]
    assert spendable(ann) == 30


def test_a_debt_is_met_at_once_from_other_lots(ann):
    first = give(ann, 100)
    take(ann, 100)
    give(ann, 500)
    assert met(undo(first)) == (-100, 0, 0, 100, 0)
    assert state(ann) == (400, 0, 0)
    assert taken(Entry.objects.get(kind="settle").pk) == [100]


def test_a_debt_is_met_from_points_not_yet_available_but_not_from_expired_ones(ann):
    first = give(ann, 100)
    take(ann, 100)
    give(ann, (30, TODAY))
    undo(first, on=TOMORROW)
    assert state(ann) == (-70, 0, 100)
    assert lots(ann) == [(0, None), (30, TODAY)]
    expire(TOMORROW)
    assert state(ann) == (-100, 0, 100)


@pytest.mark.parametrize("policy", ["waive", "cash"])
def test_what_was_spent_may_be_let_go_or_deducted_in_cash_and_leaves_no_debt(ann, policy):
    entry = give(ann, 100)
    take(ann, 70)
    outcome = undo(entry, shortfall=policy)
    assert met(outcome) == (-30, 30, 0, 0, 70)
    assert state(ann) == (0, 0, 0)
    assert Entry.objects.get(pk=outcome.entry_id).explanation == {"shortfall": policy}
    with pytest.raises(NothingLeftToReverse), transaction.atomic():
        undo(entry)


@pytest.mark.parametrize("cleared", [False, True])
def test_what_expired_is_not_asked_for_twice_whether_or_not_it_was_cleared(ann, cleared):
    entry = give(ann, (60, YEAR_END), (40, NEXT_YEAR_END))
    take(ann, 10)
    if cleared:
        expire(NEW_YEAR)
    assert met(undo(entry, 70, on=NEW_YEAR)) == (-40, 40, 30, 0, 0)
    assert met(undo(entry, on=NEW_YEAR)) == (-10, 0, 20, 10, 0)
    expire(NEW_YEAR)
    assert state(ann) == (-10, 0, 10)


def test_a_spend_comes_back_to_its_lots_the_last_expiring_first(ann):
    give(ann, (50, YEAR_END), (50, NEXT_YEAR_END), (50, None))
    entry = take(ann, 120)
    assert met(undo(entry, 30)) == (30, 30, 0, 0, 0)
    assert lots(ann) == [(0, YEAR_END), (10, NEXT_YEAR_END), (50, None)]
    undo(entry, 50)
    assert lots(ann) == [(10, YEAR_END), (50, NEXT_YEAR_END), (50, None)]
    undo(entry)
    assert lots(ann) == [(50, YEAR_END), (50, NEXT_YEAR_END), (50, None)]
    assert state(ann) == (150, 0, 0)
    assert not Extension.objects.exists()


def test_points_back_in_an_expired_lot_get_a_recorded_grace_and_what_was_lost_stays_lost(ann):
    give(ann, (100, TODAY))
    entry = take(ann, 60)
    undo(entry, 20, on=TOMORROW, grace_days=30)
    grace = TOMORROW + timedelta(days=30)
    assert lots(ann) == [(20, grace)]
    assert amounts(ann)[2:] == [("expire", -40, 0), ("reverse", 20, 20)]
    assert list(Extension.objects.values_list("was", "now")) == [(TODAY, grace)]
    undo(entry, on=LATER)
    assert lots(ann) == [(60, grace)]
    assert Extension.objects.count() == 1
    assert spendable(ann, grace) == 60
    assert spendable(ann, grace + timedelta(days=1)) == 0


def test_no_grace_means_until_the_end_of_the_day(ann):
    give(ann, (10, TODAY))
    undo(take(ann, 10), on=TOMORROW, grace_days=0)
    assert spendable(ann, TOMORROW) == 10
    assert spendable(ann, TOMORROW + timedelta(days=1)) == 0


def test_points_that_come_back_meet_a_debt_first(ann):
    first = give(ann, 100)
    sale = take(ann, 100)
    undo(first)
    assert state(ann) == (-100, 0, 100)
    assert met(undo(sale)) == (100, 100, 0, 0, 0)
    assert state(ann) == (0, 0, 0)
    assert lots(ann) == [(0, None)]


def test_an_award_whose_points_met_a_debt_is_owed_in_turn(ann):
    first = give(ann, 100)
    take(ann, 100)
    undo(first)
    second = give(ann, 100)
    assert state(ann) == (0, 0, 0)
    assert met(undo(second)) == (-100, 0, 0, 100, 0)
    assert state(ann) == (-100, 0, 100)


def test_an_expiry_can_be_taken_back(ann):
    give(ann, (100, TODAY))
    expire(TOMORROW)
    expiry = Entry.objects.get(kind="expire").pk
    assert met(undo(expiry, 60, on=TOMORROW)) == (60, 60, 0, 0, 0)
    assert lots(ann) == [(60, TOMORROW + timedelta(days=30))]
    assert state(ann) == (60, 0, 0)


def test_an_expiry_that_counted_in_a_refund_cannot_be_taken_back(ann):
    award = give(ann, (100, TODAY))
    expire(TOMORROW)
    expiry = Entry.objects.get(kind="expire").pk
    assert met(undo(award, 70, on=TOMORROW)) == (0, 0, 70, 0, 0)
    with pytest.raises(NothingLeftToReverse) as refusal, transaction.atomic():
        undo(expiry, 31, on=TOMORROW)
    assert (refusal.value.requested, refusal.value.left) == (31, 30)
    assert met(undo(expiry, on=TOMORROW)) == (30, 30, 0, 0, 0)
    assert met(undo(award, on=TOMORROW)) == (-30, 30, 0, 0, 0)
    assert state(ann) == (0, 0, 0)


def test_an_expiry_of_two_credits_revives_only_what_no_refund_counted(ann):
    give(ann, (100, TODAY))
    second = give(ann, (50, TODAY))
    expire(TOMORROW)
    assert met(undo(second, 30, on=TOMORROW)) == (0, 0, 30, 0, 0)
    expiry = Entry.objects.get(kind="expire").pk
    assert met(undo(expiry, on=TOMORROW)) == (120, 120, 0, 0, 0)
    assert [left for left, _ in lots(ann)] == [100, 20]


def test_a_members_year_as_the_documentation_tells_it(ann):
    first = give(ann, (100, NEXT_YEAR_END))
    sale = take(ann, 70)
    assert met(undo(first)) == (-100, 30, 0, 70, 0)
    assert state(ann) == (-70, 0, 70)
    give(ann, (50, NEXT_YEAR_END))
    assert state(ann) == (-20, 0, 20)
    undo(sale)
    assert state(ann) == (50, 0, 0)
    assert lots(ann) == [(50, NEXT_YEAR_END), (0, NEXT_YEAR_END)]
    assert amounts(ann) == [
        ("award", 100, 100),
        ("spend", -70, 30),
        ("reverse", -100, -70),
        ("award", 50, -20),
        ("settle", 0, -20),
        ("reverse", 70, 50),
        ("settle", 0, 50),
    ]


def test_adjustments_are_reversed_like_awards_and_spends(ann):
    credit = give(ann, 30, kind="adjust")
    debit = take(ann, 20, kind="adjust")
    undo(debit)
    undo(credit)
    assert state(ann) == (0, 0, 0)


def test_a_reversal_acts_once_per_source(ann):
    entry = give(ann, 100)
    request = ReversalRequest("refund:1", noon(TODAY), 10)
    reverse(entry, request)
    with pytest.raises(AlreadyPosted) as refusal, transaction.atomic():
        reverse(entry, request)
    assert refusal.value.source == "refund:1"
    assert state(ann) == (90, 0, 0)
    assert Reversal.objects.count() == 1


def test_the_named_policy_is_the_recorded_one(ann):
    entry = give(ann, 10)
    request = ReversalRequest("r", noon(TODAY), shortfall="cash", explanation={"shortfall": "x", "why": "y"})
    outcome = reverse(entry, request)
    assert Entry.objects.get(pk=outcome.entry_id).explanation == {"shortfall": "cash", "why": "y"}
