"""Splits add up, nothing is below zero, refunds are exact: worked examples and hypothesis."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.wallet import rules
from apps.wallet.rules import Deposit, Split, TopUpFault

FEN = st.integers(0, 10**9)
SPLIT_RULES = st.sampled_from(rules.SPLITS)


@given(principal=FEN, gift=FEN, amount=FEN, rule=SPLIT_RULES)
def test_a_split_adds_up_and_takes_no_more_than_there_is(principal, gift, amount, rule):
    have = Split(principal, gift)
    if amount > principal + gift:
        with pytest.raises(rules.BeyondBalance) as beyond:
            rules.split(amount, have=have, rule=rule)
        assert (beyond.value.needed, beyond.value.held) == (amount, principal + gift)
        return
    parts = rules.split(amount, have=have, rule=rule)
    assert parts.amount_fen == amount
    assert 0 <= parts.principal_fen <= principal
    assert 0 <= parts.gift_fen <= gift


def test_each_rule_splits_as_stated():
    have = Split(50_000, 5_000)
    assert rules.split(6_000, have=have, rule=rules.GIFT_FIRST) == Split(1_000, 5_000)
    assert rules.split(52_000, have=have, rule=rules.PRINCIPAL_FIRST) == Split(50_000, 2_000)
    assert rules.split(1_100, have=have, rule=rules.IN_PROPORTION) == Split(1_000, 100)
    assert rules.split(0, have=Split(0, 0), rule=rules.IN_PROPORTION) == Split(0, 0)


@given(principal=FEN, gift=FEN, steps=st.lists(st.integers(1, 10**9), min_size=1, max_size=6))
def test_parts_given_back_end_at_what_was_paid(principal, gift, steps):
    assume(principal + gift)
    paid, before = Split(principal, gift), Split(0, 0)
    for step in [*steps, paid.amount_fen]:
        amount = min(step, paid.amount_fen - before.amount_fen)
        part = rules.part_back(paid, before=before, amount_fen=amount)
        assert part.amount_fen == amount
        assert part.principal_fen >= 0
        assert part.gift_fen >= 0
        before = Split(before.principal_fen + part.principal_fen, before.gift_fen + part.gift_fen)
    assert before == paid


@given(part=FEN, rest=FEN, cuts=st.lists(FEN, max_size=5))
def test_the_balances_share_of_a_bill_comes_back_whole_with_the_last_line(part, rest, cuts):
    whole = part + rest
    marks = sorted({0, whole, *(cut for cut in cuts if cut < whole)})
    shares = [
        rules.share_back(part, whole_fen=whole, before_fen=was, after_fen=now) for was, now in pairwise(marks)
    ]
    assert sum(shares) == part
    assert all(0 <= share <= now - was for share, (was, now) in zip(shares, pairwise(marks), strict=True))


def deposit(paid, gift, *, spent=(0, 0), refunded=0, days=30, lapsed=0, gone=False) -> Deposit:
    left = (0, 0) if gone else (paid - spent[0], gift - spent[1] - lapsed)
    return Deposit(paid, gift, *spent, *left, refunded, days)


def cash(of: Deposit) -> dict[str, int]:
    return {each.formula: each.cash_fen for each in rules.outcomes(of, cooling_days=7)}


def test_the_courts_example():
    """Pay 3,000, get 1,000, buy for 3,594: three quarters of it are charged."""
    bought = deposit(300_000, 100_000, spent=(259_400, 100_000))
    met = {each.formula: each for each in rules.outcomes(bought, cooling_days=7)}
    assert (met["by_proportion"].charged_fen, met["by_proportion"].cash_fen) == (269_550, 30_450)
    assert (met["at_full_price"].charged_fen, met["at_full_price"].cash_fen) == (300_000, 0)
    assert [o.is_open for o in met.values()] == [False, True, True]


def test_the_examples_of_the_docs():
    """Top up 500, get 50; the same purchase of 110 under the usual rule, gift first."""
    assert cash(deposit(50_000, 5_000)) == dict.fromkeys(
        ("cooling_off", "by_proportion", "at_full_price"), 50_000
    )
    bought = deposit(50_000, 5_000, spent=(6_000, 5_000), days=7)
    assert cash(bought) == {"cooling_off": 44_000, "by_proportion": 40_000, "at_full_price": 39_000}
    assert rules.outcome(bought, "cooling_off", cooling_days=7).is_open
    principal_first = deposit(50_000, 5_000, spent=(11_000, 0), days=8)
    assert cash(principal_first) == {"cooling_off": 40_000, "by_proportion": 40_000, "at_full_price": 39_000}
    assert not rules.outcome(principal_first, "cooling_off", cooling_days=7).is_open


def test_earlier_refunds_are_taken_off_and_nothing_is_paid_for_nothing():
    again = Deposit(50_000, 5_000, 1_000, 0, 4_000, 0, refunded_fen=45_000, days=30)
    assert cash(again) == {"cooling_off": 4_000, "by_proportion": 4_000, "at_full_price": 4_000}
    assert set(cash(deposit(50_000, 5_000, gone=True)).values()) == {0}


@given(paid=st.integers(1, 10**8), gift=FEN, spent=st.tuples(FEN, FEN), lapsed=FEN, refunded=FEN)
def test_refunds_are_within_bounds_and_the_order_never_turns(paid, gift, spent, lapsed, refunded):
    of = (min(spent[0], paid), min(spent[1], gift))
    case = deposit(paid, gift, spent=of, refunded=refunded, lapsed=min(lapsed, gift - of[1]))
    cooling, proportion, full = (o.cash_fen for o in rules.outcomes(case, cooling_days=7))
    assert paid >= cooling >= proportion >= full >= 0
    assert cooling <= case.left_fen
    if not refunded:
        assert full == min(max(paid - case.bought_fen, 0), case.left_fen)
        assert cooling >= case.left_principal_fen


AT = datetime(2026, 3, 1, tzinfo=UTC)
OFFER = rules.Offer(store_ids=(7,), most_per_member=2, starts_at=AT, ends_at=None)


@pytest.mark.parametrize(
    ("amount", "offer", "fault", "terms"),
    [
        (500_000, OFFER, "", {}),
        (500_001, OFFER, TopUpFault.OVER_CAP, {}),
        (1, OFFER, TopUpFault.OVER_CAP, {"principal_fen": 600_000}),
        (1, OFFER, TopUpFault.TAKEN_TOO_OFTEN, {"times_taken": 2}),
        (1, rules.Offer((8,), None, AT, None), TopUpFault.OTHER_STORE, {}),
        (1, rules.Offer((), None, AT, AT), TopUpFault.NOT_OFFERED, {}),
        (1, None, TopUpFault.NO_FREE_AMOUNT, {}),
        (1, None, "", {"takes_any_amount": True}),
    ],
)
def test_what_a_top_up_may_be(amount, offer, fault, terms):
    usual = {"cap_fen": 500_000, "principal_fen": 0, "times_taken": 0, "takes_any_amount": False}
    limits = rules.Limits(**usual | terms)
    assert rules.fault_of(amount, offer, limits, store_id=7, at=AT) == fault


def test_gift_days_count_from_the_day_after():
    assert rules.gift_expires_on(date(2026, 3, 1), 30) == date(2026, 3, 31)
    assert rules.gift_expires_on(date(2026, 3, 1), None) is None
