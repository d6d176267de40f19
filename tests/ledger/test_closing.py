"""Closed months take nothing; what is told late goes into the first open one, with its own time kept."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction

from apps.core import clock, invariants
from apps.core.audit import Actor
from apps.core.models import AuditEntry
from apps.ledger import queries
from apps.ledger import services as ledger
from apps.ledger.errors import (
    AlreadyPosted,
    MonthClosed,
    MonthNotCleared,
    MonthNotOver,
    NotTheNextMonth,
)
from apps.ledger.models import ClosedMonth, Entry
from tests.ledger.acts import NEXT_YEAR_END, YEAR_END, expire, give, key, noon, run_sql, take, undo

pytestmark = pytest.mark.django_db
FEBRUARY, MARCH = date(2025, 2, 1), date(2025, 3, 1)
FEBRUARY_END, MARCH_START = date(2025, 2, 28), clock.day_start(MARCH)
CLOSER = Actor("operations")


def close(month=FEBRUARY, at=MARCH_START + timedelta(days=5)):
    return ledger.close_month(month=month, actor=CLOSER, at=at)


def late(member, amount, on=FEBRUARY_END, source=None, kind="award"):
    lots = (ledger.LotGrant(amount, YEAR_END),) if amount > 0 else ()
    posting = ledger.Posting(member.pk, kind, amount, noon(on), source=source or key(), lots=lots)
    return ledger.post([posting])[0].entry_id


def test_a_closed_month_takes_no_posting(ann):
    give(ann, 100, on=FEBRUARY)
    close()
    for amount, kind in ((10, "award"), (-10, "spend"), (5, "adjust")):
        with pytest.raises(MonthClosed) as refused, transaction.atomic():
            late(ann, amount, kind=kind)
        assert datetime.fromisoformat(refused.value.closed_until) == MARCH_START
    assert queries.balance(ann.pk) == 100
    assert late(ann, 10, on=MARCH)


def test_the_first_instant_of_the_next_month_is_open(ann):
    close()
    with pytest.raises(MonthClosed), transaction.atomic():
        ledger.post(
            [
                ledger.Posting(
                    ann.pk, "award", 1, MARCH_START - timedelta(microseconds=1), lots=(ledger.LotGrant(1),)
                )
            ]
        )
    ledger.post([ledger.Posting(ann.pk, "award", 1, MARCH_START, lots=(ledger.LotGrant(1),))])
    assert queries.balance(ann.pk) == 1


def test_a_fact_told_late_is_entered_into_the_open_month_with_its_time_kept(ann):
    close()
    entry = Entry.objects.get(pk=late(ann, 40, source="activity:1:points"))
    assert entry.at == MARCH_START
    assert datetime.fromisoformat(entry.explanation["occurred_at"]) == noon(FEBRUARY_END)
    assert queries.balance(ann.pk, before=MARCH_START) == 0
    assert queries.balance(ann.pk) == 40


def test_who_asks_again_hears_it_was_done(ann):
    source = key()
    late(ann, 10, source=source)
    close()
    with pytest.raises(AlreadyPosted), transaction.atomic():
        late(ann, 10, source=source)


def test_a_late_award_that_settles_a_debt_brings_its_settlement_along(ann):
    award = give(ann, 100, on=FEBRUARY)
    take(ann, 100, on=FEBRUARY)
    undo(award, on=FEBRUARY)
    close()
    late(ann, 30, source="activity:2:points")
    kinds = list(Entry.objects.filter(at=MARCH_START).order_by("id").values_list("kind", flat=True))
    assert kinds == ["award", "settle"]
    assert queries.balance(ann.pk) == -70


def test_clearing_as_of_a_closed_day_is_refused_and_as_of_an_open_one_done(ann):
    close()
    late(ann, 30, source="activity:3:points")
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    lot = Entry.objects.get(source="activity:3:points").lots.get()
    move = ledger.Move(lot.pk, YEAR_END, NEXT_YEAR_END)
    assert ledger.extend([move], ledger.Moving("extend:9:", noon(date(2025, 3, 6)))) != []
    assert expire(date(2027, 1, 1)).points == 30


def test_months_are_closed_in_order_when_over_and_cleared(ann):
    with pytest.raises(MonthNotOver):
        close(MARCH, at=noon(date(2025, 3, 31)))
    with pytest.raises(MonthNotOver):
        close(date(2025, 2, 2))
    give(ann, (7, FEBRUARY_END), on=FEBRUARY)
    with pytest.raises(MonthNotCleared), transaction.atomic():
        close()
    expire(MARCH)
    close()
    with pytest.raises(NotTheNextMonth) as refused, transaction.atomic():
        close(date(2025, 4, 1), at=noon(date(2025, 6, 1)))
    assert refused.value.expected == MARCH
    with pytest.raises(NotTheNextMonth), transaction.atomic():
        close()
    close(MARCH, at=noon(date(2025, 4, 1)))
    assert [str(closed) for closed in ClosedMonth.objects.all()] == ["2025-03", "2025-02"]
    assert AuditEntry.objects.filter(code="ledger.close_month").count() == 2


def test_a_refused_close_leaves_the_month_open(ann):
    give(ann, (7, FEBRUARY_END), on=FEBRUARY)
    with pytest.raises(MonthNotCleared), transaction.atomic():
        close()
    assert late(ann, 10)


def test_a_book_is_kept_once_and_a_closed_month_stays(ann):
    closed = close()
    assert ledger.keep_book(month_id=closed.pk, book={"a": 1}) is True
    assert ledger.keep_book(month_id=closed.pk, book={"a": 2}) is False
    assert ClosedMonth.objects.get().book == {"a": 1}
    for act in ("UPDATE ledger_closedmonth SET ends_at = now()", "DELETE FROM ledger_closedmonth"):
        with pytest.raises(Exception, match="kept for ever"), transaction.atomic():
            run_sql(act)


@pytest.mark.breaks_invariants
def test_l14_fires_for_an_entry_in_a_closed_month(ann):
    close()
    run_sql("UPDATE ledger_closedmonth SET book = '{}'")
    run_sql("SET session_replication_role = replica")
    run_sql("UPDATE ledger_closedmonth SET guarded_at = now() - interval '1 day'")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    late(ann, 10)
    run_sql("SET session_replication_role = origin")
    (found,) = invariants.check(["L14"])
    assert [row["month"] for row in found.rows] == [FEBRUARY]
