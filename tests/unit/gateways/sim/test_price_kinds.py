"""Orders without a price of their own: what they take, what remains of them, and who takes them at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.days.calendar import MINUTE_NS, SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import PriceKind, Side, TimeCondition
from terminal.domain.reports import Accepted, Rejected, Removed, Report, Traded
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import (
    AP,
    DAY,
    IF,
    MORNING,
    NIGHT,
    RB,
    UNIVERSE,
    I,
    MadeMarket,
    Shown,
    batch,
    exchange,
    host,
    order,
)

OPENING = instant(DAY, 9, 30)
GFD, FAK, FOK = TimeCondition.GFD, TimeCondition.FAK, TimeCondition.FOK
LIMIT, MARKET, BEST, FIVE = PriceKind.LIMIT, PriceKind.MARKET, PriceKind.BEST, PriceKind.FIVE


class Floor:
    """Show one instrument at an exchange of its own and place orders in it."""

    def __init__(self, instrument: InstrumentId, at: int) -> None:
        self.instrument = instrument
        self.universe = (instrument,)
        self.exchange: Exchange = exchange(at, self.universe)
        self.at, self.index, self.number = at, 0, 0

    def show(self, shown: Shown, last: int | None = None) -> list[Report]:
        self.at += SECOND_NS
        traded = None if last is None else {self.instrument: (last, 0)}
        made = batch(self.index, self.at, {self.instrument: shown}, traded=traded, universe=self.universe)
        passed = self.exchange.advance(made)
        self.index += 1
        return [*passed.before, *passed.after]

    def place(
        self,
        kind: PriceKind,
        condition: TimeCondition,
        lots: int,
        price: str | int,
        side: Side = Side.BUY,
    ) -> list[Report]:
        self.number += 1
        return self.exchange.place(
            order(
                f"k{self.number}",
                side,
                lots,
                price,
                instrument=self.instrument,
                condition=condition,
                price_kind=kind,
            )
        )


def said(reports: list[Report]) -> list[object]:
    """Return fills as (lots, price), what was taken out as its sentence, and refusals as their codes."""
    found: list[object] = []
    for report in reports:
        match report:
            case Traded():
                found.append((report.lots, report.price))
            case Removed():
                found.append(f"{report.unfilled} {report.why}")
            case Rejected():
                found.append(report.code)
    return found


def test_a_market_order_at_dce_takes_what_is_offered_and_stands_at_the_limit_price() -> None:
    floor = Floor(I, MORNING)
    floor.show((1659, 5, 1660, 3))
    assert said(floor.place(MARKET, GFD, 5, 900)) == [(3, Decimal(830))]
    later = floor.show((1659, 5, 1670, 9))
    assert said(later) == [(2, Decimal(835))], "at the price displayed, not at the limit price"


def test_a_market_order_never_trades_beyond_the_price_it_was_reckoned_at() -> None:
    floor = Floor(I, MORNING)
    floor.show((1659, 5, 1661, 3))
    assert said(floor.place(MARKET, FAK, 5, 830)) == ["5 FAK 未成交部分已撤销"]


def test_a_market_fok_order_trades_whole_or_not_at_all() -> None:
    floor = Floor(I, MORNING)
    floor.show((1659, 5, 1660, 3))
    assert said(floor.place(MARKET, FOK, 4, 900)) == ["4 FOK 不能全部成交，已撤销"]
    assert said(floor.place(MARKET, FOK, 3, 900)) == [(3, Decimal(830))]


def test_the_rest_of_a_market_order_at_czce_is_cancelled() -> None:
    floor = Floor(AP, MORNING)
    floor.show((7399, 5, 7400, 3))
    assert said(floor.place(MARKET, FAK, 5, 8000)) == [(3, Decimal(7400)), "2 FAK 未成交部分已撤销"]


@pytest.mark.parametrize("kind", [BEST, FIVE])
def test_what_remains_under_fak_is_cancelled_and_under_gfd_rests_at_the_price_traded(kind: PriceKind) -> None:
    floor = Floor(IF, OPENING)
    floor.show((23500, 5, 23505, 3))
    assert said(floor.place(kind, FAK, 5, "5000")) == [(3, Decimal("4701.0")), "2 FAK 未成交部分已撤销"]
    floor.show((23500, 5, 23505, 2))
    assert said(floor.place(kind, GFD, 5, "5000")) == [(2, Decimal("4701.0"))]
    assert said(floor.show((23500, 5, 23506, 9))) == [], "the rest is a limit order at 4701.0"
    assert said(floor.show((23500, 5, 23504, 9))) == [(3, Decimal("4701.0"))]


@pytest.mark.parametrize("condition", [GFD, FAK])
def test_a_best_price_order_needs_an_offer(condition: TimeCondition) -> None:
    floor = Floor(IF, OPENING)
    floor.show((23500, 5, None, 0))
    assert said(floor.place(BEST, condition, 5, "5000")) == ["5 没有对手方报价，最优价委托已撤销"]


def test_a_best_price_order_takes_one_price_and_a_five_level_order_up_to_five() -> None:
    filled = {}
    for kind in (BEST, FIVE):
        floor = Floor(IF, OPENING)
        floor.show((23500, 5, 23510, 1))
        for ticks in range(23511, 23518):  # our own, above what is displayed
            floor.place(LIMIT, GFD, 1, str(Decimal(ticks) / 5), Side.SELL)
        bought = [r for r in floor.place(kind, FAK, 9, "5000") if isinstance(r, Traded) and r.side is Side.BUY]
        filled[kind] = [(trade.lots, trade.price) for trade in bought]
    assert filled[BEST] == [(1, Decimal("4702.0"))]
    assert filled[FIVE] == [(1, Decimal(ticks) / 5) for ticks in range(23510, 23515)]


@pytest.mark.parametrize(
    ("instrument", "kind", "condition", "text"),
    [
        (RB, MARKET, FAK, "交易所对该合约不接受市价委托，只接受限价（GFD、FAK、FOK）"),
        (RB, BEST, FAK, "交易所对该合约不接受最优价委托，只接受限价（GFD、FAK、FOK）"),
        (I, FIVE, FAK, "交易所对该合约不接受五档委托，只接受限价（GFD、FAK、FOK）、市价（GFD、FAK、FOK）"),
        (AP, MARKET, GFD, "交易所对该合约不接受 GFD 市价委托，只接受限价（GFD、FAK）、市价（FAK）"),
        (AP, LIMIT, FOK, "交易所对该合约不接受 FOK 限价委托，只接受限价（GFD、FAK）、市价（FAK）"),
    ],
)
def test_what_an_exchange_does_not_take_is_refused_with_what_it_takes(
    instrument: InstrumentId, kind: PriceKind, condition: TimeCondition, text: str
) -> None:
    floor = Floor(instrument, MORNING)
    floor.show((1659, 5, 1660, 3))
    (report,) = floor.place(kind, condition, 1, 900)
    assert isinstance(report, Rejected)
    assert (report.code, report.text) == ("ORDER_KIND_NOT_SUPPORTED", text)


def test_an_auction_takes_limit_orders_alone() -> None:
    floor = Floor(I, NIGHT - 4 * MINUTE_NS)
    floor.show((None, 0, None, 0))
    assert said(floor.place(MARKET, GFD, 1, 900)) == ["LIMIT_ONLY_IN_AUCTION"]


def test_a_market_order_has_a_most_lots_of_its_own() -> None:
    floor = Floor(IF, OPENING)
    floor.show((23500, 5, 23510, 90))
    assert said(floor.place(BEST, FAK, 11, "5000")) == ["VOLUME_OVER_MAXIMUM"], "10 a market order, 20 a limit order"
    assert isinstance(floor.place(LIMIT, FAK, 11, "4702")[0], Accepted)


def test_what_remains_of_a_market_order_keeps_its_limit_over_a_restart(tmp_path: Path) -> None:
    market = MadeMarket(
        [
            batch(0, MORNING + SECOND_NS, {I: (1659, 5, 1660, 3)}),
            batch(1, MORNING + 2 * SECOND_NS, {I: (1659, 5, 1665, 9)}),
        ]
    )
    path = tmp_path / "exchange.db"
    with closing(ExchangeStore(path)) as store:
        first = host(market, store)
        first.log_in(0)
        first.take(9), first.take(9)
        first.place(order("a", Side.BUY, 5, 900, instrument=I, price_kind=MARKET))
        assert said([report for report in first.take(9) if isinstance(report, Traded)]) == [(3, Decimal(830))]
    with closing(ExchangeStore(path)) as store:
        second = host(market, store)
        second.log_in(1)
        handed = [report for _ in range(4) for report in second.take(9) if isinstance(report, Traded)]
    assert [trade.price for trade in handed][-1] == Decimal("832.5")


def test_a_file_from_before_orders_without_a_price_is_read_as_limit_orders(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    market = MadeMarket([batch(0, MORNING + SECOND_NS, {RB: (3699, 5, 3700, 3)})])
    with closing(ExchangeStore(path)) as store:
        first = host(market, store)
        first.log_in(0)
        first.take(9), first.take(9)
        first.place(order("a", Side.BUY, 1, 3690))
        first.take(9)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("ALTER TABLE orders DROP COLUMN price_kind")
        database.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
    with closing(ExchangeStore(path)) as store:
        host(market, store)
        (there,) = store.books().orders
    assert there.terms.price_kind is LIMIT
    assert UNIVERSE[0] == there.terms.instrument


# --- a market order that rests never makes a price at the day's limit ------------------------------------------------


def resting(side: Side, shown: Shown, last: int | None = None) -> Floor:
    """Return a floor where a market order waits for more than was offered; the limit price is 900 or 750 yuan."""
    floor = Floor(I, MORNING)
    floor.show(shown, last)
    assert [type(one) for one in floor.place(MARKET, GFD, 8, 900 if side is Side.BUY else 750, side)][-1] is Traded
    return floor


@pytest.mark.parametrize(
    ("limit", "price"),
    [("829", "830.5"), ("830.5", "830.5"), ("850", "850")],
    ids=["the displayed price", "at it", "never worse than its own limit"],
)
def test_an_order_that_comes_to_a_resting_market_order_trades_where_the_market_is(limit: str, price: str) -> None:
    floor = resting(Side.BUY, (1660, 5, 1661, 3))
    assert said(floor.place(LIMIT, GFD, 5, limit, Side.SELL)) == [(5, Decimal(price))] * 2


def test_the_same_of_a_market_order_that_sells() -> None:
    floor = resting(Side.SELL, (1660, 3, 1661, 5))
    assert said(floor.place(LIMIT, GFD, 2, "840")) == [(2, Decimal(830))] * 2
    assert said(floor.place(MARKET, FAK, 2, "900")) == [(2, Decimal(830))] * 2


def test_with_nothing_displayed_two_market_orders_trade_at_the_last_price_or_not_at_all() -> None:
    floor = resting(Side.BUY, (1660, 5, 1661, 3))
    floor.show((1660, 5, None, 0), 1662)
    assert said(floor.place(MARKET, FAK, 2, 750, Side.SELL)) == [(2, Decimal(831))] * 2
    floor.show((None, 0, None, 0))
    assert said(floor.place(MARKET, FAK, 2, 750, Side.SELL)) == ["2 FAK 未成交部分已撤销"]
    assert said(floor.place(LIMIT, FAK, 1, 829, Side.SELL)) == [(1, Decimal(829))] * 2, "one of them names a price"


def test_a_resting_market_order_pays_no_more_than_it_was_reckoned_at() -> None:
    floor = Floor(I, MORNING)
    floor.show((1659, 5, 1660, 3))
    assert said(floor.place(MARKET, GFD, 5, 830)) == [(3, Decimal(830))]
    floor.show((1659, 5, 1670, 3))
    assert said(floor.place(LIMIT, GFD, 1, 825, Side.SELL)) == [(1, Decimal(830))] * 2


def test_displayed_lots_better_than_what_a_market_order_pays_come_first() -> None:
    floor = resting(Side.BUY, (1660, 5, 1661, 3))
    floor.show((1665, 2, None, 0), 1662)
    found = said(floor.place(LIMIT, FAK, 3, 829, Side.SELL))
    assert found == [(2, Decimal("832.5")), (1, Decimal(831)), (1, Decimal(831))]
