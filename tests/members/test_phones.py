"""Phone numbers as people type them, and what is refused."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.members import phones
from apps.members.errors import InvalidPhone

MOBILE = "+8613800138000"


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+8613800138000",
        "8613800138000",
        "008613800138000",
        "+86 138 0013 8000",
        "+86-138-0013-8000",
        "138 0013 8000",
        "138-0013-8000",
        "(+86)13800138000",
        "１３８００１３８０００",
        "＋86 138–0013—8000",
        " 13800138000\t",
        "\u202a13800138000\u202c",
        "138\u00a00013\u30008000",
        "13800138000.0",
        "'13800138000",
        "138.0013.8000",
    ],
)
def test_one_number_however_it_is_typed(text):
    assert phones.normalise(text) == MOBILE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("00852 9123 4567", "+85291234567"),
        ("+1 (201) 555-0123", "+12015550123"),
        ("010-62345678", "+861062345678"),
    ],
)
def test_other_numbers_go_through_the_library(text, expected):
    assert phones.normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("---", "empty"),
        ("1.38E+10", "spreadsheet"),
        ("1.38001E+10", "spreadsheet"),
        ("1e10", "spreadsheet"),
        ("1380013800", "unknown"),
        ("138001380000", "unknown"),
        ("12345678901", "unknown"),
        ("+99912345678", "unknown"),
        ("138OO138OOO", "characters"),
        ("13800138000;13900139000", "characters"),
        ("1-800-FLOWERS", "characters"),
        ("13800138000 x12", "characters"),
        ("٠١٢٣٤٥٦٧٨٩x", "characters"),
        ("++8613800138000", "characters"),
        ("400-800-8000", "kind"),
        ("9" * 40, "characters"),
        ("1_380_013_8000", "characters"),
        ("13800138000\x00", "characters"),
    ],
)
def test_a_text_that_is_no_phone_is_refused_with_its_reason(text, code):
    with pytest.raises(InvalidPhone) as refusal:
        phones.normalise(text)
    assert refusal.value.code == code
    assert str(refusal.value)


@given(st.text(max_size=30) | st.text("0123456789+-() １２３.eE", max_size=20))
def test_any_text_is_a_number_or_refused(text):
    try:
        number = phones.normalise(text)
    except InvalidPhone:
        return
    assert phones.normalise(number) == number
    assert phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_the_short_cut_agrees_with_the_library_on_every_prefix():
    for prefix in range(1000, 2000):
        text = f"{prefix}1234567"
        by_library = phonenumbers.is_valid_number(phonenumbers.parse(text, "CN"))
        assert by_library or not phones._PLAIN_MOBILE.fullmatch(text), text


@pytest.mark.parametrize(
    ("number", "masked"),
    [(MOBILE, "138****8000"), ("+85291234567", "+85****4567"), ("+12015550123", "+12****0123")],
)
def test_a_masked_number_shows_seven_digits_at_most(number, masked):
    assert phones.mask(number) == masked
