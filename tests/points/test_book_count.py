"""The kept count of the book says what the lots say, whatever happened meanwhile and whoever commits late."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import transaction

from apps.core import clock, invariants
from apps.core.models import AuditEntry
from apps.ledger import services as ledger
from apps.ledger.errors import LedgerError
from apps.ledger.models import Entry, Lot
from apps.points import queries, tasks
from apps.points import services as points
from apps.points.book_models import BookCell, BookCount
from apps.points.errors import NotCounted
from apps.points.queries import reading
from apps.points.services import counting
from tests.factories import MemberFactory
from tests.points.clearing_cast import OPERATIONS

pytestmark = pytest.mark.django_db
NOW = datetime(2019, 3, 10, 4, tzinfo=UTC)
TODAY = date(2019, 3, 10)
SEED = 20190310
DAYS = (None, date(2018, 12, 31), date(2019, 2, 28), date(2019, 12, 31), date(2020, 6, 30))


@pytest.fixture(autouse=True)
def _the_tenth_of_march(settings, monkeypatch):
    """Everything runs in one transaction here, which never ends: what was marked counts as settled."""
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setattr(counting, "settled", lambda xid: True)
    with clock.moved_to(NOW):
        yield


def count():
    while points.count_step(at=NOW):
        pass


def told(**scope):
    return queries.liability_book(today=TODAY, **scope), queries.expiry_months(day=TODAY, **scope)


def from_lots(**scope):
    """The same, without a kept count."""
    with transaction.atomic():
        BookCount.objects.all().delete()
        found = told(**scope)
        transaction.set_rollback(True)
    return found


def broken():
    return [found.code for found in invariants.check(["B1", "B2", "L2"])]


def award(member, amount, last_day, store=None, at=NOW):
    lots = (ledger.LotGrant(amount, last_day),)
    posting = ledger.Posting(member.pk, "award", amount, at, lots=lots, store_id=store and store.pk)
    return ledger.post([posting])[0].entry_id


def live_a_little(random, members, stores, number):
    """One act of the shop, of any kind; what the ledger refuses did not happen."""
    try:
        with transaction.atomic():
            act(random, members, stores, number)
    except LedgerError:
        pass


def act(random, members, stores, number):
    member, at = random.choice(members), NOW - timedelta(days=random.randrange(400))
    kind = random.randrange(6)
    if kind <= 2:
        award(member, random.randrange(1, 200), random.choice(DAYS), random.choice(stores), at)
    elif kind == 3:
        ledger.post([ledger.Posting(member.pk, "spend", -random.randrange(1, 150), at)])
    elif kind == 4:
        entry = random.choice(list(Entry.objects.exclude(kind__in=["settle", "extend", "reverse"])))
        request = ledger.ReversalRequest(f"refund:{number}", NOW, amount=random.choice([None, 1]))
        ledger.reverse(entry.pk, request)
    else:
        lots = Lot.objects.filter(is_open=True, expires_on__gte=TODAY)
        moves = [ledger.Move(lot.pk, lot.expires_on, date(2021, 1, 31)) for lot in lots[:2]]
        ledger.extend(moves, ledger.Moving(f"extend:{number}:", NOW))


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_kept_and_counted_are_the_same_book_after_any_history(store, other_store, monkeypatch, seed):
    monkeypatch.setattr(counting, "ENTRIES_AT_ONCE", 3)
    monkeypatch.setattr(counting, "ACCOUNTS_AT_ONCE", 2)
    random, members = Random(seed), [MemberFactory(home_store=store) for _ in range(5)]
    award(members[0], 5, None)
    for number in range(40):
        live_a_little(random, members, [store, other_store, None], number)
        if number == 20:
            everywhere = ledger.AccountRange(0, 2**62)
            ledger.expire_accounts(
                asset="points", as_of=date(2019, 3, 1), accounts=everywhere, source_prefix="clear:"
            )
        if random.random() < 0.3:
            count()
        elif random.random() < 0.3:
            points.count_step(at=NOW)  # stopped in the middle
        if number % 8 == 7:
            assert told() == from_lots(), f"seed {seed}, act {number}"
            assert told(stores=[store.pk]) == from_lots(stores=[store.pk]), f"seed {seed}, act {number}"
            assert broken() == [], f"seed {seed}, act {number}"
    count()
    assert BookCount.objects.get().through == Entry.objects.latest("id").pk
    assert told() == from_lots()
    assert told()[0].difference == 0
    assert {"reverse", "extend", "expire", "spend"} <= set(Entry.objects.values_list("kind", flat=True))


def test_a_count_that_lies_is_found(ann):
    award(ann, 10, date(2019, 12, 31))
    count()
    assert broken() == []
    BookCell.objects.update(points=11)
    assert broken() == ["B1", "B2"]


def test_a_new_count_mends_what_was_wrong_and_the_old_one_is_read_meanwhile(ann, monkeypatch):
    monkeypatch.setattr(counting, "ACCOUNTS_AT_ONCE", 1)
    award(ann, 10, date(2019, 12, 31))
    count()
    BookCell.objects.update(points=11)
    assert (points.recount(actor=OPERATIONS, at=NOW), points.recount(actor=OPERATIONS, at=NOW)) == (
        True,
        False,
    )
    points.count_step(at=NOW)
    assert told()[0].total.points == 11
    assert queries.counting() == 0
    count()
    assert (told()[0].total.points, queries.counting(), broken()) == (10, None, [])


def test_what_is_too_much_to_look_at_since_the_count_waits_and_says_so(ann, monkeypatch):
    award(ann, 10, date(2019, 12, 31))
    count()
    award(ann, 5, date(2019, 12, 31))
    assert (told()[0].total.points, told()[0].counted_at) == (15, None)
    monkeypatch.setattr(reading, "MOST_ENTRIES_SINCE", 0)
    found = told()[0]
    assert (found.total.points, found.entries, found.difference, found.counted_at) == (10, 10, 0, NOW)


def test_a_large_shop_without_a_count_is_not_counted_while_somebody_waits(
    client, operations, ann, monkeypatch
):
    monkeypatch.setattr(reading, "MOST_ACCOUNTS", 0)
    award(ann, 10, date(2019, 12, 31))
    with pytest.raises(NotCounted):
        told()
    client.force_login(operations)
    pages = ("/admin/ledger/closedmonth/", "/admin/points/clearingrun/calendar/", "/admin/core/alert/")
    for page in pages:
        assert "ounted" in client.get(page).content.decode()
    assert client.get("/admin/ledger/closedmonth/book.csv").status_code == 302
    count()
    for page in pages:
        assert "0%." not in client.get(page).content.decode()


def test_a_new_count_is_asked_for_on_the_page(client, operations, auditor, ann, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks.count_book, "delay", lambda: rung.append(1))
    client.force_login(auditor)
    assert client.post("/admin/points/recount/").status_code == 403
    client.force_login(operations)
    assert "Count anew" in client.get("/admin/ledger/closedmonth/").content.decode()
    client.post("/admin/points/recount/")
    client.post("/admin/points/recount/")
    assert (rung, BookCount.objects.count()) == ([1, 1], 1)
    assert "A new count is being made: 0%." in client.get("/admin/ledger/closedmonth/").content.decode()
    assert AuditEntry.objects.filter(code="points.recount_book").count() == 1
    assert tasks.count_book() > 0
    assert "As of" not in client.get("/admin/ledger/closedmonth/").content.decode()
