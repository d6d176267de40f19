"""Importing members: what is taken, what is refused and why, and that a second run changes nothing."""

import csv
import gzip
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError

from apps.core import clock, invariants, sealing
from apps.core.audit import Actor
from apps.core.models import AuditEntry
from apps.members import numbers
from apps.members import services as members
from apps.members.models import Channel, ConsentEvent, Member, StoreLink
from apps.members.services import Enrolment, importing
from apps.stores.models import Store

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "members.csv"
NOW = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
HEADER = "member_ref,name,phone,gender,birthday,joined_on,store,channel,marketing_consent"
GOOD = "A1,王伟,13800138000,male,1990-01-02,2020-03-04,S1,app,yes"


@pytest.fixture(autouse=True)
def today():
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def load(tmp_path):
    def _load(*rows, header=HEADER, name="m.csv", encoding="utf-8", **options):
        path = tmp_path / name
        path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
        return run(path, **options)

    return _load


def run(path, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_members", str(path), "--json", stdout=out, stderr=err, **options)
    facts = json.loads(out.getvalue())
    return facts | {"stderr": err.getvalue()}


def outcome(facts):
    return tuple(facts[name] for name in ("created", "updated", "unchanged", "rejected"))


def rejected(facts):
    with open(facts["rejects_file"], encoding="utf-8-sig", newline="") as file:
        return [(int(row["rejected_row"]), row["rejected_column"]) for row in csv.DictReader(file)]


def everything():
    tables = (Member, Store, Channel, StoreLink, ConsentEvent, AuditEntry)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_a_row_becomes_a_member(load):
    facts = load(GOOD + ",3,x", header=HEADER + ",household,note")
    assert facts["unknown_columns"] == ["household", "note"]
    assert (facts["read"], outcome(facts), facts["rejects_file"]) == (1, (1, 0, 0, 0), None)
    member = Member.objects.get()
    assert (member.member_ref, member.name, member.gender) == ("A1", "王伟", "male")
    assert (member.birthday, member.status) == (date(1990, 1, 2), "active")
    assert member.joined_at == clock.day_start(date(2020, 3, 4))
    assert (member.home_store.code, member.channel.code) == ("S1", "app")
    assert sealing.unseal(member.phone_sealed) == "+8613800138000"
    assert member.phone_last4 == "8000"
    assert member.attributes == {"household": "3", "note": "x"}
    assert numbers.is_valid(member.number)
    assert StoreLink.objects.get().how == "home"
    consent = ConsentEvent.objects.get()
    assert (consent.purpose, consent.is_given, consent.source) == ("marketing", True, "m.csv")
    assert AuditEntry.objects.get(code="members.import").data["created"] == 1


def test_only_the_reference_is_required_and_columns_come_in_any_order(load):
    assert outcome(load("王伟,A1", ",A2", header="name,member_ref")) == (2, 0, 0, 0)
    assert list(Member.objects.order_by("member_ref").values_list("name", "phone_hash", "joined_at")) == [
        ("王伟", None, NOW),
        ("", None, NOW),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_encoding(load, encoding):
    assert outcome(load(GOOD, encoding=encoding)) == (1, 0, 0, 0)
    assert Member.objects.get().name == "王伟"


def test_gzip(tmp_path):
    path = tmp_path / "m.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n{GOOD}\n".encode("gb18030")))
    assert outcome(run(path)) == (1, 0, 0, 0)


@pytest.mark.skipif(not REAL.exists(), reason="the history file is not beside the project")
def test_the_real_file_gives_2469_members_and_a_second_run_changes_nothing():
    assert outcome(run(REAL)) == (2469, 0, 0, 0)
    assert Member.objects.count() == 2469
    assert not invariants.check(["P2", "P4", "P5", "P6", "P7", "P8"])
    before = everything()
    assert outcome(run(REAL)) == (0, 0, 2469, 0)
    assert everything() == before


def test_a_second_run_changes_nothing_whatever_was_refused(load):
    rows = (GOOD, "A2,李,13800138000,,,,,,", "A1,again,,,,,,,", "A3,,bad,,,,,,", "A4,,,,,,S2,,no")
    first = load(*rows)
    assert outcome(first) == (2, 0, 0, 3)
    before = everything()
    second = load(*rows)
    assert outcome(second) == (0, 0, 2, 3)
    assert rejected(second) == rejected(first)
    assert everything() == before


def test_a_dry_run_tells_the_same_and_changes_nothing(load):
    rows = (GOOD, "A2,,139,,,,S9,new,", "A3,,13900139000,,,,,,")
    before = everything()
    rehearsed = load(*rows, dry_run=True)
    assert outcome(rehearsed) == (2, 0, 0, 1)
    assert everything() == before
    assert outcome(load(*rows)) == outcome(rehearsed)


def test_changed_cells_change_the_member_and_empty_cells_leave_what_is_known(load):
    load(GOOD + ",3", header=HEADER + ",size")
    kept = Member.objects.values().get()
    assert outcome(load("A1,,,,,,,,", "A2,,,,,,,,")) == (1, 0, 1, 0)
    assert Member.objects.values().get(member_ref="A1") == kept
    changed = "A1,王小伟,13900139001,female,1991-01-02,2020-03-05,S2,web,no,,4"
    assert outcome(load(changed, header=HEADER + ",colour,size")) == (0, 1, 0, 0)
    member = Member.objects.get(member_ref="A1")
    assert (member.name, member.gender, member.birthday) == ("王小伟", "female", date(1991, 1, 2))
    assert (member.phone_masked, member.phone_last4) == ("139****9001", "9001")
    assert bytes(member.phone_hash) == sealing.blind_index("+8613900139001")
    assert (member.home_store.code, member.channel.code) == ("S2", "web")
    assert member.attributes == {"size": "4"}
    assert member.joined_at == clock.day_start(date(2020, 3, 5))
    assert set(StoreLink.objects.filter(member=member).values_list("store__code", flat=True)) == {"S1", "S2"}
    assert list(member.consents.order_by("pk").values_list("is_given", flat=True)) == [True, False]
    assert outcome(load(changed, header=HEADER + ",colour,size")) == (0, 0, 1, 0)


def test_a_moved_consent_alone_is_an_update(load):
    load("A1,yes", header="member_ref,marketing_consent")
    assert outcome(load("A1,no", header="member_ref,marketing_consent")) == (0, 1, 0, 0)
    assert ConsentEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (",x,,,,,,,", "member_ref"),
        ("R" * 65 + ",,,,,,,,", "member_ref"),
        ("A\x0b1,,,,,,,,", "member_ref"),
        ("A1," + "王" * 61 + ",,,,,,,", "name"),
        ("A1,,1.38E+10,,,,,,", "phone"),
        ("A1,,1380013800,,,,,,", "phone"),
        ("A1,,phone,,,,,,", "phone"),
        ("A1,,13800138000/13900139000,,,,,,", "phone"),
        ("A1,,,unknown,,,,,", "gender"),
        ("A1,,,1,,,,,", "gender"),
        ("A1,,,,2026-05-21,,,,", "birthday"),
        ("A1,,,,1890-01-01,,,,", "birthday"),
        ("A1,,,,1990-02-30,,,,", "birthday"),
        ("A1,,,,1990/01/02,,,,", "birthday"),
        ("A1,,,,19900102,,,,", "birthday"),
        ("A1,,,,１９９０-01-02,,,,", "birthday"),
        ("A1,,,,0000-00-00,,,,", "birthday"),
        ("A1,,,,2015-01-01,,,,", "birthday"),
        ("A1,,,,,2026-05-21,,,", "joined_on"),
        ("A1,,,,,1899-12-31,,,", "joined_on"),
        ("A1,,,,,43831,,,", "joined_on"),
        ("A1,,,,,,,," + "maybe", "marketing_consent"),
        ("A1,,,,,," + "S" * 41 + ",,", "store"),
        ("A1,,,,,,," + "c" * 41 + ",", "channel"),
        ("A1,,,", ""),
        ("A1,,,,,,,,,,x", ""),
        ("A1,\x00,,,,,,,", ""),
    ],
)
def test_a_bad_cell_refuses_its_row_alone(load, cells, column):
    facts = load(cells, GOOD.replace("A1", "B1"))
    assert outcome(facts) == (1, 0, 0, 1)
    assert Member.objects.get().member_ref == "B1"
    assert rejected(facts) == [(2, column)]
    assert facts["rejects_file"].endswith("m.rejected.csv")
    assert "2" in facts["stderr"]


@pytest.mark.parametrize("gender", ["female", "FEMALE", "女", ""])
def test_what_is_taken_as_gender(load, gender):
    assert outcome(load(f"A1,,,{gender},,,,,")) == (1, 0, 0, 0)


def test_a_child_comes_with_a_guardian(load):
    header = "member_ref,birthday,guardian_consent"
    assert outcome(load("A1,2015-01-01,no", "A2,2015-01-01,yes", header=header)) == (1, 0, 0, 1)
    assert Member.objects.get().guardian_consented_at == NOW
    assert ConsentEvent.objects.get().purpose == "guardian"
    assert outcome(load("A2,2015-01-01", header="member_ref,birthday")) == (0, 0, 1, 0)
    assert not invariants.check(["P2", "P8"])


def test_a_phone_of_another_member_is_refused(load):
    enrolment = Enrolment(phone="13800138000", name="柜台")
    members.enrol(enrolment=enrolment, actor=Actor("counter"), at=NOW)
    facts = load(GOOD, "A2,,13900139000,,,,,,", "A3,,13900139000,,,,,,")
    assert outcome(facts) == (1, 0, 0, 2)
    assert sorted(rejected(facts)) == [(2, "phone"), (4, "phone")]
    assert list(Member.objects.order_by("pk").values_list("name", "member_ref")) == [
        ("柜台", None),
        ("", "A2"),
    ]


def test_a_reference_twice_in_a_file_is_refused_the_second_time(load):
    facts = load(GOOD, "A1,other,,,,,,,")
    assert (outcome(facts), rejected(facts)) == ((1, 0, 0, 1), [(3, "member_ref")])


def test_a_closed_member_is_not_revived_and_leaves_the_phone_free(load):
    load(GOOD)
    members.close(member_id=Member.objects.get().pk, reason="asked", actor=Actor("x"), at=NOW)
    facts = load(GOOD, GOOD.replace("A1", "A2"))
    assert (outcome(facts), rejected(facts)) == ((1, 0, 0, 1), [(2, "member_ref")])
    assert Member.objects.get(member_ref="A1").status == "closed"


def test_chunks_do_not_show(load, monkeypatch):
    monkeypatch.setattr(importing.running, "CHUNK", 2)
    rows = [f"A{n},,1380013{n:04d},,,,S{n},," for n in range(7)] + ["B1,,13800130000,,,,,,"]
    assert outcome(load(*rows)) == (7, 0, 0, 1)
    assert outcome(load(*rows)) == (0, 0, 7, 1)


def test_a_corrected_rejects_file_is_imported_as_it_is(load):
    facts = load(GOOD, "A2,李,bad,,,,,,")
    path = Path(facts["rejects_file"])
    path.write_text(path.read_text(encoding="utf-8-sig").replace("bad", "13900139000"), encoding="utf-8")
    again = run(path)
    assert (outcome(again), again["unknown_columns"]) == ((1, 0, 0, 0), [])


def test_rejects_go_where_they_are_asked_to(load, tmp_path):
    facts = load("A1,,bad,,,,,,", rejects=str(tmp_path / "elsewhere.csv"))
    assert facts["rejects_file"] == str(tmp_path / "elsewhere.csv")
    assert rejected(facts) == [(2, "phone")]


def test_many_rejects_are_not_all_told(load):
    facts = load(*["A1,,bad,,,,,,"] * 130)
    assert outcome(facts) == (0, 0, 0, 130)
    assert len(facts["stderr"].splitlines()) == 101
    assert len(rejected(facts)) == 130


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "m.csv"),
        (b"name\nx\n", "member_ref"),
        (b"PK\x03\x04", "xlsx"),
        (b'member_ref,name\nA1,"open\nA2,x\n', "m.csv"),
        (b"member_ref," + b"x" * 61 + b"\nA1,1\n", "x" * 61),
        (("member_ref," + ",".join(f"c{n}" for n in range(101)) + "\n").encode(), "100"),
    ],
)
def test_an_unusable_file_ends_with_code_2_and_nothing_imported(tmp_path, content, told):
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as failure:
        run(path)
    assert failure.value.returncode == 2
    assert told in str(failure.value)
    assert not Member.objects.exists()


def test_a_missing_file_ends_with_code_2(tmp_path):
    with pytest.raises(CommandError) as failure:
        run(tmp_path / "none.csv")
    assert failure.value.returncode == 2


def test_text_output_is_for_readers(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text(f"{HEADER},size\n{GOOD},3\nA2,,bad,,,,,,,\n")
    out = io.StringIO()
    call_command("import_members", str(path), "--dry-run", stdout=out, stderr=io.StringIO())
    assert "m.rejected.csv" in out.getvalue()
    assert "size" in out.getvalue()
    assert len(out.getvalue().splitlines()) == 4


def test_a_phone_enrolled_meanwhile_makes_the_chunk_look_again(load, monkeypatch):
    merge, calls = importing.running.merge, []

    def lost_once(**facts):
        calls.append(facts)
        if len(calls) == 1:
            raise IntegrityError("phone enrolled elsewhere")
        return merge(**facts)

    monkeypatch.setattr(importing.running, "merge", lost_once)
    assert outcome(load(GOOD)) == (1, 0, 0, 0)
    assert len(calls) == 2
    assert Member.objects.count() == AuditEntry.objects.count() == 1


def test_a_chunk_that_keeps_failing_ends_the_run_with_nothing_of_it(load, monkeypatch):
    def always_lost(**facts):
        raise IntegrityError("broken")

    monkeypatch.setattr(importing.running, "merge", always_lost)
    with pytest.raises(IntegrityError):
        load(GOOD)
    assert not Member.objects.exists()
    assert not AuditEntry.objects.exists()
