"""Clearing: booking what dates have decided already."""

from datetime import UTC, datetime

import pytest

from apps.ledger import queries
from apps.ledger.models import Account, Entry
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
    state,
    take,
)

pytestmark = pytest.mark.django_db


def test_clearing_takes_lots_past_their_last_day_with_one_entry_an_account(ann, ben):
    give(ann, (100, YEAR_END), (20, YEAR_END), (7, NEXT_YEAR_END), (3, None))
    give(ben, (50, YEAR_END))
    take(ann, 30)
    cleared = expire(NEW_YEAR)
    last = Account.objects.get(member=ben).pk
    assert (cleared.accounts, cleared.lots, cleared.points, cleared.last_account) == (2, 3, 140, last)
    assert amounts(ann)[-1] == ("expire", -90, 10)
    assert lots(ann) == [(0, YEAR_END), (0, YEAR_END), (7, NEXT_YEAR_END), (3, None)]
    assert state(ben) == (0, 0, 0)


def test_the_deadline_is_the_midnight_after_the_last_day(ann):
    give(ann, (10, YEAR_END))
    assert expire(YEAR_END).accounts == 0
    assert expire(NEW_YEAR).points == 10
    entry = Entry.objects.get(kind="expire")
    assert entry.at == datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    assert entry.explanation == {"expired": {"as_of": "2026-01-01", "lots": 1}}


def test_clearing_again_changes_nothing_more(ann):
    give(ann, (10, TODAY))
    assert expire(TOMORROW).points == 10
    again = expire(TOMORROW)
    assert (again.accounts, again.lots, again.points, again.last_account) == (0, 0, 0, None)
    assert len(amounts(ann)) == 2


def test_a_range_is_cleared_in_chunks_that_continue_where_the_last_ended(ann, ben, store):
    for member in (ann, ben):
        give(member, (10, TODAY))
    first = expire(TOMORROW, limit=1)
    assert (first.accounts, first.last_account) == (1, Account.objects.get(member=ann).pk)
    second = expire(TOMORROW, limit=1, after=first.last_account)
    assert (second.accounts, second.last_account) == (1, Account.objects.get(member=ben).pk)
    assert expire(TOMORROW, limit=1, after=second.last_account).last_account is None


def test_balances_before_and_after_the_deadline_differ_by_what_expired(ann):
    give(ann, (10, YEAR_END), 5)
    expire(NEW_YEAR)
    at = Entry.objects.get(kind="expire").at
    assert queries.balance(ann.pk, before=at) == 15
    assert queries.balance(ann.pk) == 5
    assert dict(queries.balances_at("points", YEAR_END)) == {ann.number: 15}
    assert dict(queries.balances_at("points", NEW_YEAR)) == {ann.number: 5}
