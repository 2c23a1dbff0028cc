"""Make a market of legs for the tests of orders on combinations."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import msgspec

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.market import Batch, DayFacts
from terminal.domain.products.combination import find_combination
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, Fees
from terminal.domain.reports import CombinationTold, Rejected, Removed, Report, Traded
from terminal.engine.ports import WireCancel, WireOrder
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import DAY, ME, MORNING, I, MadeMarket, Shown, batch, calendar, reference

FAR = InstrumentId("DCE.i2105")
NEAR_APPLE, FAR_APPLE = InstrumentId("CZCE.AP101"), InstrumentId("CZCE.AP105")
LEGS = (I, FAR, NEAR_APPLE, FAR_APPLE)
ORE = InstrumentId("DCE.SP i2101&i2105")  # half a yuan a tick
APPLES = InstrumentId("CZCE.SPD AP101&AP105")

FIND = partial(find_combination, reference())
THREE = Fees(open=Fee(by_lot=Decimal(3)), close=Fee(by_lot=Decimal(3)), close_today=Fee(by_lot=Decimal(3)))


def legs(day: int = DAY, universe: tuple[InstrumentId, ...] = LEGS) -> dict[InstrumentId, Instrument]:
    """Return the legs at 10 % margin and three yuan a lot."""
    return {
        name: msgspec.structs.replace(
            reference().instrument(name, day), margin_rate=Decimal("0.1"), broker_margin_add=None, fees=THREE
        )
        for name in universe
    }


class Leg(NamedTuple):
    """Hold one leg's trade as tests read it."""

    instrument: InstrumentId
    side: str
    lots: int
    price: Decimal


class Pit:
    """Drive an exchange that lists combinations; quotes in ticks, ore at 830 - 830.5 and 800 - 800.5."""

    def __init__(
        self,
        *,
        at: int = MORNING,
        day: int = DAY,
        universe: tuple[InstrumentId, ...] = LEGS,
        funds: dict[AccountId, Decimal] | None = None,
    ) -> None:
        self.universe = universe
        self._day, self._funds = day, funds
        self.exchange = self._new()
        self.exchange.begin(at)
        self.at = at
        self._shown: list[Batch] = []
        self.show({I: (1660, 10, 1661, 4), FAR: (1600, 6, 1601, 8)})

    def show(
        self, shown: dict[InstrumentId, Shown], *, at: int | None = None, facts: Iterable[DayFacts] = ()
    ) -> list[Report]:
        self.at = self.at + SECOND_NS if at is None else at
        self._shown.append(batch(len(self._shown), self.at, shown, facts, universe=self.universe))
        passed = self.exchange.advance(self._shown[-1])
        return [*passed.before, *passed.after]

    def save(self, store: ExchangeStore) -> None:
        store.save(self.exchange.take_changes(), self.exchange.clock)

    def restart(self, store: ExchangeStore) -> None:
        """Begin again on the same day with what the store has."""
        saved = store.load()
        assert saved is not None
        self.exchange = self._new()
        self.exchange.restore(saved, self._shown)

    def _new(self) -> Exchange:
        return Exchange(
            universe=self.universe,
            instruments=legs(self._day, self.universe),
            calendar=calendar(),
            funds=self._funds,
            combinations=FIND,
        )

    def place(self, wire: WireOrder) -> list[Report]:
        return self.exchange.place(wire)

    def cancel(self, key: str, account: AccountId = ME) -> list[Report]:
        return self.exchange.cancel(WireCancel(account=account, wire_key=WireKey(key)))

    def lots(self, name: InstrumentId, account: AccountId = ME) -> tuple[int, int]:
        _, _, positions = self.exchange.answer(account)
        for one in positions:
            if one.instrument == name:
                return one.long_today + one.long_yesterday, one.short_today + one.short_yesterday
        return 0, 0

    def combined(self, account: AccountId = ME) -> list[int]:
        return [one.lots for one in self.exchange.combined.of(account)]


def trades(reports: list[Report], key: str | None = None) -> list[Leg]:
    return [
        Leg(one.instrument, one.side.value, one.lots, one.price)
        for one in reports
        if isinstance(one, Traded) and key in {None, one.wire_key}
    ]


def codes(reports: list[Report]) -> list[str]:
    return [one.code for one in reports if isinstance(one, Rejected)]


def ends(reports: list[Report]) -> list[tuple[int, str]]:
    return [(one.unfilled, one.why) for one in reports if isinstance(one, Removed)]


def told(reports: list[Report]) -> list[int]:
    return [one.combined.lots for one in reports if isinstance(one, CombinationTold)]


def spread_host(
    shown: list[dict[InstrumentId, Shown]], store: ExchangeStore | None = None, *, lasts: list[int] | None = None
) -> Host:
    """Return a host over a market of these quotes, one a second; `lasts` are the last prices of the near ore."""
    batches = [
        batch(
            n, MORNING + n * SECOND_NS, one, traded={I: (lasts[n], n + 1)} if lasts is not None else None, universe=LEGS
        )
        for n, one in enumerate(shown)
    ]
    market = MadeMarket(batches)
    market.universe = LEGS
    return Host(
        store=store or ExchangeStore(),
        market=market,
        instruments=legs(),
        calendar=calendar(),
        combinations=FIND,
        stops=reference().stops,
    )
