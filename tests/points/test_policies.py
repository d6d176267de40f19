from datetime import date

import pytest

from apps.points import rules


@pytest.mark.parametrize(
    ("wording", "earned_on", "last"),
    [
        ({"method": "annual_rolling", "count": 1}, date(2017, 1, 1), date(2018, 12, 31)),
        ({"method": "annual_rolling", "count": 1}, date(2018, 1, 1), date(2019, 12, 31)),
        ({"method": "annual_rolling", "count": 2}, date(2017, 12, 31), date(2019, 12, 31)),
        ({"method": "rolling_months", "count": 12}, date(2018, 3, 15), date(2019, 3, 31)),
        ({"method": "rolling_months", "count": 1}, date(2019, 1, 31), date(2019, 2, 28)),
        ({"method": "rolling_months", "count": 1}, date(2019, 12, 1), date(2020, 1, 31)),
        ({"method": "rolling_months", "count": 23}, date(2018, 3, 1), date(2020, 2, 29)),
        ({"method": "days", "count": 90}, date(2018, 1, 1), date(2018, 4, 1)),
        ({"method": "fixed_date", "on": date(2018, 6, 30)}, date(2018, 6, 30), date(2018, 6, 30)),
        ({"method": "fixed_date", "on": date(2018, 6, 30)}, date(2018, 7, 1), date(2019, 6, 30)),
        ({"method": "fixed_date", "on": date(2016, 2, 29)}, date(2017, 1, 1), date(2017, 2, 28)),
        ({"method": "never"}, date(2018, 1, 1), None),
    ],
)
def test_the_last_day_of_validity(wording, earned_on, last):
    assert rules.expiry_for(rules.ClearingSpec(**wording), earned_on) == last


TILL = rules.SpendingSpec(points=100, fen=100, min_points=100, step_points=100, max_share_bp=5000)


@pytest.mark.parametrize(
    ("bill", "held", "most"),
    [(10000, 10000, 5000), (10000, 1234, 1200), (150, 500, 0), (200, 500, 100), (10000, 99, 0), (0, 500, 0)],
)
def test_the_most_points_for_a_bill(bill, held, most):
    assert rules.max_points(TILL, bill, held) == most


@pytest.mark.parametrize(
    ("points", "refusal", "discount"),
    [
        (0, "", 0),
        (200, "", 200),
        (50, "below_minimum", 0),
        (150, "not_a_step", 0),
        (600, "more_than_spendable", 0),
        (500, "over_share", 0),
        (-100, "below_minimum", 0),
    ],
)
def test_a_quote_gives_the_discount_or_the_reason(points, refusal, discount):
    told = rules.quote(TILL, points=points, bill_fen=900, spendable=500)
    assert (told.refusal, told.discount_fen, told.max_points) == (refusal, discount, 400)


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        (rules.EarningSpec(), []),
        (rules.EarningSpec(points=0), [("points", "positive")]),
        (rules.EarningSpec(unit_fen=0), [("unit_fen", "positive")]),
        (rules.EarningSpec(effect="multiply", multiplier=100), [("multiplier", "more_than_one")]),
        (rules.EarningSpec(basis="per_purchase", kinds=("review",)), [("kinds", "purchases_only")]),
        (rules.EarningSpec(kinds=("refund",)), [("kinds", "required")]),
        (rules.EarningSpec(stacking="best_of"), [("group", "required")]),
        (rules.EarningSpec(from_hour=9, to_hour=9), [("to_hour", "out_of_range")]),
        (rules.EarningSpec(weekdays=(0,)), [("weekdays", "out_of_range")]),
        (rules.EarningSpec(cap_day=-1), [("cap_day", "not_negative")]),
        (rules.EarningSpec(rounding="bankers"), [("rounding", "unknown")]),
        (rules.EarningSpec(tags_any=("a",), tags_none=("a",)), [("tags_none", "contradiction")]),
        (rules.ClearingSpec(method="sometimes"), [("method", "unknown")]),
        (rules.ClearingSpec(method="fixed_date"), [("on", "required")]),
        (rules.ClearingSpec(count=0), [("count", "out_of_range")]),
        (rules.SpendingSpec(max_share_bp=10_001), [("max_share_bp", "out_of_range")]),
        (rules.SpendingSpec(points=3, fen=1), [("step_points", "no_whole_fen")]),
        (rules.RefundSpec(shortfall="forget"), [("shortfall", "unknown")]),
        (rules.RefundSpec(grace_days=-1), [("grace_days", "out_of_range")]),
    ],
)
def test_a_wording_names_its_problems(spec, problems):
    assert spec.problems() == problems


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("earning", {"colour": "red"}),
        ("earning", {"points": "1"}),
        ("earning", {"points": True}),
        ("earning", {"first_day": "yesterday"}),
        ("earning", {"points": None}),
        ("clearing", {"is_default": 1}),
    ],
)
def test_json_that_cannot_be_read_is_refused(kind, data):
    with pytest.raises(ValueError, match=r".+"):
        rules.from_json(kind, data)
