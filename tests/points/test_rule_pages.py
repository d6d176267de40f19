from datetime import timedelta

import pytest
from django.urls import reverse

from apps.core import clock
from apps.points import queries, rules
from apps.points import services as points
from apps.points.models import Rule, RuleVersion
from tests.points.making import AT, MARKETER, publish

pytestmark = pytest.mark.django_db

EARNING = {
    "effect": "base",
    "basis": "per_unit",
    "points": "1",
    "unit_fen": "1",
    "multiplier": "2",
    "rounding": "down",
    "kinds": ["purchase"],
    "min_amount_fen": "0",
    "from_hour": "0",
    "to_hour": "24",
    "priority": "0",
    "stacking": "additive",
    "available_after_days": "0",
}
LIST = "/admin/points/rule/"


@pytest.fixture(autouse=True)
def _noon_in_english(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT):
        yield


@pytest.fixture
def desk(client, marketer):
    client.force_login(marketer)
    return client


def rule_page(rule_id, act=""):
    return reverse(f"admin:points_rule_{act or 'change'}", args=[rule_id])


def text(response):
    return response.content.decode()


def test_the_list_tells_every_rule_by_kind_with_its_state(desk):
    publish("gift", rules.EarningSpec(points=3, cap_day=40))
    shown = text(desk.get(LIST))
    assert "Every ¥1 paid earns 3 points; rounded down once per purchase; at most 40 points a day." in shown
    assert "Earned on 2026-03-18 → valid through 2027-12-31" in shown
    assert "On a bill of ¥128.50 up to 6,400 points, ¥64 off, ¥64.50 to pay" in shown
    assert shown.count('class="pt-state is-live"') == 5


def test_the_list_costs_the_same_queries_for_one_rule_and_for_many(desk, django_assert_max_num_queries):
    desk.get(LIST)
    for number in range(12):
        publish(f"gift{number}", rules.EarningSpec())
    with django_assert_max_num_queries(9):
        desk.get(LIST)


def test_the_preview_words_the_form_s_own_values(desk):
    shown = text(desk.post(f"{LIST}preview/earning/", EARNING))
    assert "Every ¥1 paid earns 1 point; times 2; rounded down once per purchase." in shown
    assert "Paying ¥128.50 → 128 × 2 = 256 points" in shown
    assert not Rule.objects.filter(code="gift").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"unit_fen": "1.234"}, "Enter a number with at most two decimals."),
        ({"unit_fen": "１"}, "Enter a number with at most two decimals."),
        ({"unit_fen": "0"}, "Enter a number above zero."),
        ({"month_days": "8, 32"}, "Enter days of the month between 1 and 31"),
        ({"facts": "gold"}, "Write a fact, a colon and its values"),
        ({"stacking": "best_of"}, "This is needed."),
        ({"basis": "per_purchase", "kinds": ["review"]}, "Points per purchase are for purchases alone."),
        ({"effect": "multiply", "multiplier": "1"}, "A multiplier is more than 1"),
        ({"kinds": []}, "This field is required."),
    ],
)
def test_the_preview_tells_problems_instead(desk, change, told):
    shown = text(desk.post(f"{LIST}preview/earning/", EARNING | change))
    assert told in shown
    assert "pt-sentence" not in shown


def test_a_marketer_drafts_and_publishes_a_rule(desk, marketer):
    answer = desk.post(
        f"{LIST}add/?kind=earning", EARNING | {"name": "Member day", "code": "day", "month_days": "8，18"}
    )
    rule = Rule.objects.get(code="day")
    assert answer.url == rule_page(rule.pk)
    version = rule.versions.get()
    assert version.definition == {"multiplier": 200, "month_days": [8, 18]}
    assert (version.published_at, version.created_by) == (None, marketer)
    desk.post(rule_page(rule.pk, "act"), {"act": "publish"})
    version.refresh_from_db()
    assert (version.starts_at, version.published_by) == (AT, marketer)
    assert [each.code for each in queries.live_rules(AT)] == ["base", "day"]


def test_what_was_typed_is_kept_when_the_code_is_taken(desk):
    answer = desk.post(f"{LIST}add/?kind=earning", EARNING | {"name": "Mine", "code": "base", "points": "77"})
    assert answer.status_code == 422
    assert "Another rule has the code base. Choose another code." in text(answer)
    assert 'value="77"' in text(answer)
    assert Rule.objects.filter(name="Mine").count() == 0


def test_the_draft_page_begins_with_the_newest_wording(desk):
    spec = rules.EarningSpec(
        points=7, min_amount_fen=12850, facts=(rules.FactCondition("tier", ("gold", "black")),), cap_day=40
    )
    gift = publish("gift", spec)
    shown = text(desk.get(rule_page(gift.rule_id, "draft")))
    assert 'value="7"' in shown
    assert 'value="128.50"' in shown
    assert "tier: gold, black" in shown
    assert "Paying ¥128.50 → 899 points, cut to 40 by the cap" in shown


def test_keeping_the_page_unchanged_keeps_the_wording(desk):
    spec = rules.EarningSpec(
        points=7,
        multiplier=150,
        min_amount_fen=12850,
        month_days=(8,),
        weekdays=(1, 7),
        categories=("a", "b"),
        facts=(rules.FactCondition("tier", ("gold", "black")),),
        cap_day=40,
        birthday_month=True,
    )
    gift = publish("gift", spec)
    form = desk.get(rule_page(gift.rule_id, "draft")).context["form"]
    sent = {bound.name: bound.field.prepare_value(bound.initial) for bound in form}
    sent = {name: value for name, value in sent.items() if value is not None and value is not False}
    desk.post(rule_page(gift.rule_id, "draft"), sent)
    draft = RuleVersion.objects.get(rule_id=gift.rule_id, number=2)
    assert rules.from_json("earning", draft.definition) == spec
    assert RuleVersion.objects.get(pk=gift.pk).definition == draft.definition


def test_publishing_at_a_chosen_time_is_in_the_shop_s_time(desk):
    gift = points.draft_rule(draft=points.Draft("gift", "Gift", rules.EarningSpec()), actor=MARKETER, at=AT)
    desk.post(rule_page(gift.rule_id, "act"), {"act": "publish", "starts_at": "2026-03-18T13:00"})
    gift.refresh_from_db()
    assert gift.starts_at == AT + timedelta(hours=1)
    assert "Scheduled" in text(desk.get(rule_page(gift.rule_id)))


def test_publishing_in_the_past_is_refused_in_words(desk):
    gift = points.draft_rule(draft=points.Draft("gift", "Gift", rules.EarningSpec()), actor=MARKETER, at=AT)
    answer = desk.post(rule_page(gift.rule_id, "act"), {"act": "publish", "starts_at": "2026-03-18T11:00"})
    assert answer.status_code == 422
    assert "This lies in the past." in text(answer)
    gift.refresh_from_db()
    assert gift.published_at is None


def test_the_rule_page_tells_versions_and_history(desk):
    gift = publish("gift", rules.EarningSpec(points=2))
    desk.post(rule_page(gift.rule_id, "draft"), EARNING)
    desk.post(rule_page(gift.rule_id, "act"), {"act": "publish"})
    desk.post(rule_page(gift.rule_id, "act"), {"act": "end"})
    shown = text(desk.get(rule_page(gift.rule_id)))
    assert "Every ¥1 paid earns 2 points" in shown
    assert shown.count("pt-state is-ended") == 3
    assert "Ended rule Gift" in shown


def test_discarding_the_only_draft_leads_back_to_the_list(desk):
    gift = points.draft_rule(draft=points.Draft("gift", "Gift", rules.EarningSpec()), actor=MARKETER, at=AT)
    assert desk.post(rule_page(gift.rule_id, "act"), {"act": "discard"}).url == LIST
    assert not Rule.objects.filter(code="gift").exists()


@pytest.mark.parametrize("kind", ["clearing", "spending", "refund"])
def test_every_kind_has_its_form(desk, kind):
    shown = text(desk.get(f"{LIST}add/?kind={kind}"))
    assert "pt-sentence" in shown


def test_an_unknown_kind_is_not_found(desk):
    assert desk.get(f"{LIST}add/?kind=nonsense").status_code == 404
    assert desk.post(f"{LIST}preview/nonsense/").status_code == 404


def test_an_auditor_may_look_but_not_touch(client, auditor):
    client.force_login(auditor)
    gift = points.draft_rule(draft=points.Draft("gift", "Gift", rules.EarningSpec()), actor=MARKETER, at=AT)
    assert client.get(rule_page(gift.rule_id)).status_code == 200
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(rule_page(gift.rule_id, "draft")).status_code == 403
    for act in ("publish", "discard", "end", "nonsense"):
        assert client.post(rule_page(gift.rule_id, "act"), {"act": act}).status_code == 403
    gift.refresh_from_db()
    assert gift.published_at is None


def test_a_clerk_has_no_rules_page(client, clerk):
    client.force_login(clerk)
    assert client.get(LIST).status_code in (302, 403)
