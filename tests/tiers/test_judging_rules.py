"""Windows and verdicts, worked out by hand."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.tiers import rules
from apps.tiers.rules import Standing, Verdict
from tests.tiers.conftest import SMALLEST, THREE

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 31, tzinfo=ZONE)
SOON = AT + timedelta(1)
JOINED = datetime(2024, 2, 29, 15, tzinfo=ZONE)


def spec(**changes):
    return rules.from_json({**SMALLEST, "levels": THREE, **changes})


def local(*parts):
    return datetime(*parts, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("window", "at", "since", "ends"),
    [
        ({"rolling_months": 12}, AT, local(2025, 3, 31), False),
        ({"rolling_months": 1}, AT, local(2026, 2, 28), False),
        ("lifetime", AT, local(1970, 1, 1), False),
        ({"calendar": "year"}, AT, local(2026, 1, 1), False),
        ({"calendar": "year"}, local(2026, 1, 1), local(2025, 1, 1), True),
        ({"calendar": "quarter"}, local(2026, 4, 1), local(2026, 1, 1), True),
        ({"calendar": "month"}, AT, local(2026, 3, 1), False),
        ({"calendar": "week"}, local(2026, 3, 30), local(2026, 3, 23), True),
        ("anniversary", AT, local(2026, 2, 28), False),
        ("anniversary", local(2026, 2, 28), local(2025, 2, 28), True),
        ("anniversary", local(2028, 2, 29), local(2027, 2, 28), True),
    ],
)
def test_what_counts_at_an_instant(window, at, since, ends):
    assert rules.span(spec(window=window), at, JOINED) == rules.Span(since, at, ends)


def test_growth_kept_over_period_ends_counts_from_the_beginning():
    kept = spec(window={"calendar": "year"}, period_end={"deduct_percent": 30})
    assert rules.span(kept, local(2026, 1, 1), JOINED) == rules.Span(
        local(1970, 1, 1), local(2026, 1, 1), True
    )


@pytest.mark.parametrize(
    ("changes", "standing", "growth", "verdict"),
    [
        ({}, Standing(0), 99, Verdict("stays", 0)),
        ({}, Standing(0), 100, Verdict("up", 1)),
        ({}, Standing(0), 300, Verdict("up", 2)),
        ({"climb": "one_level"}, Standing(0), 300, Verdict("up", 1)),
        ({}, Standing(2), 200, Verdict("stays", 2)),
        ({}, Standing(2), 199, Verdict("down", 1)),
        ({}, Standing(2), 99, Verdict("down", 0)),
        ({"downgrade": "one_level"}, Standing(2), 0, Verdict("down", 1)),
        ({"downgrade": "none"}, Standing(2), 0, Verdict("stays", 2)),
        ({"grace_days": 10}, Standing(2), 0, Verdict("warned", 2, None, AT + timedelta(10))),
        ({"grace_days": 10}, Standing(2, None, SOON), 0, Verdict("stays", 2, None, SOON)),
        ({"grace_days": 10}, Standing(2, None, AT), 0, Verdict("down", 0)),
        ({"grace_days": 10}, Standing(2, None, AT), 200, Verdict("relieved", 2)),
        ({"protect_days": 30}, Standing(0), 100, Verdict("up", 1, AT + timedelta(30))),
        ({}, Standing(2, AT + timedelta(1)), 0, Verdict("stays", 2, AT + timedelta(1))),
        ({}, Standing(2, AT), 0, Verdict("down", 0)),
        ({}, Standing(None), 150, Verdict("moved", 1)),
    ],
)  # fmt: skip
def test_what_becomes_of_a_member(changes, standing, growth, verdict):
    assert rules.judge(spec(**changes), standing, growth, AT) == verdict


def test_within_a_period_nobody_falls():
    assert rules.judge(spec(), Standing(2), 0, AT, may_fall=False) == Verdict("stays", 2)


def test_who_held_a_level_before_enters_it_again_by_its_own_threshold():
    ladder = [THREE[0], {"code": "silver", "entry": 100, "re_entry": 150}, {**THREE[2], "re_entry": 250}]
    what = spec(levels=ladder)
    assert rules.judge(what, Standing(0), 120, AT) == Verdict("up", 1)
    assert rules.judge(what, Standing(0), 120, AT, held={1, 2}) == Verdict("stays", 0)
    assert rules.judge(what, Standing(0), 250, AT, held={1, 2}) == Verdict("up", 2)


def test_the_gaps_are_told_to_the_next_level_and_to_keep():
    what = spec()
    assert [rules.gap_to_next(what, rank, 120) for rank in (0, 1, 2)] == [0, 180, None]
    assert [rules.gap_to_keep(what, rank, 120) for rank in (0, 1, 2)] == [0, 0, 80]
