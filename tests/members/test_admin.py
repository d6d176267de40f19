"""The members' pages in the back office: who sees whom, the query form, batch acts, the masked export."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core import clock
from apps.core.audit import Actor
from apps.core.models import AuditEntry
from apps.members import services as members
from apps.members.models import Channel, Member, MemberTag, Reveal
from apps.members.services import Enrolment

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
LIST = "admin:members_member_changelist"
ACTOR = Actor("test")


@pytest.fixture(autouse=True)
def today():
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def enrol(store):
    def _enrol(phone, name, at=NOW, **facts):
        enrolment = Enrolment(
            phone=phone, name=name, **{"store_id": store.pk, "channel_code": "app", **facts}
        )
        return members.enrol(enrolment=enrolment, actor=ACTOR, at=at).member

    return _enrol


@pytest.fixture
def wang(enrol):
    return enrol("13800138000", "王伟", at=datetime(2026, 1, 31, 16, 0, tzinfo=UTC))


@pytest.fixture
def ouyang(enrol, far_store):
    return enrol("13900139000", "欧阳娜", store_id=far_store.pk, channel_code="web")


@pytest.fixture
def tag():
    return members.create_tag(code="vip", name="贵宾", actor=ACTOR, at=NOW)


@pytest.fixture
def door(client, operations):
    client.force_login(operations)
    return client


def page_of(member, tab=""):
    return reverse("admin:members_member_change", args=[member.pk]) + (f"?tab={tab}" if tab else "")


def shown(response):
    assert response.status_code == 200
    return {member.name for member in response.context["rows"]}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"王伟", "欧阳娜"}),
        ({"phone": "138 0013 8000"}, {"王伟"}),
        ({"phone": "13700137000"}, set()),
        ({"name": "欧"}, {"欧阳娜"}),
        ({"name": "阳"}, set()),
        ({"name": "%"}, set()),
        ({"status": "frozen"}, set()),
        ({"store": "nowhere"}, set()),
        ({"joined_from": "2026-02-01", "joined_to": "2026-02-01"}, {"王伟"}),
        ({"joined_to": "2026-01-31"}, set()),
        ({"joined_from": "2026-02-02"}, {"欧阳娜"}),
    ],
)
def test_the_query_form(door, wang, ouyang, query, names):
    assert shown(door.get(reverse(LIST), query)) == names


def test_the_query_form_by_number_store_channel_and_tag(door, wang, ouyang, tag, far_store):
    members.add_tag(member_ids=[ouyang.pk], tag_id=tag.pk, actor=ACTOR, at=NOW)
    for query in (
        {"number": ouyang.number},
        {"number": ouyang.qr_payload},
        {"store": far_store.code.lower()},
        {"store": "成都"},
        {"channel": ouyang.channel_id},
        {"tag": tag.pk},
    ):
        assert shown(door.get(reverse(LIST), query)) == {"欧阳娜"}


@pytest.mark.parametrize("query", [{"phone": "1380013"}, {"status": "x"}, {"joined_from": "soon"}])
def test_a_wrong_query_finds_nothing_and_says_why(door, wang, query):
    response = door.get(reverse(LIST), query)
    assert shown(response) == set()
    assert response.context["form"].errors


def test_phones_are_masked_everywhere(door, wang):
    for address in (reverse(LIST), page_of(wang), page_of(wang, "trail")):
        text = door.get(address).content.decode()
        assert "13800138000" not in text
        assert "138****8000" in text


def test_staff_see_their_stores_members_and_others_are_not_there(client, manager, wang, ouyang):
    client.force_login(manager)
    assert shown(client.get(reverse(LIST))) == {"王伟"}
    assert client.get(page_of(wang)).status_code == 200
    assert client.get(page_of(ouyang)).status_code == 404
    posted = {"act": "freeze", "reason": "x"}
    assert client.post(page_of(ouyang), posted).status_code == 404
    ouyang.refresh_from_db()
    assert ouyang.status == "active"


def test_a_member_that_never_was(door):
    assert door.get(reverse("admin:members_member_change", args=["x"])).status_code == 404


def test_lists_and_pages_cost_the_same_for_one_row_and_thirty(door, enrol):
    first = enrol("13800130000", "王")
    costs = []
    for count in (1, 30):
        for n in range(Member.objects.count(), count):
            enrol(f"1380013{n:04d}", f"王{n}")
        with CaptureQueriesContext(connection) as queries:
            door.get(reverse(LIST))
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
    with CaptureQueriesContext(connection) as queries:
        door.get(page_of(first))
    assert len(queries) <= 18


def test_no_list_counts_the_table(door, wang):
    with CaptureQueriesContext(connection) as queries:
        door.get(reverse(LIST), {"name": "王"})
    assert not [query for query in queries if "COUNT(" in query["sql"].upper()]


def test_pages_are_turned_by_key(door, enrol):
    for n in range(60):
        enrol(f"1380013{n:04d}", f"王{n}")
    first = door.get(reverse(LIST), {"name": "王"})
    assert len(first.context["rows"]) == 50
    older = door.get(reverse(LIST) + first.context["ways"]["older"])
    assert len(older.context["rows"]) == 10
    newer = door.get(reverse(LIST) + older.context["ways"]["newer"])
    assert [m.pk for m in newer.context["rows"]] == [m.pk for m in first.context["rows"]]


def test_freezing_ticked_members_names_the_count_and_asks_a_reason(door, wang, ouyang):
    ticked = {"act": "freeze", "member": [wang.pk]}
    asked = door.post(reverse(LIST), ticked)
    assert [member.pk for member in asked.context["chosen"]] == [wang.pk]
    assert Member.objects.filter(status="frozen").count() == 0
    unexplained = door.post(reverse(LIST), {**ticked, "confirmed": "yes", "reason": " "})
    assert unexplained.context["form"].errors
    assert Member.objects.filter(status="frozen").count() == 0
    done = door.post(reverse(LIST), {**ticked, "confirmed": "yes", "reason": "fraud"})
    assert done.status_code == 302
    assert list(Member.objects.filter(status="frozen")) == [wang]
    assert AuditEntry.objects.get(code="members.freeze").data == {"reason": "fraud"}


def test_tagging_and_untagging_ticked_members(door, wang, ouyang, tag):
    ticked = {"member": [wang.pk, ouyang.pk], "confirmed": "yes", "tag": tag.pk}
    door.post(reverse(LIST), {**ticked, "act": "tag"})
    assert MemberTag.objects.count() == 2
    door.post(reverse(LIST), {**ticked, "member": [wang.pk], "act": "untag"})
    assert MemberTag.objects.get().member == ouyang


def test_nothing_ticked_nothing_done(door, wang):
    assert door.post(reverse(LIST), {"act": "freeze", "confirmed": "yes", "reason": "x"}).status_code == 302
    assert door.post(reverse(LIST), {"act": "erase", "member": [wang.pk]}).status_code == 302
    assert not Member.objects.filter(status="frozen").exists()


def test_members_outside_the_scope_can_not_be_ticked(client, manager, ouyang):
    client.force_login(manager)
    posted = {"act": "freeze", "member": [ouyang.pk], "confirmed": "yes", "reason": "x"}
    client.post(reverse(LIST), posted)
    ouyang.refresh_from_db()
    assert ouyang.status == "active"


def exported(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_is_masked_and_runs_no_formula(door, wang, enrol):
    enrol("13700137000", "=HYPERLINK(1)")
    response = door.post(reverse(LIST), {"act": "export"})
    rows = exported(response)
    assert "no-store" in response["Cache-Control"]
    assert {row["phone"] for row in rows} == {"138****8000", "137****7000"}
    assert {row["name"] for row in rows} == {"王伟", "'=HYPERLINK(1)"}
    assert rows[0]["joined"] == "2026-02-01 00:00"
    assert AuditEntry.objects.get(code="members.export").data == {"count": 2, "query": ""}


def test_the_export_follows_the_query_or_the_ticks(door, wang, ouyang):
    by_query = door.post(reverse(LIST) + "?name=王", {"act": "export"})
    assert [row["name"] for row in exported(by_query)] == ["王伟"]
    by_tick = door.post(reverse(LIST), {"act": "export", "member": [ouyang.pk]})
    assert [row["name"] for row in exported(by_tick)] == ["欧阳娜"]


def test_a_too_big_export_is_refused(door, wang, ouyang, monkeypatch):
    monkeypatch.setattr("apps.members.admin.batch.EXPORT_MOST", 1)
    assert door.post(reverse(LIST), {"act": "export"}).status_code == 302
    assert not AuditEntry.objects.filter(code="members.export").exists()


@pytest.mark.parametrize("act", ["freeze", "tag", "export"])
def test_acts_need_their_permission(client, auditor, wang, tag, act):
    client.force_login(auditor)
    assert client.get(reverse(LIST)).status_code == 200
    posted = {"act": act, "member": [wang.pk], "confirmed": "yes", "reason": "x", "tag": tag.pk}
    assert client.post(reverse(LIST), posted).status_code == 403
    assert client.post(page_of(wang), posted).status_code == 403
    assert not AuditEntry.objects.filter(code__in=["members.freeze", "members.export"]).exists()


def test_a_reveal_asks_a_reason_shows_once_and_is_logged(door, wang, operations):
    assert door.post(page_of(wang), {"act": "reveal", "reason": ""}).status_code == 422
    assert not Reveal.objects.exists()
    response = door.post(page_of(wang), {"act": "reveal", "reason": "客户要求核对"})
    assert "+8613800138000" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert Reveal.objects.get().staff == operations
    assert "13800138000" not in door.get(page_of(wang)).content.decode()


def test_a_reveal_needs_its_permission(client, marketer, wang):
    client.force_login(marketer)
    assert client.post(page_of(wang), {"act": "reveal", "reason": "curious"}).status_code == 403
    assert not Reveal.objects.exists()


def test_a_profile_is_changed_and_mistakes_keep_what_was_typed(door, wang):
    wrong = {"act": "profile", "name": "王新", "gender": "", "birthday": "2026-05-21"}
    refused = door.post(page_of(wang), wrong)
    assert refused.status_code == 422
    assert "王新" in refused.content.decode()
    child = door.post(page_of(wang), {**wrong, "birthday": "2020-01-01"})
    assert child.status_code == 422
    wang.refresh_from_db()
    assert (wang.name, wang.birthday) == ("王伟", None)
    assert door.post(page_of(wang), {**wrong, "birthday": "1990-01-01"}).status_code == 302
    wang.refresh_from_db()
    assert (wang.name, wang.birthday) == ("王新", date(1990, 1, 1))


def test_a_phone_is_changed_with_a_reason_by_who_may(door, client, marketer, enrol, wang):
    enrol("13900139000", "李四")
    data = {"act": "phone", "phone": "139 0013 9000", "reason": "lost the card"}
    refused = door.post(page_of(wang), data)
    form = next(act["form"] for act in refused.context["acts"] if act["code"] == "phone")
    assert (refused.status_code, list(form.errors), form["phone"].value()) == (
        422,
        ["phone"],
        "139 0013 9000",
    )
    assert door.post(page_of(wang), data | {"phone": "137", "reason": ""}).status_code == 422
    wang.refresh_from_db()
    assert wang.phone_masked == "138****8000"
    assert door.post(page_of(wang), data | {"phone": "１３７００１３７００１"}).status_code == 302
    wang.refresh_from_db()
    assert wang.phone_masked == "137****7001"
    trail = door.get(page_of(wang, "trail")).content.decode()
    assert "138****8000" in trail
    assert "13800138000" not in trail
    client.force_login(marketer)
    assert client.post(page_of(wang), data).status_code == 403


def test_attributes_and_identities_are_set_and_taken_off(door, enrol, wang):
    Member.objects.filter(pk=wang.pk).update(attributes={"shoe": 40})
    wang.refresh_from_db()
    for name, value in (("size", "XL"), ("shoe", "41"), ("pet", "42")):
        data = {"act": "attribute", "name": name, "value": value}
        assert door.post(page_of(wang), data).status_code == 302
    assert door.post(page_of(wang), {"act": "attribute", "name": "size", "value": ""}).status_code == 302
    wang.refresh_from_db()
    assert wang.attributes == {"shoe": 41, "pet": "42"}
    assert door.post(page_of(wang), {"act": "attribute", "name": " ", "value": "x"}).status_code == 422
    channel = Channel.objects.first() or Channel.objects.create(code="mini", name="Mini")
    identity = {"channel": channel.pk, "external_id": "openid-9"}
    assert door.post(page_of(wang), identity | {"act": "bind"}).status_code == 302
    other = enrol("13900139000", "李四")
    assert door.post(page_of(other), identity | {"act": "bind"}).status_code == 422
    assert door.post(page_of(other), identity | {"act": "release"}).status_code == 422
    assert list(wang.identities.values_list("external_id", flat=True)) == ["openid-9"]
    assert door.post(page_of(wang), identity | {"act": "release"}).status_code == 302
    assert not wang.identities.exists()


def test_a_membership_is_frozen_resumed_and_closed_from_its_page(door, wang):
    for act, status in (("freeze", "frozen"), ("unfreeze", "active"), ("close", "closed")):
        assert door.post(page_of(wang), {"act": act, "reason": "asked"}).status_code == 302
        wang.refresh_from_db()
        assert wang.status == status
    assert door.post(page_of(wang), {"act": "freeze", "reason": "late"}).status_code == 422


def test_every_tab_opens_for_everybody_who_sees_members(client, wang, request):
    for role in ("manager", "marketer", "operations", "auditor", "administrator"):
        client.force_login(request.getfixturevalue(role))
        panels = client.get(page_of(wang)).context["panels"]
        assert {"profile", "trail"} <= {panel.code for panel in panels}
        for panel in panels:
            assert client.get(page_of(wang, panel.code)).status_code == 200


def test_a_tag_is_made_once_and_never_changed(door, tag):
    door.post(reverse("admin:members_tag_add"), {"code": "new", "name": "新客"})
    assert members.create_tag(code="new", name="x", actor=ACTOR, at=NOW).name == "新客"
    response = door.post(reverse("admin:members_tag_add"), {"code": "vip", "name": "again"})
    assert response.status_code == 200
    assert door.post(reverse("admin:members_tag_delete", args=[tag.pk])).status_code == 403


def test_logs_are_looked_at_only(door, wang):
    members.reveal(member_id=wang.pk, field="phone", reason="check", actor=_staff(door), at=NOW)
    for model in ("consentevent", "reveal"):
        response = door.get(reverse(f"admin:members_{model}_changelist"))
        assert wang.number in response.content.decode()
        assert door.get(reverse(f"admin:members_{model}_add")).status_code == 403


def _staff(door):
    return Actor("operations", staff_id=int(door.session["_auth_user_id"]))
