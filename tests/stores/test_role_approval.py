"""Another role needs a second person, also for a new account; alone an administrator may, on record."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from apps.core.approvals import errors
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.stores import acts, queries, roles, services
from apps.stores.models import Staff
from tests.factories import PASSWORD, StaffFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 18, 4, tzinfo=UTC)


@pytest.fixture
def colleague(store):
    return StaffFactory(username="colleague", role=roles.ADMINISTRATOR, home_store=store)


@pytest.fixture
def door(client, administrator):
    client.force_login(administrator)
    return client


def ask(staff, who, role):
    wish = {"act": acts.ASSIGN, "payload": {"staff": who.pk, "role": role}}
    return approvals.ask(**wish, reason="promoted", staff=staff, at=AT)


def role_of(staff):
    return queries.role_of(Staff.objects.get(pk=staff.pk))


def test_alone_it_is_done_and_says_so(administrator, clerk):
    row = ask(administrator, clerk, roles.OPERATIONS)
    assert (row.state, row.basis, role_of(clerk)) == ("done", "alone", roles.OPERATIONS)


def test_with_a_colleague_it_waits_for_him(administrator, colleague, clerk):
    row = ask(administrator, clerk, roles.OPERATIONS)
    assert (row.state, role_of(clerk)) == ("waiting", roles.CLERK)
    with pytest.raises(errors.OwnRequest):
        approvals.approve(request_id=row.pk, staff=administrator, at=AT)
    assert approvals.approve(request_id=row.pk, staff=colleague, at=AT).state == "done"
    assert role_of(clerk) == roles.OPERATIONS


def test_rejected_or_late_the_role_stays(administrator, colleague, clerk, manager):
    first, second = ask(administrator, clerk, roles.MANAGER), ask(administrator, manager, roles.MARKETER)
    approvals.reject(request_id=first.pk, staff=colleague, at=AT, note="no")
    approvals.expire_due(at=second.expires_at)
    assert (role_of(clerk), role_of(manager)) == (roles.CLERK, roles.MANAGER)


def test_a_role_changed_meanwhile_stops_it(administrator, colleague, clerk):
    row = ask(administrator, clerk, roles.OPERATIONS)
    services.assign_role(staff_id=clerk.pk, role=roles.AUDITOR, actor=administrator.as_actor(), at=AT)
    stopped = approvals.approve(request_id=row.pk, staff=colleague, at=AT)
    assert (stopped.state, role_of(clerk)) == ("stopped", roles.AUDITOR)
    assert stopped.difference == [{"what": "was", "was": "clerk", "now": "auditor"}]


def test_the_page_of_an_account_asks_and_keeps_the_role(door, colleague, clerk, store):
    data = {"display_name": "小李", "role": roles.OPERATIONS, "home_store": store.pk, "is_active": "on"}
    door.post(reverse("admin:stores_staff_change", args=[clerk.pk]), data)
    assert (ApprovalRequest.objects.get().state, role_of(clerk)) == ("waiting", roles.CLERK)


def test_a_new_account_begins_as_a_clerk(door, colleague, store):
    data = {
        "username": "lin",
        "password": PASSWORD,
        "display_name": "林",
        "role": roles.ADMINISTRATOR,
        "home_store": store.pk,
    }
    door.post(reverse("admin:stores_staff_add"), data)
    lin = Staff.objects.get(username="lin")
    assert (role_of(lin), lin.is_staff) == (roles.CLERK, False)
    assert ApprovalRequest.objects.get().payload == {"staff": lin.pk, "role": roles.ADMINISTRATOR}


def test_the_last_administrator_stays_one(administrator):
    other = StaffFactory(role=roles.ADMINISTRATOR)
    row = ask(administrator, other, roles.CLERK)
    Staff.objects.filter(pk=administrator.pk).update(is_active=True)
    second = StaffFactory(role=roles.ADMINISTRATOR)
    assert approvals.approve(request_id=row.pk, staff=second, at=AT).state == "done"
    assert role_of(other) == roles.CLERK
