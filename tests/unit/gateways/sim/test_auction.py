"""How a call auction is matched, to the lot: by itself, and inside the exchange."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import ExchangeId, InstrumentId, WireKey
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import OrderState, PriceKind, Side
from terminal.domain.reports import Accepted, CancelRejected, Rejected, Removed, Report, Traded
from terminal.engine.ports import WireCancel
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.matching.auction import clear
from terminal.gateways.sim.matching.book import Book, Dealt, Match, Order
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import (
    DAY,
    ME,
    RB,
    UNIVERSE,
    I,
    MadeMarket,
    Shown,
    batch,
    calendar,
    exchange,
    host,
    order,
    reference,
)

GATHERED = instant(20200820, 20, 55)
MATCHED = instant(20200820, 20, 59)
OPENS = instant(20200820, 21)
LIMITS = DayFacts(instrument=RB, trading_day=DAY, pre_settlement=3700, upper_limit=3800, lower_limit=3600)
NOTHING: Shown = (None, 0, None, 0)


class Want(NamedTuple):
    side: Side
    limit: int
    lots: int
    kind: PriceKind = PriceKind.LIMIT


def book_of(*wants: Want) -> Book:
    book = Book()
    for sequence, (side, limit, lots, kind) in enumerate(wants):
        made = Order(
            wire_key=WireKey(str(sequence)),
            terms=order(str(sequence), side, lots, limit, price_kind=kind).terms,
            exchange=ExchangeId("SHFE"),
            trading_day=DAY,
            sequence=sequence,
            state=OrderState.LIVE,
        )
        made.limit = limit
        book.rest(made)
    return book


def told(matches: list[Match]) -> list[tuple[str, str | None, int, int]]:
    return [(m.order.wire_key, m.other.wire_key if m.other else None, m.lots, m.price) for m in matches]


def buy(limit: int, lots: int) -> Want:
    return Want(Side.BUY, limit, lots)


def sell(limit: int, lots: int) -> Want:
    return Want(Side.SELL, limit, lots)


# --- the price ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wants", "pre_settlement", "price", "lots"),
    [
        # At 101 and 102 seven lots trade, at 100 five, at 103 four: most lots; at 101 nothing is left over.
        ([buy(103, 4), buy(102, 3), buy(100, 9), sell(99, 5), sell(101, 2), sell(103, 6)], 90, 101, 7),
        # Five lots trade from 100 to 104; two are left over up to 101, none from 102 on: fewest left, nearest to 99.
        ([buy(104, 5), buy(101, 2), sell(100, 5)], 99, 102, 5),
        # Between 95 and 105 all is equal; the reference decides, and beyond the range its nearer end.
        ([buy(105, 3), sell(95, 3)], 101, 101, 3),
        ([buy(105, 3), sell(95, 3)], 110, 105, 3),
        ([buy(105, 3), sell(95, 3)], 90, 95, 3),
        ([buy(105, 3), sell(95, 3)], None, 100, 3),
        # More is wanted than offered: who bids 105 gets all he can, so the price is his, whatever the reference says.
        ([buy(105, 5), sell(95, 3)], 95, 105, 3),
        ([buy(105, 3), sell(95, 5)], 105, 95, 3),
    ],
)
def test_the_price_trades_most_then_leaves_least_then_is_nearest(
    wants: list[Want], pre_settlement: int | None, price: int, lots: int
) -> None:
    matches = clear(book_of(*wants), pre_settlement=pre_settlement, printed=None)
    assert {match.price for match in matches} == {price}
    assert sum(match.lots for match in matches) == lots


def test_better_limits_fill_wholly_and_at_the_price_the_earlier_order_comes_first() -> None:
    book = book_of(buy(100, 3), buy(100, 3), buy(101, 2), sell(99, 4))
    assert told(clear(book, pre_settlement=100, printed=None)) == [("2", "3", 2, 100), ("0", "3", 2, 100)]
    assert [(left.wire_key, left.remaining) for left in book.buys] == [("0", 1), ("1", 3)]
    assert book.sells == []


def test_what_does_not_cross_does_not_trade() -> None:
    assert clear(book_of(buy(99, 3), sell(100, 3)), pre_settlement=100, printed=None) == []
    assert clear(book_of(buy(99, 3)), pre_settlement=100, printed=None) == []


# --- beside the market's own auction --------------------------------------------------------------------------------


@pytest.mark.parametrize("mirror", [False, True])
def test_a_better_order_fills_at_the_printed_price_and_one_at_it_gets_none_of_the_markets_lots(mirror: bool) -> None:
    want, better, worse = (sell, 99, 101) if mirror else (buy, 101, 99)
    book = book_of(want(100, 4), want(better, 4), want(worse, 4))
    assert told(clear(book, pre_settlement=97, printed=Dealt(100, 50))) == [("1", None, 4, 100)]


def test_own_orders_at_the_printed_price_meet_each_other() -> None:
    book = book_of(buy(100, 4), sell(100, 3))
    assert told(clear(book, pre_settlement=97, printed=Dealt(100, 50))) == [("0", "1", 3, 100)]


def test_who_wants_as_much_as_the_whole_auction_moves_its_price_and_never_gets_more() -> None:
    alike, more = book_of(buy(105, 50)), book_of(buy(105, 60))
    assert told(clear(alike, pre_settlement=97, printed=Dealt(100, 50))) == [("0", None, 50, 101)]
    assert told(clear(more, pre_settlement=97, printed=Dealt(100, 50))) == [("0", None, 50, 105)]
    assert [left.remaining for left in more.buys] == [10]


# --- laws -----------------------------------------------------------------------------------------------------------

WANTS = st.lists(
    st.builds(Want, st.sampled_from(Side), st.integers(90, 110), st.integers(1, 9), st.just(PriceKind.LIMIT)),
    max_size=12,
)


def possible(wants: list[Want], price: int) -> tuple[int, int]:
    """Return the lots that trade at a price and those left over among orders that accept it."""
    wanted = sum(w.lots for w in wants if w.side is Side.BUY and w.limit >= price)
    offered = sum(w.lots for w in wants if w.side is Side.SELL and w.limit <= price)
    return min(wanted, offered), abs(wanted - offered)


@given(WANTS, st.none() | st.integers(85, 115), st.none() | st.builds(Dealt, st.integers(92, 108), st.integers(1, 9)))
def test_an_auction_obeys_its_laws(wants: list[Want], pre_settlement: int | None, printed: Dealt | None) -> None:
    book = book_of(*wants)
    placed = sorted([*book.buys, *book.sells], key=lambda one: one.sequence)
    matches = clear(book, pre_settlement=pre_settlement, printed=printed)
    market = [] if printed is None else [Want(side, printed.price, printed.lots) for side in Side]
    everything = [*wants, *market]
    most = max(possible(everything, price)[0] for price in range(85, 116))
    if not matches:
        own = max(possible(wants, price)[0] for price in range(85, 116))
        assert own == 0
        assert most == (0 if printed is None else printed.lots)
        return
    (price,) = {match.price for match in matches}
    volume, left = possible(everything, price)
    assert volume == most, "the most that can trade"
    assert left == min(rest for lots, rest in (possible(everything, at) for at in range(85, 116)) if lots == most)
    for side, better in ((Side.BUY, 1), (Side.SELL, -1)):
        filled = sum(one.filled for one in placed if one.terms.side is side)
        inside = sum(m.lots for m in matches if m.other is not None)
        outside = sum(m.lots for m in matches if m.other is None and m.order.terms.side is side)
        assert filled == inside + outside, "bought is sold"
        assert outside <= (0 if printed is None else printed.lots)
        ranked = [one for one in placed if one.terms.side is side and one.filled]
        assert all((one.limit - price) * better >= 0 for one in ranked), "none worse than its limit"
        at_limit = [one for one in placed if one.terms.side is side and one.limit == price]
        beyond = [one for one in placed if one.terms.side is side and (one.limit - price) * better > 0]
        assert not any(one.remaining for one in beyond), "better limits fill wholly"
        states = ["".join("f" if not one.remaining else "p" if one.filled else "n" for one in at_limit)]
        assert states[0] == "".join(sorted(states[0], key="fpn".index)), "the earlier first"
        assert states[0].count("p") <= 1
    assert not book.crossed
    assert all(one.remaining for one in (*book.buys, *book.sells))


@given(WANTS, st.none() | st.integers(85, 115))
def test_no_price_that_is_as_good_lies_nearer_to_the_reference(wants: list[Want], pre_settlement: int | None) -> None:
    matches = clear(book_of(*wants), pre_settlement=pre_settlement, printed=None)
    if not matches or pre_settlement is None:
        return
    price = matches[0].price

    def fair(at: int) -> bool:  # better limits fill wholly there
        lots = possible(wants, at)[0]
        above = sum(w.lots for w in wants if w.side is Side.BUY and w.limit > at)
        below = sum(w.lots for w in wants if w.side is Side.SELL and w.limit < at)
        return max(above, below) <= lots

    best = possible(wants, price)
    good = [at for at in range(85, 116) if possible(wants, at) == best and fair(at)]
    assert price in good
    assert abs(price - pre_settlement) == min(abs(at - pre_settlement) for at in good)


# --- inside the exchange --------------------------------------------------------------------------------------------


class Floor:
    """Drive an exchange through an auction by hand."""

    def __init__(self, made: Exchange | None = None, name: InstrumentId = RB) -> None:
        self.exchange = made or exchange(GATHERED)
        self.name = name
        self.index = 0

    def show(self, at: int, shown: Shown = NOTHING, traded: tuple[int, int] | None = None) -> list[Report]:
        before, after = self.show_apart(at, shown, traded)
        return [*before, *after]

    def show_apart(
        self, at: int, shown: Shown = NOTHING, traded: tuple[int, int] | None = None
    ) -> tuple[list[Report], list[Report]]:
        made = batch(
            self.index,
            at,
            {self.name: shown},
            [LIMITS] if self.name == RB else [],
            traded=None if traded is None else {self.name: traded},
            universe=UNIVERSE if self.name == RB else (self.name,),
        )
        self.index += 1
        passed = self.exchange.advance(made)
        return passed.before, passed.after

    def place(self, key: str, side: Side, lots: int, price: int) -> Report:
        (report,) = self.exchange.place(order(key, side, lots, price, instrument=self.name))
        return report

    def cancel(self, key: str) -> Report:
        (report,) = self.exchange.cancel(WireCancel(account=ME, wire_key=WireKey(key)))
        return report


def fills(reports: list[Report]) -> list[tuple[str, int, Decimal]]:
    return [(r.wire_key, r.lots, r.price) for r in reports if isinstance(r, Traded)]


def test_orders_rest_while_the_auction_gathers_and_trade_when_its_result_is_displayed() -> None:
    floor = Floor()
    floor.show(GATHERED)
    assert isinstance(floor.place("better", Side.BUY, 3, 3710), Accepted)
    assert isinstance(floor.place("at", Side.BUY, 3, 3705), Accepted)
    assert floor.show(GATHERED + SECOND_NS, (3708, 5, 3701, 5)) == [], "what is displayed now is no offer"
    reports = floor.show(MATCHED + SECOND_NS, traded=(3705, 120))
    assert fills(reports) == [("better", 3, Decimal(3705))]
    (trade,) = reports
    assert isinstance(trade, Traded)
    assert trade.exchange_at == MATCHED + SECOND_NS
    assert fills(floor.show(OPENS, (3700, 5, 3704, 2), traded=(3704, 130))) == [("at", 2, Decimal(3705))]


def test_without_a_result_own_orders_meet_each_other_before_the_opening_is_told() -> None:
    floor = Floor()
    floor.show(GATHERED)
    floor.place("sell", Side.SELL, 2, 3690)
    floor.place("buy", Side.BUY, 3, 3710)
    assert floor.show(MATCHED + SECOND_NS) == []
    before, after = floor.show_apart(OPENS + SECOND_NS, (3600, 5, 3800, 5), traded=(3650, 90))
    assert fills(before) == [("buy", 2, Decimal(3710)), ("sell", 2, Decimal(3710))]
    assert [r.exchange_at for r in before if isinstance(r, Traded)] == [MATCHED + SECOND_NS] * 2
    assert after == []


def test_in_the_matching_minute_orders_and_cancels_are_refused() -> None:
    floor = Floor()
    floor.show(GATHERED)
    floor.place("a", Side.BUY, 1, 3700)
    floor.place("b", Side.BUY, 1, 3700)
    assert isinstance(floor.cancel("a"), Removed)
    floor.show(MATCHED)
    assert isinstance(floor.cancel("b"), CancelRejected)
    assert isinstance(floor.place("c", Side.BUY, 1, 3700), Rejected)


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, 3801), (Side.SELL, 3599)])
def test_beyond_the_band_the_auction_takes_nothing(side: Side, price: int) -> None:
    floor = Floor()
    floor.show(GATHERED)
    assert isinstance(floor.place("a", side, 1, price), Rejected)


def test_only_what_was_traded_in_the_auction_is_its_result() -> None:
    later = exchange_of(InstrumentId("SHFE.rb2310"))
    floor = Floor(later, InstrumentId("SHFE.rb2310"))
    floor.show(instant(20230529, 21, 30), (3690, 5, 3691, 5), traded=(3690, 1000))
    floor.place("night", Side.BUY, 2, 3680)
    floor.show(instant(20230530, 8, 55), traded=(3690, 1000))
    floor.place("day", Side.SELL, 40, 3685)
    reports = floor.show(instant(20230530, 8, 59, 1), traded=(3688, 1030))
    assert fills(reports) == [("day", 30, Decimal(3685))], "forty are more than the thirty of the auction"
    assert floor.exchange.answer(ME)[0][0].filled == 0


def test_a_window_for_cancels_gathers_nothing() -> None:
    floor = Floor(exchange_of(InstrumentId("CZCE.MA309")), InstrumentId("CZCE.MA309"))
    floor.show(instant(20230529, 21, 30), (2090, 5, 2095, 5), traded=(2090, 1000))
    floor.place("a", Side.BUY, 2, 2091)
    floor.place("b", Side.BUY, 2, 2092)
    floor.show(instant(20230530, 8, 56), traded=(2090, 1000))
    assert isinstance(floor.place("c", Side.BUY, 1, 2093), Rejected)
    assert isinstance(floor.cancel("a"), Removed)
    assert floor.show(instant(20230530, 8, 59, 1), traded=(2085, 1030)) == []
    assert fills(floor.show(instant(20230530, 9), (2080, 1, 2092, 1))) == [("b", 1, Decimal(2092))]


def test_where_there_is_no_night_the_auction_is_in_the_morning() -> None:
    name = InstrumentId("CZCE.AP310")
    floor = Floor(exchange_of(name), name)
    floor.show(instant(20230530, 8, 55))
    floor.place("a", Side.SELL, 2, 8000)
    assert fills(floor.show(instant(20230530, 8, 59), traded=(8010, 7))) == [("a", 2, Decimal(8010))]


def exchange_of(name: InstrumentId) -> Exchange:
    listed = {name: reference().instrument(name, 20230530)}
    made = Exchange(universe=(name,), instruments=listed, calendar=calendar())
    made.begin(instant(20230529, 20))
    return made


def test_a_file_of_before_auctions_were_matched_goes_on_with_its_crossed_orders(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    market = MadeMarket(
        [
            batch(0, GATHERED, {RB: NOTHING}),
            batch(1, OPENS + SECOND_NS, {I: (1660, 5, 1661, 5)}),
            batch(2, OPENS + 2 * SECOND_NS, {RB: (3600, 5, 3800, 5)}),
        ]
    )
    old = host(market, ExchangeStore(path))
    old.log_in(0)
    old.take(1)
    old.next()
    old.place(order("sell", Side.SELL, 1, 3690))
    old.place(order("buy", Side.BUY, 1, 3710))
    old.save()
    old.close()
    with sqlite3.connect(path) as file:  # as the exchange before left it: past the opening, the two still waiting
        file.execute("DROP TABLE places")
        (text,) = file.execute("SELECT value FROM meta WHERE key = 'clock'").fetchone()
        clock = {**json.loads(text), "next_batch": 2, "at": OPENS + SECOND_NS}
        file.execute("UPDATE meta SET value = ? WHERE key = 'clock'", (json.dumps(clock),))
    again = host(market, ExchangeStore(path))
    again.log_in(2)
    trades = []
    while (item := again.next()) is not None:
        if isinstance(item, Traded):
            trades.append((item.wire_key, item.lots, item.price))
    assert trades == [("buy", 1, Decimal(3700)), ("sell", 1, Decimal(3700))]
    again.close()
