"""Explanations told in sentences: every kind of part, every reason, old and new shapes."""

import pytest
from django.utils import translation

from apps.points.rules.conditions import CONDITIONS
from apps.points.rules.deciding import Reason
from apps.points.sentences.awards import REASONS, award_sentences, part_sentence, reason_sentence

BASE = {
    "rule": "base",
    "name": "Base",
    "version": 3,
    "base_fen": 12850,
    "rounding": "down",
    "points": 128,
    "rate": [1, 100],
}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "1 point per ¥1.00 on ¥128.50, rounded down = 128 points"),
        (
            {"multiplier": 150, "points": 192},
            "1 point per ¥1.00 on ¥128.50, rounded down, times 1.5 = 192 points",
        ),
        (
            {"cut": 78, "points": 50, "caps": [{"period": "", "limit": 50, "left": 50}]},
            "1 point per ¥1.00 on ¥128.50, rounded down = 128 points; "
            "the limit of 50 points cut 78, 50 are given",
        ),
        (
            {"expires_on": "2027-12-31"},
            "1 point per ¥1.00 on ¥128.50, rounded down = 128 points; valid through 2027-12-31",
        ),
        (
            {"effect": "multiply", "base_points": 128, "multiplier": 200, "rate": None},
            "128 base points times 2, rounded down, add 128 points",
        ),
    ],
)
def test_a_part_tells_its_calculation(changes, told):
    assert part_sentence(BASE | changes) == f"“Base” (version 3): {told}"


def test_a_fixed_part_tells_its_points():
    fixed = {key: value for key, value in BASE.items() if key != "rate"} | {"fixed": 10, "points": 10}
    assert part_sentence(fixed) == "“Base” (version 3): 10 points, whatever the amount"
    doubled = fixed | {"multiplier": 200, "points": 20}
    assert part_sentence(doubled) == "“Base” (version 3): 10 points times 2 = 20 points"


def test_every_reason_of_the_rules_has_words():
    known = {reason for reason, _is_set, _ask in CONDITIONS} | {
        value for name, value in vars(Reason).items() if name.isupper()
    }
    assert known - {"other_kind"} <= REASONS.keys()


def test_a_miss_tells_its_facts():
    told = {
        "misses": [
            {"rule": "x", "name": "X", "reason": "below_minimum", "base_fen": 100, "min_amount_fen": 5000}
        ]
    }
    assert award_sentences(told) == ["“X” gave nothing: it starts at ¥50.00; ¥1.00 counted"]
    assert reason_sentence("other_weekday", {"weekdays": [6, 7]}) == "it runs on Saturday, Sunday only"


def test_rules_about_other_activities_are_left_out():
    assert award_sentences({"misses": [{"rule": "x", "name": "X", "reason": "other_kind"}]}) == []


def test_an_unknown_reason_stays_readable_and_missing_facts_are_dashes():
    assert reason_sentence("made_up", {}) == "made_up"
    assert reason_sentence("cap_reached", {}) == "its limit of – points is reached"
