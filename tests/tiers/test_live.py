"""Growth comes with the purchase, levels with growth; refunds take both back."""

from datetime import timedelta

import pytest

from apps.activity import services as activity
from apps.activity.models import Activity, Line
from apps.activity.services import RefundRequest
from apps.core.models import OutboxEvent
from apps.ledger import queries as ledger
from apps.ledger.models import Entry
from apps.points import queries as points
from apps.points import rules as points_rules
from apps.points import services as points_services
from apps.tiers import packs
from apps.tiers.models import LevelReached, Spell, Standing
from tests.activity.conftest import NOW
from tests.factories import MemberFactory
from tests.tiers.conftest import DESK, THREE, assess, day, publish

GROWTH = "growth:levels"


def spells(member):
    rows = Spell.objects.filter(member=member).order_by("since")
    return [(row.level.code, row.since, row.until) for row in rows.select_related("level")]


def events(topic):
    return [event.payload["changes"] for event in OutboxEvent.objects.filter(topic=topic).order_by("pk")]


def buy(purchase, member, yuan, at=NOW):
    return activity.record_one(purchase(member, ("MEAT", 1, yuan * 100), at=at), at=at)


def refund(receipt, at_till, at=NOW, key="R1"):
    (line,) = Line.objects.filter(activity=receipt.activity_id)
    return activity.refund(RefundRequest(receipt.activity_id, {line.pk: 1}, key), actor=at_till, at=at)


def test_without_a_programme_a_purchase_costs_what_it_did(ann, purchase, django_assert_num_queries):
    points.rulebook()
    buy(purchase, ann, 10)
    with django_assert_num_queries(1):
        activity.record([purchase(ann, ("MEAT", 1, 1000))], at=NOW)
    assert not Entry.objects.exclude(account__asset__code="points").exists()


def test_a_purchase_gives_growth_and_the_level_it_reaches_at_once(ann, ben, purchase):
    publish()
    buy(purchase, ben, 5)
    buy(purchase, ann, 199)
    assert [(level, until) for level, _since, until in spells(ann)] == [("basic", None)]
    receipt = buy(purchase, ann, 1, at=NOW + timedelta(hours=1))
    assert ledger.balance(ann.pk, GROWTH) == 200
    assert spells(ann) == [
        ("basic", ann.joined_at, NOW + timedelta(hours=1)),
        ("gold", NOW + timedelta(hours=1), None),
    ]
    entry = ledger.entry_by_source(f"activity:{receipt.activity_id}:growth:levels")
    assert (entry.amount, entry.at) == (1, NOW + timedelta(hours=1))
    assert entry.explanation == {
        "growth": {"programme": "levels", "version": 1, "parts": [[0, 100, 100, 1, 1]]}
    }
    basic, gold = Spell.objects.filter(member=ann).order_by("since").values_list("level_id", flat=True)
    assert events("tiers.upgraded") == [[[ann.pk, basic, gold, 200]]]
    assert spells(ben) == [("basic", ben.joined_at, None)]


def test_what_is_paid_with_points_and_what_is_only_previewed_gives_no_growth(ann, purchase, give):
    publish()
    activity.preview(purchase(ann, ("MEAT", 1, 50_000)), at=NOW)
    assert (ledger.balance(ann.pk, GROWTH), spells(ann)) == (0, [("basic", ann.joined_at, None)])


def test_a_batch_upgrades_at_the_purchase_that_reached_the_level(ann, ben, purchase):
    publish(levels=THREE)
    facts = [
        purchase(ann, ("A", 1, 6000), at=NOW),
        purchase(ann, ("A", 1, 6000), at=NOW + timedelta(days=1)),
        purchase(ben, ("A", 1, 50_000), at=NOW + timedelta(days=1)),
        purchase(ann, ("A", 1, 30_000), at=NOW + timedelta(days=2)),
    ]
    activity.record(facts, at=NOW + timedelta(days=3))
    assert [spell[:2] for spell in spells(ann)] == [
        ("basic", ann.joined_at),
        ("silver", NOW + timedelta(days=1)),
        ("gold", NOW + timedelta(days=2)),
    ]
    assert [spell[:2] for spell in spells(ben)] == [
        ("basic", ben.joined_at),
        ("gold", NOW + timedelta(days=1)),
    ]


def test_a_refund_takes_growth_back_and_the_level_with_it(ann, purchase, at_till):
    publish()
    buy(purchase, ann, 100)
    second = buy(purchase, ann, 150, at=NOW + timedelta(days=1))
    refund(second, at_till, NOW + timedelta(days=2))
    assert ledger.balance(ann.pk, GROWTH) == 100
    assert spells(ann) == [
        ("basic", ann.joined_at, NOW + timedelta(days=1)),
        ("gold", NOW + timedelta(days=1), NOW + timedelta(days=2)),
        ("basic", NOW + timedelta(days=2), None),
    ]
    assert [len(told) for told in events("tiers.downgraded")] == [1]


def test_a_refund_leaves_the_level_that_is_still_kept(ann, purchase, at_till):
    publish()
    first = buy(purchase, ann, 50)
    buy(purchase, ann, 150)
    refund(first, at_till)
    assert [spell[0] for spell in spells(ann)] == ["basic", "gold"]


def test_within_a_calendar_year_a_refund_takes_back_what_the_year_gave_and_no_more(ann, purchase, at_till):
    publish(levels=THREE, window={"calendar": "year"})
    buy(purchase, ann, 150, at=day("2025-11-01"))
    assess("2026-01-01")
    big = buy(purchase, ann, 400, at=day("2026-02-01"))
    refund(big, at_till, day("2026-02-02"))
    assert [spell[0] for spell in spells(ann)] == ["basic", "silver", "gold", "silver"]


def test_levels_are_not_raised_at_once_where_the_policy_says_later(ann, purchase):
    publish(upgrade="at_assessment")
    buy(purchase, ann, 500)
    assert not Standing.objects.filter(member=ann, level__code="gold").exists()
    assess("2025-05-01")
    assert [spell[0] for spell in spells(ann)] == ["basic", "gold"]


def test_caps_count_what_the_period_already_gave(ann, purchase):
    publish(
        growth=[{"activity": "purchase", "per_unit": 1, "cap": {"per": "day", "growth": 120}}],
        window="lifetime",
    )
    for yuan in (100, 100, 100):
        buy(purchase, ann, yuan)
    assert ledger.balance(ann.pk, GROWTH) == 120
    buy(purchase, ann, 100, at=NOW + timedelta(days=1))
    assert ledger.balance(ann.pk, GROWTH) == 220


def test_a_level_reached_again_gives_no_second_pack(ann, purchase, at_till, monkeypatch):
    given = []
    monkeypatch.setitem(packs.HOOKS, "test", given.extend)
    publish(levels=THREE)
    big = buy(purchase, ann, 350)
    refund(big, at_till, NOW + timedelta(days=1))
    buy(purchase, ann, 120, at=NOW + timedelta(days=2))
    assert [spell[0] for spell in spells(ann)] == ["basic", "gold", "basic", "silver"]
    assert [(each.member_id, each.at) for each in given] == [(ann.pk, NOW), (ann.pk, NOW)]
    assert LevelReached.objects.count() == 2


def test_points_rules_may_ask_for_the_tier(ann, ben, purchase):
    publish()
    spec = points_rules.EarningSpec(
        effect="multiply", multiplier=200, facts=(points_rules.FactCondition("tier", ("gold",)),)
    )
    draft = points_services.Draft("gold-doubles", "Gold earns double", spec)
    version = points_services.draft_rule(draft=draft, actor=DESK, at=NOW)
    points_services.publish_version(rule_id=version.rule_id, actor=DESK, at=NOW)
    assert buy(purchase, ann, 200).points == 200
    assert buy(purchase, ann, 10).points == 20
    assert buy(purchase, ben, 10).points == 10


@pytest.mark.parametrize("lines", [1, 30])
def test_a_batch_costs_the_same_however_large(lines, store, purchase, django_assert_max_num_queries):
    publish()
    members = [MemberFactory(home_store=store) for _ in range(lines)]
    activity.record([purchase(each, ("A", 1, 100)) for each in members], at=NOW)
    facts = [purchase(each, ("A", 1, 30_000)) for each in members]
    with django_assert_max_num_queries(16):
        activity.record(facts, at=NOW)
    assert Standing.objects.filter(level__code="gold").count() == lines
    assert Activity.objects.count() == 2 * lines
