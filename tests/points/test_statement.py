"""A member's statement in the back office: sums, entries, any past day, CSV without formulas, scope."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.ledger import queries as ledger_queries
from apps.ledger import services as ledger
from apps.points import queries
from apps.points.admin import statement
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2019, 3, 10, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _the_tenth_of_march(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(NOW):
        yield


def move(member, amount, day, hour=4, **rest):
    kind = "award" if amount > 0 else "spend"
    lots = (ledger.LotGrant(amount),) if amount > 0 else ()
    at = datetime(2019, *day, hour, tzinfo=UTC)
    posting = ledger.Posting(member.pk, kind, amount, at, lots=lots, **rest)
    return ledger.post([posting])[0].entry_id


@pytest.fixture
def busy(ann, store):
    move(ann, 100, (1, 5), store_id=store.pk)
    move(ann, -30, (1, 31), hour=15)  # 23:00 in the shop
    move(ann, 50, (1, 31), hour=16)  # midnight: 1 February in the shop
    move(ann, -20, (3, 1))
    return ann


def sums(member, **period):
    found = queries.sheet(member.pk, **period)
    return found.opening, found.credits, found.debits, found.closing, found.entries


def address(member, end="/"):
    return f"/admin/points/statement/{member.number}{end}"


def test_a_period_adds_up_by_business_days(busy):
    assert sums(busy, since=None, through=date(2019, 3, 10)) == (0, 150, -50, 100, 4)
    assert sums(busy, since=date(2019, 2, 1), through=date(2019, 2, 28)) == (70, 50, 0, 120, 1)
    assert sums(busy, since=None, through=date(2019, 1, 31)) == (0, 100, -30, 70, 2)
    assert sums(busy, since=None, through=date(2018, 12, 31)) == (0, 0, 0, 0, 0)
    close = clock.day_end(date(2019, 1, 31))
    assert ledger_queries.balance(busy.pk, before=close) == 70


def test_the_screen_tells_the_sums_and_each_entry_opens_its_why(client, operations, busy):
    client.force_login(operations)
    answer = client.get(address(busy), {"since": "2019-02-01", "through": "2019-02-28"})
    shown = answer.content.decode()
    (entry,) = answer.context["rows"]
    assert (entry.amount, answer.context["sheet"].closing) == (50, 120)
    assert f'hx-get="/admin/points/why/{busy.pk}/entry/{entry.pk}/"' in shown
    assert client.get(f"/admin/points/why/{busy.pk}/entry/{entry.pk}/").status_code == 200
    assert client.get(address(busy)).context["holding"].spendable == 100


def test_pages_of_the_statement_are_whole(client, operations, busy, monkeypatch):
    monkeypatch.setattr(statement, "ROWS", 3)
    client.force_login(operations)
    first = client.get(address(busy))
    second = client.get(f"{address(busy)}?{first.context['older']}")
    amounts = [entry.amount for page in (first, second) for entry in page.context["rows"]]
    assert (amounts, second.context["older"]) == ([-20, 50, -30, 100], "")
    assert second.context["sheet"].closing == 100


def test_the_csv_has_every_entry_and_no_formula(client, operations, busy, store):
    store.name = "=HYPERLINK(1)"
    store.save()
    move(busy, 5, (3, 2), explanation={"reason": "+sorry"}, source="@a")
    client.force_login(operations)
    answer = client.get(address(busy, ".csv"), {"through": "2019-03-31"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Time,Kind,Change,Balance after,Store,Staff,Source,Reason"
    assert lines[1] == "2019-03-02 12:00:00,Award,5,105,,,'@a,'+sorry"
    assert lines[2].startswith("2019-03-01 12:00:00,Spend,-20,100,")
    assert lines[-1] == "2019-01-05 12:00:00,Award,100,100,'=HYPERLINK(1),,,"
    assert len(lines) == 6


@pytest.mark.parametrize("query", ["since=2019-03-02&through=2019-03-01", "since=soon", "before=x"])
def test_a_wrong_period_is_told_in_place(client, operations, busy, query):
    client.force_login(operations)
    assert client.get(f"{address(busy)}?{query}").status_code == 422
    assert client.get(f"{address(busy, '.csv')}?{query}").status_code == 404


def test_outside_the_stores_there_is_no_statement(client, manager, clerk, far_store, ann):
    far = MemberFactory(home_store=far_store)
    client.force_login(manager)
    assert client.get(address(ann)).status_code == 200
    assert [client.get(address(far, end)).status_code for end in ("/", ".csv")] == [404, 404]
    client.force_login(clerk)
    assert client.get(address(ann)).status_code in (302, 403)


def test_thirty_entries_cost_the_queries_of_one(client, operations, ann):
    client.force_login(operations)
    move(ann, 1, (1, 1))
    client.get(address(ann))
    with CaptureQueriesContext(connection) as one:
        client.get(address(ann))
    for day in range(1, 30):
        move(ann, 1, (1, day))
    with CaptureQueriesContext(connection) as thirty:
        client.get(address(ann))
    assert len(thirty) == len(one) <= 9
