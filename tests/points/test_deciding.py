from datetime import date, datetime

import pytest

from apps.points import rules
from tests.points.making import NOON, SHANGHAI, basket, decided, live


def reasons(decision):
    return {miss.rule.code if miss.rule else None: miss.reason for miss in decision.misses}


def test_one_point_per_whole_yuan_rounded_down_once_per_purchase():
    decision = decided(basket(1270, 1280), live())
    assert decision.points == 25
    assert [(part.base_fen, part.raw, part.points) for part in decision.parts] == [(2550, 25, 25)]
    assert decision.misses == ()


@pytest.mark.parametrize(
    ("rounding", "fen", "points"),
    [("down", 199, 1), ("up", 101, 2), ("up", 100, 1), ("half_up", 149, 1), ("half_up", 150, 2)],
)
def test_rounding_is_as_stated(rounding, fen, points):
    assert decided(basket(fen), live(rounding=rounding)).points == points


def test_whole_points_first_then_the_multiplier():
    decision = decided(basket(12850), live(multiplier=200))
    assert decision.points == 256
    assert decision.parts[0].base_fen == 12850


def test_a_purchase_worth_nothing_earns_nothing_and_says_why():
    decision = decided(basket(0), live(), live("gift", basis="per_purchase", points=50))
    assert (decision.points, decision.parts, decision.reason) == (0, (), "nothing_paid")


def test_less_than_one_point_is_a_miss_with_its_base():
    decision = decided(basket(99), live())
    assert decision.reason == "below_one_point"
    assert decision.misses[0].facts == {"base_fen": 99}


def test_no_rule_at_all_is_said():
    assert decided(basket(100)).reason == "no_rule"


def test_a_frozen_member_earns_nothing():
    decision = decided(basket(5000), live(), status="frozen")
    assert (decision.points, decision.reason) == (0, "member_not_active")
    assert decision.misses[0].facts == {"status": "frozen"}


@pytest.mark.parametrize(
    ("wording", "about", "reason"),
    [
        ({"kinds": ("review",)}, {}, "other_kind"),
        ({"last_day": date(2026, 3, 17)}, {}, "other_period"),
        ({"first_day": date(2026, 3, 19)}, {}, "other_period"),
        ({"weekdays": (1, 2)}, {}, "other_weekday"),
        ({"month_days": (8,)}, {}, "other_month_day"),
        ({"from_hour": 13, "to_hour": 15}, {}, "other_hours"),
        ({"from_hour": 22, "to_hour": 6}, {}, "other_hours"),
        ({"channels": ("app",)}, {}, "other_channel"),
        ({"stores": ("S9",)}, {}, "other_store"),
        ({"tags_any": ("vip",)}, {}, "tag_missing"),
        ({"tags_none": ("staff",)}, {"tags": frozenset({"staff"})}, "tag_excluded"),
        ({"birthday_month": True}, {}, "not_birthday_month"),
        ({"birthday_month": True}, {"birthday": date(1990, 4, 1)}, "not_birthday_month"),
        ({"facts": (rules.FactCondition("tier", ("gold",)),)}, {"facts": {"tier": "new"}}, "fact_differs"),
        ({"facts": (rules.FactCondition("tier", ("gold",)),)}, {}, "fact_differs"),
        ({"min_amount_fen": 5001}, {}, "below_minimum"),
        ({"categories": ("wine",)}, {}, "no_matching_line"),
    ],
)
def test_a_condition_not_met_is_a_miss_with_its_reason(wording, about, reason):
    decision = decided(basket(("bread", 5000), channel="till", store="S1"), live(**wording), **about)
    assert (decision.points, decision.reason) == (0, reason)


@pytest.mark.parametrize(
    ("wording", "about"),
    [
        ({"first_day": date(2026, 3, 18), "last_day": date(2026, 3, 18)}, {}),
        ({"weekdays": (3,)}, {}),
        ({"month_days": (18,)}, {}),
        ({"from_hour": 12, "to_hour": 13}, {}),
        ({"from_hour": 22, "to_hour": 13}, {}),
        ({"channels": ("till",)}, {}),
        ({"stores": ("S1", "S2")}, {}),
        ({"tags_any": ("vip", "new")}, {"tags": frozenset({"new"})}),
        ({"tags_none": ("staff",)}, {"tags": frozenset({"new"})}),
        ({"birthday_month": True}, {"birthday": date(1990, 3, 31)}),
        ({"facts": (rules.FactCondition("tier", ("gold",)),)}, {"facts": {"tier": "gold"}}),
        ({"min_amount_fen": 5000}, {}),
        ({"categories": ("bread",)}, {}),
        ({"excluded_categories": ("wine",)}, {}),
    ],
)
def test_a_condition_met_lets_the_rule_give(wording, about):
    given = basket(("bread", 5000), channel="till", store="S1")
    assert decided(given, live(**wording), **about).points == 50


def test_only_the_lines_that_match_count():
    given = basket(("wine", 1050), ("bread", 5000), ("tobacco", 9000))
    assert decided(given, live(categories=("wine", "bread"))).points == 60
    assert decided(given, live(excluded_categories=("tobacco",))).points == 60


def test_a_line_counts_by_its_sku_too():
    lines = (rules.BasketLine("wine", "W1", 1, 900), rules.BasketLine("bread", "B1", 1, 500))
    given = rules.Basket("purchase", NOON, 1400, lines)
    assert decided(given, live(skus=("W1",))).points == 9
    assert decided(given, live(skus=("W1",), categories=("bread",))).points == 14


def test_an_amount_without_lines_matches_no_category_but_passes_an_exclusion():
    given = rules.Basket("purchase", NOON, 5000)
    assert decided(given, live(categories=("wine",))).reason == "no_matching_line"
    assert decided(given, live(excluded_categories=("wine",))).points == 50


def test_an_activity_without_money_earns_a_fixed_number():
    review = rules.Basket("review", NOON)
    rule = live("review", basis="per_activity", kinds=("review",), points=20)
    assert decided(review, rule, live()).points == 20
    assert decided(rules.Basket("review", NOON), live("odd", kinds=("review",))).reason == "nothing_paid"


def test_member_day_doubles_what_the_base_rules_give():
    decision = decided(basket(12850), live(), live("double", effect="multiply", multiplier=200))
    assert decision.points == 256
    assert [(part.rule.code, part.points) for part in decision.parts] == [("base", 128), ("double", 128)]
    assert decision.parts[1].base_points == 128


def test_multipliers_add_up_and_never_touch_a_bonus():
    decision = decided(
        basket(10000),
        live(),
        live("x2", effect="multiply", multiplier=200),
        live("x3", effect="multiply", multiplier=300),
        live("gift", effect="bonus", basis="per_purchase", points=7),
    )
    assert decision.points == 100 + 100 + 200 + 7


def test_a_multiplier_on_a_category_multiplies_that_category_alone():
    decision = decided(
        basket(("wine", 3090), ("bread", 7000)),
        live(),
        live("wine", effect="multiply", multiplier=200, categories=("wine",)),
    )
    assert [part.points for part in decision.parts] == [100, 30]


def test_a_multiplier_without_base_points_says_so():
    double = live("double", effect="multiply", multiplier=200)
    decision = decided(basket(5000), double)
    assert reasons(decision) == {"double": "nothing_to_multiply"}


def test_of_a_group_the_best_counts_and_the_other_says_which_was_better():
    small = live("small", effect="multiply", multiplier=150, stacking="best_of", group="day")
    large = live("large", effect="multiply", multiplier=200, stacking="best_of", group="day")
    decision = decided(basket(10000), live(), small, large)
    assert decision.points == 200
    assert reasons(decision) == {"small": "better_rule"}
    assert decision.misses[0].facts == {"better": "large", "points": 50, "better_points": 100}


def test_of_equals_in_a_group_the_higher_priority_counts():
    one = live("one", stacking="best_of", group="g")
    two = live("two", stacking="best_of", group="g", priority=5)
    assert [part.rule.code for part in decided(basket(100), one, two).parts] == ["two"]


def test_best_is_judged_after_caps():
    cut = live("cut", points=9, cap_purchase=10, stacking="best_of", group="g", priority=9)
    plain = live("plain", stacking="best_of", group="g")
    assert [(p.rule.code, p.points) for p in decided(basket(5000), cut, plain).parts] == [("plain", 50)]


def test_a_cap_gives_what_still_fits():
    rule = live(cap_day=100)
    decision = decided(basket(9000), rule, caps={(rule.rule_id, "2026-03-18"): 70})
    part = decision.parts[0]
    assert (part.raw, part.points, part.cut_by_cap) == (90, 30, 60)
    assert [(limit.period, limit.limit, limit.left) for limit in part.limits] == [("2026-03-18", 100, 30)]


def test_the_tightest_of_several_caps_decides():
    rule = live(cap_purchase=80, cap_day=70, cap_month=60, cap_life=50)
    decision = decided(basket(9000), rule)
    assert decision.points == 50
    assert decision.parts[0].lasting_periods == ("2026-03-18", "2026-03", "life")


def test_a_cap_already_reached_is_a_miss():
    rule = live(cap_month=100)
    decision = decided(basket(9000), rule, caps={(rule.rule_id, "2026-03"): 100})
    assert (decision.points, decision.reason) == (0, "cap_reached")
    assert decision.misses[0].facts == {"period": "2026-03", "limit": 100, "raw": 90}


def test_different_reasons_together_are_no_rule_applied():
    decision = decided(basket(5000), live(kinds=("review",)), live("wed", weekdays=(1,)))
    assert decision.reason == "no_rule_applied"
    assert reasons(decision) == {"base": "other_kind", "wed": "other_weekday"}


def test_hours_over_midnight():
    rule = live(from_hour=22, to_hour=2)
    late = datetime(2026, 3, 18, 23, 59, tzinfo=SHANGHAI)
    early = datetime(2026, 3, 19, 1, 59, tzinfo=SHANGHAI)
    assert [decided(basket(100, at=at), rule).points for at in (late, early, NOON)] == [1, 1, 0]


def test_the_part_paid_with_points_earns_nothing():
    given = basket(("a", 1000), ("b", 2000), ("c", 3000)).without_points(601)
    assert [line.amount_fen for line in given.lines] == [900, 1800, 2699]
    assert given.amount_fen == 5399
    assert decided(given, live()).points == 53
