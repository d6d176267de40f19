"""What holds for every rule and every basket, tried with generated ones."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from apps.points import rules
from tests.points.making import NOON, by_version, live, stored

CATEGORIES = ("a", "b", "c")
some_categories = st.lists(st.sampled_from(CATEGORIES), unique=True, max_size=2).map(tuple)
cap = st.none() | st.integers(0, 400)
wordings = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(("base", "base", "multiply", "bonus")),
        "basis": st.sampled_from(("per_unit", "per_unit", "per_purchase")),
        "points": st.integers(1, 30),
        "unit_fen": st.integers(1, 1000),
        "multiplier": st.integers(101, 400),
        "rounding": st.sampled_from(rules.Rounding.ALL),
        "categories": some_categories,
        "excluded_categories": some_categories,
        "min_amount_fen": st.sampled_from((0, 0, 500, 3000)),
        "cap_purchase": cap,
        "cap_day": cap,
        "cap_month": cap,
        "cap_life": cap,
        "stacking": st.sampled_from(("additive", "best_of")),
        "group": st.sampled_from(("g", "h")),
        "priority": st.integers(0, 3),
    }
)
line = st.tuples(st.sampled_from(CATEGORIES), st.integers(0, 20_000))
baskets = st.lists(line, min_size=1, max_size=5)
rule_sets = st.lists(wordings, min_size=1, max_size=5)


def basket_of(lines):
    made = tuple(rules.BasketLine(category=category, amount_fen=fen) for category, fen in lines)
    return rules.Basket("purchase", NOON, sum(fen for _, fen in lines), made)


def live_set(rule_set):
    made = [live(f"r{index}", **wording) for index, wording in enumerate(rule_set)]
    return sorted(made, key=lambda rule: (-rule.spec.priority, rule.code))


@given(baskets, rule_sets)
def test_every_rule_ends_as_one_part_or_one_miss(lines, rule_set):
    live_rules = live_set(rule_set)
    decision = rules.decide(basket_of(lines), rules.MemberContext(), live_rules)
    ended = [part.rule.code for part in decision.parts]
    ended += [miss.rule.code for miss in decision.misses if miss.rule]
    if sum(fen for _, fen in lines):
        assert sorted(ended) == sorted(rule.code for rule in live_rules)
    assert decision.points == sum(part.points for part in decision.parts)
    assert all(part.points > 0 for part in decision.parts)
    assert (decision.reason == "") == (decision.points > 0)


@given(st.lists(baskets, min_size=1, max_size=6), rule_sets)
def test_no_cap_is_ever_exceeded_over_a_series(series, rule_set):
    live_rules, used = live_set(rule_set), {}
    for lines in series:
        decision = rules.decide(basket_of(lines), rules.MemberContext(), live_rules, used)
        for part in decision.parts:
            spec = part.rule.spec
            assert spec.cap_purchase is None or part.points <= spec.cap_purchase
            for period in part.lasting_periods:
                used[part.rule.rule_id, period] = used.get((part.rule.rule_id, period), 0) + part.points
    for rule in live_rules:
        spec = rule.spec
        limits = {"2026-03-18": spec.cap_day, "2026-03": spec.cap_month, "life": spec.cap_life}
        for period, limit in limits.items():
            assert limit is None or used.get((rule.rule_id, period), 0) <= limit


@given(baskets, rule_sets)
def test_repricing_all_of_it_gives_all_and_nothing_gives_nothing(lines, rule_set):
    live_rules, basket = live_set(rule_set), basket_of(lines)
    decision = rules.decide(basket, rules.MemberContext(), live_rules)
    parts, known = stored(decision, basket), by_version(*live_rules)
    assert rules.reprice(parts, basket, known).points == decision.points
    assert rules.reprice(parts, basket_of([(category, 0) for category, _ in lines]), known).points == 0


@given(baskets, rule_sets, st.data())
def test_partial_refunds_take_back_exactly_all_in_any_split(lines, rule_set, data):
    live_rules, basket = live_set(rule_set), basket_of(lines)
    decision = rules.decide(basket, rules.MemberContext(), live_rules)
    parts, known = stored(decision, basket), by_version(*live_rules)
    left, taken, freed = lines, 0, {}
    while any(fen for _, fen in left):
        after = [(category, data.draw(st.integers(0, fen))) for category, fen in left]
        if after == left:
            after = [(category, 0) for category, _ in left]
        step = rules.take_back(parts, basket_of(left), basket_of(after), known)
        assert step.points >= 0
        taken += step.points
        for rule_id, period, points in step.caps:
            assert points > 0
            freed[rule_id, period] = freed.get((rule_id, period), 0) + points
        left = after
    assert taken == decision.points
    assert freed == {
        (part.rule.rule_id, period): part.points for part in decision.parts for period in part.lasting_periods
    }


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_rounding_stays_within_one_point_of_the_exact_value(fen, points, unit):
    down, half, up = (
        rules.decide(
            rules.Basket("purchase", NOON, fen),
            rules.MemberContext(),
            [live(points=points, unit_fen=unit, rounding=rounding)],
        ).points
        for rounding in rules.Rounding.ALL
    )
    assert down <= half <= up <= down + 1
    assert down * unit <= fen * points
    assert up * unit >= fen * points
    assert abs(2 * half * unit - 2 * fen * points) <= unit


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=8), st.data())
def test_shares_add_up_and_never_exceed_their_weight(weights, data):
    total = data.draw(st.integers(0, sum(weights)))
    parts = rules.share(total, weights)
    assert sum(parts) == (total if sum(weights) else 0)
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(wordings)
def test_a_wording_survives_its_json(wording):
    spec = rules.EarningSpec(
        **wording, first_day=date(2026, 1, 1), facts=(rules.FactCondition("tier", ("gold", "black")),)
    )
    assert rules.from_json("earning", rules.to_json(spec)) == spec


methods = st.sampled_from(("annual_rolling", "rolling_months", "days", "never", "fixed_date"))


@given(methods, st.integers(1, 50), st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.dates())
def test_points_are_valid_on_the_day_they_are_earned(method, count, earned_on, on):
    spec = rules.ClearingSpec(method=method, count=count, on=on)
    last = rules.expiry_for(spec, earned_on)
    assert last is None or last >= earned_on


@given(
    st.integers(1, 1000),
    st.integers(1, 1000),
    st.integers(0, 500),
    st.integers(1, 500),
    st.integers(1, 10_000),
    st.integers(0, 10**7),
    st.integers(0, 10**6),
)
def test_the_most_points_offered_are_always_accepted(points, fen, least, step, share, bill, held):
    spec = rules.SpendingSpec(points, fen, least, step, share)
    most = rules.max_points(spec, bill, held)
    assert 0 <= most <= held
    assert rules.discount_for(spec, most) * 10_000 <= bill * share
    told = rules.quote(spec, points=most, bill_fen=bill, spendable=held)
    assert told.refusal == ""
    more = rules.quote(spec, points=most + step, bill_fen=bill, spendable=held)
    assert more.refusal != ""
