"""Recomputed from the trades or folded fact by fact: the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain import facts as f
from terminal.domain.ending import Ending, How
from terminal.domain.ids import DeviceId, InstrumentId, OrderId, PersonId, SysId, TradeId, WireKey
from terminal.domain.instrument import Instrument
from terminal.domain.order import Cause, HedgeFlag, Offset, OrderTerms, Origin, Side
from terminal.engine.memory_journal import MemoryJournal
from tests.books import BUY, CLOSE, HEDGE, MEAL, OPEN, REBAR, SELL, SPECULATION, TODAY, YESTERDAY
from tests.told_days import ACCOUNT, DAYS, TENANT, Story, three_days
from tests.told_marks import HoldingFold, corrected, fen, folded, nothing, recomputed, table_of

D = Decimal
PLACES = [(of, flag, side) for of in (REBAR, MEAL) for flag in (HEDGE, SPECULATION) for side in (BUY, SELL)]
Step = tuple[str, int, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open"] * 4 + ["close"] * 4 + ["settle"] * 2 + ["unsettled", "correct", "end"]),
        st.integers(0, len(PLACES) - 1),
        st.integers(1, 9),  # lots
        st.integers(-40, 40),  # price, from 3 000
        st.integers(-3, 3),  # by how much exchange time is not the time of arrival
    ),
    max_size=60,
)


class Told(Story):
    """Tell a journal, and fold every holding of it in books of its own besides."""

    def __init__(self) -> None:
        super().__init__(MemoryJournal(TENANT), REBAR, MEAL, cash=100_000_000)
        self.holdings: dict[tuple[InstrumentId, HedgeFlag, Side], HoldingFold] = {}
        self.settled: list[tuple[int, Decimal, Decimal, Decimal]] = []
        self.numbers = count(1)

    def holding(self, of: Instrument, flag: HedgeFlag, side: Side) -> HoldingFold:
        key = of.id, flag, side
        if key not in self.holdings:
            self.holdings[key] = HoldingFold(len(self.holdings), of, flag, side, self.day)
        return self.holdings[key]

    def fill(
        self, of: Instrument, flag: HedgeFlag, side: Side, offset: Offset, lots: int, price: int, late: int
    ) -> None:
        way = side if offset is OPEN else side.opposite
        number = next(self.numbers)
        terms = OrderTerms(
            account=ACCOUNT, instrument=of.id, side=way, offset=offset, lots=lots, price=D(price), hedge_flag=flag
        )
        order, at = OrderId(f"o{number}"), 10_000 + number // 3 + late
        self.say(
            f.OrderRecorded(
                order=order,
                wire_key=WireKey(f"w{number}"),
                reference=number,
                terms=terms,
                cause=Cause(origin=Origin.MANUAL, person=PersonId("trader"), device=DeviceId("desk")),
                trading_day=self.day,
            )
        )
        fee = self.own.book.fee(of, terms, lots, D(price))
        self.holding(of, flag, side).fill(terms, lots, D(price), fee, at, str(number))
        self.say(
            f.OrderFilled(
                account=ACCOUNT,
                order=order,
                exchange=of.exchange,
                sys_id=SysId(f"s{number}"),
                trade=TradeId(str(number)),
                trading_day=self.day,
                side=way,
                instrument=of.id,
                lots=lots,
                price=D(price),
                fee=fee,
                exchange_at=at,
                is_last=True,
            )
        )

    def close(self, place: int, lots: int, price: int, late: int) -> None:
        of, flag, side = PLACES[place]
        held = self.own.book.position(of.id, flag)
        today, older = (
            (held.long_today, held.long_yesterday) if side is BUY else (held.short_today, held.short_yesterday)
        )
        if of is MEAL:
            offset, most = (CLOSE, TODAY, YESTERDAY)[late % 3], today + older
        elif late % 2:
            offset, most = TODAY, today
        else:
            offset, most = (CLOSE, YESTERDAY)[late % 4 // 2], older
        if most:
            self.fill(of, flag, side, offset, min(lots, most), price, late)

    def end(self, place: int, lots: int, price: int) -> None:
        of, flag, side = PLACES[place]
        fold = self.holdings.get((of.id, flag, side))
        if fold is None or not fold.lots:
            return
        number = next(self.numbers)
        ending = Ending(
            instrument=of.id, flag=flag, side=side, lots=min(lots, fold.lots), how=How.DELIVERED, price=D(price),
            fee=D("1.25"), at=20_000 + number, number=TradeId(str(number)),
        )  # fmt: skip
        fold.end(ending)
        self.say(f.PositionEnded(account=ACCOUNT, trading_day=self.day, ending=ending))

    def settle_at(self, price: int, *, provisional: bool) -> None:
        held = {name for name, _ in self.own.book.positions()}
        prices = {of.id: D(price + place) for place, of in enumerate((REBAR, MEAL)) if of.id in held}
        view, by_trade = self.own.book.view(prices.get), self.own.book.trade_by_trade(prices.get)
        self.settled.append((self.day, view.close_profit, by_trade.close_profit, view.commission))
        for one in self.holdings.values():
            known = prices.get(one.instrument.id)
            one.settle(known, self.day + 1, provisional=provisional and known is not None)
        waits = tuple(sorted(prices)) if provisional else ()
        self.say(
            f.DaySettled(
                account=ACCOUNT, trading_day=self.day, next_day=self.day + 1, prices=prices, provisional=waits
            )
        )

    def correct(self, price: int) -> None:
        waits = self.own.book.unsettled()
        if not waits:
            return
        prices = {name: (one.price, D(price), one.weight) for name, one in waits.items()}
        for one in self.holdings.values():
            if one.instrument.id in prices and one.instrument.id in one.book.unsettled():
                one.correct(D(price), self.day - 1)
        self.say(
            f.SettlementCorrected(account=ACCOUNT, trading_day=self.day - 1, prices=corrected(prices))
        )

    def take(self, steps: list[Step]) -> None:
        for kind, place, lots, tick, late in steps:
            price = 3_000 + tick
            match kind:
                case "open":
                    self.fill(*PLACES[place], OPEN, lots, price, late)
                case "close":
                    self.close(place, lots, price, late)
                case "settle" | "unsettled":
                    self.settle_at(price, provisional=kind == "unsettled")
                case "correct":
                    self.correct(price)
                case _:
                    self.end(place, lots, price)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_any_small_history_recomputed_is_the_fold_byte_by_byte(steps: list[Step]) -> None:
    told = Told()
    told.take(steps)
    with TemporaryDirectory() as folder:
        _, rows, holdings = recomputed(told.journal, Path(folder))
    assert rows == folded(list(told.holdings.values()))
    assert [(row.instrument, row.flag, row.side) for row in holdings] == list(told.holdings)
    # And the account as the engine folds it: every day's sums, and what all the days have made of its cash.
    table = table_of(rows)
    for day, close_profit, trade_close_profit, commission in told.settled:
        of_day = table[table[:, 1] == day]
        assert of_day[:, 3].sum() == fen(close_profit)
        assert of_day[:, 5].sum() == fen(trade_close_profit)
        assert of_day[:, 7].sum() == fen(commission)
    past = table[table[:, 1] < told.day]
    earned = past[:, 3].sum() + past[:, 4].sum() - past[:, 7].sum()
    assert fen(told.own.book.view(nothing).static_equity) == 10_000_000_000 + earned
