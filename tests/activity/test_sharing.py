"""Splits of a sold line: exact over any sequence of returns, never more than bought."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.activity.rules import (
    SoldLine,
    TooMuch,
    TooMuchMoney,
    after_return,
    amount_part,
    part_of,
    points_back,
    stated_part,
)


def sold(quantity=3, amount_fen=1000, discount_fen=0, **more) -> SoldLine:
    return SoldLine(1, "MEAT", "", quantity, amount_fen, discount_fen, **more)


def return_one_by_one(line: SoldLine, quantities) -> list:
    parts = []
    for quantity in quantities:
        part = part_of(line, quantity)
        (line,) = after_return([line], [part])
        parts.append(part)
    return parts


def test_three_units_for_ten_yuan_go_back_one_by_one_to_the_fen():
    assert [part.amount_fen for part in return_one_by_one(sold(), [1, 1, 1])] == [333, 333, 334]


def test_a_line_of_quantity_zero_goes_back_as_one_unit():
    assert part_of(sold(quantity=0), 1).amount_fen == 1000
    with pytest.raises(TooMuch) as refused:
        part_of(sold(quantity=0, returned=1, returned_fen=1000), 1)
    assert (refused.value.asked, refused.value.left) == (1, 0)


@pytest.mark.parametrize("quantity", [0, -1, 3])
def test_never_more_than_is_left_and_never_nothing(quantity):
    with pytest.raises(TooMuch):
        part_of(sold(returned=1, returned_fen=333), quantity)


def test_another_tills_rounding_is_taken_and_the_last_unit_carries_the_rest():
    line = sold()
    first = stated_part(line, 1, 334)
    (line,) = after_return([line], [first])
    assert [part.amount_fen for part in return_one_by_one(line, [1, 1])] == [332, 334]


def test_a_stated_amount_beyond_what_was_paid_is_refused():
    with pytest.raises(TooMuch) as refused:
        stated_part(sold(), 1, 1001)
    assert (refused.value.asked, refused.value.left) == (1001, 1000)


@st.composite
def lines_and_splits(draw):
    quantity = draw(st.integers(0, 12))
    amount = draw(st.integers(0, 10_000))
    line = sold(quantity, amount, draw(st.integers(0, amount)))
    left, splits = line.units, []
    while left:
        splits.append(draw(st.integers(1, left)))
        left -= splits[-1]
    return line, splits


@given(lines_and_splits())
def test_any_split_adds_up_exactly(case):
    line, splits = case
    parts = return_one_by_one(line, splits)
    assert sum(part.amount_fen for part in parts) == line.amount_fen
    assert sum(part.discount_fen for part in parts) == line.discount_fen
    assert all(part.amount_fen >= 0 and part.discount_fen >= 0 and part.paid_fen >= 0 for part in parts)


@given(lines_and_splits(), st.integers(0, 100_000))
def test_spent_points_come_back_completely_over_any_split(case, points):
    line, splits = case
    back = []
    for quantity in splits:
        part = part_of(line, quantity)
        back.append(points_back(points, [line], [part]))
        (line,) = after_return([line], [part])
    assert all(part >= 0 for part in back)
    assert sum(back) == (points if line.discount_fen else 0)


def test_goods_and_several_pieces_are_no_bare_amount():
    assert SoldLine(1, "", "", 1, 1000).is_amount
    others = [("MEAT", "", 1), ("", "A1", 1), ("", "", 2), ("", "", 0)]
    assert not any(SoldLine(1, *what, 1000).is_amount for what in others)


@given(
    parts=st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    share=st.integers(0, 4),
    at_once=st.booleans(),
)
def test_a_bare_amount_goes_back_in_any_parts_exactly(parts, share, at_once):
    amount = sum(parts)
    line = SoldLine(1, "", "", 1, amount, amount * share // 4)
    paid = discount = 0
    for n, fen in enumerate(parts, 1):
        with pytest.raises(TooMuchMoney):
            amount_part(line, line.left_fen + 1)
        part = part_of(line, 1) if at_once and n == len(parts) else amount_part(line, fen)
        assert (part.amount_fen, part.quantity) == (fen, int(n == len(parts)))
        assert 0 <= part.discount_fen <= fen
        (line,) = after_return([line], [part])
        paid, discount = paid + part.paid_fen, discount + part.discount_fen
        assert line.left_paid_fen == amount - line.discount_fen - paid
    assert (paid + discount, discount) == (amount, line.discount_fen)
    assert (line.left, line.returned_discount_fen) == (0, line.discount_fen)
    with pytest.raises(TooMuchMoney) as refused:
        amount_part(line, 1)
    assert (refused.value.asked, refused.value.left) == (1, 0)
