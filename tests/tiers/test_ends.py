"""What ends by itself: graces, pins, days to be assessed."""

from datetime import timedelta

import pytest
from django.core.management import CommandError

from apps.activity import services as activity
from apps.core import clock
from apps.core.models import AuditEntry, OutboxEvent
from apps.ledger import queries as ledger
from apps.tiers import queries, tasks
from apps.tiers import services as tiers
from apps.tiers.errors import EndsTooEarly, EntitlementEnded, UnknownLevel
from apps.tiers.models import AssessmentRun, LevelReached, Spell, Standing
from tests.tiers.conftest import DESK, THREE, assess, command, day, publish


def spells(member):
    rows = Spell.objects.filter(member=member).select_related("level").order_by("since")
    return [(row.level.code, row.since) for row in rows]


def buy(purchase, member, yuan, at):
    activity.record([purchase(member, ("A", 1, yuan * 100), at=at)], at=at)


def pin(member, level="gold", until="2026-06-01", source="pinned"):
    return tiers.Pin(member.pk, "levels", level, day(until, 0), "complaint 17", source)


def test_who_does_not_make_up_for_it_falls_when_the_grace_ends(ann, ben, purchase):
    publish(grace_days=10)
    for member in (ann, ben):
        buy(purchase, member, 250, day("2025-05-01"))
    assess("2026-05-02")
    falls = day("2026-05-12", 0)
    assert set(Standing.objects.values_list("level__code", "falls_at")) == {("gold", falls)}
    assert OutboxEvent.objects.filter(topic="tiers.about_to_fall").count() == 1
    buy(purchase, ben, 160, day("2026-05-05"))
    with clock.moved_to(falls - timedelta(seconds=1)):
        assert tasks.settle() == 0
    with clock.moved_to(falls + timedelta(hours=5)):
        assert tasks.settle() == 2
        assert tasks.settle() == 0
    assert spells(ann)[-1] == ("basic", falls)
    assert spells(ben)[-1][0] == "gold"
    assert not Standing.objects.exclude(falls_at=None).exists()


def test_after_a_year_with_grace_the_year_that_ended_decides_the_fall(ann, purchase):
    publish(levels=THREE, window={"calendar": "year"}, grace_days=31)
    buy(purchase, ann, 400, day("2025-05-01"))
    assess("2026-01-01")
    buy(purchase, ann, 120, day("2026-03-01"))
    assess("2027-01-01")
    assert tiers.settle_falls(at=day("2027-02-02")) == 1
    assert spells(ann)[-1] == ("silver", day("2027-02-01", 0))


def test_a_pinned_level_counts_until_its_end_and_then_the_best_that_remains(ann, purchase):
    publish(levels=THREE)
    buy(purchase, ann, 120, day("2026-01-10"))
    at = day("2026-02-01")
    row = tiers.entitle(pin=pin(ann), actor=DESK, at=at)
    assert spells(ann)[1:] == [("silver", day("2026-01-10")), ("gold", at)]
    assert list(LevelReached.objects.values_list("level__code", flat=True)) == ["silver"]
    assert tiers.settle_entitlements(at=day("2026-05-31")) == 0
    assert tiers.settle_entitlements(at=day("2026-06-02")) == 1
    assert spells(ann)[-1] == ("silver", day("2026-06-01", 0))
    assert Spell.objects.filter(member=ann).latest("since").explanation == {"act": "lapsed", "version": 1}
    with pytest.raises(EntitlementEnded):
        tiers.end_entitlement(entitlement_id=row.pk, actor=DESK, at=day("2026-06-03"))
    assert AuditEntry.objects.filter(code="tiers.entitle").count() == 1


def test_what_is_earned_meanwhile_stays_when_the_pin_is_ended(ann, purchase):
    publish(levels=THREE)
    first = tiers.entitle(pin=pin(ann, "silver"), actor=DESK, at=day("2026-02-01"))
    tiers.entitle(pin=pin(ann, "gold", source="gifted"), actor=DESK, at=day("2026-02-02"))
    buy(purchase, ann, 310, day("2026-03-01"))
    tiers.end_entitlement(entitlement_id=first.pk, actor=DESK, at=day("2026-03-02"))
    tiers.settle_entitlements(at=day("2026-07-01"))
    assert [level for level, _since in spells(ann)] == ["basic", "silver", "gold"]
    assert ledger.balance(ann.pk, "growth:levels") == 310


def test_a_pin_needs_a_level_there_is_and_an_end_ahead(ann):
    publish()
    with pytest.raises(UnknownLevel):
        tiers.entitle(pin=pin(ann, "platinum"), actor=DESK, at=day("2026-02-01"))
    with pytest.raises(EndsTooEarly):
        tiers.entitle(pin=pin(ann), actor=DESK, at=day("2026-06-02"))
    assert spells(ann) == [("basic", ann.joined_at)]


def test_the_bell_assesses_what_is_due_once(ann, purchase, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks, "ring", rung.append)
    publish(at=day("2026-04-20"))
    with clock.moved_to(day("2026-05-13", 3)):
        (run_id,) = tasks.assess_due()
        assert tasks.run_chunks(run_id) == 1
        assert tasks.assess_due() == []
    run = AssessmentRun.objects.get()
    assert (run.as_of.isoformat(), run.state, rung) == ("2026-05-01", "done", [run_id])
    (programme,) = queries.live_programmes()
    assert queries.days_due(programme, day("2026-06-30").date()) == [day("2026-06-01").date()]


def test_a_level_is_pinned_from_the_command_line(ann):
    publish(levels=THREE)
    wish = ("--programme", "levels", "--until", "2026-05-31", "--reason", "complaint 17")
    command("pin_tier", ann.number, "--level", "gold", *wish, at=day("2026-02-01"))
    assert spells(ann)[-1] == ("gold", day("2026-02-01"))
    assert tiers.settle_entitlements(at=day("2026-06-01", 0)) == 1
    assert spells(ann)[-1] == ("basic", day("2026-06-01", 0))
    with pytest.raises(CommandError) as refused:
        command("pin_tier", ann.number, "--level", "diamond", *wish, at=day("2026-02-01"))
    assert refused.value.returncode == 2
