"""A small market that is made batch by batch: four real contracts with round fees, and quotes a test shows by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

import msgspec
import numpy as np

from terminal.domain.days.calendar import instant
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import WIDTH, Batch, Column, DayFacts, Valid
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side, TimeCondition
from terminal.domain.products.instrument import Instrument, Reference
from terminal.domain.products.product import Fee, Fees
from terminal.store.reference import load_reference

Price = int | str | Decimal
Shown = tuple[Price | None, Price | None]  # bid and ask in yuan

RB = InstrumentId("SHFE.rb2101")  # today's and older lots apart; one yuan a tick
FAR = InstrumentId("SHFE.rb2105")
I = InstrumentId("DCE.i2101")  # noqa: E741  # its own letter; half a yuan a tick, 100 t a lot: 60 lots are ¥5 m
AP = InstrumentId("CZCE.AP101")  # no night
SPOT = InstrumentId("SPOT.i.日照港")  # quoted by people
UNIVERSE = (RB, FAR, I, AP, SPOT)

CALL, PUT = InstrumentId("DCE.i2101-C-820"), InstrumentId("DCE.i2101-P-840")  # both in the money at 830
LATER = InstrumentId("DCE.i2101-C-810")  # lives a day longer
WITH_OPTIONS = (*UNIVERSE, CALL, PUT, LATER)
CALL_830, PUT_830 = InstrumentId("DCE.i2101-C-830"), InstrumentId("DCE.i2101-P-830")  # they live until December
WITH_PAIR = (*UNIVERSE, CALL_830, PUT_830)
INDEX_CALL = InstrumentId("CFFEX.IO2008-C-4600")  # on an index that nobody lists; this day is its last
INDEX_PUT, INDEX_LATER = InstrumentId("CFFEX.IO2008-P-4700"), InstrumentId("CFFEX.IO2012-C-4600")
WITH_INDEX = (*UNIVERSE, INDEX_CALL, INDEX_PUT, INDEX_LATER)

AU = InstrumentId("SHFE.au2012")  # at night until 02:30, rebar until 23:00
WITH_GOLD = (*UNIVERSE, AU)
FAR_AU = InstrumentId("SHFE.au2102")
EGGS, FAR_EGGS = InstrumentId("DCE.jd2101"), InstrumentId("DCE.jd2105")  # quoted per 500 kg, five tonnes a lot

FAR_ORE = InstrumentId("DCE.i2105")
ORE_SPREAD = InstrumentId("DCE.SP i2101&i2105")  # what the exchange lists of both months
WITH_FAR_ORE = (*UNIVERSE, FAR_ORE)

ONE, OTHER = AccountId("A1"), AccountId("A2")
DAY, NEXT_DAY = 20200821, 20200824  # a Friday and the Monday after
MORNING = instant(DAY, 9)
NEXT_NIGHT = instant(DAY, 21)  # belongs to Monday
OPENING_QUOTES: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602), I: ("830", "830.5"), AP: (7400, 7401)}


@cache
def reference() -> Reference:
    return load_reference()


@cache
def instruments() -> dict[InstrumentId, Instrument]:
    """Return real contracts with round fees: three yuan a lot, whatever the trade."""
    fee = Fee(by_lot=Decimal(3))
    fees = Fees(open=fee, close=fee, close_today=fee)
    made = {
        name: msgspec.structs.replace(reference().instrument(name, DAY), fees=fees)
        for name in (*WITH_GOLD, FAR_AU, EGGS, FAR_EGGS, FAR_ORE)
    }
    # Iron ore options of this day's last trading day and a later one; two yuan a lot to exercise.
    fees = msgspec.structs.replace(fees, exercise=Fee(by_lot=Decimal(2)))
    for name, expiry in ((CALL, DAY), (PUT, DAY), (LATER, NEXT_DAY)):
        listed = reference().instrument(name, DAY)
        made[name] = msgspec.structs.replace(listed, fees=fees, expiry=expiry, max_lots=100)
    for name in (CALL_830, PUT_830):
        made[name] = msgspec.structs.replace(reference().instrument(name, DAY), fees=fees, max_lots=100)
    for name in (INDEX_CALL, INDEX_PUT, INDEX_LATER):
        made[name] = msgspec.structs.replace(reference().instrument(name, DAY), fees=fees)
    return made


def terms(
    side: Side,
    lots: int,
    price: Price,
    *,
    instrument: InstrumentId = RB,
    offset: Offset = Offset.OPEN,
    condition: TimeCondition = TimeCondition.GFD,
    account: AccountId = ONE,
    flag: HedgeFlag = HedgeFlag.SPECULATION,
) -> OrderTerms:
    return OrderTerms(
        account=account,
        instrument=instrument,
        side=side,
        offset=offset,
        lots=lots,
        price=Decimal(price),
        hedge_flag=flag,
        time_condition=condition,
    )


def make_batch(
    index: int,
    at: int,
    shown: dict[InstrumentId, Shown],
    *,
    lots: int = 500,
    last: dict[InstrumentId, Price] | None = None,
    facts: Sequence[DayFacts] = (),
    universe: tuple[InstrumentId, ...] = UNIVERSE,
    interest: dict[InstrumentId, int] | None = None,
    volume: dict[InstrumentId, int] | None = None,
) -> Batch:
    """Return a batch of two-sided quotes; a side is `None` where there is none.

    `last`, open interest and volume are absent unless given.
    """
    rows = np.zeros((len(shown), WIDTH), dtype=np.int64)
    for row, (name, (bid, ask)) in zip(rows, shown.items(), strict=True):
        mask = Valid(0)
        for column, bit, price in (
            (Column.BID, Valid.BID, bid),
            (Column.ASK, Valid.ASK, ask),
            (Column.LAST, Valid.LAST, (last or {}).get(name)),
        ):
            if price is not None:
                row[column] = instruments()[name].ticks(Decimal(price))
                mask |= bit
        for column, bit, counted in (
            (Column.OPEN_INTEREST, Valid.OPEN_INTEREST, interest),
            (Column.VOLUME, Valid.VOLUME, volume),
        ):
            if counted is not None and name in counted:
                row[column] = counted[name]
                mask |= bit
        row[Column.BID_LOTS], row[Column.ASK_LOTS] = lots, lots
        row[Column.MASK], row[Column.EXCHANGE_AT] = mask, at
    slots = np.array([universe.index(name) for name in shown], dtype=np.int64)
    return Batch(index=index, at=at, slots=slots, rows=rows, day_facts=tuple(facts))


class Market:
    """Be a `MarketSource` that grows: an iterator at its end goes on when more has come."""

    name = "made"

    def __init__(self, universe: tuple[InstrumentId, ...] = UNIVERSE) -> None:
        self.universe = universe
        self.grown: list[Batch] = []

    def batches(self, start: int = 0, /) -> Iterator[Batch]:
        return _Feed(self.grown, start)


class _Feed(Iterator[Batch]):
    def __init__(self, grown: list[Batch], start: int) -> None:
        self._grown = grown
        self._next = start

    def __next__(self) -> Batch:
        if self._next >= len(self._grown):
            raise StopIteration
        self._next += 1
        return self._grown[self._next - 1]
