"""The liability book: by store, month and age, breakage from history, past days, closing, files, scope."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock, invariants
from apps.ledger import services as ledger
from apps.ledger.models import ClosedMonth, Entry
from apps.points import queries
from apps.points import services as points
from tests.factories import MemberFactory
from tests.points.clearing_cast import OPERATIONS

pytestmark = pytest.mark.django_db
NOW = datetime(2019, 3, 10, 4, tzinfo=UTC)
TODAY = date(2019, 3, 10)
PAGE = "/admin/ledger/closedmonth/"


@pytest.fixture(autouse=True)
def _the_tenth_of_march(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(NOW):
        yield
    assert [found.code for found in invariants.check() if found.code != "K4"] == []


def noon(day):
    return clock.day_start(day) + timedelta(hours=12)


def award(member, amount, earned, last_day, store=None, source=None):
    lots = (ledger.LotGrant(amount, last_day),)
    posting = ledger.Posting(
        member.pk, "award", amount, noon(earned), source=source, lots=lots, store_id=store and store.pk
    )
    return ledger.post([posting])[0].entry_id


def spend(member, amount, day):
    ledger.post([ledger.Posting(member.pk, "spend", -amount, noon(day))])


def clear(as_of):
    accounts = ledger.AccountRange(0, 2**62)
    ledger.expire_accounts(asset="points", as_of=as_of, accounts=accounts, source_prefix=f"c:{as_of}:")


def book(through=None, **scope):
    return queries.liability_book(today=TODAY, through=through, **scope)


def lines(found):
    return [(line.key, line.lots, line.points) for line in found]


@pytest.fixture
def shop(ann, ben, store, other_store):
    award(ann, 100, date(2019, 3, 1), date(2019, 12, 31), store)
    award(ann, 50, date(2018, 11, 1), date(2019, 12, 31), other_store)
    award(ben, 30, date(2018, 6, 1), date(2020, 6, 30), store)
    award(ben, 7, date(2017, 6, 1), None)
    spend(ann, 20, date(2019, 3, 5))
    return ann, ben


def test_the_book_by_store_month_and_age(shop, store, other_store):
    found = book()
    assert (found.total.points, found.total.lots, found.members, found.total.cost_fen) == (167, 4, 2, 167)
    assert lines(found.by_store) == [(store.pk, 2, 110), (other_store.pk, 1, 50), (None, 1, 7)]
    assert lines(found.by_month) == [("2019-12", 2, 130), ("2020-06", 1, 30), (None, 1, 7)]
    assert lines(found.by_age) == [(1, 1, 80), (2, 1, 50), (3, 1, 30), (4, 1, 7)]
    assert (found.entries, found.owed, found.difference, found.has_history) == (167, 0, 0, False)


def test_every_part_adds_up_to_the_total(shop):
    found = book()
    for part in (found.by_store, found.by_month, found.by_age):
        assert sum(line.points for line in part) == found.total.points
        assert sum(line.lots for line in part) == found.total.lots


def test_a_debt_reconciles(ann):
    entry = award(ann, 100, date(2019, 3, 1), None)
    spend(ann, 70, date(2019, 3, 2))
    ledger.reverse(entry, ledger.ReversalRequest("refund:1", noon(date(2019, 3, 3))))
    found = book()
    assert (found.total.points, found.entries, found.owed, found.difference) == (0, -70, 70, 0)
    award(ann, 50, date(2019, 3, 4), None)
    assert (book().entries, book().owed, book().difference) == (-20, 20, 0)
    then = book(date(2019, 3, 3))
    assert (then.total.points, then.entries, then.owed, then.difference) == (0, -70, 70, 0)


def test_a_past_day_is_as_it_was_in_effect(shop, ann, store):
    assert book(date(2019, 3, 4)).total.points == 187
    assert book(date(2019, 2, 28)).total.points == 87
    assert lines(book(date(2019, 2, 28)).by_age) == [(2, 1, 50), (3, 1, 30), (4, 1, 7)]
    assert [book(date(2019, 3, day)).difference for day in range(1, 10)] == [0] * 9


def test_an_extension_afterwards_does_not_move_the_past(shop, ann):
    points_before = lines(book(date(2019, 3, 6)).by_month)
    lot = Entry.objects.filter(member=ann, kind="award").earliest("id").lots.get()
    move = ledger.Move(lot.pk, lot.expires_on, date(2021, 1, 31))
    ledger.extend([move], ledger.Moving("extend:1:", noon(date(2019, 3, 8))))
    assert lines(book(date(2019, 3, 6)).by_month) == points_before
    assert lines(book().by_month) == [
        ("2019-12", 1, 50),
        ("2020-06", 1, 30),
        ("2021-01", 1, 80),
        (None, 1, 7),
    ]


def test_expected_breakage_follows_from_lots_that_came_to_their_day(ann, ben):
    award(ann, 100, date(2018, 1, 1), date(2018, 12, 31))
    spend(ann, 60, date(2018, 6, 1))
    refunded = award(ben, 20, date(2018, 1, 1), date(2018, 12, 31))
    ledger.reverse(refunded, ledger.ReversalRequest("refund:2", noon(date(2018, 2, 1))))
    clear(date(2019, 1, 1))
    award(ann, 200, date(2019, 2, 1), date(2019, 12, 31))
    award(ben, 50, date(2019, 2, 1), date(2019, 12, 31))
    spend(ben, 45, date(2019, 2, 2))
    award(ben, 9, date(2019, 2, 3), None)
    found = book()
    assert (found.matured, found.lapsed, found.rate_bp) == (100, 40, 4000)
    assert found.total.breakage == 250 * 40 // 100  # of one cohort granted 250 that holds 205
    assert found.total.points == 200 + 5 + 9


def test_what_waits_for_clearing_is_told_apart_and_breaks_wholly(ann):
    award(ann, 40, date(2018, 6, 1), date(2019, 3, 9))
    found = book()
    assert (lines(found.by_age), found.total.breakage) == ([(-1, 1, 40)], 40)
    assert found.difference == 0


def test_an_empty_shop_has_an_empty_book(client, operations):
    found = book()
    assert (found.total.points, found.members, found.by_store, found.difference) == (0, 0, [], 0)
    client.force_login(operations)
    assert client.get(PAGE).status_code == 200


def test_a_month_is_closed_with_its_book_and_late_facts_do_not_change_it(shop, ann):
    points.close_month(month=date(2019, 2, 1), actor=OPERATIONS, at=NOW)
    points.keep_books(at=NOW)
    closed = ClosedMonth.objects.get()
    kept = queries.book_from_json(closed.book)
    assert (kept.through, kept.total.points, kept.difference) == ("2019-02-28", 87, 0)
    award(ann, 500, date(2019, 2, 20), date(2020, 1, 31), source="activity:7:points")
    assert queries.liability_book(today=TODAY, through=date(2019, 2, 28)) == kept
    assert book().total.points == 667
    assert book().difference == 0


def test_a_book_cut_short_is_counted_by_the_bell(shop):
    closed = ledger.close_month(month=date(2019, 2, 1), actor=OPERATIONS, at=NOW)
    assert (points.keep_books(at=NOW), points.keep_books(at=NOW)) == (1, 0)
    closed.refresh_from_db()
    assert closed.book["total"]["points"] == 87


def test_the_page_closes_a_month_or_says_why_not(client, operations, auditor, shop):
    client.force_login(auditor)
    assert client.post(f"{PAGE}close/", {"month": "2019-02"}).status_code == 403
    client.force_login(operations)
    assert "This month is not over." in client.post(f"{PAGE}close/", {"month": "2019-03"}).content.decode()
    address = client.post(f"{PAGE}close/", {"month": "2019-02"}).url
    assert "reconciled" in client.get(address).content.decode()
    again = client.post(f"{PAGE}close/", {"month": "2019-02"})
    assert "the next is 2019-03-01" in again.content.decode()
    assert (again.status_code, ClosedMonth.objects.count()) == (422, 1)


def test_the_files_hold_the_same_rows_and_no_formula(client, operations, shop, store):
    store.name = "=1+1"
    store.save()
    client.force_login(operations)
    text = client.get(f"{PAGE}book.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["Part", "Line", "Lots", "Points", "Cost", "Expected breakage"]
    assert rows[1] == ["Issuing store", "'=1+1", "2", "110", "1.10", "0"]
    assert rows[-1] == ["Reconciliation", "Difference", "", "0", "", ""]
    book_file = client.get(f"{PAGE}book.xlsx", {"through": "2019-03-04"})
    assert BytesIO(book_file.content).read(2) == b"PK"
    assert client.get(f"{PAGE}book.pdf").status_code == 404
    assert client.get(f"{PAGE}book.csv", {"through": "2019-03-10"}).status_code == 404
    assert client.get(PAGE, {"through": "2019-03-10"}).status_code == 422


def test_a_manager_reads_the_own_stores_alone(client, manager, store, far_store, shop):
    far = MemberFactory(home_store=far_store)
    award(far, 98_765, date(2019, 3, 1), date(2019, 12, 31), far_store)
    closed = points.close_month(month=date(2019, 2, 1), actor=OPERATIONS, at=NOW)
    client.force_login(manager)
    for address in (PAGE, f"{PAGE}book.csv", f"{PAGE}{closed.pk}/change/"):
        told = client.get(address, follow=True).content.decode()
        assert "98765" not in told.replace(",", "")
        assert "成都店" not in told
    found = client.get(PAGE).context["book"]
    assert (found.total.points, found.entries, found.difference) == (110, None, None)


def test_thirty_stores_cost_the_queries_of_one(client, operations, ann):
    client.force_login(operations)
    award(ann, 1, date(2019, 3, 1), None, ann.home_store)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _ in range(30):
        member = MemberFactory()
        award(member, 1, date(2019, 3, 1), date(2019, 12, 31), member.home_store)
    with CaptureQueriesContext(connection) as thirty:
        client.get(PAGE)
    assert len(thirty) == len(one) <= 18
