from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import InvariantError
from terminal.domain.ids import OrderId
from terminal.domain.orders.close_plan import (
    PlannedOrder,
    Take,
    close_orders,
    lock_orders,
    unlock_orders,
)
from terminal.domain.orders.offset import closable
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fees
from tests.books import (
    BUY,
    CLOSE,
    HEDGE,
    OPEN,
    SELL,
    SPECULATION,
    TODAY,
    YESTERDAY,
    D,
    Desk,
    by_lot,
    by_value,
    instrument,
    terms,
)

REBAR = instrument(fees=by_value("0.0001", "0.0001", "0.0002"))
MEAL = instrument("DCE.m2509", fees=by_lot("1.5", "1.5", "0.75"))


def held(of: Instrument, *, yesterday: int = 0, today: int = 0, other: int = 0) -> Desk:
    """Return a desk long so many lots, short `other`, all under HEDGE."""
    desk = Desk()
    if yesterday:
        desk.trade(of, BUY, OPEN, yesterday, 3000)
        desk.book.settle({of.id: D(3000)}, 20250702)
    if today:
        desk.trade(of, BUY, OPEN, today, 3000)
    if other:
        desk.trade(of, SELL, OPEN, other, 3000)
    return desk


def wish(of: Instrument, lots: int, *, side: Side = SELL, flag: HedgeFlag = HEDGE) -> OrderTerms:
    return terms(of, side, CLOSE, lots, 3000, flag=flag)


def told(orders: Iterable[PlannedOrder]) -> list[tuple[Offset, int, Decimal | None]]:
    return [(one.terms.offset, one.terms.lots, one.fee) for one in orders]


def test_a_close_at_shanghai_is_two_orders_each_with_its_fee() -> None:
    plan = close_orders(held(REBAR, yesterday=8, today=5).book, REBAR, wish(REBAR, 10))
    assert told(plan.orders) == [(YESTERDAY, 8, D("24")), (TODAY, 2, D("12"))]
    assert (plan.lots, plan.missing, plan.fee) == (10, 0, 36)


def test_todays_lots_go_first_where_that_is_asked_for_or_costs_less() -> None:
    book = held(REBAR, yesterday=8, today=5).book
    first = close_orders(book, REBAR, wish(REBAR, 6), take=Take.TODAY_FIRST)
    assert told(first.orders) == [(TODAY, 5, D("30")), (YESTERDAY, 1, D("3"))]
    assert told(close_orders(book, REBAR, wish(REBAR, 6), take=Take.CHEAPEST).orders) == [(YESTERDAY, 6, D("18"))]
    cheap = instrument(fees=by_lot("3", "3", "0"))
    book = held(cheap, yesterday=8, today=5).book
    assert told(close_orders(book, cheap, wish(cheap, 6), take=Take.CHEAPEST).orders)[0] == (TODAY, 5, D("0"))


def test_a_plain_close_is_one_order_whose_fee_counts_todays_openings() -> None:
    plan = close_orders(held(MEAL, yesterday=3, today=1).book, MEAL, wish(MEAL, 3))
    assert told(plan.orders) == [(CLOSE, 3, D("3.75"))]


def test_pieces_are_no_larger_than_the_exchange_takes_and_their_fees_add_up() -> None:
    small = msgspec.structs.replace(MEAL, max_lots=4)
    desk = held(small, yesterday=4, today=6)
    plan = close_orders(desk.book, small, wish(small, 10))
    assert told(plan.orders) == [(CLOSE, 4, D("3")), (CLOSE, 4, D("4.5")), (CLOSE, 2, D("3"))]
    assert plan.fee == sum(desk.trade(small, SELL, CLOSE, lots, 3000) for lots in (4, 4, 2))


def test_lots_under_other_flags_are_named_and_not_touched() -> None:
    desk = held(REBAR, yesterday=2)
    desk.trade(REBAR, BUY, OPEN, 7, 3000, flag=SPECULATION)
    plan = close_orders(desk.book, REBAR, wish(REBAR, 5))
    assert (plan.lots, plan.missing, plan.elsewhere) == (2, 3, ((SPECULATION, 7),))
    assert {one.terms.hedge_flag for one in plan.orders} == {HEDGE}


def test_what_a_close_ends_of_a_lock_is_said() -> None:
    book = held(REBAR, today=5, other=3).book
    assert [close_orders(book, REBAR, wish(REBAR, lots)).locked for lots in (1, 2, 4, 9)] == [0, 0, 2, 3]
    assert close_orders(book, REBAR, wish(REBAR, 2, side=BUY)).locked == 2


def test_a_fee_nobody_knows_is_none_and_the_orders_are_planned_all_the_same() -> None:
    plan = close_orders(held(REBAR, today=5).book, msgspec.structs.replace(REBAR, fees=Fees()), wish(REBAR, 5))
    assert (told(plan.orders), plan.fee) == ([(TODAY, 5, None)], None)


def test_a_wish_to_open_is_no_close() -> None:
    with pytest.raises(InvariantError):
        close_orders(Desk().book, REBAR, terms(REBAR, SELL, OPEN, 1, 3000))


def test_a_lock_opens_the_other_side_and_closes_nothing() -> None:
    book = held(REBAR, today=5).book
    assert told(lock_orders(book, REBAR, wish(REBAR, 5))) == [(OPEN, 5, D("15"))]


def test_unlocking_closes_the_same_lots_of_both_sides() -> None:
    book = held(REBAR, yesterday=4, today=2, other=5).book
    long, short = unlock_orders(book, REBAR, wish(REBAR, 6), other_price=D(3010))
    assert told(long.orders) == [(YESTERDAY, 4, D("12")), (TODAY, 1, D("6"))]
    assert told(short.orders) == [(TODAY, 5, D("30.10"))]
    assert (long.missing, short.missing) == (1, 1)
    flat = unlock_orders(held(REBAR, today=2).book, REBAR, wish(REBAR, 2), other_price=D(3010))
    assert [(plan.lots, plan.missing) for plan in flat] == [(0, 2), (0, 2)]


LOTS = st.integers(0, 12)


@given(
    st.sampled_from((REBAR, MEAL)),
    st.tuples(LOTS, LOTS, LOTS),
    st.tuples(LOTS, LOTS, LOTS),
    LOTS,
    st.sampled_from(Side),
    st.integers(1, 30),
    st.sampled_from(Take),
    st.sampled_from((None, 1, 5)),
)
def test_any_close_sums_to_the_wish_and_takes_only_what_is_there(
    of: Instrument,
    hedge: tuple[int, int, int],
    speculation: tuple[int, int, int],
    frozen: int,
    side: Side,
    lots: int,
    take: Take,
    largest: int | None,
) -> None:
    of = msgspec.structs.replace(of, max_lots=largest)
    desk = Desk(day=1)
    flags = ((HEDGE, hedge), (SPECULATION, speculation))
    for flag, (old, _, _) in flags:
        if old:
            desk.trade(of, side.opposite, OPEN, old, 3000, flag=flag)
    desk.book.settle({of.id: D(3010)}, 2)
    for flag, (_, today, other) in flags:
        for way, count in ((side.opposite, today), (side, other)):
            if count:
                desk.trade(of, way, OPEN, count, 3000, flag=flag)
    offset = YESTERDAY if of.explicit_close_today else CLOSE
    if frozen and frozen <= closable(of, desk.book.position(of.id, HEDGE), side, offset):
        desk.book.reserve(OrderId("1"), of, terms(of, side, offset, frozen, 3000), frozen)
    position = desk.book.position(of.id, HEDGE)
    plan = close_orders(desk.book, of, wish(of, lots, side=side), take=take)
    there = position.long_closable if side is SELL else position.short_closable
    assert plan.lots == min(lots, there)
    assert plan.lots + plan.missing == lots
    for one in plan.orders:
        assert not one.terms.is_opening
        assert (one.terms.hedge_flag, one.terms.side) == (HEDGE, side)
        assert 0 < one.terms.lots <= (largest or lots)
    for each in {one.terms.offset for one in plan.orders}:
        asked = sum(one.terms.lots for one in plan.orders if one.terms.offset is each)
        assert asked <= closable(of, position, side, each)
    # What the plan says it costs is what it costs, order by order.
    before = desk.book.position(of.id, SPECULATION)
    desk.book.release(OrderId("1"))
    paid = [desk.trade(of, side, one.terms.offset, one.terms.lots, 3000) for one in plan.orders]
    assert paid == [one.fee for one in plan.orders]
    assert desk.book.position(of.id, SPECULATION) == before
