"""What an order gets where the market comes in bars, to the lot and the tick."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.ids import InstrumentId, WireKey
from terminal.domain.market import Batch, Column, Valid
from terminal.domain.orders.order import PriceKind, Side, TimeCondition
from terminal.domain.reports import CancelRejected, Rejected, Removed, Report, Traded
from terminal.engine.ports import WireCancel
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import Books, ExchangeStore
from tests.unit.gateways.sim.made import (
    DAY,
    ME,
    MORNING,
    RB,
    I,
    MadeMarket,
    Shown,
    batch,
    calendar,
    exchange,
    instruments,
    order,
)

BUY, SELL = Side.BUY, Side.SELL
FAK, FOK = TimeCondition.FAK, TimeCondition.FOK
Range = tuple[int, int, int, int, int]  # open, high, low, close, lots for us


def bar(index: int, end: int, told: dict[InstrumentId, Range], *, minutes: int = 1) -> Batch:
    """Return a batch of bars of so many minutes; the sides are reckoned a tick from the close, as the reader does."""
    shown: dict[InstrumentId, Shown] = {
        name: (close - 1, lots, close + 1, lots) for name, (_, _, _, close, lots) in told.items()
    }
    made = batch(index, end, shown, traded={name: (close, 100 * index) for name, (*_, close, _) in told.items()})
    made.rows[:, Column.MASK] |= int(Valid.BAR)
    made.bars = np.array(
        [(first, high, low, lots, end - minutes * MINUTE_NS) for first, high, low, _, lots in told.values()],
        dtype=np.int64,
    )
    return made


class Minutes:
    """Drive an exchange minute by minute from 09:00."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.index = 0
        self.pass_one((3700, 3700, 3700, 3700, 20))

    def pass_one(self, told: Range, *, name: InstrumentId = RB, at: int | None = None) -> list[tuple[object, ...]]:
        """Pass the next minute's bar; return what it caused."""
        end = MORNING + (self.index + 1) * MINUTE_NS if at is None else at
        passed = self.exchange.advance(bar(self.index, end, {name: told}))
        self.index += 1
        return [said(report) for report in (*passed.before, *passed.after)]

    def place(self, key: str, side: Side, lots: int, price: int, **more: object) -> list[tuple[object, ...]]:
        """Place an order; return what follows its acceptance."""
        reports = self.exchange.place(order(key, side, lots, price, **more))  # type: ignore[arg-type]
        return [said(report) for report in reports if isinstance(report, (Traded, Removed, Rejected))]


def said(report: Report) -> tuple[object, ...]:
    match report:
        case Traded():
            return report.wire_key, report.lots, report.price
        case Removed():
            return report.wire_key, "expired" if report.expired else "cancelled", report.unfilled
        case _:
            return (report,)


@pytest.fixture
def minutes() -> Minutes:
    return Minutes(exchange())


def test_the_bar_an_order_was_decided_on_gives_it_nothing(minutes: Minutes) -> None:
    assert minutes.place("a", BUY, 5, 3800) == [], "it could buy all the way up, and nothing is displayed"
    assert minutes.pass_one((3700, 3705, 3698, 3702, 20)) == [("a", 5, Decimal(3706))]


@pytest.mark.parametrize(
    ("side", "limit", "told", "price"),
    [
        (BUY, 3699, (3700, 3702, 3699, 3700, 20), None),  # touched, not traded through
        (BUY, 3699, (3700, 3702, 3698, 3700, 20), 3699),  # through it: its own limit
        (BUY, 3710, (3700, 3702, 3698, 3700, 20), 3703),  # all of the bar within: a tick beyond the worst
        (SELL, 3701, (3700, 3701, 3698, 3700, 20), None),
        (SELL, 3701, (3700, 3702, 3698, 3700, 20), 3701),
        (SELL, 3690, (3700, 3702, 3698, 3700, 20), 3697),
        (BUY, 3705, (3704, 3700, 3700, 3700, 20), 3705),  # only closes: the close before counts for the price
        (BUY, 3702, (3698, 3703, 3703, 3703, 20), None),  # … and not for whether it trades
    ],
)
def test_an_order_fills_where_the_market_traded_through_it(
    side: Side, limit: int, told: Range, price: int | None, minutes: Minutes
) -> None:
    minutes.place("a", side, 3, limit)
    assert minutes.pass_one(told) == ([] if price is None else [("a", 3, Decimal(price))])


def test_all_orders_together_take_no_more_than_their_share(minutes: Minutes) -> None:
    minutes.place("late", BUY, 6, 3699)
    minutes.place("best", BUY, 6, 3700)
    minutes.place("sold", SELL, 6, 3705)
    through = (3700, 3710, 3690, 3700, 8)
    assert minutes.pass_one(through) == [("best", 6, Decimal(3700)), ("late", 2, Decimal(3699))]
    assert minutes.pass_one(through) == [("late", 4, Decimal(3699)), ("sold", 4, Decimal(3705))]
    assert minutes.pass_one((3700, 3710, 3690, 3700, 0)) == []


def test_fak_waits_for_one_bar_and_fok_for_all_of_it(minutes: Minutes) -> None:
    minutes.place("fak", BUY, 9, 3703, condition=FAK)
    minutes.place("fok", BUY, 3, 3702, condition=FOK)
    assert minutes.pass_one((3701, 3702, 3700, 3701, 10)) == [
        ("fak", 9, Decimal(3703)),
        ("fok", "cancelled", 3),
    ]
    minutes.place("late", BUY, 4, 3700, condition=FAK)
    assert minutes.pass_one((3701, 3702, 3700, 3701, 10)) == [("late", "cancelled", 4)]


def test_fak_does_not_wait_beyond_its_session(minutes: Minutes) -> None:
    minutes.place("a", BUY, 4, 3710, condition=FAK)
    minutes.place("b", BUY, 4, 3710)
    after_the_break = instant(DAY, 10, 31)
    assert minutes.pass_one((3700, 3702, 3698, 3700, 20), at=after_the_break) == [
        ("a", "cancelled", 4),
        ("b", 4, Decimal(3703)),
    ]


def test_the_last_bar_of_a_session_is_answered_by_a_cancel_and_a_moment_in_the_break_is_not(minutes: Minutes) -> None:
    for key in ("a", "b"):
        minutes.place(key, BUY, 4, 3690)
    flat = (3700, 3700, 3700, 3700, 20)
    minutes.pass_one(flat, at=instant(DAY, 10, 15))
    assert isinstance(minutes.exchange.cancel(WireCancel(account=ME, wire_key=WireKey("a")))[0], Removed)
    minutes.pass_one(flat, at=instant(DAY, 10, 16))
    assert isinstance(minutes.exchange.cancel(WireCancel(account=ME, wire_key=WireKey("b")))[0], CancelRejected)


def test_quotes_at_the_end_of_a_session_come_too_late_for_a_cancel(minutes: Minutes) -> None:
    minutes.place("a", BUY, 4, 3690)
    minutes.exchange.advance(batch(minutes.index, instant(DAY, 10, 15), {RB: (3699, 5, 3701, 5)}))
    assert isinstance(minutes.exchange.cancel(WireCancel(account=ME, wire_key=WireKey("a")))[0], CancelRejected)


def test_the_last_bar_of_a_day_still_fills_and_then_the_order_expires(minutes: Minutes) -> None:
    minutes.pass_one((3700, 3700, 3700, 3700, 20), at=instant(DAY, 14, 59))
    minutes.place("a", BUY, 30, 3710)
    assert minutes.pass_one((3700, 3702, 3698, 3700, 20), at=instant(DAY, 15, 0)) == [("a", 20, Decimal(3703))]
    assert isinstance(minutes.exchange.place(order("b", BUY, 1, 3700))[0], Rejected), "the session is over"
    assert minutes.pass_one((3700, 3702, 3698, 3700, 20), at=instant(DAY, 21, 1)) == [("a", "expired", 10)]


def test_a_longer_bar_that_began_before_the_order_gives_it_nothing(minutes: Minutes) -> None:
    minutes.exchange.advance(bar(minutes.index, MORNING + 2 * MINUTE_NS, {I: (1660, 1660, 1660, 1660, 20)}))
    minutes.place("a", BUY, 4, 1670, instrument=I)
    # It began a minute before the order came: what it traded may have been before.
    long = bar(minutes.index + 1, MORNING + 4 * MINUTE_NS, {I: (1660, 1662, 1650, 1660, 20)}, minutes=3)
    passed = minutes.exchange.advance(long)
    assert [*passed.before, *passed.after] == []
    after = bar(minutes.index + 2, MORNING + 5 * MINUTE_NS, {I: (1660, 1662, 1650, 1660, 20)})
    assert [said(one) for one in minutes.exchange.advance(after).after] == [("a", 4, instruments()[I].price(1663))]


def test_orders_of_ours_still_meet_each_other_at_once(minutes: Minutes) -> None:
    minutes.place("a", SELL, 2, 3700)
    assert minutes.place("b", BUY, 2, 3700) == [("b", 2, Decimal(3700)), ("a", 2, Decimal(3700))]


def test_a_market_order_pays_the_bar_and_not_its_limit() -> None:
    floor = Minutes(exchange())
    floor.exchange.advance(bar(floor.index, MORNING + 2 * MINUTE_NS, {I: (1660, 1660, 1660, 1660, 20)}))
    floor.index += 1
    # The exchange takes market orders of iron ore; its price is the day's limit.
    assert floor.place("a", BUY, 2, 1000, instrument=I, condition=FAK, price_kind=PriceKind.MARKET) == []
    passed = floor.exchange.advance(bar(floor.index, MORNING + 3 * MINUTE_NS, {I: (1660, 1662, 1658, 1660, 20)}))
    assert [said(one) for one in passed.after] == [("a", 2, instruments()[I].price(1663))]


@pytest.mark.parametrize("stop", [0, 1, 2, 3])
def test_a_restarted_exchange_fills_as_one_that_ran_through(stop: int, tmp_path: Path) -> None:
    told: dict[InstrumentId, Range] = {RB: (3700, 3703, 3697, 3700, 4)}
    market = MadeMarket([bar(index, MORNING + (index + 1) * MINUTE_NS, told) for index in range(6)])
    sent = {0: order("gfd", BUY, 10, 3701), 1: order("fak", BUY, 9, 3702, condition=FAK)}

    def play(path: Path, *stops: int) -> Books:
        begin = 0
        for until in (*stops, 5):
            store = ExchangeStore(path)
            host = Host(store=store, market=market, instruments=instruments(), calendar=calendar())
            host.log_in(begin)
            while (item := host.next()) is not None:
                if isinstance(item, Batch) and item.index in sent and item.index >= host.history_until:
                    host.place(sent[item.index])
                    host.save()
                if isinstance(item, Batch) and item.index == until:
                    break
            begin = until + 1
            host.save()
            books = store.books()
            host.close()
        return books

    whole, cut = play(tmp_path / "whole.db"), play(tmp_path / "cut.db", stop)
    assert [(trade.wire_key, trade.lots) for trade in whole.trades] == [
        ("gfd", 4),
        ("fak", 4),
        ("gfd", 4),
        ("gfd", 2),
    ]
    assert cut.trades == whole.trades
    assert [(one.wire_key, one.state, one.text) for one in cut.orders] == [
        (one.wire_key, one.state, one.text) for one in whole.orders
    ]
