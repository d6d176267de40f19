"""Ages, surnames and names."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.members import rules


@pytest.mark.parametrize(
    ("birthday", "day", "age"),
    [
        (date(2010, 5, 20), date(2024, 5, 19), 13),
        (date(2010, 5, 20), date(2024, 5, 20), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(2024, 1, 1), date(2024, 1, 1), 0),
    ],
)
def test_age_counts_full_years(birthday, day, age):
    assert rules.age_on(birthday, day) == age


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 40_000))
def test_age_never_falls_and_rises_once_a_year(birthday, days):
    day = birthday + timedelta(days=days)
    step = rules.age_on(birthday, day + timedelta(days=1)) - rules.age_on(birthday, day)
    assert step in (0, 1)
    assert rules.age_on(birthday, day) >= 0


def test_a_child_needs_a_guardian_until_the_fourteenth_birthday():
    assert rules.needs_guardian(date(2012, 6, 1), date(2026, 5, 31))
    assert not rules.needs_guardian(date(2012, 6, 1), date(2026, 6, 1))
    assert not rules.needs_guardian(None, date(2026, 6, 1))


@pytest.mark.parametrize(
    ("birthday", "fault"),
    [
        (None, ""),
        (date(2026, 1, 1), ""),
        (date(2026, 1, 2), "future"),
        (date(1896, 1, 1), ""),
        (date(1895, 1, 1), "too_old"),
    ],
)
def test_impossible_birthdays(birthday, fault):
    assert rules.birthday_fault(birthday, date(2026, 1, 1)) == fault


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("王伟", "王"),
        ("欧阳娜娜", "欧阳"),
        ("諸葛亮", "諸葛"),
        ("John Smith", "Smith"),
        ("", ""),
        ("马", "马"),
    ],
)
def test_surnames(name, surname):
    assert rules.surname_of(name) == surname


def test_every_compound_surname_has_two_characters():
    assert {len(name) for name in rules.COMPOUND_SURNAMES} == {2}
    assert {"欧阳", "司马", "上官", "诸葛", "歐陽", "納蘭"} <= rules.COMPOUND_SURNAMES


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (" 王 伟 ", "王 伟"),
        ("王\x00伟", "王伟"),
        ("a\n\tb", "a b"),
        ("a  b", "a b"),
        ("\u200b王\ufeff", "王"),
        ("", ""),
        ("𠮷田", "𠮷田"),
    ],
)
def test_text_is_cleaned(text, clean):
    assert rules.clean_text(text) == clean
