"""Reading value, now and in the past."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.ledger import queries
from apps.ledger import services as ledger
from apps.ledger.queries import Expiring, Holding
from apps.ledger.services import LotGrant, Posting
from tests.ledger.acts import (
    NEXT_YEAR_END,
    TODAY,
    TOMORROW,
    YEAR_END,
    give,
    held,
    key,
    noon,
    take,
    undo,
)

pytestmark = pytest.mark.django_db


def test_a_member_without_an_account_holds_nothing(ben):
    assert queries.balance(ben.pk) == 0
    assert queries.balance(ben.pk, before=noon(TODAY)) == 0
    assert queries.holding(ben.pk, day=TODAY) == Holding(0, 0, 0, 0, 0)
    assert list(queries.open_lots(ben.pk, day=TODAY)) == []
    assert queries.expiring(ben.pk, day=TODAY) == []


def test_the_balance_before_an_instant_leaves_out_what_happened_at_it(ann):
    give(ann, 100)
    take(ann, 30, on=TOMORROW)
    assert queries.balance(ann.pk, before=noon(TODAY)) == 0
    assert queries.balance(ann.pk, before=noon(TODAY) + timedelta(microseconds=1)) == 100
    assert queries.balance(ann.pk, before=noon(TOMORROW)) == 100
    assert queries.balance(ann.pk, before=clock.day_end(TOMORROW)) == 70


def test_a_fact_told_late_counts_from_when_it_took_effect(ann):
    give(ann, 100, on=TOMORROW)
    give(ann, 7, on=TODAY)
    assert queries.balance(ann.pk, before=clock.day_end(TODAY)) == 7
    assert [e.balance_after for e in queries.statement(ann.pk)] == [107, 100]


def test_what_expires_soon_is_told_by_day_without_what_is_over_or_eternal(ann):
    give(ann, (10, YEAR_END), (5, YEAR_END), (20, NEXT_YEAR_END), (7, None), (3, TODAY))
    december = YEAR_END - timedelta(days=30)
    assert queries.expiring(ann.pk, day=december) == [Expiring(YEAR_END, 15)]
    assert queries.expiring(ann.pk, day=YEAR_END, within_days=365) == [
        Expiring(YEAR_END, 15),
        Expiring(NEXT_YEAR_END, 20),
    ]
    assert queries.expiring(ann.pk, day=TODAY, within_days=0) == [Expiring(TODAY, 3)]


def test_open_lots_come_in_the_order_a_spend_takes_them(ann):
    give(ann, (1, None), (2, NEXT_YEAR_END), (3, YEAR_END), (4, TODAY))
    take(ann, 4)
    assert [lot.remaining for lot in queries.open_lots(ann.pk, day=TOMORROW)] == [3, 2, 1]


def test_a_holding_tells_held_owed_spendable_and_pending_in_one_query(ann, django_assert_num_queries):
    first = give(ann, 50)
    take(ann, 50)
    undo(first)
    give(ann, 90)
    later = (LotGrant(9, None, available_on=TOMORROW),)
    ledger.post([Posting(ann.pk, "award", 9, noon(TODAY), source=key(), lots=later)])
    held(ann, 15)
    with django_assert_num_queries(1):
        assert queries.holding(ann.pk, day=TODAY) == Holding(49, 15, 0, spendable=25, pending=9)


def test_a_statement_costs_the_same_for_one_entry_and_for_thirty(ann, django_assert_num_queries):
    give(ann, 100)
    with django_assert_num_queries(4):
        assert len(queries.statement(ann.pk)) == 1
    for _n in range(29):
        undo(take(ann, 2), 1)
    with django_assert_num_queries(4):
        assert len(queries.statement(ann.pk)) == 59


def test_a_statement_pages_on_and_ends_at_an_instant(ann):
    entries = [give(ann, n, on=TODAY + timedelta(days=n)) for n in range(1, 5)]
    page = queries.statement(ann.pk, before_id=entries[2])
    assert [e.pk for e in page] == [entries[1], entries[0]]
    past = queries.statement(ann.pk, before=noon(TODAY + timedelta(days=2)))
    assert [e.pk for e in past] == [entries[0]]
    assert list(queries.statement(ann.pk, "growth")) == []


def test_locking_tells_each_account_as_it_stands_and_makes_missing_ones(ann, ben):
    give(ann, 100)
    held(ann, 30)
    locked = ledger.lock_accounts([ben.pk, ann.pk, ben.pk])
    assert (locked[ann.pk].balance, locked[ann.pk].held, locked[ann.pk].owed) == (100, 30, 0)
    assert (locked[ben.pk].balance, locked[ben.pk].held, locked[ben.pk].owed) == (0, 0, 0)
    assert set(locked) == {ann.pk, ben.pk}
