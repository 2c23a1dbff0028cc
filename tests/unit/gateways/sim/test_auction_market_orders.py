"""A market order that rests takes what an auction gives and never makes its price at the day's limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.orders.order import PriceKind, Side
from terminal.gateways.sim.matching.auction import clear
from terminal.gateways.sim.matching.book import Dealt
from tests.unit.gateways.sim.test_auction import WANTS, Want, book_of, sell, told


def market(side: Side, lots: int) -> Want:
    return Want(side, 200 if side is Side.BUY else 1, lots, PriceKind.MARKET)


@pytest.mark.parametrize("side", Side)
def test_a_market_order_takes_the_printed_lots_at_the_printed_price_however_much_it_wants(side: Side) -> None:
    book = book_of(market(side, 60))
    assert told(clear(book, pre_settlement=97, printed=Dealt(100, 40))) == [("0", None, 40, 100)]
    assert [left.remaining for left in (*book.buys, *book.sells)] == [20]


def test_a_market_order_meets_limit_orders_beyond_the_print_at_their_price() -> None:
    book = book_of(market(Side.BUY, 60), sell(105, 5))
    found = told(clear(book, pre_settlement=97, printed=Dealt(100, 40)))
    assert {price for *_, price in found} == {105}
    assert sum(lots for _, _, lots, _ in found) == 45
    assert not book.crossed


def test_without_a_print_market_orders_meet_at_the_previous_settlement_or_not_at_all() -> None:
    wants = market(Side.BUY, 4), market(Side.SELL, 3)
    assert told(clear(book_of(*wants), pre_settlement=97, printed=None)) == [("0", "1", 3, 97)]
    assert clear(book_of(*wants), pre_settlement=None, printed=None) == []
    assert told(clear(book_of(market(Side.BUY, 4), sell(99, 3)), pre_settlement=None, printed=None)) == [
        ("0", "1", 3, 99)
    ]


MARKETS = st.lists(st.builds(market, st.sampled_from(Side), st.integers(1, 9)), min_size=1, max_size=4)


@given(
    WANTS,
    MARKETS,
    st.none() | st.integers(85, 115),
    st.none() | st.builds(Dealt, st.integers(92, 108), st.integers(1, 9)),
)
def test_whatever_market_orders_want_the_price_is_one_that_somebody_named(
    wants: list[Want], markets: list[Want], pre_settlement: int | None, printed: Dealt | None
) -> None:
    book = book_of(*wants, *markets)
    matches = clear(book, pre_settlement=pre_settlement, printed=printed)
    for side in Side:
        outside = sum(m.lots for m in matches if m.other is None and m.order.terms.side is side)
        assert outside <= (0 if printed is None else printed.lots)
    named = [want.limit for want in wants]
    named += [at for at in (pre_settlement, None if printed is None else printed.price) if at is not None]
    for match in matches:
        assert min(named) <= match.price <= max(named)
        for one in (match.order, match.other):
            assert one is None or (one.limit - match.price) * (1 if one.is_buy else -1) >= 0
    if named:
        assert not any(
            buy.limit >= sell.limit
            for buy in book.buys
            for sell in book.sells
            if PriceKind.LIMIT in (buy.terms.price_kind, sell.terms.price_kind)
        ), "what is left crosses nothing"
