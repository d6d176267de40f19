"""Growth of deeds, worked out by hand."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.tiers import rules
from apps.tiers.rules import Deed
from tests.tiers.conftest import SMALLEST

ZONE = ZoneInfo("Asia/Shanghai")


def spec(*growth):
    return rules.from_json({**SMALLEST, "growth": list(growth)})


def deed(number, kind="purchase", fen=0, at="2026-03-05T10:00", **more):
    return Deed(number, 1, kind, datetime.fromisoformat(at).replace(tzinfo=ZONE), fen, **more)


def given(what, deeds, tags=()):
    return {credit.deed.activity_id: credit.growth for credit in rules.grow(what, deeds, tags)}


def test_full_units_count_per_purchase_and_zero_is_left_out():
    per_yuan = spec({"activity": "purchase", "per_unit": 1})
    assert given(per_yuan, [deed(1, fen=199), deed(2, fen=99), deed(3, fen=100_00)]) == {1: 1, 3: 100}
    per_ten = spec({"activity": "purchase", "per_unit": 3, "unit_fen": 1000})
    assert given(per_ten, [deed(1, fen=2999)]) == {1: 6}


def test_a_cap_holds_within_its_period():
    shares = spec({"activity": "share", "per_activity": 4, "cap": {"per": "month", "growth": 10}})
    deeds = [deed(n, "share", at=f"2026-03-0{n}T10:00") for n in (1, 2, 3, 4)]
    assert given(shares, [*deeds, deed(9, "share", at="2026-04-01T00:00")]) == {1: 4, 2: 4, 3: 2, 9: 4}
    single = spec({"activity": "purchase", "per_unit": 1, "cap": {"per": "activity", "growth": 50}})
    assert given(single, [deed(1, fen=90_00), deed(2, fen=90_00)]) == {1: 50, 2: 50}


def test_active_days_categories_and_kinds_count_what_is_new():
    days = spec({"activity": ["check_in", "purchase"], "per_active_day": 2})
    deeds = [deed(1, "check_in"), deed(2, fen=5), deed(3, "check_in", at="2026-03-06T00:00")]
    assert given(days, deeds) == {1: 2, 3: 2}
    variety = spec({"activity": "purchase", "per_category": 10})
    deeds = [
        deed(1, lines=(("MEAT", 1), ("FISH", 1), ("", 1))),
        deed(2, lines=(("MEAT", 1),)),
        deed(3, lines=(("MEAT", 1), ("DELI", 1)), at="2026-04-01T10:00"),
    ]
    assert given(variety, deeds) == {1: 20, 3: 20}
    kinds = spec({"activity": ["share", "review"], "per_kind": 7, "period": "year"})
    assert given(kinds, [deed(1, "share"), deed(2, "share"), deed(3, "review")]) == {1: 7, 3: 7}


def test_seasons_and_personas_change_the_coefficient():
    season = {"first_day": "2026-11-01", "last_day": "2026-11-11", "percent": 150}
    source = {"activity": "purchase", "per_unit": 1, "seasons": [season]}
    source["personas"] = [{"tags": ["vip"], "percent": 200}]
    what = spec(source)
    first, last, after = (deed(1, fen=101_00, at=f"2026-11-{d}T23:59") for d in ("01", "11", "12"))
    assert [given(what, [each]) for each in (first, last, after)] == [{1: 151}, {1: 151}, {1: 101}]
    assert given(what, [first], ["vip"]) == {1: 303}


def test_only_the_categories_named_count():
    meat = spec({"activity": "purchase", "per_unit": 1, "categories": ["MEAT"]})
    assert given(meat, [deed(1, fen=50_00, lines=(("MEAT", 20_50), ("DELI", 29_50)))]) == {1: 20}


def test_a_refund_takes_what_the_rest_no_longer_deserves():
    both = spec(
        {"activity": "purchase", "per_unit": 1, "cap": {"per": "activity", "growth": 50}},
        {"activity": "purchase", "per_activity": 5},
    )
    (credit,) = rules.grow(both, [deed(1, fen=80_00)])
    told = rules.explain(both, 1, credit)
    rest = deed(2, "refund", refund_of=1)
    assert credit.growth == 55
    assert rules.taken_back(both, told, replace(rest, paid_fen=60_00)) == 0
    assert rules.taken_back(both, told, replace(rest, paid_fen=49_99)) == 1
    assert rules.taken_back(both, told, replace(rest, paid_fen=0)) == 50
    assert rules.taken_back(both, told, replace(rest, is_gone=True)) == 55
