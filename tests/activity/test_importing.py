"""Importing purchases: what is taken, what is refused and why, and that a second run changes nothing."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.activity.models import Activity, Line
from apps.activity.services import importing
from apps.core import clock
from apps.core.models import AuditEntry, OutboxEvent
from apps.ledger import queries as ledger
from apps.ledger.models import Account, Decline, Entry, Lot
from apps.members.models import Channel
from apps.stores.models import Store
from tests.factories import MemberFactory

HEADER = "external_id,member_ref,store,occurred_at,category,quantity,amount"
NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today(db):
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def ann(store):
    return MemberFactory(member_ref="A", home_store=store)


@pytest.fixture
def ben(store):
    return MemberFactory(member_ref="B", home_store=store)


@pytest.fixture
def load(tmp_path):
    def _load(*rows, header=HEADER, name="p.csv", encoding="utf-8", **options):
        path = tmp_path / name
        content = "\n".join([header, *rows, ""]).encode(encoding)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return run(path, **options)

    return _load


def run(path, channel="pos", **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_purchases", str(path), "--json", channel=channel, stdout=out, stderr=err, **options)
    return json.loads(out.getvalue()) | {"stderr": err.getvalue()}


def counts(facts):
    return tuple(facts[name] for name in ("recorded", "replayed", "refused", "rejected_rows", "points"))


def rejected(facts):
    with open(facts["rejects_file"], encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["rejected_row"]))
    return [(int(row["rejected_row"]), row["rejected_column"]) for row in rows]


def everything():
    tables = (Activity, Line, Entry, Lot, Decline, Account, Store, Channel, OutboxEvent, AuditEntry)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_rows_of_one_id_are_one_purchase_in_local_time(ann, load):
    facts = load("P1,A,S7,2026-05-01T11:53:26,MEAT,2,10.50", "P1,A,S7,2026-05-01T11:53:26,FLORAL,1,9.99")
    assert (facts["read_rows"], facts["purchases"], facts["refunds"]) == (2, 1, 0)
    assert (counts(facts), facts["rejects_file"]) == ((1, 0, 0, 0, 20), None)
    act = Activity.objects.get()
    assert (act.external_id, act.member, act.store.code, act.channel.code) == ("P1", ann, "S7", "pos")
    assert act.occurred_at == datetime(2026, 5, 1, 3, 53, 26, tzinfo=UTC)
    assert (act.amount_fen, act.recorded_at) == (2049, NOW)
    assert list(act.lines.order_by("id").values_list("category", "quantity", "amount_fen")) == [
        ("MEAT", 2, 1050),
        ("FLORAL", 1, 999),
    ]
    assert ledger.balance(ann.pk) == 20
    assert AuditEntry.objects.get(code="activity.import").data["recorded"] == 1


def test_rows_of_one_purchase_may_stand_apart(ann, ben, load):
    facts = load(
        "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50",
        "P2,B,S7,2026-05-01T10:00,MEAT,1,5",
        "P1,A,S7,2026-05-01T11:00,FLORAL,1,9.99",
    )
    assert (counts(facts), Activity.objects.count(), Line.objects.count()) == ((2, 0, 0, 0, 25), 2, 3)


def test_purchases_are_recorded_in_the_order_they_occurred(ann, load):
    load("P2,A,,2026-05-02T11:00,MEAT,1,2", "P1,A,,2026-05-01T11:00,MEAT,1,1")
    assert list(Entry.objects.order_by("id").values_list("amount", "balance_after")) == [(1, 1), (2, 3)]


def test_a_second_run_changes_nothing(ann, load):
    rows = ["P1,A,S7,2026-05-01T11:00,MEAT,2,10.50", "P2,A,S7,2026-05-01T11:00,MEAT,1,0.50"]
    load(*rows)
    before = everything()
    facts = load(*rows, HEADER.replace("external_id", "x"), header=HEADER)  # one bad row beside
    assert counts(facts)[:3] == (0, 2, 0)
    assert everything() == before


def test_the_same_id_with_other_content_is_refused(ann, load):
    load("P1,A,S7,2026-05-01T11:00,MEAT,2,10.50")
    facts = load("P1,A,S7,2026-05-01T11:00,MEAT,2,10.51", "P2,A,S7,2026-05-01T11:00,MEAT,2,3")
    assert (counts(facts), rejected(facts)) == ((1, 0, 1, 1, 3), [(2, "external_id")])
    assert ledger.balance(ann.pk) == 13


def test_a_dry_run_says_the_same_and_changes_nothing(ann, load):
    rows = [
        "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50",
        "P2,nobody,S8,2026-05-01T11:00,MEAT,2,10.50",
        "P3,A,S9,2026-05-01T11:00,MEAT,x,1",
    ]
    before = everything()
    rehearsed = load(*rows, dry_run=True)
    assert rehearsed["dry_run"] is True
    assert everything() == before
    assert counts(load(*rows)) == counts(rehearsed) == (1, 0, 0, 2, 10)


@pytest.mark.parametrize("group", [1, 3, 10_000])
def test_a_dry_run_in_groups_says_what_the_import_does(ann, ben, load, monkeypatch, group):
    monkeypatch.setattr(importing.running, "GROUP", group)
    rows = [f"P{n},{'AB'[n % 2]},S{n},2026-05-0{n}T11:00,MEAT,2,{n}.50," for n in range(1, 9)]
    rows += ["R1,A,S7,2026-05-09T11:00,MEAT,1,2.25,P4", "R2,B,S7,2026-05-09T11:00,MEAT,1,1.00,P4"]
    before = everything()
    rehearsed = load(*rows, header=HEADER + ",refund_of", dry_run=True)
    assert everything() == before
    told = load(*rows, header=HEADER + ",refund_of")
    assert (counts(told), told["purchases"], told["refunds"]) == ((9, 0, 1, 1, 34), 8, 2)
    assert counts(told) == counts(rehearsed)
    assert rejected(told) == rejected(rehearsed) == [(11, "refund_of")]


def test_one_bad_row_keeps_its_whole_purchase_out_and_no_other(ann, load):
    facts = load(
        "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50",
        "P1,A,S7,2026-05-01T11:00,FLORAL,1,-1",
        "P2,A,S7,2026-05-01T11:00,MEAT,2,3",
    )
    assert rejected(facts) == [(2, "external_id"), (3, "amount")]
    assert counts(facts) == (1, 0, 0, 2, 3)


GOOD = "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",A,S7,2026-05-01T11:00,MEAT,2,10.50", "external_id"),
        ("P1,,S7,2026-05-01T11:00,MEAT,2,10.50", "member_ref"),
        ("P1,nobody,S7,2026-05-01T11:00,MEAT,2,10.50", "member_ref"),
        (f"{'x' * 81},A,S7,2026-05-01T11:00,MEAT,2,10.50", "external_id"),
        (f"P1,A,{'x' * 41},2026-05-01T11:00,MEAT,2,10.50", "store"),
        (f"P1,A,S7,2026-05-01T11:00,{'x' * 61},2,10.50", "category"),
        ("P1,A,S7,2026-05-01T11:00,\x07,2,10.50", "category"),
        ("P1,A,S7,,MEAT,2,10.50", "occurred_at"),
        ("P1,A,S7,yesterday,MEAT,2,10.50", "occurred_at"),
        ("P1,A,S7,2026-02-30T11:00,MEAT,2,10.50", "occurred_at"),
        ("P1,A,S7,0001-01-01T00:00,MEAT,2,10.50", "occurred_at"),
        ("P1,A,S7,2026-05-20T12:30,MEAT,2,10.50", "occurred_at"),  # half an hour from now
        *(
            (f"P1,A,S7,2026-05-01T11:00,MEAT,{q},10.50", "quantity")
            for q in ("", "x", "-1", "1.5", "1e3", "１")
        ),
        *(
            (f"P1,A,S7,2026-05-01T11:00,MEAT,2,{amount}", "amount")
            for amount in ("", "x", "-1", "12.345", "1e3", "1_000", "¥5", "１２", "NaN", "9" * 14)
        ),
        ("P1,A,S7,2026-05-01T11:00,MEAT,2", ""),
        ("P1,A,S7,2026-05-01T11:00,MEAT,2,1,5", ""),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_with_its_column(ann, load, row, column):
    facts = load(row, "OK,A,S7,2026-05-01T11:00,MEAT,1,2")
    assert (counts(facts)[0], facts["rejected_rows"], rejected(facts)) == (1, 1, [(2, column)])
    assert ledger.balance(ann.pk) == 2
    assert f"2, column {column or '–'}" in facts["stderr"] or facts["stderr"]


@pytest.mark.parametrize(
    ("other", "column"),
    [
        ("P1,B,S7,2026-05-01T11:00,FLORAL,1,1", "member_ref"),
        ("P1,A,S8,2026-05-01T11:00,FLORAL,1,1", "store"),
        ("P1,A,,2026-05-01T11:00,FLORAL,1,1", "store"),
        ("P1,A,S7,2026-05-01T11:01,FLORAL,1,1", "occurred_at"),
    ],
)
def test_rows_of_one_purchase_must_agree(ann, ben, load, other, column):
    facts = load(GOOD, other)
    assert (counts(facts), rejected(facts)) == ((0, 0, 0, 2, 0), [(2, column), (3, column)])
    assert not Activity.objects.exists()


def test_a_refused_row_comes_back_as_it_was(ann, load):
    odd = ',"two\nlines, a \\ and\ta tab"'
    facts = load(
        "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50" + odd,
        "P1,A,S7,2026-05-01T11:00,FLORAL,1,-1,",
        "P2,nobody,S7,2026-05-01T11:00,FLORAL,1,1,a\x1fb\x1ec",
        header=HEADER + ",note",
    )
    with open(facts["rejects_file"], encoding="utf-8-sig", newline="") as file:
        notes = {row["external_id"] + row["category"]: row["note"] for row in csv.DictReader(file)}
    assert notes == {"P1MEAT": "two\nlines, a \\ and\ta tab", "P1FLORAL": "", "P2FLORAL": "a b c"}


def test_a_bad_row_refuses_its_purchase_wherever_the_others_stand(ann, ben, load):
    facts = load(
        "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50",
        "P2,B,S7,2026-05-01T11:00,MEAT,2,3",
        "P1,A,S7,2026-05-01T11:00,FLORAL,x,1",
        "P1,A,S7,2026-05-01T11:00,DELI,1,1",
        "P2,B,S7,2026-05-01T11:00,DELI,2,4",
    )
    assert rejected(facts) == [(2, "external_id"), (4, "quantity"), (5, "external_id")]
    assert counts(facts) == (1, 0, 0, 3, 7)
    assert list(Line.objects.order_by("id").values_list("category", flat=True)) == ["MEAT", "DELI"]


def test_a_rejects_file_corrected_can_be_imported(ann, load, tmp_path):
    facts = load(GOOD, "P1,A,S7,2026-05-01T11:00,FLORAL,1,-1")
    path = tmp_path / "p.rejected.csv"
    assert facts["rejects_file"] == str(path)
    corrected = path.read_text(encoding="utf-8-sig").replace(",-1", ",9.99")
    (tmp_path / "again.csv").write_text(corrected)
    assert counts(run(tmp_path / "again.csv")) == (1, 0, 0, 0, 20)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("p.csv", "utf-8-sig"),
        ("p.csv", "gb18030"),
        ("p.csv", "gbk"),
        ("p.csv.gz", "utf-8"),
        ("p.csv", "utf-16"),
    ],
)
def test_chinese_comes_out_of_every_packing(ann, load, name, encoding):
    load("P1,A,南京路店,2026-05-01T11:00,生鲜,2,10.50", name=name, encoding=encoding)
    assert Line.objects.get().category == "生鲜"
    assert Activity.objects.get().store.code == "南京路店"


def test_times_with_an_offset_are_instants(ann, load):
    load("P1,A,S7,2026-05-01T11:00:00+00:00,MEAT,2,10.50")
    assert Activity.objects.get().occurred_at == datetime(2026, 5, 1, 11, tzinfo=UTC)


def test_columns_in_any_order_and_unknown_ones_named(ann, load):
    facts = load(
        "10.50,x,2,MEAT,2026-05-01T11:00,A,P1,SKU-9",
        header="amount,cashier,quantity,category,occurred_at,member_ref,external_id,sku",
    )
    assert facts["unknown_columns"] == ["cashier"]
    assert Line.objects.get().sku == "SKU-9"
    assert Activity.objects.get().store is None


def test_one_channel_does_not_know_the_ids_of_another(ann, load):
    load(GOOD)
    assert counts(load(GOOD, channel="web"))[0] == 1
    assert Activity.objects.count() == 2


class TestRefunds:
    HEADER = HEADER + ",refund_of"

    def test_refunds_take_back_wherever_they_stand(self, ann, load):
        facts = load(
            "R1,A,S7,2026-05-03T11:00,MEAT,1,5.25,P1",
            "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50,",
            header=self.HEADER,
        )
        assert (facts["purchases"], facts["refunds"], counts(facts)) == (1, 1, (2, 0, 0, 0, 5))
        assert ledger.balance(ann.pk) == 5
        assert Activity.objects.get(kind="refund").refund_of.external_id == "P1"

    def test_a_refund_of_an_earlier_file_and_again(self, ann, load):
        load(GOOD)
        row = "R1,A,S7,2026-05-03T11:00,MEAT,1,5.25,P1"
        assert counts(load(row, header=self.HEADER)) == (1, 0, 0, 0, -5)
        assert counts(load(row, header=self.HEADER)) == (0, 1, 0, 0, 0)

    def test_what_was_not_bought_is_refused(self, ann, ben, load):
        facts = load(
            "P1,A,S7,2026-05-01T11:00,MEAT,2,10.50,",
            "R1,A,S7,2026-05-03T11:00,MEAT,3,10.50,P1",
            "R2,A,S7,2026-05-03T11:00,FISH,1,1.00,P1",
            "R3,A,S7,2026-05-03T11:00,MEAT,1,5.25,P9",
            "R4,B,S7,2026-05-03T11:00,MEAT,1,5.25,P1",
            "R5,A,S7,2026-05-03T11:00,MEAT,1,10.51,P1",
            header=self.HEADER,
        )
        assert rejected(facts) == [
            (3, "quantity"),
            (4, "category"),
            (5, "refund_of"),
            (6, "refund_of"),
            (7, "quantity"),
        ]
        assert ledger.balance(ann.pk) == 10

    def test_rows_of_one_refund_take_back_one_purchase(self, ann, load):
        facts = load(
            GOOD + ",",
            "R1,A,S7,2026-05-03T11:00,MEAT,1,5.25,P1",
            "R1,A,S7,2026-05-03T11:00,MEAT,1,5.25,",
            header=self.HEADER,
        )
        assert rejected(facts) == [(3, "refund_of"), (4, "refund_of")]


@pytest.mark.parametrize("missing", ["external_id", "member_ref", "occurred_at", "amount"])
def test_a_file_without_a_needed_column_is_bad_input(load, missing):
    with pytest.raises(CommandError) as refused:
        load(GOOD, header=HEADER.replace(missing, "other"))
    assert refused.value.returncode == 2
    assert missing in str(refused.value)


@pytest.mark.parametrize("channel", ["", "x" * 41, "a\nb"])
def test_a_channel_that_cannot_be_is_bad_input(load, channel):
    with pytest.raises(CommandError) as refused:
        load(GOOD, channel=channel)
    assert refused.value.returncode == 2
    assert not Activity.objects.exists()


def test_a_file_that_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(CommandError) as refused:
        run(tmp_path / "nothing.csv")
    assert refused.value.returncode == 2
