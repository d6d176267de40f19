"""A programme's file is read strictly: what is wrong is told with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tiers import rules
from tests.tiers.conftest import SMALLEST, THREE


def test_the_smallest_file_says_what_it_says():
    spec = rules.from_json(SMALLEST)
    assert [(level.code, level.entry, level.keep, level.re_entry) for level in spec.levels] == [
        ("basic", 0, 0, 0),
        ("gold", 200, 150, 200),
    ]
    assert spec.growth == (rules.Source(("purchase",), "per_unit", 1),)
    assert (spec.window, spec.downgrade, spec.grace_days) == (rules.Window("rolling", 12), "recompute", 0)
    assert (spec.upgrade, spec.climb, spec.assess) == ("at_once", "direct", "month")


def levels(*more):
    return {"levels": [*THREE, *more]}


def source(**what):
    return {"growth": [{"activity": "purchase", **what}]}


PER_UNIT = {"activity": "purchase", "per_unit": 1}
NEVER = {"first_day": "2026-02-30", "last_day": "2026-03-01", "percent": 150}
LEVEL, FOURTH, GROWTH = "$.levels[1]", "$.levels[3]", "$.growth[0]"
WRONG = [
    ([], "$", "not_an_object"),
    ({"code": None}, "$.code", "not_a_text"),
    ({"code": "my levels"}, "$.code", "not_a_code"),
    ({"kind": "club"}, "$.kind", "not_one_of"),
    ({"colour": "red"}, "$.colour", "unknown_field"),
    ({"levels": []}, "$.levels", "too_few"),
    ({"levels": [{"code": "a", "entry": 5}]}, "$.levels[0].entry", "first_is_not_zero"),
    ({"levels": [THREE[0], {"code": "b"}]}, f"{LEVEL}.entry", "missing"),
    ({"levels": [THREE[0], {"code": "b", "entry": 1.5}]}, f"{LEVEL}.entry", "not_a_whole_number"),
    ({"levels": [THREE[0], {"code": "b", "entry": 5, "keep": 6}]}, f"{LEVEL}.keep", "above_entry"),
    (levels({"code": "d", "entry": 50}), f"{FOURTH}.entry", "below_the_one_before"),
    (levels({"code": "d", "entry": 300}), f"{FOURTH}.entry", "same_as_the_one_before"),
    (levels({"code": "gold", "entry": 900}), f"{FOURTH}.code", "twice"),
    (levels({"code": "d", "entry": 900, "colour": "red"}), f"{FOURTH}.colour", "not_a_colour"),
    ({"grace_days": True}, "$.grace_days", "not_a_whole_number"),
    ({"growth": []}, "$.growth", "too_few"),
    (source(per_unit=1, per_activity=1), GROWTH, "one_measure"),
    (source(per_unit=0), f"{GROWTH}.per_unit", "out_of_range"),
    (source(per_activity=1, cap={"per": "hour", "growth": 1}), f"{GROWTH}.cap.per", "not_one_of"),
    (source(per_unit=1, seasons=[NEVER]), f"{GROWTH}.seasons[0].first_day", "not_a_day"),
    ({"growth": [PER_UNIT, {**PER_UNIT, "activity": "refund"}]}, "$.growth[1].activity", "refunds_take_back"),
    ({"growth": [{"activity": "review", "per_category": 1}]}, f"{GROWTH}.activity", "purchases_only"),
    ({"window": "yearly"}, "$.window", "not_a_window"),
    ({"window": {"calendar": "decade"}}, "$.window.calendar", "not_one_of"),
    ({"window": {"rolling_months": 0}}, "$.window.rolling_months", "out_of_range"),
    ({"period_end": "clear"}, "$.period_end", "no_periods"),
    ({"window": {"calendar": "year"}, "assess": "month"}, "$.assess", "at_period_ends"),
]


@pytest.mark.parametrize(("changes", "path", "code"), WRONG)
def test_what_is_wrong_is_told_with_its_place(changes, path, code):
    with pytest.raises(rules.Unreadable) as refused:
        rules.from_json({**SMALLEST, **changes} if isinstance(changes, dict) else changes)
    assert (refused.value.path, refused.value.code) == (path, code)


sources = st.one_of(
    st.builds(
        lambda amount, unit: {"activity": "purchase", "per_unit": amount, "unit_fen": unit},
        st.integers(1, 9),
        st.integers(1, 5000),
    ),
    st.just(
        {
            "activity": ["share", "review"],
            "per_activity": 5,
            "channels": ["pos"],
            "cap": {"per": "day", "growth": 20},
            "seasons": [{"first_day": "2026-11-01", "last_day": "2026-11-11", "percent": 200}],
            "personas": [{"tags": ["vip"], "percent": 150}],
        }
    ),
    st.just({"activity": "purchase", "per_category": 3, "period": "quarter", "categories": ["MEAT"]}),
    st.just({"activity": "check_in", "per_active_day": 1}),
)
windows = st.one_of(
    st.just({"window": "lifetime", "assess": "week"}),
    st.just({"window": {"rolling_months": 6}}),
    st.sampled_from(["clear", "keep", {"deduct": 50}, {"deduct_percent": 30}]).map(
        lambda end: {"window": {"calendar": "year"}, "period_end": end}
    ),
    st.just({"window": "anniversary"}),
)


@given(st.lists(sources, min_size=1, max_size=3), windows)
def test_what_is_told_is_read_as_it_was(growth, window):
    spec = rules.from_json({**SMALLEST, "name": "会员等级", "growth": growth, **window})
    assert rules.from_json(rules.to_json(spec)) == spec
