"""Each invariant of tiers fires when what it guards is broken by hand."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.activity import services as activity
from apps.core import invariants
from apps.tiers.models import Level, LevelReached, Spell, Standing
from tests.tiers.conftest import assess, day, publish

pytestmark = pytest.mark.breaks_invariants


@pytest.fixture
def climbed(ann, purchase):
    """Ann bought for 250, was assessed and is gold."""
    publish()
    at = day("2026-01-10")
    activity.record([purchase(ann, ("A", 1, 250_00), at=at)], at=at)
    assess("2026-02-01")
    assert invariants.check(["T1", "T2", "T3", "T4", "G1"]) == []
    return ann


def fired():
    return {found.code for found in invariants.check(["T1", "T2", "T3", "T4", "G1"])}


def write(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_missing_current_spell_is_seen(climbed):
    Spell.objects.filter(until=None).delete()
    assert fired() == {"T1", "T2"}


def test_a_member_left_out_is_seen(climbed):
    Spell.objects.all().delete()
    Standing.objects.all().delete()
    assert fired() == {"T1"}


def test_a_gap_is_seen(climbed):
    Spell.objects.filter(until=None).update(since=day("2026-01-20"))
    Standing.objects.update(since=day("2026-01-20"))
    assert fired() == {"T2"}


def test_a_tier_no_rule_yields_is_seen(climbed):
    basic = Level.objects.get(code="basic")
    Standing.objects.update(level=basic, earned=basic)
    Spell.objects.filter(until=None).update(level=basic)
    assert "T3" in fired()


def test_a_level_above_the_earned_one_without_a_pin_is_seen(climbed):
    Standing.objects.update(earned=Level.objects.get(code="basic"))
    assert "T3" in fired()


def test_a_level_never_kept_as_reached_is_seen(climbed):
    LevelReached.objects.all().delete()
    assert fired() == {"T4"}


def test_growth_its_parts_do_not_say_is_seen(climbed):
    write("SET LOCAL session_replication_role = replica")
    write("UPDATE ledger_entry SET amount = amount + 1 WHERE source LIKE '%%:growth:%%'")
    write("SET LOCAL session_replication_role = origin")
    assert "G1" in fired()


def test_the_database_refuses_two_spells_at_once(climbed):
    first = Spell.objects.filter(until__isnull=False).get()
    for until in (None, first.until):
        with pytest.raises(IntegrityError), transaction.atomic():
            Spell.objects.create(
                programme_id=first.programme_id,
                member_id=first.member_id,
                level_id=first.level_id,
                since=first.since,
                until=until,
            )
