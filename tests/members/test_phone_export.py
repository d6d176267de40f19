"""Full phones leave as approved, once, to the one who asked, and each member has a line in the log."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.core import clock
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.core.audit import Actor
from apps.core.models import AuditEntry
from apps.members import services as members
from apps.members.acts import EXPORT_PHONES
from apps.members.models import PhoneExport, Reveal
from apps.stores import roles
from tests.factories import OPENING, MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/members/member/"


@pytest.fixture
def second(store):
    return StaffFactory(username="second", role=roles.OPERATIONS, home_store=store)


@pytest.fixture
def door(client, operations, settings):
    settings.LANGUAGE_CODE = "en"
    ApprovalThreshold.objects.create(act=EXPORT_PHONES, mode="above", count=1)
    client.force_login(operations)
    with clock.moved_to(OPENING):
        yield client


@pytest.fixture
def evil(store):
    return with_phone(MemberFactory(name="=cmd|calc", home_store=store), "13911110003")


@pytest.fixture
def ann(ann):
    return with_phone(ann, "13911110001")


@pytest.fixture
def ben(ben):
    return with_phone(ben, "13911110002")


def with_phone(member, phone):
    by = {"reason": "told", "actor": Actor("house"), "at": OPENING}
    return members.change_phone(member_id=member.pk, phone=phone, **by)


def ask(door, reason="a recall of fish", **ticked):
    return door.post(LIST, {"act": "export_phones", "confirmed": "yes", "reason": reason, **ticked})


def fetch(door, row, kind="csv"):
    return door.post(reverse("admin:members_phoneexport_fetch", args=[row.pk, kind]))


def page(row):
    return reverse("admin:members_phoneexport_change", args=[row.pk])


def test_up_to_the_threshold_it_is_fetched_at_once_and_once(door, ann, second):
    first = door.post(LIST, {"act": "export_phones", "member": [ann.pk]}).content.decode()
    assert "1 member" in first
    assert ask(door, reason="", member=[ann.pk]).status_code == 200  # asks again why
    assert PhoneExport.objects.count() == 0
    address = ask(door, member=[ann.pk]).url
    row = PhoneExport.objects.get()
    assert (address, row.member_ids, row.expires_at) == (page(row), [ann.pk], OPENING + timedelta(hours=24))
    door.force_login(second)
    assert (fetch(door, row).status_code, Reveal.objects.count()) == (302, 0)
    door.force_login(row.staff)
    answer = fetch(door, row)
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "no-store" in answer["Cache-Control"]
    assert (len(lines), lines[1]) == (2, [ann.number, ann.name, "13911110001", "S001"])
    assert (fetch(door, row).status_code, fetch(door, row, "xlsx").status_code) == (302, 302)
    log = Reveal.objects.get()
    assert (log.member, log.staff, log.field, log.reason) == (ann, row.staff, "phone", "a recall of fish")
    entry = AuditEntry.objects.get(code="members.export_phones")
    assert (entry.data["count"], entry.data["request"]) == (1, row.request_id)
    assert "Fetched" in door.get(page(row)).content.decode()


def test_more_wait_and_no_formula_runs(door, operations, second, ann, evil):
    ask(door)
    row, asked = PhoneExport.objects.get(), ApprovalRequest.objects.get()
    assert (asked.state, asked.plan["measure"]["count"], row.expires_at) == ("waiting", 2, None)
    told = door.get(reverse("admin:core_approvalrequest_list", args=[asked.pk]))
    assert ann.phone_masked in b"".join(told.streaming_content).decode()
    assert (fetch(door, row).status_code, Reveal.objects.count()) == (302, 0)
    approvals.approve(request_id=asked.pk, staff=second, at=OPENING)
    with zipfile.ZipFile(io.BytesIO(fetch(door, row, "xlsx").content)) as archive:
        body = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".xml"))
    assert b"'=cmd|calc" in body
    assert b"<f>" not in body
    assert sorted(Reveal.objects.values_list("member", flat=True)) == sorted([ann.pk, evil.pk])


@pytest.mark.parametrize("end", ["another phone", "erased", "late"])
def test_what_changed_since_or_is_late_is_not_fetched(door, second, operations, ann, ben, end):
    ask(door)
    row, asked = PhoneExport.objects.get(), ApprovalRequest.objects.get()
    approvals.approve(request_id=asked.pk, staff=second, at=OPENING)
    by = {"actor": operations.as_actor(), "at": OPENING}
    if end == "another phone":
        members.change_phone(member_id=ben.pk, phone="13911112222", reason="lost", **by)
    elif end == "erased":
        members.erase(member_id=ben.pk, reason="asked", **by)
    with clock.moved_to(OPENING + timedelta(hours=24 if end == "late" else 1)):
        assert (fetch(door, row).status_code, Reveal.objects.count()) == (302, 0)
    row.refresh_from_db()
    assert row.fetched_at is None


def test_who_may_export_masked_may_not_export_phones(client, marketer, auditor, ann):
    client.force_login(marketer)
    assert ask(client, member=[ann.pk]).status_code == 403
    assert "export_phones" not in client.get(LIST).content.decode()
    row = PhoneExport.objects.create(staff=auditor, member_ids=[ann.pk], reason="x", asked_at=OPENING)
    client.force_login(auditor)
    assert (client.get(page(row)).status_code, fetch(client, row).status_code) == (200, 403)
    client.force_login(marketer)
    assert client.get(page(row)).status_code == 403
    with pytest.raises(IntegrityError, match="fetched_as_approved"), transaction.atomic():
        PhoneExport.objects.filter(pk=row.pk).update(fetched_at=OPENING)
