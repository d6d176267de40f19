"""A programme published after history was recorded: growth of the past, and history by assessments."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError

from apps.activity import services as activity
from apps.activity.models import Line
from apps.activity.services import RefundRequest
from apps.ledger.models import Entry
from apps.members import services as members
from apps.tiers import services as tiers
from apps.tiers.errors import AssessedSince, AssessmentTooEarly
from apps.tiers.models import AssessmentRun, Programme, ProgrammeVersion, Spell, Standing
from tests.factories import MemberFactory
from tests.tiers.conftest import DESK, SMALLEST, assess, command, day, exported, publish

BOUGHT = {
    "ann": [("2025-03-10", 120_50), ("2025-05-10", 90_99), ("2026-01-10", 40_00)],
    "ben": [("2025-04-01", 50_00)],
}


@pytest.fixture
def history(store, purchase, at_till):
    """Ann's and Ben's purchases, one of Ann's refunded in part; recorded before any programme."""
    members = {ref: MemberFactory(member_ref=ref, joined_at=day("2025-03-01", 0)) for ref in BOUGHT}
    for ref, bought in BOUGHT.items():
        for on, fen in bought:
            at = day(on)
            activity.record([purchase(members[ref], ("A", 1, fen), at=at)], at=at)
    last = activity.record(
        [purchase(members["ann"], ("A", 2, 60_00), at=day("2025-06-01"))], at=day("2025-06-01")
    )
    (line,) = Line.objects.filter(activity=last[0].activity_id)
    request = RefundRequest(last[0].activity_id, {line.pk: 1}, "R")
    activity.refund(request, actor=at_till, at=day("2025-06-20"))
    return members


def test_growth_of_the_past_is_booked_at_its_own_time_once(history):
    publish(at=day("2026-05-01"))
    entries = Entry.objects.filter(account__asset__code="growth:levels").order_by("at")
    told = [(entry.kind, entry.amount, entry.at) for entry in entries.filter(member=history["ann"])]
    assert told == [
        ("award", 120, day("2025-03-10")),
        ("award", 90, day("2025-05-10")),
        ("award", 60, day("2025-06-01")),
        ("reverse", -30, day("2025-06-20")),
        ("award", 40, day("2026-01-10")),
    ]
    programme = Programme.objects.get()
    programme.backfill.chunks.update(done_at=None)
    while done := tiers.run_backfill_chunk(programme_id=programme.pk, at=day("2026-05-02")):
        assert (done.credits, done.growth) == (0, 0)
    assert entries.count() == 6


def test_what_a_frozen_member_bought_gives_no_growth_afterwards_either(history, purchase):
    members.freeze(member_id=history["ben"].pk, reason="查", actor=DESK, at=day("2025-04-02"))
    at = day("2025-04-03")
    activity.record([purchase(history["ben"], ("A", 1, 70_00), at=at)], at=at)
    publish(at=day("2026-05-01"))
    grown = Entry.objects.filter(account__asset__code="growth:levels", member=history["ben"])
    assert list(grown.values_list("amount", flat=True)) == [50]


def test_assessments_at_several_dates_write_history_without_gap_or_overlap(history):
    publish(at=day("2026-05-01"))
    runs = [assess(on, day("2026-05-12")) for on in ("2025-05-01", "2025-06-10", "2025-07-01", "2026-05-11")]
    assert [(run.result.get("up", 0), run.result.get("down", 0)) for run in runs] == [
        (0, 0),
        (1, 0),
        (0, 0),
        (0, 1),
    ]
    gold, fallen = "2025-06-10T00:00:00+08:00", "2026-05-11T00:00:00+08:00"
    joined = "2025-03-01T00:00:00+08:00"
    assert exported("2025-05-01")["ann"] == ["basic", "120", joined, gold]
    assert exported("2025-06-10")["ann"] == ["gold", "270", gold, fallen]
    assert exported("2025-07-01")["ann"] == ["gold", "240", gold, fallen]
    assert exported("2026-03-10") == {
        "ann": ["gold", "280", gold, fallen],
        "ben": ["basic", "50", joined, ""],
    }
    assert exported("2026-05-11")["ann"] == ["basic", "70", fallen, ""]
    spells = Spell.objects.filter(member=history["ann"]).order_by("since")
    assert [spell.explanation for spell in spells] == [
        {"act": "joined"},
        {"act": "up", "version": 1, "growth": 270},
        {"act": "down", "version": 1, "growth": 70},
    ]


def test_the_window_is_the_twelve_months_before_the_instant(history):
    publish(at=day("2026-05-01"))
    assert exported("2026-03-10")["ann"][1] == "280"
    assert exported("2026-03-11")["ann"][1] == "160"


def test_a_second_run_changes_nothing_and_an_earlier_day_is_refused(history):
    publish(at=day("2026-05-01"))
    first = assess("2025-06-10", day("2026-05-02"))
    before = list(Spell.objects.order_by("pk").values())
    assert assess("2025-06-10", day("2026-05-03")) == first
    assert list(Spell.objects.order_by("pk").values()) == before
    with pytest.raises(AssessedSince) as refused:
        assess("2025-06-09", day("2026-05-03"))
    assert refused.value.newest.isoformat() == "2025-06-10"
    with pytest.raises(AssessmentTooEarly):
        assess("2026-05-04", day("2026-05-03"))
    assert AssessmentRun.objects.count() == 1


def test_a_run_cut_short_is_gone_on_with(history, monkeypatch):
    monkeypatch.setattr("apps.tiers.services.assessing.CHUNK_MEMBERS", 1)
    publish(at=day("2026-05-01"))
    at = day("2026-05-02")
    run = tiers.plan_assessment(code="levels", as_of=day("2025-06-10").date(), actor=DESK, at=at)
    tiers.start_assessment(run_id=run.pk, actor=DESK, at=at)
    tiers.run_assessment_chunk(run_id=run.pk, at=at)
    assert not tiers.finish_assessment(run_id=run.pk, at=at)
    told = json.loads(command("assess_tiers", "--as-of", "2025-06-10", "--json", at=at))
    assert told["programmes"][0]["levels"] == {"gold": 1, "basic": 1}
    assert Standing.objects.count() == 2


def test_a_dry_run_tells_what_the_run_does_and_writes_no_level(history):
    publish(at=day("2026-05-01"))
    planned = json.loads(command("assess_tiers", "--as-of", "2025-06-10", "--dry-run", "--json"))
    assert not Standing.objects.filter(level__code="gold").exists()
    done = json.loads(command("assess_tiers", "--as-of", "2025-06-10", "--json"))
    (was,), (now,) = planned["programmes"], done["programmes"]
    assert {**was, "state": "done"} == now
    assert now["up"] == 1


def test_a_file_is_applied_changed_and_printed_as_it_is(programme_file, history):
    at = day("2026-05-01")
    dry = json.loads(command("apply_programme", programme_file(), "--dry-run", "--json", at=at))
    assert (dry["outcome"], Programme.objects.count()) == ("created", 0)
    made = json.loads(command("apply_programme", programme_file(), "--json", at=at))
    assert (made["outcome"], made["version"], made["credits"], made["growth"]) == ("created", 1, 5, 360)
    again = json.loads(command("apply_programme", programme_file(), "--json", at=at + timedelta(1)))
    assert (again["outcome"], again["version"], again["credits"]) == ("unchanged", 1, 0)
    told = json.loads(command("export_programme", "levels"))
    assert told == {
        **SMALLEST,
        "upgrade": "at_once",
        "climb": "direct",
        "protect_days": 0,
        "assess": "month",
    }
    changed = json.loads(
        command(
            "apply_programme", programme_file(grace_days=7), "--publish-at", "2026-07-01", "--json", at=at
        )
    )
    assert (changed["outcome"], changed["version"], changed["starts_at"]) == (
        "changed",
        2,
        "2026-07-01T00:00:00+08:00",
    )
    assert ProgrammeVersion.objects.filter(published_at__isnull=False).count() == 2


@pytest.mark.parametrize(
    ("changes", "arguments", "words"),
    [
        ({"window": {"rolling_months": "12"}}, (), "$.window.rolling_months"),
        ({}, ("--publish-at", "soon"), "--publish-at"),
    ],
)
def test_a_file_that_cannot_be_read_is_bad_input(db, programme_file, changes, arguments, words):
    with pytest.raises(CommandError) as refused:
        command("apply_programme", programme_file(**changes), *arguments)
    assert refused.value.returncode == 2
    assert words in str(refused.value)
    assert not Programme.objects.exists()


def test_a_file_that_is_no_json_names_the_place(db, tmp_path):
    path = tmp_path / "programme.json"
    path.write_text('{"code": ')
    with pytest.raises(CommandError, match=r"programme\.json") as refused:
        command("apply_programme", str(path))
    assert refused.value.returncode == 2
