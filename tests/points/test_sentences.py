from datetime import date

import pytest
from django.utils import translation

from apps.points import rules, sentences
from apps.points.sentences.awards import REASONS
from tests.points.making import basket, decided, live

DAY = date(2026, 3, 18)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (rules.EarningSpec(), "Every ¥1 paid earns 1 point; rounded down once per purchase."),
        (
            rules.EarningSpec(points=3, unit_fen=250, multiplier=150, rounding="half_up"),
            "Every ¥2.50 paid earns 3 points; times 1.5; rounded half up once per purchase.",
        ),
        (
            rules.EarningSpec(effect="multiply", multiplier=200, month_days=(8, 18), tags_any=("vip",)),
            "Base points count 2 times; rounded down once per purchase; on day 8, 18 of the month; "
            "for members tagged vip.",
        ),
        (
            rules.EarningSpec(effect="bonus", basis="per_purchase", points=50, min_amount_fen=10000),
            "Each purchase earns 50 points extra; from ¥100 on.",
        ),
        (
            rules.EarningSpec(basis="per_activity", kinds=("review", "share"), points=20, cap_day=40),
            "Each activity (Review, Share) earns 20 points; at most 40 points a day.",
        ),
        (
            rules.EarningSpec(
                categories=("wine",),
                stores=("S1",),
                weekdays=(1, 7),
                from_hour=9,
                to_hour=12,
                birthday_month=True,
                facts=(rules.FactCondition("tier", ("gold", "black")),),
                stacking="best_of",
                group="g",
                clearing="days",
                available_after_days=14,
            ),
            "Every ¥1 paid earns 1 point; rounded down once per purchase; at stores S1; only categories "
            "wine count; on Monday, Sunday; from 9:00 to 12:00; in the month of the member's birthday; "
            "if tier is gold, black; of the rules in group g only the best counts; to be spent after 14 "
            "days; cleared by policy days.",
        ),
        (
            rules.ClearingSpec(is_default=True),
            "Points of a year are valid through 31 December of the next; for every earning rule that "
            "names no other policy.",
        ),
        (
            rules.SpendingSpec(100, 100, 100, 100, 5000),
            "100 points take ¥1 off the bill; from 100 points on; in steps of 100; up to 50% of the bill.",
        ),
        (
            rules.RefundSpec(),
            "A refund takes back what the returned goods earned; points already spent: The member owes "
            "them; later points settle the debt; points returned past their last day are valid for 30 more "
            "days.",
        ),
    ],
)
def test_a_wording_reads_as_a_sentence(spec, told):
    assert sentences.sentence(spec) == told


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (rules.EarningSpec(), "Paying ¥128.50 → 128 points"),
        (rules.EarningSpec(multiplier=200), "Paying ¥128.50 → 128 × 2 = 256 points"),
        (
            rules.EarningSpec(multiplier=200, cap_day=200, cap_month=900),
            "Paying ¥128.50 → 128 × 2 = 256 points, cut to 200 by the cap",
        ),
        (rules.EarningSpec(min_amount_fen=50000), "Paying ¥500 → 500 points"),
        (rules.EarningSpec(effect="multiply", multiplier=150), "Base points 128 → 128 × 1.5 = 192 points"),
        (rules.EarningSpec(basis="per_activity", kinds=("review",), points=20), "One activity → 20 points"),
        (rules.EarningSpec(basis="per_purchase", points=20), "Paying ¥128.50 → 20 points"),
        (rules.ClearingSpec(), "Earned on 2026-03-18 → valid through 2027-12-31"),
        (rules.ClearingSpec("never"), "Earned on 2026-03-18 → never cleared"),
        (
            rules.SpendingSpec(100, 100, 100, 100, 5000),
            "On a bill of ¥128.50 up to 6,400 points, ¥64 off, ¥64.50 to pay",
        ),
        (rules.SpendingSpec(100, 100, 100_000), "On a bill of ¥128.50 no points can be used"),
        (rules.RefundSpec("waive"), "128 points to take back, 100 left → 100 taken, 28 waived"),
    ],
)
def test_an_example_uses_the_wording_s_own_values(spec, told):
    assert sentences.example(spec, day=DAY) == told


def told(given, *live_rules, caps=None, **about):
    decision = decided(given, *live_rules, caps=caps, **about)
    annual = rules.Version(9, 9, "annual", "A", 1, rules.ClearingSpec(is_default=True), given.occurred_at)
    return sentences.award_sentences(rules.explain(decision, given, rules.Page([annual])))


def test_an_award_is_told_rule_by_rule():
    double = live("double", effect="multiply", multiplier=200, cap_day=100)
    sunday = live("sunday", weekdays=(7,))
    assert told(basket(12850), live(), double, sunday) == [
        "“Base” (version 1): 1 point per ¥1.00 on ¥128.50, rounded down = 128 points; "
        "valid through 2027-12-31",
        "“Double” (version 1): 128 base points times 2, rounded down, add 128 points; "
        "the limit of 100 points cut 28, 100 are given; valid through 2027-12-31",
        "“Sunday” gave nothing: it runs on Sunday only",
    ]


def test_an_award_that_did_not_happen_is_told():
    assert told(basket(0), live()) == ["nothing was paid in money"]
    assert told(basket(50), live()) == ["“Base” gave nothing: the amount is too small for a whole point"]
    capped = live(cap_life=1000)
    assert told(basket(5000), capped, caps={(capped.rule_id, "life"): 1000}) == [
        "“Base” gave nothing: its limit of 1,000 points is reached"
    ]
    assert told(basket(5000), live(min_amount_fen=10000)) == [
        "“Base” gave nothing: it starts at ¥100.00; ¥50.00 counted"
    ]


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_can_be_told_even_without_its_facts(reason):
    assert "%" not in sentences.reason_sentence(reason, {})


@pytest.mark.parametrize("spec", [rules.EarningSpec(points=0), rules.ClearingSpec(method="fixed_date")])
def test_every_problem_can_be_told(spec):
    assert [sentences.problem_text(code) for _, code in spec.problems()] != []
    assert sentences.problem_text("nonsense") == "This value can't be used."
