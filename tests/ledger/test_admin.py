"""The ledger in the back office: to be read by those who may, in their stores."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.ledger.services import LotGrant, Posting
from tests.factories import OPENING

pytestmark = pytest.mark.django_db
LIST = "admin:ledger_entry_changelist"


def award(member, amount: int, source: str | None = None) -> None:
    lots = (LotGrant(amount),)
    ledger.post(
        [
            Posting(
                member.pk, "award", amount, OPENING, source=source, lots=lots, store_id=member.home_store_id
            )
        ]
    )


def listed(client, **query) -> list[int]:
    return [entry.amount for entry in client.get(reverse(LIST), query).context["cl"].result_list]


def test_movements_are_listed_newest_first_and_found_by_member_or_source(client, auditor, ann, ben):
    award(ann, 10, "s1")
    award(ben, 20, "s2")
    client.force_login(auditor)
    assert listed(client) == [20, 10]
    assert listed(client, q=ann.number) == [10]
    assert listed(client, q="s2") == [20]
    assert listed(client, q="s") == []


def test_a_manager_sees_the_movements_of_the_own_stores(client, manager, ann, far_store, stranger):
    award(ann, 10)
    ann.home_store = far_store
    award(ann, 99)
    client.force_login(manager)
    assert listed(client) == [10]


def test_a_clerk_is_not_let_in(client, clerk):
    client.force_login(clerk)
    assert client.get(reverse(LIST), follow=True).status_code == 403


def test_a_movement_has_a_page_that_names_its_lots_and_changes_nothing(client, administrator, ann):
    award(ann, 100)
    ledger.spend(member_id=ann.pk, amount=30, at=OPENING, source="s9")
    spent = Entry.objects.get(source="s9")
    client.force_login(administrator)
    page = client.get(reverse("admin:ledger_entry_change", args=[spent.pk]))
    assert page.status_code == 200
    assert "-30 (–)" in page.text
    assert client.post(reverse("admin:ledger_entry_change", args=[spent.pk]), {}).status_code == 403
    assert client.get(reverse("admin:ledger_entry_add")).status_code == 403


def test_the_list_costs_the_same_for_one_row_and_for_thirty(client, auditor, ann):
    client.force_login(auditor)
    costs = []
    for amount in range(1, 31):
        award(ann, amount)
        if amount in (1, 30):
            with CaptureQueriesContext(connection) as counted:
                client.get(reverse(LIST))
            costs.append(len(counted))
    assert costs[0] == costs[1]


def test_the_members_page_shows_the_points_and_why(client, auditor, ann):
    award(ann, 1250)
    client.force_login(auditor)
    page = client.get(reverse("admin:members_member_change", args=[ann.pk]), {"tab": "points"})
    assert page.status_code == 200
    assert "1,250" in page.text
    assert "+1,250" in page.text


def test_the_members_page_of_somebody_without_points_says_so(client, auditor, ben):
    client.force_login(auditor)
    page = client.get(reverse("admin:members_member_change", args=[ben.pk]), {"tab": "points"})
    assert page.status_code == 200
    assert "lr-empty" in page.text


def test_each_movement_opens_its_why_panel(client, auditor, ann):
    award(ann, 10, "s1")
    entry = Entry.objects.get(source="s1")
    why = reverse("points:entry-why", args=[ann.pk, entry.pk])
    client.force_login(auditor)
    assert f'href="{why}"' in client.get(reverse(LIST)).text
    assert f'href="{why}"' in client.get(reverse("admin:ledger_entry_change", args=[entry.pk])).text
    assert client.get(why).status_code == 200
