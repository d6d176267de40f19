from datetime import UTC, date, datetime

from apps.points import rules
from tests.points.making import basket, decided, live


def day(number):
    return datetime(2026, 1, number, tzinfo=UTC)


def version(number, starts, ends=None, rule_id=1, spec=None, code="base"):
    spec = spec or rules.EarningSpec(points=number)
    return rules.Version(rule_id, rule_id * 100 + number, code, code, number, spec, starts, ends)


def points_on(book, number):
    return [rule.spec.points for rule in book.page(day(number)).earning]


def test_the_newest_version_that_has_started_applies():
    book = rules.Rulebook([version(1, day(1)), version(2, day(5))])
    assert [points_on(book, number) for number in (4, 5, 6)] == [[1], [2], [2]]


def test_when_a_limited_version_ends_the_one_before_applies_again():
    book = rules.Rulebook([version(1, day(1)), version(2, day(5), day(7))])
    assert [points_on(book, number) for number in (6, 7)] == [[2], [1]]


def test_an_ended_rule_gives_nothing_any_more():
    book = rules.Rulebook([version(1, day(1), day(5))])
    assert [points_on(book, number) for number in (4, 5)] == [[1], []]


def test_before_the_first_version_nothing_applies():
    assert rules.Rulebook([version(1, day(5))]).page(day(4)).earning == ()


def test_rules_come_by_priority():
    low = version(1, day(1), rule_id=1, code="a")
    high = version(1, day(1), rule_id=2, code="b", spec=rules.EarningSpec(priority=9))
    assert [rule.code for rule in rules.Rulebook([low, high]).page(day(2)).earning] == ["b", "a"]


def test_the_default_policy_serves_who_names_none_and_who_names_one_not_live():
    annual = version(1, day(1), rule_id=1, code="annual", spec=rules.ClearingSpec(is_default=True))
    days = version(1, day(1), rule_id=2, code="month", spec=rules.ClearingSpec("days", 30))
    page = rules.Rulebook([annual, days]).page(day(2))
    earned = date(2026, 1, 2)
    assert page.expiry("", earned) == date(2027, 12, 31)
    assert page.expiry("month", earned) == date(2026, 2, 1)
    assert page.expiry("gone", earned) == date(2027, 12, 31)


def test_without_a_policy_points_never_expire():
    assert rules.Rulebook([]).page(day(2)).expiry("", date(2026, 1, 2)) is None


def test_lots_are_one_per_last_and_first_day():
    month = version(1, day(1), rule_id=2, code="month", spec=rules.ClearingSpec("days", 30))
    page = rules.Rulebook([month]).page(day(2))
    given = basket(10000)
    decision = decided(
        given,
        live("a"),
        live("b"),
        live("c", clearing="month"),
        live("d", clearing="month", available_after_days=14),
    )
    assert set(rules.grants_of(decision, given, page)) == {
        (200, None, None),
        (100, date(2026, 4, 17), None),
        (100, date(2026, 4, 17), date(2026, 4, 1)),
    }


def test_an_explanation_names_rule_version_base_rate_rounding_and_cap_cut():
    rule = live(cap_day=100, multiplier=200)
    given = basket(9000)
    decision = decided(given, rule, live("late", weekdays=(7,)))
    assert rules.explain(decision, given, rules.Page(())) == {
        "amount_fen": 9000,
        "points": 100,
        "parts": [
            {
                "rule": "base",
                "name": "Base",
                "rule_id": rule.rule_id,
                "version_id": rule.version_id,
                "version": 1,
                "base_fen": 9000,
                "rounding": "down",
                "points": 100,
                "rate": [1, 100],
                "multiplier": 200,
                "caps": [{"period": "2026-03-18", "limit": 100, "left": 100}],
                "raw": 180,
                "cut": 80,
            }
        ],
        "misses": [{"rule": "late", "name": "Late", "reason": "other_weekday", "weekdays": [7]}],
    }
