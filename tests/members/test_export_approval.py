"""An export of many members waits for a second person, and only what was approved leaves."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.core import clock
from apps.core.approvals import errors
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.core.models import AuditEntry
from apps.members.acts import EXPORT
from apps.stores import roles
from tests.factories import OPENING, MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db
LIST = "admin:members_member_changelist"


@pytest.fixture
def second(store):
    return StaffFactory(username="second", role=roles.OPERATIONS, home_store=store)


@pytest.fixture
def door(client, operations, ann, ben):
    ApprovalThreshold.objects.create(act=EXPORT, mode="above", count=1)
    client.force_login(operations)
    with clock.moved_to(OPENING):
        yield client


def export(door, **ticked):
    return door.post(reverse(LIST), {"act": "export", **ticked})


def left():
    return AuditEntry.objects.filter(code="members.export").count()


def test_as_many_as_the_threshold_leave_at_once(door, ann):
    answer = export(door, member=[ann.pk])
    assert b"".join(answer.streaming_content).count(b"\n") == 2
    assert (ApprovalRequest.objects.get().basis, left()) == ("below", 1)


def test_more_wait_and_leave_once_approved_to_the_one_who_asked(door, operations, second):
    assert export(door).status_code == 302
    row = ApprovalRequest.objects.get()
    assert (row.state, left()) == ("waiting", 0)
    with pytest.raises(errors.OwnRequest):
        approvals.approve(request_id=row.pk, staff=operations, at=OPENING)
    approvals.approve(request_id=row.pk, staff=second, at=OPENING)
    assert b"".join(export(door).streaming_content).count(b"\n") == 3
    assert (ApprovalRequest.objects.count(), left()) == (1, 1)
    door.force_login(second)
    assert (export(door).status_code, left()) == (302, 1)


def test_other_members_than_approved_are_asked_for_anew(door, second):
    export(door)
    approvals.approve(request_id=ApprovalRequest.objects.get().pk, staff=second, at=OPENING)
    MemberFactory()
    assert (export(door).status_code, left(), ApprovalRequest.objects.count()) == (302, 0, 2)


def test_asked_again_while_it_waits_says_so(door):
    export(door)
    assert (export(door).status_code, ApprovalRequest.objects.count()) == (302, 1)


@pytest.mark.parametrize("end", ["rejected", "expired", "approved long ago"])
def test_otherwise_nothing_leaves(door, second, end):
    export(door)
    row = ApprovalRequest.objects.get()
    if end == "rejected":
        approvals.reject(request_id=row.pk, staff=second, at=OPENING, note="why?")
    elif end == "expired":
        approvals.expire_due(at=row.expires_at)
    else:
        approvals.approve(request_id=row.pk, staff=second, at=OPENING)
    with clock.moved_to(OPENING + timedelta(hours=25)):
        assert (export(door).status_code, left()) == (302, 0)
