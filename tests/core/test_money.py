import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import format_fen, format_money, parse_fen
from apps.core.templatetags import laurel


@pytest.mark.parametrize(
    ("text", "fen"),
    [("0", 0), ("12.30", 1230), ("12.3", 1230), ("12", 1200), ("0.05", 5), ("007", 700), ("-1.50", -150)],
)
def test_an_amount_is_read_exactly(text, fen):
    assert parse_fen(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "１２",
        "١٢",
        "1_000",
        "1,000",
        "1.234",
        "1.",
        ".5",
        "1e3",
        "+1",
        "--1",
        "¥1",
        "NaN",
        "inf",
        "0x10",
        "12345678901234",
        "1.２",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        parse_fen(text)


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_what_is_written_is_read_back(fen):
    assert parse_fen(format_fen(fen)) == fen


@given(st.text(max_size=12))
def test_text_is_an_amount_or_refused_never_something_else(text):
    try:
        fen = parse_fen(text)
    except ValueError:
        return
    assert text.isascii()
    assert parse_fen(format_fen(fen)) == fen


def test_people_read_money_with_thousands():
    assert format_money(123450) == "¥1,234.50"
    assert format_money(-5) == "-¥0.05"
    assert laurel.money(123450) == "¥1,234.50"
    assert laurel.money(None) == "–"


def test_people_read_points_with_thousands_and_changes_with_a_sign():
    assert laurel.points(82300) == "82,300"
    assert laurel.signed(1200) == "+1,200"
    assert laurel.signed(-7) == "-7"
    assert laurel.signed(None) == laurel.points(None) == "–"
