from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.books.account import AccountBook
from terminal.domain.ids import ProductId, TradeId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import Instrument
from tests.books import (
    BUY,
    CLOSE,
    HEDGE,
    OPEN,
    REBAR,
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
    unchanged,
)

CLOSING = (CLOSE, TODAY, YESTERDAY)
INSTRUMENTS = (
    instrument("SHFE.rb2510", margin="0.09", fees=by_value("0.0001", "0.0001", "0.0002")),
    instrument("SHFE.rb2601", margin="0.13", fees=by_lot("1.51", "0", "3")),
    instrument("DCE.m2509", margin="0.08", fees=by_lot("1.5", "1.5", "0.75")),
)


class Lot:
    """Be one lot of the naive model: nothing is summed, everything is looked up anew."""

    def __init__(self, of: Instrument, flag: HedgeFlag, side: Side, price: Decimal, day: int) -> None:
        self.of, self.flag, self.side, self.price, self.basis, self.day = of, flag, side, price, price, day


class Naive:
    """Keep the account the slow way, from the formulas of DOMAIN 4.4 and 4.5."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.static = self.balance = D(1000000)
        self.profit = self.fees = D(0)
        self.day = 1

    def held(self, of: Instrument, flag: HedgeFlag, side: Side, offset: Offset) -> list[Lot]:
        lots = [one for one in self.lots if (one.of, one.flag, one.side) == (of, flag, side)]
        if of.explicit_close_today:
            return [one for one in lots if (one.day == self.day) == (offset is TODAY)]
        return lots

    def open(self, of: Instrument, flag: HedgeFlag, side: Side, lots: int, price: Decimal) -> None:
        self.lots += [Lot(of, flag, side, price, self.day) for _ in range(lots)]

    def close(self, lots: list[Lot], price: Decimal) -> None:
        for one in lots:
            self.lots.remove(one)
            self.profit += one.side.sign * (price - one.basis) * one.of.multiplier
            self.balance += one.side.sign * (price - one.price) * one.of.multiplier

    def pay(self, fee: Decimal) -> None:
        self.fees += fee
        self.balance -= fee

    def settle(self, price: Decimal) -> None:
        self.static = self.equity(price)
        self.profit = self.fees = D(0)
        self.day += 1
        for one in self.lots:
            one.basis = price

    def equity(self, price: Decimal) -> Decimal:
        position = sum((one.side.sign * (price - one.basis) * one.of.multiplier for one in self.lots), D(0))
        return self.static + self.profit + position - self.fees

    def floating(self, price: Decimal) -> Decimal:
        return sum((one.side.sign * (price - one.price) * one.of.multiplier for one in self.lots), D(0))

    def margin(self) -> Decimal:
        sides: dict[tuple[ProductId, Side], Decimal] = {}
        for one in self.lots:
            key = (one.of.product, one.side)
            sides[key] = sides.get(key, D(0)) + one.basis * one.of.multiplier * (one.of.margin_rate or 0)
        rebar, meal = ProductId("SHFE.rb"), ProductId("DCE.m")
        charge = max(sides.get((rebar, BUY), D(0)), sides.get((rebar, SELL), D(0)))
        charge += sides.get((meal, BUY), D(0)) + sides.get((meal, SELL), D(0))
        return charge.quantize(D("0.01"), ROUND_HALF_UP)


class OpenSome(NamedTuple):
    of: Instrument
    flag: HedgeFlag
    side: Side
    lots: int
    price: int


class CloseSome(NamedTuple):
    pick: int  # which of the lots held says what is closed
    offset: Offset
    lots: int  # perhaps more than there are
    price: int


class Settle(NamedTuple):
    price: int


Step = OpenSome | CloseSome | Settle

PRICE = st.integers(2900, 3300)
FLAGS = st.sampled_from((HEDGE, SPECULATION))
STEPS = st.lists(
    st.one_of(
        st.builds(OpenSome, st.sampled_from(INSTRUMENTS), FLAGS, st.sampled_from(Side), st.integers(1, 6), PRICE),
        st.builds(CloseSome, st.integers(0, 50), st.sampled_from(CLOSING), st.integers(1, 6), PRICE),
        st.builds(CloseSome, st.integers(0, 50), st.sampled_from(CLOSING), st.integers(1, 6), PRICE),
        st.builds(Settle, PRICE),
    ),
    min_size=5,
    max_size=40,
)


def take(desk: Desk, naive: Naive, step: Step) -> None:
    price = D(step.price)
    match step:
        case Settle():
            desk.book.settle(dict.fromkeys((one.id for one in INSTRUMENTS), price), desk.book.trading_day + 1)
            naive.settle(price)
        case OpenSome(of, flag, side, lots):
            naive.open(of, flag, side, lots, price)
            naive.pay(desk.trade(of, side, OPEN, lots, step.price, flag=flag))
        case CloseSome(pick, offset, lots) if naive.lots:
            one = naive.lots[pick % len(naive.lots)]
            held = naive.held(one.of, one.flag, one.side, offset)
            close = partial(desk.trade, one.of, one.side.opposite, offset, price=step.price, flag=one.flag)
            if lots > len(held):
                unchanged(desk, partial(close, lots=lots))
            if held:
                naive.close(held[:lots], price)
                naive.pay(close(lots=min(lots, len(held))))


@settings(max_examples=300)
@given(STEPS)
def test_any_run_of_fills_and_days_agrees_with_an_account_kept_lot_by_lot(
    steps: list[Step],
) -> None:
    desk, naive = Desk(day=1), Naive()
    for step in steps:
        take(desk, naive, step)
        price = step.price
        marks = dict.fromkeys((one.id for one in INSTRUMENTS), D(price)).get
        money, by_trade = desk.book.view(marks), desk.book.trade_by_trade(marks)
        assert money.equity == naive.equity(D(price)) == by_trade.balance + by_trade.floating_profit
        assert (by_trade.balance, by_trade.floating_profit) == (naive.balance, naive.floating(D(price)))
        assert money.margin == naive.margin()
        assert money.available == money.equity - money.margin
        assert desk.book.check() == []
    for of in INSTRUMENTS:
        for flag in (HEDGE, SPECULATION):
            view = desk.book.position(of.id, flag)
            lots = [one for one in naive.lots if (one.of, one.flag) == (of, flag)]
            today = [one for one in lots if one.day == naive.day]
            assert view.net == sum(one.side.sign for one in lots)
            assert view.long_today == sum(one.side is BUY for one in today)
            assert view.short_today == sum(one.side is SELL for one in today)


@given(st.permutations(range(8)), st.lists(PRICE, min_size=8, max_size=8))
def test_openings_heard_of_in_any_order_give_the_same_books(order: list[int], prices: list[int]) -> None:
    forms = []
    for arrival in (sorted(order), order):
        book = AccountBook(D(1000000), 20250701)
        for place, number in enumerate(arrival):
            opening = terms(REBAR, BUY, OPEN, 2, prices[number])
            book.fill(REBAR, opening, 2, D(prices[number]), D(1), at=number, trade=TradeId(str(number)))
            if place in (2, 5):
                book.fill(REBAR, terms(REBAR, SELL, TODAY, 3, 3200), 3, D(3200), D(1), at=99, trade=TradeId("99"))
            assert book.check() == []
        forms.append(book.canonical())
    assert forms[0] == forms[1]
