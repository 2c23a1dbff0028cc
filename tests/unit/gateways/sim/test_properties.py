"""What holds for every market and every sequence of orders, checked against a second bookkeeping."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.orders.kinds import OrderKind
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, PriceKind, Side, TimeCondition
from terminal.domain.reports import Accepted, Rejected, Removed, Report, Traded
from terminal.engine.ports import WireCancel, WireOrder
from terminal.gateways.sim.exchange import Exchange
from tests.unit.gateways.sim.made import ME, MORNING, OTHER, RB, UNIVERSE, I, Shown, batch, calendar, instruments


class Show(NamedTuple):
    instrument: InstrumentId
    bid: int | None
    bid_lots: int
    width: int | None
    ask_lots: int

    @property
    def shown(self) -> Shown:
        ask = None if self.width is None else (3700 if self.bid is None else self.bid) + self.width
        return self.bid, 0 if self.bid is None else self.bid_lots, ask, 0 if ask is None else self.ask_lots


class Place(NamedTuple):
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    ticks: int
    condition: TimeCondition
    price_kind: PriceKind
    account: AccountId

    @property
    def terms(self) -> OrderTerms:
        return OrderTerms(
            account=self.account,
            instrument=self.instrument,
            side=self.side,
            offset=self.offset,
            lots=self.lots,
            price=instruments()[self.instrument].price(self.ticks),
            time_condition=self.condition,
            price_kind=self.price_kind,
        )


class Cancel(NamedTuple):
    which: int


class NewDay(NamedTuple):
    instrument: InstrumentId


Step = Show | Place | Cancel | NewDay

NAME = st.sampled_from([RB, I])
PRICE = st.integers(3696, 3704)
LOTS = st.integers(1, 6)
SHOW = st.builds(Show, NAME, st.none() | PRICE, LOTS, st.none() | st.integers(1, 3), LOTS)
PLACE = st.builds(
    Place,
    NAME,
    st.sampled_from(Side),
    st.sampled_from([Offset.OPEN, Offset.OPEN, Offset.CLOSE, Offset.CLOSE_TODAY]),
    LOTS,
    PRICE,
    st.sampled_from(TimeCondition),
    st.sampled_from(PriceKind),
    st.sampled_from([ME, OTHER]),
)
STEP: st.SearchStrategy[Step] = st.one_of(
    SHOW, SHOW, PLACE, PLACE, st.builds(Cancel, st.integers(0, 60)), st.builds(NewDay, NAME)
)

DAYS = [instant(20200821, 21), instant(20200824, 21), instant(20200825, 21), instant(20200826, 21)]


class World:
    """Drive an exchange and keep books of its own beside it."""

    def __init__(self) -> None:
        kinds = tuple(OrderKind(kind, tuple(TimeCondition)) for kind in PriceKind)
        listed = {name: replace(one, order_kinds=kinds) for name, one in instruments().items()}
        self.exchange = Exchange(universe=UNIVERSE, instruments=listed, calendar=calendar())
        self.exchange.begin(MORNING)
        self.at = MORNING
        self.index = 0
        self.days = iter(DAYS)
        self.shown: dict[InstrumentId, Shown] = {}
        self.taken: dict[tuple[InstrumentId, Side], int] = defaultdict(int)  # by the side of the taker
        self.orders: dict[WireKey, OrderTerms] = {}
        self.filled: dict[WireKey, int] = defaultdict(int)
        self.ended: set[WireKey] = set()
        self.net: dict[tuple[AccountId, InstrumentId, HedgeFlag], int] = defaultdict(int)
        self.rests_at: dict[WireKey, Decimal] = {}  # what remains of orders without a price of their own
        self.trade_keys: set[tuple[int, str, str, Side]] = set()

    def show(self, instrument: InstrumentId, shown: Shown) -> None:
        for side, now, before in (
            (Side.SELL, shown[:2], self.shown.get(instrument, (None, 0, None, 0))[:2]),
            (Side.BUY, shown[2:], self.shown.get(instrument, (None, 0, None, 0))[2:]),
        ):
            if now != before:
                self.taken[instrument, side] = 0
        self.shown[instrument] = shown
        self._pass(instrument, shown)

    def turn(self, instrument: InstrumentId) -> None:
        at = next(self.days, None)
        if at is None:
            return
        self.at = at
        self.shown.clear()
        self.taken.clear()
        self._pass(instrument, (None, 0, None, 0))

    def _pass(self, instrument: InstrumentId, shown: Shown) -> None:
        self.at += SECOND_NS
        passed = self.exchange.advance(batch(self.index, self.at, {instrument: shown}))
        self.index += 1
        for report in passed.before:
            assert isinstance(report, Removed)
            assert report.expired
            self.ended.add(report.wire_key)
        self.book(passed.after, taker=None)

    def place(self, wire: WireOrder) -> None:
        self.orders[wire.wire_key] = wire.terms
        reports = self.exchange.place(wire)
        if isinstance(reports[0], Rejected):
            self.ended.add(wire.wire_key)
            return
        assert isinstance(reports[0], Accepted)
        self.book(reports[1:], taker=wire.wire_key)
        filled, condition = self.filled[wire.wire_key], wire.terms.time_condition
        if condition is TimeCondition.FOK:
            assert filled in (0, wire.terms.lots)
        if condition is not TimeCondition.GFD:
            assert filled == wire.terms.lots or wire.wire_key in self.ended

    def cancel(self, key: WireKey) -> None:
        terms = self.orders.get(key)
        if terms is not None:
            self.book(self.exchange.cancel(WireCancel(account=terms.account, wire_key=key)), taker=None)

    def book(self, reports: list[Report], taker: WireKey | None) -> None:
        trades = [report for report in reports if isinstance(report, Traded)]
        for report in reports:
            if isinstance(report, Removed):
                assert report.unfilled == self.orders[report.wire_key].lots - self._filled_in(report.wire_key, trades)
                self.ended.add(report.wire_key)
        numbers = [(trade.exchange, trade.trade) for trade in trades]
        for trade in trades:
            inside = numbers.count((trade.exchange, trade.trade)) == 2  # the other side is ours too
            self._book_one(trade, inside=inside, taker=taker)

    def _filled_in(self, key: WireKey, trades: list[Traded]) -> int:
        return self.filled[key] + sum(trade.lots for trade in trades if trade.wire_key == key)

    def _book_one(self, trade: Traded, *, inside: bool, taker: WireKey | None) -> None:
        terms = self.orders[trade.wire_key]
        assert trade.wire_key not in self.ended or trade.wire_key == taker
        limit = terms.price
        assert trade.price <= limit if terms.side is Side.BUY else trade.price >= limit
        assert instruments()[terms.instrument].on_grid(trade.price)
        if not inside:
            bid, bid_lots, ask, ask_lots = self.shown[terms.instrument]
            opposite, lots = (ask, ask_lots) if terms.side is Side.BUY else (bid, bid_lots)
            assert opposite is not None, "nothing was displayed"
            displayed = instruments()[terms.instrument].price(opposite)
            assert limit >= displayed if terms.side is Side.BUY else limit <= displayed
            if terms.price_kind in (PriceKind.BEST, PriceKind.FIVE) and trade.wire_key != taker:
                assert trade.price == self.rests_at[trade.wire_key]
            else:
                taking = trade.wire_key == taker or terms.price_kind is PriceKind.MARKET
                assert trade.price == (displayed if taking else limit)
            self.taken[terms.instrument, terms.side] += trade.lots
            assert self.taken[terms.instrument, terms.side] <= lots
        if trade.wire_key == taker:
            if terms.price_kind is PriceKind.BEST:
                assert self.rests_at.setdefault(taker, trade.price) == trade.price, "one price alone"
            self.rests_at[taker] = trade.price
        key = (trade.trading_day, str(trade.exchange), str(trade.trade), trade.side)
        assert key not in self.trade_keys
        self.trade_keys.add(key)
        self.filled[trade.wire_key] += trade.lots
        assert self.filled[trade.wire_key] <= terms.lots
        self.net[terms.account, terms.instrument, terms.hedge_flag] += terms.side.sign * trade.lots

    def check(self) -> None:
        for account in (ME, OTHER):
            orders, trades, positions = self.exchange.answer(account)
            for there in orders:
                assert there.filled == self.filled[there.wire_key]
            for trade in trades:
                assert trade.account == account
            held = {
                (account, p.instrument, p.hedge_flag): p.long_today
                + p.long_yesterday
                - p.short_today
                - p.short_yesterday
                for p in positions
            }
            for position in positions:
                lots = (
                    position.long_today,
                    position.long_yesterday,
                    position.short_today,
                    position.short_yesterday,
                )
                assert min(lots) >= 0
            for key, net in self.net.items():
                if key[0] == account:
                    assert held.get(key, 0) == net


@settings(max_examples=300)
@given(st.lists(STEP, min_size=5, max_size=60))
def test_fills_obey_price_and_displayed_lots_and_sum_up_to_positions(steps: list[Step]) -> None:
    world = World()
    for number, step in enumerate(steps):
        match step:
            case Show():
                world.show(step.instrument, step.shown)
            case Place():
                terms = step.terms
                world.place(WireOrder(account=terms.account, wire_key=WireKey(f"k{number}"), terms=terms))
            case Cancel():
                world.cancel(WireKey(f"k{step.which}"))
            case NewDay():
                world.turn(step.instrument)
        world.check()
