"""The list of rules asked by state, two versions side by side, going back to an earlier one."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from apps.core import clock
from apps.core.approvals.models import ApprovalRequest
from apps.points import queries, rules, sentences
from apps.points import services as points
from apps.points.errors import DraftInTheWay
from apps.points.models import Rule, RuleVersion
from tests.points.making import AT, MARKETER, publish

pytestmark = pytest.mark.django_db
LIST = "/admin/points/rule/"


@pytest.fixture(autouse=True)
def _noon_in_english(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT), translation.override("en"):
        yield


@pytest.fixture
def desk(client, marketer):
    client.force_login(marketer)
    return client


def base():
    return Rule.objects.get(code="base")


def again(spec, *, at=AT, starts_at=None):
    points.edit_draft(rule_id=base().pk, spec=spec, actor=MARKETER, at=at)
    return points.publish_version(rule_id=base().pk, actor=MARKETER, at=at, starts_at=starts_at)


def page(act, rule):
    return reverse(f"admin:points_rule_{act}", args=[rule.pk])


def text(response):
    return " ".join(response.content.decode().split())


def names(desk, query):
    kinds = desk.get(LIST, query).context["kinds"]
    return [row["rule"].code for group in kinds for row in group["rows"]]


def test_the_list_is_asked_by_state_kind_and_name(desk):
    publish("gone", rules.EarningSpec(), at=AT - timedelta(days=2), ends_at=AT - timedelta(days=1))
    publish("soon", rules.EarningSpec(), starts_at=AT + timedelta(days=1))
    points.draft_rule(draft=points.Draft("idea", "Idea", rules.EarningSpec()), actor=MARKETER, at=AT)
    points.edit_draft(rule_id=base().pk, spec=rules.EarningSpec(points=2), actor=MARKETER, at=AT)
    assert names(desk, {"state": "live"}) == ["base", "annual", "till", "refund"]
    assert names(desk, {"state": "scheduled"}) == ["soon"]
    assert names(desk, {"state": "draft"}) == ["base", "idea"]
    assert names(desk, {"state": "ended"}) == ["gone"]
    assert names(desk, {"kind": "earning"}) == ["base", "gone", "idea", "soon"]
    assert names(desk, {"q": "ON"}) == ["gone", "soon"]
    assert names(desk, {"q": "消费", "state": "draft"}) == ["base"]
    chips = desk.get(LIST, {"q": "x"}).context["counts"]
    assert [(chip["state"], chip["count"]) for chip in chips] == [
        ("", 7),
        ("live", 4),
        ("scheduled", 1),
        ("draft", 2),
        ("ended", 1),
    ]
    assert chips[1]["url"] == "?q=x&state=live"


def test_a_query_nothing_fits_says_so(desk):
    assert "No rule fits this query." in text(desk.get(LIST, {"q": "nonsense"}))
    assert names(desk, {"kind": "nonsense"}) == ["base", "annual", "till", "refund"]


def test_the_list_tells_who_published_last_and_offers_replay_and_comparison(desk, marketer):
    again(rules.EarningSpec(points=2))
    shown = text(desk.get(LIST))
    assert "from the beginning" in shown
    assert page("compare", base()) in shown
    assert shown.count("Replay on real activities") == 1


def test_two_versions_differ_field_by_field_in_words(desk):
    again(rules.EarningSpec(points=3, multiplier=150, cap_month=200, weekdays=(6, 7), tags_any=("vip",)))
    shown = desk.get(page("compare", base()))
    assert [(str(row["label"]), row["was"], row["now"]) for row in shown.context["changes"]] == [
        ("Points", "1", "3"),
        ("Multiplier", "× 1", "× 1.5"),
        ("Only on weekdays", "none", "Saturday, Sunday"),
        ("Members with one of these tags", "none", "vip"),
        ("Points a month", "none", "200"),
    ]
    assert "27 fields are the same in both." in text(shown)
    back = desk.get(page("compare", base()), {"old": "2", "new": "1"})
    assert next((row["was"], row["now"]) for row in back.context["changes"]) == ("3", "1")
    same = desk.get(page("compare", base()), {"old": "1", "new": "1"})
    assert (same.context["changes"], "Both say the same." in text(same)) == ([], True)


@pytest.mark.parametrize("query", [{"old": "9"}, {"new": "x"}, {"old": "0"}])
def test_versions_that_are_not_there_are_not_compared(desk, query):
    assert desk.get(page("compare", base()), query).status_code == 404


SPECS = [
    (
        rules.EarningSpec(),
        rules.EarningSpec(
            effect="bonus",
            basis="per_purchase",
            unit_fen=250,
            rounding="up",
            kinds=("purchase", "review"),
            min_amount_fen=1050,
            first_day=date(2026, 1, 1),
            from_hour=9,
            birthday_month=True,
            facts=(rules.FactCondition("tier", ("gold", "black")),),
            stacking="best_of",
            group="g",
            clearing="annual",
            available_after_days=14,
        ),
        {
            "effect": ("Base points (multipliers apply)", "Extra points (no multiplier applies)"),
            "basis": ("Per amount paid", "Fixed, per purchase"),
            "unit_fen": ("¥1", "¥2.50"),
            "rounding": ("rounded down", "rounded up"),
            "kinds": ("Purchase", "Purchase, Review"),
            "min_amount_fen": ("¥0", "¥10.50"),
            "first_day": ("none", "2026-01-01"),
            "from_hour": ("0:00", "9:00"),
            "birthday_month": ("no", "yes"),
            "facts": ("none", "tier: gold, black"),
            "stacking": ("Adds to other rules", "Only the best of its group counts"),
            "group": ("none", "g"),
            "clearing": ("The default policy", "annual"),
            "available_after_days": ("0 days", "14 days"),
        },
    ),
    (
        rules.ClearingSpec(),
        rules.ClearingSpec(method="days", count=90, is_default=True),
        {"method": ("Annual rolling", "A number of days"), "count": ("1", "90"), "is_default": ("no", "yes")},
    ),
    (
        rules.SpendingSpec(100, 100, 100, 100, 5000),
        rules.SpendingSpec(100, 80, 100, 100, 10_000),
        {"fen": ("¥1", "¥0.80"), "max_share_bp": ("50%", "100%")},
    ),
    (
        rules.RefundSpec(),
        rules.RefundSpec("waive", 10),
        {
            "shortfall": ("The member owes them; later points settle the debt", "They are waived"),
            "grace_days": ("30 days", "10 days"),
        },
    ),
]


@pytest.mark.parametrize(("old", "new", "told"), SPECS, ids=[old.kind for old, _new, _told in SPECS])
def test_every_field_that_differs_is_told_in_words(old, new, told):
    assert {each.field: (each.was, each.now) for each in sentences.changes(old, new)} == told
    assert sentences.changes(new, new) == []


def test_one_click_goes_back_to_an_earlier_version_as_a_new_one(desk, marketer):
    again(rules.EarningSpec(points=2))
    shown = text(desk.get(page("change", base())))
    assert shown.count("Revert to this") == 1
    answer = desk.post(page("revert", base()), {"version": "1"})
    assert answer.url == page("change", base())
    newest = RuleVersion.objects.filter(rule=base()).first()
    assert (newest.number, rules.from_json("earning", newest.definition)) == (3, rules.EarningSpec())
    assert (newest.published_by, newest.starts_at) == (marketer, AT)
    assert queries.live_rules(AT)[0].number == 3
    assert ApprovalRequest.objects.get().reason == "Back to version 1"


def test_a_draft_with_other_words_is_not_overwritten_by_going_back(desk):
    again(rules.EarningSpec(points=2))
    points.edit_draft(rule_id=base().pk, spec=rules.EarningSpec(points=7), actor=MARKETER, at=AT)
    shown = text(desk.post(page("revert", base()), {"version": "1"}, follow=True))
    assert "Version 3 is a draft with other words. Publish or discard it first." in shown
    draft = RuleVersion.objects.get(rule=base(), published_at=None)
    assert (draft.number, draft.definition["points"]) == (3, 7)
    with pytest.raises(DraftInTheWay) as refused:
        points.reopen_version(rule_id=base().pk, number=1, actor=MARKETER, at=AT)
    assert (refused.value.rule_id, refused.value.number) == (base().pk, 3)


@pytest.mark.parametrize("version", ["", "9", "2", "x", "0"])
def test_only_published_versions_are_gone_back_to(desk, version):
    points.edit_draft(rule_id=base().pk, spec=rules.EarningSpec(points=7), actor=MARKETER, at=AT)
    assert desk.post(page("revert", base()), {"version": version}).status_code == 404


def test_going_back_needs_the_right_to_publish(client, auditor, operations):
    again(rules.EarningSpec(points=2))
    client.force_login(auditor)
    assert client.post(page("revert", base()), {"version": "1"}).status_code == 403
    assert "Revert to this" not in text(client.get(page("change", base())))
    assert client.get(page("compare", base())).status_code == 200
    client.force_login(operations)
    assert client.get(page("revert", base())).status_code == 405


def test_the_comparison_costs_the_same_queries_for_two_versions_and_for_ten(desk, django_assert_num_queries):
    again(rules.EarningSpec(points=2))
    desk.get(page("compare", base()))
    with django_assert_num_queries(COMPARED):
        desk.get(page("compare", base()))
    for number in range(3, 11):
        again(rules.EarningSpec(points=number))
    with django_assert_num_queries(COMPARED):
        desk.get(page("compare", base()))


COMPARED = 7
