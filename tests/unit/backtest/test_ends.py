"""Lots that leave without a trade leave whoever had them: the sums over all owners stay the account's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Final

import msgspec
import pytest

from terminal.backtest.owners.told_prices import ToldPrices
from terminal.backtest.performance import Performance, performance
from terminal.domain.fact import facts as f
from terminal.domain.fact.book import PriceCorrected
from terminal.domain.ids import InstrumentId, StrategyId, TradeId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.engine.records.memory import MemoryJournal
from tests import tapes
from tests.books import BUY, OPEN, REBAR, SELL, TODAY, by_lot, instrument
from tests.told_days import ACCOUNT, AFTER, DAYS, HEDGE, TENANT, Story

D: Final = Decimal
FIRST, SECOND, ROLL = StrategyId("first"), StrategyId("second"), StrategyId("roll")


def option(name: str, right: Right, strike: int, guarantee: str | None = None) -> Instrument:
    terms = OptionTerms(
        underlying=REBAR.id,
        right=right,
        strike=D(strike),
        style=Style.AMERICAN,
        guarantee=D(guarantee) if guarantee else None,
    )
    plain = instrument(name, fees=by_lot("1", "1", "1"))
    return msgspec.structs.replace(plain, kind=Kind.OPTION, option=terms)


CALL, PUT = option("SHFE.rb2510C3000", Right.CALL, 3000), option("SHFE.rb2510P3200", Right.PUT, 3200)
PAID: Final = option("SHFE.rb2510C2900", Right.CALL, 2900, guarantee="0.5")
PRICES: Final = {REBAR: 3100, CALL: 110, PUT: 95, PAID: 190}


class Ends(Story):
    """Tell the same days, in which lots may also end."""

    def end(self, of: Instrument, held: Side, lots: int, how: How, price: int, fee: int = 0) -> None:
        self.trades += 1
        number = TradeId(f"e{self.trades}")
        ending = Ending(
            instrument=of.id, flag=HEDGE, side=held, lots=lots, how=how, price=D(price), fee=D(fee), at=0, number=number
        )
        into = REBAR.id if ending.opens(of.option) else None
        self.say(f.PositionEnded(account=ACCOUNT, trading_day=self.day, ending=ending, into=into))

    def over(self, prices: Mapping[Instrument, int] = PRICES) -> Performance:
        """Settle the day, let another pass, and return what the journal tells."""
        self.settle(prices, AFTER if self.day == DAYS[2] else DAYS[1 + DAYS.index(self.day)])
        return performance(self.journal.replay(), tapes.reference().calendar)


def story() -> Ends:
    return Ends(MemoryJournal(TENANT), REBAR, CALL, PUT, PAID)


def earned(told: Performance) -> dict[str | None, Decimal]:
    assert told.total.earned is not None
    found = {one.strategy: one.earned.profit for one in told.strategies if one.earned is not None}
    assert sum(found.values(), D(0)) == told.total.earned.profit
    return {str(name or ""): profit for name, profit in found.items()}


def held(told: Performance) -> dict[InstrumentId, int]:
    lots = Counter[InstrumentId]()
    for one in told.strategies:
        lots.update(one.open_lots)
    return {name: count for name, count in lots.items() if count}


def test_what_one_closes_of_anothers_lots_ends_for_both_at_the_same_price() -> None:
    # Given three lots of one strategy, of which another's sale closed two: the account has one lot left
    days = story()
    days.trade(REBAR, BUY, OPEN, 3, 3000, strategy=FIRST)
    days.trade(REBAR, SELL, TODAY, 2, 3050, strategy=SECOND)
    days.end(REBAR, BUY, 1, How.DELIVERED, 2900, fee=7)
    told = days.over()
    # Then all that the first held is delivered at 2900, and what the second owed is too.
    fees = D("9.00"), D("12.20")  # of three lots opened and of two closed the same day
    assert earned(told) == {"first": D(-3000) - fees[0] - 7, "second": D(3000) - fees[1]}
    assert [one.open_lots for one in told.strategies] == [{}, {}]
    assert [one.activity.rounds.closed for one in told.strategies] == [2, 1]  # each booking that closes is one


@pytest.mark.parametrize("price", [3100, None], ids=["priced", "not priced"])
@pytest.mark.parametrize("expiry", [DAYS[0], DAYS[1], None])
def test_what_two_hold_against_each_other_ends_with_the_contract_though_the_account_has_none(
    expiry: int | None, price: int | None
) -> None:
    # Given what one strategy holds, which another's sale has closed: the exchange has nothing to end
    days = Ends(MemoryJournal(TENANT), msgspec.structs.replace(REBAR, expiry=expiry))
    prices = {} if price is None else {REBAR: price}
    days.trade(REBAR, BUY, OPEN, 3, 3000, strategy=FIRST)
    days.trade(REBAR, SELL, TODAY, 3, 3050, strategy=SECOND)
    fees = D("9.00"), D("18.30")
    lots = [{}, {}] if expiry == DAYS[0] else [{REBAR.id: 3}, {REBAR.id: -3}]
    assert [one.open_lots for one in days.over(prices).strategies] == lots
    # Then both are rid of it when its last day is over, without one it stays: at the settlement, or the last trade.
    told = days.over(prices)
    assert [one.open_lots for one in told.strategies] == (lots if expiry is None else [{}, {}])
    last = 3050 if price is None else price
    assert earned(told) == {"first": D(last - 3000) * 30 - fees[0], "second": D(3050 - last) * 30 - fees[1]}


def test_a_price_that_came_later_is_what_two_hold_against_each_other_is_worth() -> None:
    prices = ToldPrices()
    prices.trade(ACCOUNT, REBAR.id, D(3050))
    prices.settle(f.DaySettled(account=ACCOUNT, trading_day=DAYS[0], next_day=DAYS[1], prices={REBAR.id: D(3040)}))
    later = PriceCorrected(was=D(3040), price=D(3060), difference=D(0))
    came = f.SettlementCorrected(account=ACCOUNT, trading_day=DAYS[0], prices={REBAR.id: later})
    prices.correct(came)
    assert (prices.last(ACCOUNT, REBAR.id), prices.days[ACCOUNT]) == (D(3060), {DAYS[0]: {REBAR.id: D(3060)}})
    # A trade since then is later than what comes of the day before it, and a fill that is told late is earlier.
    prices.trade(ACCOUNT, REBAR.id, D(3070))
    prices.correct(came)
    prices.trade(ACCOUNT, REBAR.id, D(1), late=True)
    assert prices.last(ACCOUNT, REBAR.id) == D(3070)


def test_what_a_roll_is_still_moving_is_left_to_the_roll() -> None:
    # Given a strategy's lots, which a roll has closed on near's last day and opened on far in part only
    near, far = msgspec.structs.replace(REBAR, expiry=DAYS[0]), instrument("SHFE.rb2601")
    days = Ends(MemoryJournal(TENANT), near, far)
    days.trade(near, BUY, OPEN, 3, 3000, strategy=FIRST)
    settings = RollSettings(
        account=ACCOUNT, near=near.id, far=far.id, side=BUY, lots=3, batch_lots=3, timings=(), hedge_flag=HEDGE
    )
    days.say(f.StrategyStarted(account=ACCOUNT, strategy=ROLL, settings=settings, version=1))
    days.trade(near, SELL, TODAY, 3, 3050, strategy=ROLL)
    days.trade(far, BUY, OPEN, 2, 3090, strategy=ROLL)
    prices = {**PRICES, far: 3100}
    days.settle(prices, DAYS[1])
    # Then they stay open beside each other, for the roll may yet take them along; once it is stopped they end.
    lots = [one.open_lots for one in performance(days.journal.replay(), tapes.reference().calendar).strategies]
    assert lots == [{near.id: 3}, {near.id: -3, far.id: 2}]
    days.say(f.StrategyStopped(account=ACCOUNT, strategy=ROLL, reason="停"))
    days.settle(prices, DAYS[2])
    lots = [one.open_lots for one in performance(days.journal.replay(), tapes.reference().calendar).strategies]
    assert lots == [{}, {far.id: 2}]


def test_both_sides_of_a_lock_end_and_no_round_is_made_of_it() -> None:
    days = story()
    days.trade(REBAR, BUY, OPEN, 3, 3000)
    days.trade(REBAR, SELL, OPEN, 2, 3050)
    before = performance(days.journal.replay(), tapes.reference().calendar).total.activity.rounds.closed
    days.end(REBAR, BUY, 3, How.DELIVERED, 2900)
    days.end(REBAR, SELL, 2, How.DELIVERED, 2900)
    told = days.over()
    assert (held(told), told.total.activity.rounds.closed) == ({}, before + 1)
    earned(told)


def test_an_exercised_option_is_its_premium_and_a_future_at_the_strike() -> None:
    days = story()
    days.trade(CALL, BUY, OPEN, 2, 90, strategy=FIRST)
    days.trade(PAID, BUY, OPEN, 1, 150)
    days.end(CALL, BUY, 1, How.EXERCISED, 3000, fee=3)
    days.end(CALL, BUY, 1, How.LAPSED, 0)
    days.end(PAID, BUY, 1, How.EXERCISED, 3100)
    told = days.over()
    # 2 x 10 x 90 were paid, a future was bought a hundred below the settlement; the difference of two hundred was paid.
    assert earned(told) == {"first": D(-1800 + 1000 - 2 - 3), "": D(2000 - 1500 - 1)}
    assert held(told) == {REBAR.id: 1}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_ends_the_owners_earn_together_what_the_account_earns(seed: int) -> None:
    # Given lots of everything, opened and closed by three owners in turn, and ended on one day or the other
    random, days = Random(seed), story()
    for _ in DAYS[:2]:
        for _ in range(8):
            of, side = random.choice(list(PRICES)), random.choice((BUY, SELL))
            owner = random.choice((None, FIRST, SECOND))
            lots = _lots(days, of, side.opposite)
            offset = TODAY if lots and random.random() < 0.5 else OPEN
            if offset is TODAY and not _lots(days, of, side.opposite, today=True):
                continue
            most = _lots(days, of, side.opposite, today=True) if offset is TODAY else 4
            days.trade(of, side, offset, random.randint(1, most), PRICES[of] + random.randint(-20, 20), strategy=owner)
        for of in (CALL, PUT, PAID):
            for side in (BUY, SELL):
                lots = _lots(days, of, side)
                for part in ((1, lots - 1) if lots > 1 else (lots,)) if random.random() < 0.7 else ():
                    if part:
                        _end(days, of, side, part, lapses=random.random() < 0.4)
        days.over()
    # When all that is left ends at last: an account's equity knows no open option, the owners' profits do
    for of in (CALL, PUT, PAID, REBAR):
        for side in (BUY, SELL):
            if lots := _lots(days, of, side):
                _end(days, of, side, lots, lapses=False)
    told = days.over()
    # Then the sums are those of the account in money and in lots.
    assert len(earned(told)) == 3
    assert held(told) == {}


def _end(days: Ends, of: Instrument, side: Side, lots: int, *, lapses: bool) -> None:
    if lapses:
        days.end(of, side, lots, How.LAPSED, 0)
    elif of.option is not None:
        price = 3100 if of.option.cash_settled else int(of.option.strike)
        days.end(of, side, lots, How.EXERCISED if side is BUY else How.ASSIGNED, price, fee=lots)
    else:
        days.end(of, side, lots, How.DELIVERED, 3123, fee=lots)


def _lots(days: Ends, of: Instrument, side: Side, *, today: bool = False) -> int:
    position = days.own.book.position(of.id, HEDGE)
    if today:
        return position.long_today if side is BUY else position.short_today
    return position.long if side is BUY else position.short
