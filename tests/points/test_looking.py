"""Rules looked at together."""

from datetime import date

import pytest

from apps.core import clock
from apps.core.approvals.models import ApprovalThreshold
from apps.core.audit import Actor
from apps.members.models import Tag
from apps.points import rules
from apps.points import services as points
from apps.points.models import AdjustmentLimit
from apps.points.rules.looking import covers, never_matches, remarks
from apps.points.rules.rulebook import Version
from apps.stores.models import Store
from tests.points.making import AT, publish

TODAY = date(2026, 3, 18)


def spec(**wording):
    return rules.EarningSpec(**wording)


def said(*specs, policies=()):
    versions = [
        Version(number, 100 + number, f"r{number}", f"R{number}", 1, wording, AT)
        for number, wording in enumerate((*specs, *policies), 1)
    ]
    return [(remark.kind, remark.code, remark.other) for remark in remarks(rules.Page(versions), TODAY)]


@pytest.mark.parametrize(
    "wording",
    [
        {"last_day": date(2026, 3, 17)},
        {"categories": ("meat",), "excluded_categories": ("meat", "fish")},
        {"tags_any": ("vip",), "tags_none": ("vip",)},
        {"cap_month": 0},
    ],
)
def test_what_can_never_match(wording):
    assert never_matches(spec(**wording), TODAY)


@pytest.mark.parametrize(
    "wording",
    [{}, {"last_day": TODAY}, {"categories": ("meat",), "excluded_categories": ("fish",)}, {"cap_day": 1}],
)
def test_what_can_match(wording):
    assert not never_matches(spec(**wording), TODAY)


@pytest.mark.parametrize(
    ("wide", "narrow", "answer"),
    [
        ({}, {}, True),
        ({}, {"stores": ("S1",), "weekdays": (6,)}, True),
        ({"stores": ("S1",)}, {}, False),
        ({"stores": ("S1", "S2")}, {"stores": ("S2",)}, True),
        ({"categories": ("meat",)}, {"skus": ("a",)}, False),
        ({"skus": ("a", "b")}, {"skus": ("a",), "categories": ("meat",)}, False),
        ({"skus": ("a", "b")}, {"skus": ("a",)}, True),
        ({"excluded_categories": ("gift",)}, {}, False),
        ({"excluded_categories": ("gift",)}, {"excluded_categories": ("gift", "card")}, True),
        ({"min_amount_fen": 100}, {}, False),
        ({"first_day": date(2026, 1, 1)}, {"first_day": date(2026, 2, 1)}, True),
        ({"first_day": date(2026, 1, 1)}, {}, False),
        ({"birthday_month": True}, {"birthday_month": True}, False),
        ({"kinds": ("purchase",)}, {"kinds": ("purchase", "check_in")}, False),
        ({"from_hour": 8}, {"from_hour": 9}, False),
    ],
)
def test_whether_one_counts_all_that_another_counts(wide, narrow, answer):
    assert covers(spec(**wide), spec(**narrow)) is answer


def test_base_rules_that_add_up_overlap_and_others_do_not():
    assert said(spec(), spec(stores=("S1",))) == [("overlaps", "r2", "R1")]
    assert said(spec(), spec()) == [("overlaps", "r2", "R1")]
    assert said(spec(), spec(effect="bonus", stores=("S1",))) == []
    assert said(spec(), spec(effect="multiply", multiplier=200)) == []


def test_a_rule_alone_in_its_group_and_a_policy_nobody_names():
    alone = spec(stacking="best_of", group="g")
    assert said(alone) == [("alone_in_group", "r1", "g")]
    unused, default = rules.ClearingSpec(count=2), rules.ClearingSpec(is_default=True)
    assert said(spec(), policies=(unused, default)) == [("unused_policy", "r2", "")]
    assert said(spec(clearing="r2"), policies=(unused,)) == []


@pytest.mark.django_db
def test_the_truth_page_tells_it_with_the_way_to_the_rule(client, operations, settings):
    settings.LANGUAGE_CODE = "en"
    version = publish("twice", spec(stores=("S1",)))
    client.force_login(operations)
    shown = client.get("/admin/core/alert/")
    titles = {finding.title: finding.url for finding in shown.context["findings"]}
    assert titles["“Twice” pays a second time for what “消费积分” pays already."] == (
        f"/admin/points/rule/{version.rule_id}/change/"
    )


@pytest.mark.django_db
def test_what_asks_for_what_is_not_there_and_settings_nothing_uses(
    client, operations, clerk, store, settings
):
    settings.LANGUAGE_CODE = "en"
    Store.objects.create(code="S404", name="gone", is_open=False)
    Tag.objects.create(code="vip", name="VIP")
    fact = rules.FactCondition("mood", ("good",))
    publish("tagged", spec(effect="bonus", tags_any=("vip",)))
    publish("closed", spec(effect="bonus", stores=("S404",)))
    publish("half", spec(effect="bonus", stores=("S404", store.code)))
    publish("nowhere", spec(effect="bonus", channels=("moon",)))
    publish("moody", spec(effect="bonus", facts=(fact,)))
    policy = publish("ended", rules.ClearingSpec(count=2))
    publish("lost", spec(effect="bonus", clearing="ended"))
    now = clock.now()
    points.end_rule(rule_id=policy.rule_id, ends_at=now, actor=Actor("test"), at=now)
    publish("old-till", rules.SpendingSpec())
    publish("new-till", rules.SpendingSpec())
    AdjustmentLimit.objects.create(staff=clerk, points_per_day=5)
    ApprovalThreshold.objects.create(act="gone.act", mode="never")
    client.force_login(operations)
    shown = client.get("/admin/core/alert/")
    told = {finding.title for finding in shown.context["findings"]}
    expected = {
        "“Tagged” can never match: no member has the tag vip.",
        "“Closed” can never match: no store S404 is open.",
        "“Nowhere” can never match: there is no channel moon.",
        "“Moody” can never match: nothing provides mood.",
        "“Lost” names the clearing policy ended, which is not live: the default applies.",
        "“Old-Till” is live but without use: “New-Till” started later.",
        f"{clerk} has a daily limit of adjustments but may not adjust points.",
    }
    assert expected <= told
    assert not any("Half" in title for title in told)
    assert "A threshold is set for the act “gone.act”, which nothing knows." in shown.text
