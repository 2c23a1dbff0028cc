from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.ids import OrderId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.fees import round_half_up
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fees
from tests.books import (
    BUY,
    CLOSE,
    FAR_REBAR,
    HEDGE,
    MEAL,
    OPEN,
    REBAR,
    SELL,
    TODAY,
    D,
    Desk,
    by_lot,
    by_value,
    instrument,
    terms,
    unchanged,
    yuan,
)

ONE_BOOK = instrument("DCE.m2601", fees=by_value("0.0001", "0.0001", "0.0002"))
CHEAP_TODAY = instrument("CZCE.SR601", fees=by_lot("2", "2", "0"))
UNCHARGED = instrument("GFEX.si2601", fees=Fees())


def test_a_close_freezes_the_lots_it_may_take_until_it_ends() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 25, 3210)
    desk.book.settle({REBAR.id: D(3225)}, 20250702)
    desk.trade(REBAR, BUY, OPEN, 4, 3230)
    desk.book.reserve(OrderId("1"), REBAR, terms(REBAR, SELL, CLOSE, 10, 3230), 10)
    desk.book.reserve(OrderId("2"), REBAR, terms(REBAR, SELL, TODAY, 3, 3230), 3)
    view = desk.book.position(REBAR.id, HEDGE)
    assert (view.long_yesterday_frozen, view.long_today_frozen, view.long_closable) == (10, 3, 16)
    desk.book.release(OrderId("1"), 4)
    assert desk.book.position(REBAR.id, HEDGE).long_yesterday_frozen == 6
    desk.book.release(OrderId("1"))
    desk.book.release(OrderId("2"))
    assert desk.book.position(REBAR.id, HEDGE).long_closable == 29
    assert desk.book.check() == []
    assert desk.view().frozen_margin == 0


@pytest.mark.parametrize(
    ("of", "offset", "frozen"),
    [
        (REBAR, TODAY, "31.60"),  # 5 lots @3160: 0.0002 of 158 000
        (REBAR, CLOSE, "15.80"),
        (ONE_BOOK, CLOSE, "31.60"),  # lots opened meanwhile may make any of them pay 平今
        (CHEAP_TODAY, CLOSE, "10.00"),
        (UNCHARGED, CLOSE, "0"),  # nobody knows its fees
    ],
)
def test_a_close_freezes_the_dearest_fee_it_may_pay_until_it_ends(of: Instrument, offset: Offset, frozen: str) -> None:
    desk = Desk()
    for instrument_ in (REBAR, ONE_BOOK, CHEAP_TODAY):
        desk.trade(instrument_, BUY, OPEN, 5, 3200)
    before = desk.view()
    desk.book.reserve(OrderId("1"), of, terms(of, SELL, offset, 5, 3160), 5)
    money = desk.view()
    assert money.frozen_commission == D(frozen)
    assert money.available == before.available - D(frozen)
    assert (money.equity, money.frozen_margin) == (before.equity, before.frozen_margin)
    desk.book.release(OrderId("1"), 3)
    assert desk.view().frozen_commission == round_half_up(D(frozen) * 2 / 5)
    desk.book.release(OrderId("1"))
    assert desk.view() == before


def test_an_unknown_close_that_outlives_the_day_freezes_the_same_lots_as_older_ones() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 4, 3230)
    desk.book.reserve(OrderId("1"), REBAR, terms(REBAR, SELL, TODAY, 3, 3230), 3)
    desk.book.settle({REBAR.id: D(3225)}, 20250702)
    assert desk.book.position(REBAR.id, HEDGE).long_yesterday_frozen == 3
    desk.book.release(OrderId("1"))
    assert desk.book.position(REBAR.id, HEDGE).long_closable == 4
    assert desk.book.check() == []


def test_an_opening_order_reserves_margin_and_fee_at_its_own_limit_price() -> None:
    desk = Desk()
    desk.book.reserve(OrderId("1"), REBAR, terms(REBAR, BUY, OPEN, 10, 3200), 10)
    money = desk.view()
    assert (money.margin, money.frozen_margin, money.frozen_commission) == yuan(0, 28800, "32.00")
    assert money.available == 1000000 - 28800 - 32
    desk.book.release(OrderId("1"), 4)
    desk.trade(REBAR, BUY, OPEN, 4, 3190)
    money = desk.view()
    assert (money.margin, money.frozen_margin, money.frozen_commission) == yuan(11484, 17280, "19.20")
    desk.book.release(OrderId("1"))
    assert desk.view().frozen_margin == 0
    assert desk.view().frozen_commission == 0


def test_the_worst_case_of_two_sides_is_that_the_dearer_one_fills() -> None:
    desk = Desk()
    desk.book.reserve(OrderId("1"), REBAR, terms(REBAR, BUY, OPEN, 10, 3200), 10)
    desk.book.reserve(OrderId("2"), FAR_REBAR, terms(FAR_REBAR, SELL, OPEN, 10, 3300), 10)
    assert desk.view().frozen_margin == 28800
    assert desk.book.check() == []


def test_an_order_reserves_once_and_lets_go_of_no_more_than_it_has() -> None:
    desk = Desk()
    order = terms(REBAR, BUY, OPEN, 10, 3200)
    desk.book.reserve(OrderId("1"), REBAR, order, 10)
    unchanged(desk, lambda: desk.book.reserve(OrderId("1"), REBAR, order, 10))
    desk.book.release(OrderId("1"), 12)
    desk.book.release(OrderId("1"), 1)
    desk.book.release(OrderId("unheard of"))
    assert desk.book.canonical() == Desk().book.canonical()
    desk.book.reserve(OrderId("1"), REBAR, order, 10)  # the zombie: void, and it lives after all
    assert desk.view().frozen_margin == 28800


def test_more_frozen_than_held_is_reported_and_not_hidden() -> None:
    desk = Desk()
    desk.trade(REBAR, BUY, OPEN, 2, 3200)
    desk.book.reserve(OrderId("1"), REBAR, terms(REBAR, SELL, TODAY, 3, 3200), 3)
    assert desk.book.check() == ["SHFE.rb2510 HEDGE 多头今仓冻结 3 手，持有 2 手。"]


def test_a_sum_that_does_not_agree_is_named() -> None:
    desk = Desk()
    desk.book._balance += 1
    assert desk.book.check() == ["两种口径的客户权益不符：账上 1000000，重算 1000001。"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from((REBAR, FAR_REBAR, MEAL)), st.sampled_from(Side), st.integers(1, 5), st.integers(2900, 3300)
        ),
        max_size=12,
    )
)
def test_what_is_reserved_is_let_go_whatever_the_order_of_ends(
    orders: list[tuple[Instrument, Side, int, int]],
) -> None:
    desk = Desk()
    for number, (of, side, lots, price) in enumerate(orders):
        desk.book.reserve(OrderId(str(number)), of, terms(of, side, OPEN, lots, price), lots)
        assert desk.book.check() == []
    for number in reversed(range(len(orders))):
        desk.book.release(OrderId(str(number)), 1)
        desk.book.release(OrderId(str(number)))
        assert desk.book.check() == []
    money = desk.view()
    assert (money.frozen_margin, money.frozen_commission, money.available) == yuan(0, 0, 1000000)
    assert desk.book.canonical() == Desk().book.canonical()
