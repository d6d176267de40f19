"""What will expire by month, what it costs, and who is told of which stores."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.ledger import services as ledger
from apps.points import queries, rules
from apps.points import services as points
from apps.points.errors import StartsInThePast
from apps.points.models import UnitCost
from tests.factories import MemberFactory
from tests.points.clearing_cast import AS_OF, AT, OPERATIONS, crowd, grant

pytestmark = pytest.mark.django_db
PAGE = "/admin/points/clearingrun/calendar/"
TODAY = date(2019, 1, 2)


@pytest.fixture(autouse=True)
def _the_second_of_january(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT):
        yield


def months(**scope):
    found = queries.expiry_months(day=TODAY, **scope)
    return [(month.first_day, month.members, month.lots, month.points, month.cost_fen) for month in found]


def issued_at(store, member, points_, last_day):
    lots = (ledger.LotGrant(points_, last_day),)
    at = datetime(2018, 6, 1, tzinfo=UTC)
    ledger.post([ledger.Posting(member.pk, "award", points_, at, lots=lots, store_id=store.pk)])


@pytest.mark.parametrize(
    ("points_", "fen", "cost"), [(1, 50, 1), (1, 49, 0), (100, 100, 100), (82_300, 90, 74_070)]
)
def test_a_cost_is_rounded_to_the_nearest_fen(points_, fen, cost):
    assert rules.cost_fen(points_, fen) == cost


def test_months_tell_members_lots_points_and_cost(ann, ben):
    grant(ann, (30, date(2019, 3, 1)), (5, date(2019, 3, 31)), (70, date(2019, 4, 1)))
    grant(ben, (10, date(2019, 3, 31)), (8, None))
    assert months() == [
        (date(2019, 3, 1), 2, 3, 45, 45),
        (date(2019, 4, 1), 1, 1, 70, 70),
        (None, 1, 1, 8, 8),
    ]


def test_what_was_spent_or_cleared_is_not_told(ann):
    grant(ann, (30, date(2019, 3, 1)), (5, date(2018, 12, 31)))
    ledger.post([ledger.Posting(ann.pk, "spend", -10, AT)])
    accounts = ledger.AccountRange(0, 2**62)
    ledger.expire_accounts(asset="points", as_of=AS_OF, accounts=accounts, source_prefix="test:")
    assert months() == [(date(2019, 3, 1), 1, 1, 20, 20)]


def test_what_waits_for_clearing_is_marked(client, operations, ann):
    grant(ann, (5, date(2018, 12, 31)))
    client.force_login(operations)
    assert "Waits for clearing" in client.get(PAGE).content.decode()
    assert [month.is_past(TODAY) for month in queries.expiry_months(day=TODAY)] == [True]


def test_the_cost_of_the_day_counts(ann):
    grant(ann, (30, date(2019, 3, 1)))
    points.set_unit_cost(fen_per_hundred=250, starts_on=TODAY + timedelta(days=1), actor=OPERATIONS, at=AT)
    assert months() == [(date(2019, 3, 1), 1, 1, 30, 30)]
    points.set_unit_cost(fen_per_hundred=150, starts_on=TODAY, actor=OPERATIONS, at=AT)
    assert months() == [(date(2019, 3, 1), 1, 1, 30, 45)]
    assert queries.unit_cost(TODAY + timedelta(days=1)) == 250


def test_a_cost_is_not_set_for_a_day_that_has_passed(operations):
    with pytest.raises(StartsInThePast):
        points.set_unit_cost(fen_per_hundred=1, starts_on=date(2019, 1, 1), actor=OPERATIONS, at=AT)
    assert UnitCost.objects.count() == 1


def test_a_store_manager_is_told_of_the_own_stores_alone(client, manager, store, far_store):
    here, there = MemberFactory(home_store=store), MemberFactory(home_store=far_store)
    issued_at(store, here, 40, date(2019, 3, 31))
    issued_at(far_store, there, 987, date(2019, 3, 31))
    assert months(stores=[store.pk]) == [(date(2019, 3, 1), 1, 1, 40, 40)]
    client.force_login(manager)
    shown = client.get(PAGE).content.decode()
    assert ">40<" in shown
    assert "987" not in shown


def test_the_calendar_costs_the_same_for_one_member_and_for_thirty(client, operations, store):
    client.force_login(operations)
    crowd(store, 1)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    crowd(store, 29)
    with CaptureQueriesContext(connection) as thirty:
        client.get(PAGE)
    assert len(thirty) == len(one) <= 15


def test_a_clerk_has_no_calendar(client, clerk):
    client.force_login(clerk)
    assert client.get(PAGE).status_code != 200


def test_the_cost_is_set_on_its_page(client, operations, auditor):
    client.force_login(operations)
    address = "/admin/points/unitcost/set/"
    assert client.post(address, {"fen_per_hundred": "1.20", "starts_on": "2019-01-01"}).status_code == 422
    assert client.post(address, {"fen_per_hundred": "1.205", "starts_on": "2019-01-02"}).status_code == 422
    assert client.post(address, {"fen_per_hundred": "1.20", "starts_on": "2019-01-02"}).status_code == 302
    assert queries.unit_cost(TODAY) == 120
    assert "¥1.20" in client.get("/admin/points/unitcost/").content.decode()
    client.force_login(auditor)
    assert client.post(address, {"fen_per_hundred": "9", "starts_on": "2019-01-02"}).status_code == 403
    assert queries.unit_cost(TODAY) == 120


def test_reminders_stand_beside_the_calendar_for_those_who_see_the_brand(client, operations, manager, ann):
    grant(ann, (345, TODAY + timedelta(days=7)))
    points.plan_reminders(day=TODAY, after=0, upto=2**62, at=AT)
    client.force_login(operations)
    (told,) = client.get(PAGE).context["reminded"]
    assert (told.expires_on, told.days_before, told.members, told.points) == (date(2019, 1, 9), 7, 1, 345)
    client.force_login(manager)
    assert client.get(PAGE).context["reminded"] == []
