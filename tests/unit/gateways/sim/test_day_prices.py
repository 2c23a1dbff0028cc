"""What ends on a day ends at the settlement price of that day, whenever it is said, and never at that of another."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch, DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.reports import Ended
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import (
    DAY,
    ME,
    MORNING,
    NEXT_DAY,
    NEXT_NIGHT,
    OTHER,
    UNIVERSE,
    I,
    MadeMarket,
    Shown,
    batch,
    calendar,
    instruments,
    order,
)
from tests.unit.gateways.sim.test_endings import CALL

TUESDAY = 20200825
WEDNESDAY = 20200826
NIGHTS = {NEXT_DAY: NEXT_NIGHT, TUESDAY: instant(NEXT_DAY, 21), WEDNESDAY: instant(TUESDAY, 21)}
Facts = dict[int, list[DayFacts]]  # by instant


def said(day: int, *, settlement: int | None = None, pre_settlement: int | None = None) -> DayFacts:
    """Return what is said of the future, in half yuan; it was last dealt at 850 yuan on its last day, then at 700."""
    return DayFacts(instrument=I, trading_day=day, settlement=settlement, pre_settlement=pre_settlement)


class Market(MadeMarket):
    """Be days of which each is opened by a batch in the night before; `missed` has none."""

    universe = (*UNIVERSE, CALL.id)

    def __init__(self, facts: Facts, missed: int = 0) -> None:
        times = {MORNING + 1, MORNING + 2, *facts, *(at for day, at in NIGHTS.items() if day != missed)}
        super().__init__([self._at(index, at, facts.get(at, [])) for index, at in enumerate(sorted(times))])

    def _at(self, index: int, at: int, facts: list[DayFacts]) -> Batch:
        last = 1700 if at < NEXT_NIGHT else 1400
        shown: dict[InstrumentId, Shown] = {I: (last - 10, 9, last + 10, 9)}
        return batch(index, at, shown, facts, traded={I: (last, 10)}, universe=self.universe)


def ended(
    last: Instrument, facts: Facts, *, missed: int = 0, path: Path | None = None
) -> list[tuple[int, Decimal, bool]]:
    """Return the day of each end, its price and whether it is remarked; with a path every batch is of a new process."""
    market, listed = Market(facts, missed), {**instruments(), CALL.id: CALL, last.id: last}

    def opened(passed: int) -> Host:
        store = ExchangeStore() if path is None else ExchangeStore(path)
        made = Host(store=store, market=market, instruments=listed, calendar=calendar())
        made.log_in(passed)
        return made

    host = opened(1)
    host.place(order("sell", Side.SELL, 2, 850, instrument=last.id, account=OTHER))
    host.place(order("buy", Side.BUY, 2, 850, instrument=last.id, account=ME))
    found = []
    while (item := host.next()) is not None:
        if isinstance(item, Ended) and item.account == ME:
            found.append((item.trading_day, item.ending.price, bool(item.remark)))
        if isinstance(item, Batch) and path is not None:
            host.save()
            host.close()
            host = opened(item.index + 1)
    host.close()
    return found


FUTURE = msgspec.structs.replace(instruments()[I], expiry=DAY)
INDEX = msgspec.structs.replace(  # pays the difference, so its price tells which settlement price was taken
    CALL,
    option=OptionTerms(
        underlying=I, right=Right.CALL, strike=Decimal(600), style=Style.EUROPEAN, guarantee=Decimal("0.5")
    ),
)

CASES: dict[str, tuple[Facts, list[tuple[int, int, bool]]]] = {
    "on its day": ({MORNING + 2: [said(DAY, settlement=1680)]}, [(DAY, 840, False)]),
    "late, as what it is": ({NEXT_NIGHT: [said(DAY, settlement=1680, pre_settlement=1600)]}, [(DAY, 840, False)]),
    "late, as the next day's previous one": ({NEXT_NIGHT: [said(NEXT_DAY, pre_settlement=1680)]}, [(DAY, 840, False)]),
    "later still": (
        {
            NEXT_NIGHT + 1: [said(NEXT_DAY, pre_settlement=1680)],
            instant(NEXT_DAY, 14): [said(NEXT_DAY, settlement=1500)],
        },
        [(NEXT_DAY, 840, False)],
    ),
    "not the one before it": (
        {MORNING + 2: [said(DAY, pre_settlement=1680)], NEXT_NIGHT: [said(DAY, pre_settlement=1680)]},
        [(NEXT_DAY, 850, True)],
    ),
    "not the one after it": (
        {
            instant(NEXT_DAY, 14): [said(NEXT_DAY, settlement=1500)],
            NIGHTS[TUESDAY]: [said(TUESDAY, pre_settlement=1500)],
        },
        [(NEXT_DAY, 850, True)],
    ),
    "never": ({}, [(NEXT_DAY, 850, True)]),
}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("last", [FUTURE, INDEX], ids=["future", "option"])
@pytest.mark.parametrize("case", CASES)
def test_a_day_ends_what_it_ends_at_its_own_price(
    tmp_path: Path, case: str, last: Instrument, *, restarts: bool
) -> None:
    facts, expected = CASES[case]
    assert ended(last, facts, path=tmp_path / "exchange.db" if restarts else None) == expected


def test_after_a_missed_day_its_price_is_not_taken_for_the_one_before() -> None:
    facts = {NIGHTS[TUESDAY]: [said(TUESDAY, pre_settlement=1500)]}
    assert ended(FUTURE, facts, missed=NEXT_DAY) == [(TUESDAY, Decimal(850), True)]


def test_a_file_from_before_prices_were_owed_is_read_and_its_ended_lots_leave(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    market, listed = Market({}), {**instruments(), FUTURE.id: FUTURE, CALL.id: CALL}
    old = Host(store=ExchangeStore(path), market=market, instruments=listed, calendar=calendar())
    old.log_in(1)
    old.place(order("sell", Side.SELL, 2, 850, instrument=I, account=OTHER))
    old.place(order("buy", Side.BUY, 2, 850, instrument=I, account=ME))
    old.log_in(3)  # Monday has begun, the lots wait
    old.close()
    with closing(sqlite3.connect(path)) as file, file:
        (text,) = file.execute("SELECT value FROM meta WHERE key = 'clock'").fetchone()
        clock = json.loads(text)
        assert clock.pop("owed") == {str(DAY): {I: "850.0"}}
        file.execute("UPDATE meta SET value = ? WHERE key = 'clock'", (json.dumps(clock),))
    again = Host(store=ExchangeStore(path), market=market, instruments=listed, calendar=calendar())
    again.log_in(3)
    days = []
    while (item := again.next()) is not None:
        days += [item.trading_day] if isinstance(item, Ended) and item.account == ME else []
    assert days == [TUESDAY], "what stands in for its price was put down when Monday ended"
    again.close()
