"""Activities in the back office: to be read by those who may, in their stores."""

import pytest
from django.urls import reverse

from apps.activity import services as activity
from apps.activity.models import Activity
from tests.activity.conftest import NOW
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
LIST = "admin:activity_activity_changelist"


@pytest.fixture
def bought(purchase):
    """Records a purchase with one line; the activity."""

    def _bought(member, number, fen=1250, **more):
        activity.record_one(purchase(member, ("DELI", 2, fen), external_id=number, **more), at=NOW)
        return Activity.objects.get(external_id=number)

    return _bought


def listed(client, **query) -> list[str]:
    return [act.external_id for act in client.get(reverse(LIST), query).context["cl"].result_list]


def test_activities_are_listed_newest_first_and_found_by_member_or_number(client, auditor, ann, ben, bought):
    bought(ann, "R1")
    bought(ben, "R2")
    client.force_login(auditor)
    assert listed(client) == ["R2", "R1"]
    assert listed(client, q=ann.number) == ["R1"]
    assert listed(client, q="R2") == ["R2"]
    assert listed(client, q="R") == []


def test_a_manager_sees_the_activities_of_the_own_stores(client, auditor, stranger, ann, bought):
    act = bought(ann, "R1")
    client.force_login(auditor)
    assert listed(client) == ["R1"]
    manager = StaffFactory(role="manager", home_store=stranger.home_store)
    client.force_login(manager)
    assert listed(client) == []
    assert client.get(reverse("admin:activity_activity_change", args=[act.pk])).status_code == 404


def test_a_purchase_has_a_page_with_its_lines_and_changes_nothing(client, administrator, ann, bought):
    page = reverse("admin:activity_activity_change", args=[bought(ann, "R1").pk])
    client.force_login(administrator)
    shown = client.get(page)
    assert shown.status_code == 200
    assert "DELI" in shown.text
    assert "¥12.50" in shown.text
    assert client.post(page, {}).status_code == 403


def test_the_members_page_shows_the_visits(client, auditor, ann, bought):
    bought(ann, "R1", 123450)
    client.force_login(auditor)
    page = client.get(reverse("admin:members_member_change", args=[ann.pk]), {"tab": "visits"})
    assert page.status_code == 200
    assert "¥1,234.50" in page.text
