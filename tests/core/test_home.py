from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from apps.activity.models import Activity
from apps.core import clock
from apps.ledger import services as ledger
from tests.factories import ChannelFactory, MemberFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 6, 15, 4, 0, tzinfo=UTC)
LAST_NIGHT = datetime(2025, 6, 14, 15, 59, tzinfo=UTC)  # a minute to midnight in the shop


def purchase(member, at, fen) -> None:
    Activity.objects.create(
        channel=ChannelFactory(),
        external_id=f"{member.pk}-{at.isoformat()}",
        kind="purchase",
        member=member,
        store=member.home_store,
        occurred_at=at,
        recorded_at=at,
        amount_fen=fen,
        payload_hash=b"x" * 32,
    )


def award(member, at, amount) -> None:
    posting = ledger.Posting(
        member.pk, "award", amount, at, lots=(ledger.LotGrant(amount),), store_id=member.home_store_id
    )
    ledger.post([posting])


@pytest.fixture
def day(store, far_store):
    """One member and one sale in each town today, and one of each a minute before midnight."""
    for at in (NOON, LAST_NIGHT):
        for place in (store, far_store):
            member = MemberFactory(home_store=place, joined_at=at)
            purchase(member, at, 1250)
            award(member, at, 12)
    near = MemberFactory(home_store=store, joined_at=NOON - timedelta(days=90))
    award(near, NOON, 100)
    ledger.spend(member_id=near.pk, amount=30, at=NOON, source="s1")


def shown(client, staff) -> list[int]:
    client.force_login(staff)
    with clock.moved_to(NOON):
        return [card["value"] for card in client.get(reverse("admin:index")).context["cards"]]


def test_the_home_page_counts_what_happened_since_local_midnight(client, auditor, day):
    assert shown(client, auditor) == [2, 2, 2500, 124, 30, 0, 0]


def test_a_manager_counts_the_own_stores_alone(client, manager, day):
    assert shown(client, manager)[:4] == [1, 1, 1250, 112]


def test_the_last_acts_are_for_those_who_may_read_the_log(client, auditor, manager):
    client.force_login(manager)
    assert client.get(reverse("admin:index")).context["last_acts"] == []
