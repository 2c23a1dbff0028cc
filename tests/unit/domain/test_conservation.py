"""What one account of an exchange gains another loses; fees leave, deposits come, nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.books.account import AccountBook
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId, TradeId
from terminal.domain.orders.offset import closable
from terminal.domain.orders.order import Side
from terminal.domain.products.ending import Ending, at_expiry
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from tests.books import BUY, CLOSE, HEDGE, OPEN, SELL, TODAY, YESTERDAY, D, Desk, by_lot, by_value, instrument

REBAR = instrument("SHFE.rb2510", fees=by_value("0.0001", "0.0001", "0.0002"))
MEAL = instrument("DCE.m2509", margin="0.08", fees=by_lot("1.5", "1.5", "0.75"))
CALL, PUT = (
    msgspec.structs.replace(
        instrument(f"DCE.m2509-{right[0]}-3000", margin="0.08", fees=by_lot("0.5", "0.5", "0.5")),
        kind=Kind.OPTION,
        option=OptionTerms(underlying=MEAL.id, right=right, strike=D(3000), style=Style.AMERICAN),
    )
    for right in Right
)
LISTED = {one.id: one for one in (REBAR, MEAL, CALL, PUT)}
ACCOUNTS = 3
CASH = D(1_000_000)


class Trade(NamedTuple):
    buyer: int
    apart: int  # from the buyer to the seller
    of: Instrument
    lots: int
    price: int
    closing: tuple[bool, bool]  # whether buyer and seller close where they can


class Deposit(NamedTuple):
    account: int
    amount: int


class Settle(NamedTuple):
    futures: int
    option: int
    provisional: bool


class Correct(NamedTuple):
    price: int


class Expire(NamedTuple):
    of: Instrument
    underlying: int


Step = Trade | Deposit | Settle | Correct | Expire

PRICE, WHO = st.integers(2900, 3100), st.integers(0, ACCOUNTS - 1)
TRADES = st.builds(
    Trade,
    WHO,
    st.integers(1, ACCOUNTS - 1),
    st.sampled_from(list(LISTED.values())),
    st.integers(1, 9),
    PRICE,
    st.tuples(st.booleans(), st.booleans()),
)
STEPS = st.lists(
    st.one_of(
        TRADES,
        TRADES,
        TRADES,
        st.builds(Deposit, WHO, st.integers(-1000, 1000).filter(bool)),
        st.builds(Settle, PRICE, st.integers(1, 200), st.booleans()),
        st.builds(Correct, PRICE),
        st.builds(Expire, st.sampled_from((CALL, PUT)), PRICE),
    ),
    min_size=5,
    max_size=40,
)


class Exchange:
    """Hold accounts that trade with one another and with nobody else."""

    def __init__(self) -> None:
        self.desks = [Desk(str(CASH), day=1) for _ in range(ACCOUNTS)]
        self.came = CASH * ACCOUNTS  # deposits less withdrawals
        self.fees = D(0)
        self.ends = 0

    def take(self, step: Step) -> None:
        match step:
            case Trade(buyer, apart, of, lots, price, closing):
                seller = (buyer + apart) % ACCOUNTS
                for account, side, close in ((buyer, BUY, closing[0]), (seller, SELL, closing[1])):
                    self.fees += self.trade(self.desks[account], of, side, lots, price, close=close)
            case Deposit(account, amount):
                self.desks[account].book.move_cash(D(amount))
                self.came += amount
            case Settle(futures, option, provisional):
                prices = {name: D(option if one.option else futures) for name, one in LISTED.items()}
                for desk in self.desks:
                    waits = (REBAR.id, MEAL.id) if provisional else ()
                    desk.book.settle(prices, desk.book.trading_day + 1, waits)
            case Correct(price):
                for desk in self.desks:
                    equity = desk.book.view(marks(price)).equity
                    desk.book.correct(dict.fromkeys(desk.book.unsettled(), D(price)))
                    assert desk.book.view(marks(price)).equity == equity
            case Expire(of, underlying):
                for desk in self.desks:
                    self.expire(desk.book, of, D(underlying))

    def trade(self, desk: Desk, of: Instrument, side: Side, lots: int, price: int, *, close: bool) -> Decimal:
        """Close what can be closed, open the rest; return the fees."""
        fees = D(0)
        for offset in ((TODAY, YESTERDAY) if of.explicit_close_today else (CLOSE,)) if close else ():
            part = min(lots, closable(of, desk.book.position(of.id, HEDGE), side, offset))
            if part:
                fees += desk.trade(of, side, offset, part, price)
                lots -= part
        return fees + (desk.trade(of, side, OPEN, lots, price) if lots else 0)

    def expire(self, book: AccountBook, of: Instrument, underlying: Decimal) -> None:
        assert of.option is not None
        for side in Side:
            lots = sum(run.lots for run in book.runs(of.id, HEDGE, side))
            if not lots:
                continue
            self.ends += 1
            how, price = at_expiry(of.option, side, underlying)
            ending = Ending(
                instrument=of.id,
                flag=HEDGE,
                side=side,
                lots=lots,
                how=how,
                price=price,
                fee=D("0.5"),
                at=self.ends,
                number=TradeId(f"E{self.ends}"),
            )
            book.end(ending, of, MEAL if ending.opens(of.option) else None)
            self.fees += D("0.5")


def marks(price: int) -> Callable[[InstrumentId], Decimal]:
    return lambda name: D(7 if LISTED[name].option else price)


@settings(max_examples=200)
@given(STEPS, PRICE)
def test_what_all_accounts_have_is_what_came_in_less_the_fees(steps: list[Step], price: int) -> None:
    exchange = Exchange()
    for step in steps:
        exchange.take(step)
        views = [desk.book.view(marks(price)) for desk in exchange.desks]
        assert sum(view.equity for view in views) == exchange.came - exchange.fees
        assert sum(view.long_option_value for view in views) == sum(view.short_option_value for view in views)
        for desk, view in zip(exchange.desks, views, strict=True):
            by_trade = desk.book.trade_by_trade(marks(price))
            assert view.equity == by_trade.balance + by_trade.floating_profit
            assert view.available <= view.equity
            assert 0 <= view.withdrawable <= max(view.available, D(0))
            assert desk.book.check() == []


@given(STEPS)
def test_books_put_away_at_any_moment_go_on_as_if_they_had_not_been(steps: list[Step]) -> None:
    kept, resumed = Exchange(), Exchange()
    for step in steps:
        kept.take(step)
        resumed.take(step)
        for desk in resumed.desks:
            desk.book = AccountBook.of_form(desk.book.form(), LISTED)
    for one, other in zip(kept.desks, resumed.desks, strict=True):
        assert one.book.canonical() == other.book.canonical()
        assert one.book.view(marks(3000)) == other.book.view(marks(3000))


@given(STEPS, PRICE)
def test_a_day_settled_twice_changes_nothing(steps: list[Step], price: int) -> None:
    exchange = Exchange()
    for step in steps:
        exchange.take(step)
    for desk in exchange.desks:
        day = desk.book.trading_day + 1
        prices: dict[InstrumentId, Decimal] = dict.fromkeys(LISTED, D(price))
        desk.book.settle(prices, day)
        once = desk.book.canonical()
        with pytest.raises(InvariantError):
            desk.book.settle(prices, day)
        assert desk.book.canonical() == once


def test_the_order_of_settlement_and_correction_does_not_matter_to_the_equity() -> None:
    # Settled at once at 3010, or at 3000 and corrected after two of five lots were closed: the same books.
    books = []
    for first, provisional in ((3010, ()), (3000, (REBAR.id,))):
        desk = Desk()
        desk.trade(REBAR, BUY, OPEN, 5, 2990)
        desk.book.settle({REBAR.id: D(first)}, 20250702, provisional)
        desk.trade(REBAR, SELL, YESTERDAY, 2, 3020)
        desk.book.correct(dict.fromkeys(provisional, D(3010)))
        assert desk.book.check() == []
        books.append((desk.book.canonical(), desk.view(rb2510=3030)))
    assert books[0] == books[1]
