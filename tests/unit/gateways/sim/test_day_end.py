"""What a day ends moves lots and yuan between accounts and makes none: requests, rule, assignment and netting."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, WireKey
from terminal.domain.orders.exercise import Choice, ExerciseState, ExerciseWish
from terminal.domain.orders.order import Side
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.fees import ending_fee
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.products.product import Fee
from terminal.domain.reports import ExerciseTold
from terminal.gateways.sim.accounts.funds import Funds
from terminal.gateways.sim.accounts.ledger import Clock, Ledger
from terminal.gateways.sim.day_end.endings import DayEnd, shares
from terminal.gateways.sim.display import Display
from terminal.gateways.sim.positions import Holding
from tests.books import BUY, HEDGE, OPEN, SELL, D, Desk, by_lot, instrument
from tests.unit.gateways.sim.made import calendar

LAST = 20250801
MEAL = instrument("DCE.m2509", margin="0.08", fees=by_lot("1.5", "1.5", "0.75"))
FEES = msgspec.structs.replace(by_lot("0.5", "0.5", "0.5"), exercise=Fee(by_lot=D("0.75")))
CALL, PUT = (
    msgspec.structs.replace(
        instrument(f"DCE.m2509-{right[0]}-3000", margin="0.08", fees=FEES),
        kind=Kind.OPTION,
        expiry=LAST,
        option=OptionTerms(underlying=MEAL.id, right=right, strike=D(3000), style=Style.AMERICAN, requests_until=930),
    )
    for right in Right
)
LISTED: dict[InstrumentId, Instrument] = {one.id: one for one in (MEAL, CALL, PUT)}
NAMES = [AccountId(f"A{place}") for place in range(4)]
CASH = D(1_000_000)


class Trade(NamedTuple):
    buyer: int
    apart: int
    of: Instrument
    lots: int
    price: int


class Asked(NamedTuple):
    account: int
    of: Instrument
    lots: int
    choice: Choice
    nets: bool


TRADES = st.lists(
    st.builds(
        Trade,
        st.integers(0, 3),
        st.integers(1, 3),
        st.sampled_from((MEAL, CALL, PUT)),
        st.integers(1, 9),
        st.integers(2900, 3100),
    ),
    max_size=25,
)
ASKED = st.lists(
    st.builds(
        Asked,
        st.integers(0, 3),
        st.sampled_from((CALL, PUT)),
        st.integers(1, 12),
        st.sampled_from(Choice),
        st.booleans(),
    ),
    max_size=8,
)


class House:
    """Hold accounts that trade with one another alone, in their own books and in the exchange's."""

    def __init__(self, trades: list[Trade]) -> None:
        display = Display(universe=(), instruments={}, calendar=calendar())
        self.ledger = Ledger(Clock(trading_day=LAST, at=1), Funds({}, display))
        self.desks = {name: Desk(str(CASH), day=LAST) for name in NAMES}
        self.fees = D(0)
        for buyer, apart, of, lots, price in trades:
            paid = price if of is MEAL else price - 2880
            for place, side in ((buyer, BUY), ((buyer + apart) % 4, SELL)):
                self.fees += self.desks[NAMES[place]].trade(of, side, OPEN, lots, paid)
                held = self.ledger.holdings.setdefault((NAMES[place], of.id, HEDGE), Holding())
                held.of(side).today += lots

    def end(self, asked: list[Asked], settlement: int, *, is_last: bool) -> list[ExerciseTold]:
        numbers = count(1)
        requests = [
            ExerciseTold(
                account=NAMES[one.account],
                wire_key=WireKey(f"x{next(numbers)}"),
                exchange=ExchangeId("DCE"),
                wish=ExerciseWish(
                    instrument=one.of.id, flag=HEDGE, lots=one.lots, choice=one.choice, self_close=one.nets
                ),
                trading_day=LAST,
                state=ExerciseState.TAKEN,
            )
            for one in asked
            if is_last or one.choice is Choice.EXERCISE
        ]
        listed = {
            name: one if is_last or one.option is None else msgspec.structs.replace(one, expiry=LAST + 3)
            for name, one in LISTED.items()
        }
        found = DayEnd(
            self.ledger.holdings, listed.get, lambda *_: D(settlement), trading_day=LAST, at=1, requests=requests
        )
        for account, ending, of in found.ends:
            self.book(account, ending, of)
        for account, ending, of in found.net(self.ledger.holdings, listed.get):
            self.book(account, ending, of)
        return found.done

    def book(self, account: AccountId, ending: Ending, of: Instrument) -> None:
        self.ledger.end(account, ending, of, LISTED.get)
        fee = ending_fee(of, ending.how, lots=ending.lots, price=ending.price, flag=ending.flag)
        assert fee is not None
        self.fees += fee
        charged = msgspec.structs.replace(ending, fee=fee)
        self.desks[account].book.end(charged, of, MEAL if ending.opens(of.option) else None)


@settings(max_examples=300)
@given(TRADES, ASKED, st.integers(2900, 3100), st.booleans())
def test_exercise_assignment_and_netting_make_no_lot_and_no_yuan(
    trades: list[Trade], asked: list[Asked], settlement: int, is_last: bool
) -> None:
    house = House(trades)
    done = house.end(asked, settlement, is_last=is_last)
    prices = {name: D(settlement) if one is MEAL else D(7) for name, one in LISTED.items()}
    views = [desk.book.view(prices.get) for desk in house.desks.values()]
    assert sum(view.equity for view in views) == CASH * 4 - house.fees
    for name, one in LISTED.items():
        positions = [desk.book.position(name, HEDGE) for desk in house.desks.values()]
        assert sum(held.long for held in positions) == sum(held.short for held in positions)
        if is_last and one.option is not None:
            assert all(held.long == held.short == 0 for held in positions)
        for account, held in zip(house.desks, positions, strict=True):
            there = house.ledger.holdings.get((account, name, HEDGE), Holding())
            assert (there.long.today + there.long.yesterday, there.short.today + there.short.yesterday) == (
                held.long,
                held.short,
            )
    for desk, view in zip(house.desks.values(), views, strict=True):
        by_trade = desk.book.trade_by_trade(prices.get)
        assert view.equity == by_trade.balance + by_trade.floating_profit
        assert desk.book.check() == []
    assert all(one.state is ExerciseState.DONE and one.lots <= one.wish.lots for one in done)


@given(st.integers(0, 40), st.lists(st.integers(0, 9), max_size=6))
def test_shares_are_whole_lots_of_what_is_there_and_as_many_as_can_be(wanted: int, there: list[int]) -> None:
    found = shares(wanted, there)
    assert sum(found) == min(wanted, sum(there))
    assert all(0 <= one <= most for one, most in zip(found, there, strict=True))
    total = sum(there)
    for one, most in zip(found, there, strict=True):
        assert not total or abs(Decimal(one) - Decimal(min(wanted, total) * most) / total) < 1


def test_of_shorts_the_rule_assigns_all_but_what_was_abandoned() -> None:
    house = House([Trade(0, 1, CALL, 6, 3000), Trade(0, 2, CALL, 3, 3000)])
    done = house.end([Asked(0, CALL, 3, Choice.ABANDON, nets=False)], 3050, is_last=True)
    assert [one.lots for one in done] == [3]
    held = {name: desk.book.position(MEAL.id, HEDGE) for name, desk in house.desks.items()}
    assert [held[name].net for name in NAMES] == [6, -4, -2, 0]


def test_before_the_last_day_as_many_shorts_are_assigned_as_longs_were_exercised() -> None:
    house = House([Trade(0, 1, PUT, 4, 3000), Trade(2, 1, PUT, 2, 3000)])
    house.end([Asked(0, PUT, 3, Choice.EXERCISE, nets=False)], 3050, is_last=False)
    puts = {name: desk.book.position(PUT.id, HEDGE) for name, desk in house.desks.items()}
    assert [puts[name].net for name in NAMES] == [1, -2, 2, -1]
    held = {name: desk.book.position(MEAL.id, HEDGE) for name, desk in house.desks.items()}
    assert [held[name].net for name in NAMES] == [-3, 2, 0, 1]


def test_nothing_of_a_request_is_done_without_a_settlement_price() -> None:
    holdings = {(NAMES[0], CALL.id, HEDGE): Holding()}
    holdings[NAMES[0], CALL.id, HEDGE].of(Side.BUY).today = 3
    wish = ExerciseWish(instrument=CALL.id, flag=HEDGE, lots=3, choice=Choice.EXERCISE)
    told = ExerciseTold(
        account=NAMES[0],
        wire_key=WireKey("x"),
        exchange=ExchangeId("DCE"),
        wish=wish,
        trading_day=LAST,
        state=ExerciseState.TAKEN,
    )
    found = DayEnd(holdings, LISTED.get, lambda *_: None, trading_day=LAST, at=1, requests=[told])
    assert (found.ends, found.done) == ([], [])
    again = DayEnd(holdings, LISTED.get, lambda *_: D(3001), trading_day=LAST + 3, at=1, requests=[told])
    assert [(one.how, one.lots) for _, one, _ in again.ends] == [(How.EXERCISED, 3)]
