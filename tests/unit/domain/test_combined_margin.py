"""The margin of what an exchange holds as combinations (DOMAIN 5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.books.account import AccountBook
from terminal.domain.books.combined import Combined
from terminal.domain.ids import OrderId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from tests.books import (
    BUY,
    CLOSE,
    FAR_REBAR,
    HEDGE,
    MEAL,
    OPEN,
    REBAR,
    SELL,
    SPECULATION,
    D,
    Desk,
    instrument,
    mark,
    terms,
)

FAR_MEAL = instrument("DCE.m2601", margin="0.08")
BEANS = instrument("DCE.a2509", margin="0.10")
PAYS = D("48040.00")  # 10 long at 2985 bind 23 880.00, 10 short at 3020 bind 24 160.00
LARGER = D("24160.00")


def combined(
    lots: int,
    *,
    first: Instrument = MEAL,
    second: Instrument = FAR_MEAL,
    flag: HedgeFlag = HEDGE,
    side: Side = Side.BUY,
) -> Combined:
    return Combined(first=first.id, second=second.id, flag=flag, side=side, lots=lots)


def spread() -> Desk:
    desk = Desk()
    desk.trade(MEAL, BUY, OPEN, 10, 2985)
    desk.trade(FAR_MEAL, SELL, OPEN, 10, 3020)
    return desk


def test_a_calendar_combination_binds_the_larger_leg_and_broken_both() -> None:
    desk = spread()
    assert desk.view().margin == PAYS
    desk.book.combine(combined(10))
    assert desk.view().margin == LARGER
    assert desk.book.check() == []
    desk.book.combine(combined(0))
    assert desk.view().margin == PAYS
    assert desk.book.combinations() == []
    assert desk.book.check() == []


def test_the_margin_that_is_saved_is_there_to_open_with() -> None:
    desk = spread()
    before = desk.view().available
    desk.book.combine(combined(10))
    assert desk.view().available - before == PAYS - LARGER
    assert desk.view().equity == D(1_000_000)


def test_only_combined_lots_save_and_no_lot_twice() -> None:
    desk = spread()
    desk.book.combine(combined(4))
    assert desk.view().margin == PAYS - 4 * D(2388)
    desk.trade(BEANS, SELL, OPEN, 10, 4000)
    desk.book.combine(combined(10, second=BEANS))
    # 40 000.00 of beans come in; six lots of meal are left for them, and a lot of meal binds less than one of beans.
    assert desk.view().margin == PAYS + D(40000) - 10 * D(2388)
    assert desk.book.check() == []


def test_a_close_takes_single_lots_before_combined_ones() -> None:
    desk = spread()
    desk.book.combine(combined(4))
    desk.trade(MEAL, SELL, CLOSE, 6, 2990)
    assert desk.view().margin == 4 * D(2388) + 10 * D(2416) - 4 * D(2388)
    desk.trade(MEAL, SELL, CLOSE, 3, 2990)
    # One lot is left in the first leg: the other three combinations went with what they were made of.
    assert desk.view().margin == 10 * D(2416)
    desk.trade(MEAL, SELL, CLOSE, 1, 2990)
    assert desk.view().margin == LARGER
    assert desk.book.check() == []


def test_the_oldest_lots_of_a_leg_are_the_combined_ones() -> None:
    desk = Desk()
    desk.trade(MEAL, BUY, OPEN, 1, 2900)
    desk.trade(FAR_MEAL, SELL, OPEN, 1, 3020)
    desk.book.combine(combined(1))
    assert desk.view().margin == D("2416.00")
    desk.book.reserve(OrderId("later"), MEAL, terms(MEAL, BUY, OPEN, 1, 3100), 1)
    worst = desk.view()
    desk.book.release(OrderId("later"))
    desk.trade(MEAL, BUY, OPEN, 1, 3100)
    # What an opening order binds at worst is what its fill binds.
    assert desk.view().margin == worst.margin + worst.frozen_margin == D("4896.00")


def test_settlement_reckons_both_legs_at_their_settlement_prices() -> None:
    desk = spread()
    desk.book.combine(combined(10))
    desk.book.settle({MEAL.id: D(3050), FAR_MEAL.id: D(3010)}, 20250702)
    assert desk.view().margin == D("24400.00")
    assert desk.book.check() == []


def test_both_sides_of_one_contract_can_be_a_combination() -> None:
    desk = Desk()
    desk.trade(MEAL, BUY, OPEN, 3, 2985)
    desk.trade(MEAL, SELL, OPEN, 3, 3000)
    desk.book.combine(combined(3, second=MEAL))
    assert desk.view().margin == D("7200.00")


@pytest.mark.parametrize("flag", [SPECULATION, HEDGE])
def test_other_flags_and_the_other_direction_save_nothing(flag: HedgeFlag) -> None:
    desk = spread()
    desk.book.combine(combined(10, flag=flag, side=SELL))
    desk.book.combine(combined(10, flag=SPECULATION))
    assert desk.view().margin == PAYS


def test_where_the_larger_side_is_charged_anyway_nothing_is_saved_twice() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 10, 3200)
    desk.trade(FAR_REBAR, SELL, OPEN, 10, 3250)
    before = desk.view().margin
    desk.book.combine(combined(10, first=REBAR, second=FAR_REBAR))
    assert desk.view().margin == before


def test_combinations_come_back_with_the_books_and_older_books_without_any() -> None:
    desk = spread()
    older = desk.book.form()
    desk.book.combine(combined(10))
    listed = {one.id: one for one in (MEAL, FAR_MEAL)}
    again = AccountBook.of_form(desk.book.form(), listed)
    assert again.canonical() == desk.book.canonical()
    assert again.view(mark()).margin == LARGER
    again.combine(combined(0))
    assert again.view(mark()).margin == PAYS
    assert again.check() == []
    assert AccountBook.of_form(older, listed).view(mark()).margin == PAYS


ACTS = st.lists(
    st.tuples(
        st.sampled_from((MEAL, FAR_MEAL, BEANS)),
        st.sampled_from((BUY, SELL)),
        st.integers(1, 5),
        st.integers(2900, 3100),
        st.integers(-2, 6),
    ),
    max_size=30,
)


@given(ACTS)
def test_whatever_is_combined_the_margin_lies_between_the_larger_legs_and_all(
    acts: list[tuple[Instrument, Side, int, int, int]],
) -> None:
    desk = Desk()
    for of, side, lots, price, sets in acts:
        held = desk.book.position(of.id, HEDGE)
        there = held.short if side is BUY else held.long
        if there and lots % 2:
            desk.trade(of, side, CLOSE, min(lots, there), price)
        else:
            desk.trade(of, side, OPEN, lots, price)
        if sets >= 0:
            desk.book.combine(combined(sets, second=BEANS if sets % 2 else FAR_MEAL))
        assert desk.book.check() == []
        plain = Desk()
        for name in (MEAL, FAR_MEAL, BEANS):
            for way in (BUY, SELL):
                for run in desk.book.runs(name.id, HEDGE, way):
                    plain.trade(name, way, OPEN, run.lots, str(run.open_price))
        whole, charged = plain.view().margin, desk.view().margin
        assert whole / 2 <= charged <= whole
        assert charged > ZERO or whole == ZERO
