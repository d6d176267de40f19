"""The personal-data desk: a copy of everything, and being forgotten."""

import csv
import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from apps.core import clock, invariants
from apps.core.audit import Actor
from apps.core.models import AuditEntry, OutboxEvent
from apps.ledger import queries as ledger_queries
from apps.ledger import services as ledger
from apps.ledger.errors import StillHeld
from apps.ledger.models import Entry
from apps.members import queries, services
from apps.members.errors import MemberErased, ReasonNeeded
from apps.members.models import ConsentEvent, Identity, Member, MemberTag, Reveal
from tests.factories import OPENING

pytestmark = pytest.mark.django_db
PHONE = "13812348000"


@pytest.fixture
def actor(operations, store) -> Actor:
    return Actor("operations", operations.pk, store.pk)


@pytest.fixture
def wang(actor, store) -> Member:
    """Somebody who left every kind of trace."""
    by = {"actor": actor, "at": OPENING}
    enrolment = services.Enrolment(
        phone=PHONE,
        name="=王小明",
        gender="male",
        birthday=date(1990, 5, 4),
        store_id=store.pk,
        channel_code="counter",
        marketing_consent=True,
        attributes={"size": "XL"},
        identities=(("mini-app", "openid-77"),),
    )
    member = services.enrol(enrolment=enrolment, **by).member
    tag = services.create_tag(code="vip", name="VIP", **by)
    services.add_tag(member_ids=[member.pk], tag_id=tag.pk, **by)
    Member.objects.filter(pk=member.pk).update(member_ref="R-1")
    lots = (
        ledger.LotGrant(300, expires_on=date(2040, 1, 1)),
        ledger.LotGrant(50, expires_on=date(2040, 1, 1), available_on=date(2039, 1, 1)),
    )
    ledger.post([ledger.Posting(member.pk, "award", 350, OPENING, lots=lots)])
    return Member.objects.get(pk=member.pk)


def erase(member, actor, reason="asked by letter"):
    return services.erase(member_id=member.pk, reason=reason, actor=actor, at=clock.now())


def copy(member, actor, reason="asked at the counter"):
    packed = services.take_access_copy(member_id=member.pk, reason=reason, actor=actor, at=clock.now())
    archive = zipfile.ZipFile(io.BytesIO(packed))
    return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


class TestErasing:
    def test_nothing_that_names_the_person_is_left(self, wang, actor):
        erase(wang, actor)
        row = Member.objects.filter(pk=wang.pk).values().get()
        left = {name: value for name, value in row.items() if value not in ("", None, {})}
        assert set(left) == {
            *("id", "number", "status", "home_store_id", "channel_id", "enrolled_by_id"),
            *("joined_at", "created_at", "erased_at"),
        }
        assert (left["number"], left["status"]) == (f"X{wang.pk}", "closed")
        assert not Identity.objects.filter(member=wang).exists()
        assert not MemberTag.objects.filter(member=wang).exists()
        assert invariants.check() == []

    def test_nobody_finds_the_person_any_more(self, wang, actor, operations):
        number = wang.number
        erase(wang, actor)
        for shown in (PHONE, number, "openid-77", "8000 =王"):
            assert queries.match(operations, shown).members == ()

    def test_the_phone_may_join_anew_as_somebody_else(self, wang, actor):
        erase(wang, actor)
        new = services.enrol(enrolment=services.Enrolment(phone=PHONE), actor=actor, at=clock.now())
        assert new.is_new
        assert new.member.pk != wang.pk

    def test_the_points_are_forfeited_by_entries_and_the_ledger_stays(self, wang, actor):
        erase(wang, actor)
        entries = Entry.objects.filter(member=wang).order_by("pk")
        assert [(entry.kind, entry.amount) for entry in entries] == [
            ("award", 350),
            ("adjust", -300),
            ("reverse", -50),
        ]
        assert [entry.explanation.get("reason") for entry in entries[1:]] == ["erasure"] * 2
        assert ledger_queries.balance(wang.pk) == 0

    def test_points_held_for_a_sale_stop_it_and_nothing_is_changed(self, wang, actor):
        at = clock.now()
        ledger.hold(member_id=wang.pk, amount=10, source="hold:x", at=at, due_at=at + timedelta(minutes=15))
        with pytest.raises(StillHeld) as refusal:
            erase(wang, actor)
        assert refusal.value.held == 10
        wang.refresh_from_db()
        assert (wang.name, wang.erased_at) == ("=王小明", None)
        assert ledger_queries.balance(wang.pk) == 350

    def test_it_is_on_record_with_its_reason_and_announced(self, wang, actor):
        erase(wang, actor)
        entry = AuditEntry.objects.latest("pk")
        assert (entry.code, entry.subject_id, entry.data) == (
            "members.erase",
            str(wang.pk),
            {"reason": "asked by letter"},
        )
        assert OutboxEvent.objects.filter(topic="member.erased", payload={"member_id": wang.pk}).count() == 1

    def test_what_was_consented_to_stays_provable(self, wang, actor):
        before = ConsentEvent.objects.filter(member=wang).count()
        erase(wang, actor)
        assert ConsentEvent.objects.filter(member=wang).count() == before == 2

    def test_a_reason_is_needed(self, wang, actor):
        with pytest.raises(ReasonNeeded):
            erase(wang, actor, reason="  ")
        assert not Member.objects.exclude(erased_at=None).exists()

    def test_there_is_no_second_time(self, wang, actor):
        erase(wang, actor)
        with pytest.raises(MemberErased):
            erase(wang, actor)

    @pytest.mark.breaks_invariants
    @pytest.mark.parametrize(
        "leak",
        [
            "name = '王'",
            "phone_last4 = '8000'",
            "birthday = '1990-05-04'",
            "number = 'M1'",
            "member_ref = 'R-1'",
            """attributes = '{"size": "XL"}'""",
            "status = 'active'",
        ],
    )
    def test_the_check_sees_whatever_was_left(self, wang, actor, leak):
        erase(wang, actor)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE members_member SET {leak} WHERE id = %s", [wang.pk])
        assert "P3" in {violation.code for violation in invariants.check()}

    @pytest.mark.breaks_invariants
    def test_the_check_sees_an_identity_that_was_left(self, wang, actor):
        erase(wang, actor)
        services.ensure_channel("mini-app")
        Identity.objects.create(
            member=wang, channel_id=services.ensure_channel("mini-app"), external_id="x", bound_at=OPENING
        )
        assert "P3" in {violation.code for violation in invariants.check()}


class TestCopying:
    def test_it_holds_everything_as_json_and_as_tables(self, wang, actor):
        files = copy(wang, actor)
        told = json.loads(files["member.json"])
        profile = {row["field"]: row["value"] for row in told["profile"]}
        assert profile["phone"] == f"+86{PHONE}"
        assert profile["name"] == "=王小明"
        assert profile["size"] == "XL"
        assert told["identities"][0]["identity"] == "openid-77"
        assert [row["purpose"] for row in told["consents"]] == ["membership", "marketing"]
        assert [row["amount"] for row in told["points_entries"]] == ["350"]
        assert told["tags"][0]["tag"] == "VIP"
        assert set(files) == {"member.json", *(f"{code}.csv" for code in told)}

    def test_a_table_runs_no_formula(self, wang, actor):
        rows = dict(csv.reader(io.StringIO(copy(wang, actor)["profile.csv"])))
        assert rows["name"] == "'=王小明"

    def test_taking_one_is_in_the_reveal_log_and_on_record(self, wang, actor):
        copy(wang, actor)
        looked = Reveal.objects.get()
        assert (looked.field, looked.reason, looked.staff_id) == (
            "all",
            "asked at the counter",
            actor.staff_id,
        )
        assert AuditEntry.objects.latest("pk").code == "members.access_copy"

    def test_nothing_is_copied_without_a_reason_or_of_nobody(self, wang, actor):
        with pytest.raises(ReasonNeeded):
            copy(wang, actor, reason="")
        erase(wang, actor)
        with pytest.raises(MemberErased):
            copy(wang, actor)
        assert not Reveal.objects.exists()


class TestThePage:
    def test_a_copy_is_one_button(self, client, operations, wang):
        client.force_login(operations)
        answer = client.post(page(wang), {"act": "copy", "reason": "asked"})
        assert answer["Content-Type"] == "application/zip"
        assert "no-store" in answer["Cache-Control"]
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None

    def test_an_erasure_asks_for_the_number(self, client, operations, wang):
        client.force_login(operations)
        refused = client.post(page(wang), {"act": "erase", "reason": "asked", "number": "600000000000"})
        assert refused.status_code == 422
        assert Member.objects.get(pk=wang.pk).erased_at is None
        done = client.post(page(wang), {"act": "erase", "reason": "asked", "number": wang.number})
        assert done.status_code == 302
        shown = client.get(page(wang))
        assert "王小明" not in shown.text
        assert "erase" not in [act["code"] for act in shown.context["acts"]]

    @pytest.mark.parametrize("act", ["copy", "erase"])
    @pytest.mark.parametrize("role", ["manager", "marketer", "auditor"])
    def test_nobody_else_may(self, client, request, wang, act, role):
        client.force_login(request.getfixturevalue(role))
        answer = client.post(page(wang), {"act": act, "reason": "x", "number": wang.number})
        assert answer.status_code == 403
        assert Member.objects.get(pk=wang.pk).erased_at is None
        assert not Reveal.objects.exists()

    @pytest.mark.parametrize("act", ["copy", "erase", "reveal"])
    def test_it_is_asked_again_who_is_there(self, client, operations, wang, act):
        client.force_login(operations)
        session = client.session
        session["confirmed_at"] = 0
        session.save()
        answer = client.post(page(wang), {"act": act, "reason": "x", "number": wang.number})
        assert answer["location"].startswith(reverse("confirm"))
        assert not Reveal.objects.exists()


def page(member):
    return reverse("admin:members_member_change", args=[member.pk])
