"""Make small markets and orders for the tests of the sim exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache

import numpy as np

from terminal.domain.days.calendar import SECOND_NS, Calendar, instant
from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.market import WIDTH, Batch, Column, DayFacts, Valid
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, PriceKind, Side, TimeCondition
from terminal.domain.products.instrument import Instrument, Reference
from terminal.engine.ports import WireCancel, WireOrder
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.store.reference import load_reference

RB = InstrumentId("SHFE.rb2101")  # today's and yesterday's lots are closed apart; one yuan a tick; at night to 23:00
I = InstrumentId("DCE.i2101")  # noqa: E741  # its own letter; half a yuan a tick; at night to 23:00
IF = InstrumentId("CFFEX.IF2009")  # from 9:30; a fifth of a point a tick; not of the made markets
AP = InstrumentId("CZCE.AP101")  # no night; one yuan a tick
UNIVERSE = (RB, I, AP)
ME = AccountId("alpha")
OTHER = AccountId("beta")

DAY = 20200821
NEXT_DAY = 20200824  # the Monday after
NIGHT = instant(20200820, 21)
MORNING = instant(DAY, 9)
NEXT_NIGHT = instant(DAY, 21)  # belongs to Monday

# bid, lots, ask, lots; a price is absent where it is None
Shown = tuple[int | None, int, int | None, int]


@cache
def reference() -> Reference:
    return load_reference()


@cache
def instruments() -> dict[InstrumentId, Instrument]:
    return {name: reference().instrument(name, DAY) for name in (*UNIVERSE, IF)}


def calendar() -> Calendar:
    return reference().calendar


def batch(
    index: int,
    at: int,
    shown: dict[InstrumentId, Shown],
    facts: Iterable[DayFacts] = (),
    *,
    traded: Mapping[InstrumentId, tuple[int, int]] | None = None,
    universe: tuple[InstrumentId, ...] = UNIVERSE,
) -> Batch:
    """Return a burst; `traded` is the last price and the trading day's volume of those it names."""
    rows = np.zeros((len(shown), WIDTH), dtype=np.int64)
    for row, (bid, bid_lots, ask, ask_lots) in zip(rows, shown.values(), strict=True):
        row[Column.BID], row[Column.BID_LOTS] = bid or 0, bid_lots
        row[Column.ASK], row[Column.ASK_LOTS] = ask or 0, ask_lots
        row[Column.MASK] = (Valid.BID if bid is not None else 0) | (Valid.ASK if ask is not None else 0)
        row[Column.EXCHANGE_AT] = at
    for name, (last, volume) in (traded or {}).items():
        row = rows[list(shown).index(name)]
        row[Column.LAST], row[Column.VOLUME] = last, volume
        row[Column.MASK] |= Valid.LAST | Valid.VOLUME
    slots = np.array([universe.index(name) for name in shown], dtype=np.int64)
    return Batch(index=index, at=at, slots=slots, rows=rows, day_facts=tuple(facts))


class MadeMarket:
    """Be a `MarketSource` of given batches."""

    universe: tuple[InstrumentId, ...] = UNIVERSE

    def __init__(self, batches: list[Batch], name: str = "made") -> None:
        self.name = name
        self._batches = batches

    def batches(self, start: int = 0) -> Iterator[Batch]:
        return iter(self._batches[start:])


def random_market(seed: int, count: int, *, start: int = NIGHT, step_ns: int = SECOND_NS // 2) -> MadeMarket:
    """Let three prices wander and trade, with levels that often stay, vanish, or are displayed twice in a batch."""
    draw, trades = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    prices = {RB: 3700, I: 1660, AP: 7400}
    volume = dict.fromkeys(UNIVERSE, 0)
    batches: list[Batch] = []
    for index in range(count):
        shown: dict[InstrumentId, Shown] = {}
        for name in UNIVERSE:
            if draw.random() < 0.4:
                continue
            prices[name] += int(draw.integers(-2, 3))
            bid = prices[name] if draw.random() > 0.05 else None
            ask = prices[name] + int(draw.integers(1, 3)) if draw.random() > 0.05 else None
            shown[name] = (bid, int(draw.integers(1, 6)), ask, int(draw.integers(1, 6)))
        if shown:
            for name in shown:
                volume[name] += int(trades.integers(0, 4))
            traded = {name: (prices[name] + int(trades.integers(0, 2)), volume[name]) for name in shown}
            batches.append(batch(len(batches), start + index * step_ns, shown, traded=traded))
    return MadeMarket(batches, f"made:{seed}")


def order(
    key: str,
    side: Side,
    lots: int,
    price: str | int,
    *,
    instrument: InstrumentId = RB,
    offset: Offset = Offset.OPEN,
    condition: TimeCondition = TimeCondition.GFD,
    account: AccountId = ME,
    flag: HedgeFlag = HedgeFlag.SPECULATION,
    price_kind: PriceKind = PriceKind.LIMIT,
) -> WireOrder:
    terms = OrderTerms(
        account=account,
        instrument=instrument,
        side=side,
        offset=offset,
        lots=lots,
        price=Decimal(price),
        hedge_flag=flag,
        time_condition=condition,
        price_kind=price_kind,
    )
    return WireOrder(account=account, wire_key=WireKey(key), terms=terms)


def exchange(at: int = MORNING, universe: tuple[InstrumentId, ...] = UNIVERSE) -> Exchange:
    made = Exchange(universe=universe, instruments=instruments(), calendar=calendar())
    made.begin(at)
    return made


def send(to: Host, wire: WireOrder | WireCancel) -> None:
    if isinstance(wire, WireOrder):
        to.place(wire)
    else:
        to.cancel(wire)


def host(
    market: MadeMarket,
    store: ExchangeStore | None = None,
    identity: str = "",
    queue: QueueModel = DEFAULT_QUEUE,
) -> Host:
    return Host(
        store=store or ExchangeStore(),
        market=market,
        instruments=instruments(),
        calendar=calendar(),
        identity=identity,
        queue=queue,
    )
