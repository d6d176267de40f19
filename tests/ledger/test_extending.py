"""Moving last days: on the record, later or back, never of what is gone."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from apps.ledger import queries
from apps.ledger import services as ledger
from apps.ledger.errors import AlreadyPosted
from apps.ledger.models import Entry, Extension, Lot
from tests.ledger.acts import NEXT_YEAR_END, TODAY, TOMORROW, YEAR_END, expire, give, noon, run_sql, take

pytestmark = pytest.mark.django_db


def lots(member):
    rows = Lot.objects.filter(member=member).order_by("id")
    return [(lot.granted, lot.remaining, lot.expires_on) for lot in rows]


def extend(*moves, prefix="extend:1:", on=TODAY):
    made = [ledger.Move(*move) for move in moves]
    return ledger.extend(made, ledger.Moving(prefix, noon(on), {"reason": "storm"}))


def lot_of(entry_id):
    return Lot.objects.get(entry=entry_id).pk


def test_a_last_day_is_moved_on_the_record(ann):
    lot = lot_of(give(ann, (100, YEAR_END)))
    assert extend((lot, YEAR_END, NEXT_YEAR_END)) == [ledger.Moved(lot, 100)]
    assert lots(ann) == [(100, 100, NEXT_YEAR_END)]
    entry = Entry.objects.get(kind="extend")
    assert (entry.amount, entry.balance_after, entry.explanation) == (0, 100, {"reason": "storm"})
    assert entry.source == f"extend:1:{entry.account_id}"
    moved = Extension.objects.get()
    assert (moved.entry_id, moved.lot_id, moved.was, moved.now) == (entry.pk, lot, YEAR_END, NEXT_YEAR_END)


def test_lots_of_one_account_share_an_entry(ann, ben):
    first, second = lot_of(give(ann, (100, YEAR_END))), lot_of(give(ann, (5, TOMORROW)))
    third = lot_of(give(ben, (7, YEAR_END)))
    extend(
        (third, YEAR_END, NEXT_YEAR_END), (second, TOMORROW, NEXT_YEAR_END), (first, YEAR_END, NEXT_YEAR_END)
    )
    assert [entry.member_id for entry in Entry.objects.filter(kind="extend").order_by("account_id")] == [
        ann.pk,
        ben.pk,
    ]
    assert queries.balance(ann.pk) == 105


def test_what_is_spent_past_or_moved_already_is_left_alone(ann):
    spent = lot_of(give(ann, (10, TODAY)))
    take(ann, 10)
    past = lot_of(give(ann, (20, TODAY)))
    other = lot_of(give(ann, (30, YEAR_END)))
    moves = [(spent, TODAY, YEAR_END), (past, TODAY, YEAR_END), (other, TOMORROW, NEXT_YEAR_END)]
    assert extend(*moves, on=TOMORROW) == []
    assert not Entry.objects.filter(kind="extend").exists()


def test_the_same_source_acts_once(ann):
    lot = lot_of(give(ann, (10, TODAY)))
    extend((lot, TODAY, YEAR_END))
    with pytest.raises(AlreadyPosted), transaction.atomic():
        extend((lot, YEAR_END, NEXT_YEAR_END))
    assert lots(ann) == [(10, 10, YEAR_END)]


def test_it_can_be_moved_back(ann):
    lot = lot_of(give(ann, (10, TOMORROW)))
    extend((lot, TOMORROW, YEAR_END))
    extend((lot, YEAR_END, TOMORROW), prefix="unextend:1:")
    assert lots(ann) == [(10, 10, TOMORROW)]
    expire(TOMORROW + timedelta(days=1))
    assert queries.balance(ann.pk) == 0


def test_an_extended_lot_is_spent_in_its_new_place_and_expires_on_its_new_day(ann):
    sooner = lot_of(give(ann, (10, TODAY)))
    give(ann, (10, date(2025, 6, 30)))
    extend((sooner, TODAY, YEAR_END))
    take(ann, 10)
    assert lots(ann) == [(10, 10, YEAR_END), (10, 0, date(2025, 6, 30))]
    assert expire(TOMORROW).points == 0
    assert expire(date(2026, 1, 1)).points == 10


def test_no_last_day_moves_without_a_record(ann):
    lot = lot_of(give(ann, (10, YEAR_END)))
    with pytest.raises(DatabaseError, match="no extension says so"), transaction.atomic():
        run_sql("UPDATE ledger_lot SET expires_on = '2030-01-01' WHERE id = %s", lot)
    assert lots(ann) == [(10, 10, YEAR_END)]
