"""A combination that broke is none any more: the same legs combined again are the latest one, over a restart too."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, Side
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import DAY, ME, I, order
from tests.unit.gateways.sim.spreads import FAR, ORE, Pit, told

BUY, SELL = Side.BUY, Side.SELL
LATER = InstrumentId("DCE.i2109")
ORE_LATER = InstrumentId("DCE.SP i2101&i2109")
BANDS = tuple(
    DayFacts(instrument=name, trading_day=DAY, pre_settlement=at, upper_limit=at + 40, lower_limit=at - 40)
    for name, at in ((I, 1660), (FAR, 1600), (LATER, 1600))
)


def second_legs(pit: Pit) -> list[tuple[InstrumentId, int]]:
    return [(one.second, one.lots) for one in pit.exchange.combined.of(ME)]


def remade(store: ExchangeStore) -> Pit:
    """Combine the near ore with each of two later months; break the first and make it again before the next save."""
    pit = Pit(universe=(I, FAR, LATER))
    pit.show({I: (1660, 10, 1661, 10), FAR: (1600, 9, 1601, 9), LATER: (1600, 9, 1601, 9)}, facts=BANDS)
    pit.place(order("a", BUY, 2, "31", instrument=ORE))
    pit.place(order("b", BUY, 1, "31", instrument=ORE_LATER))
    pit.save(store)
    # Its close meets its own resting order that opens: it is taken apart and made anew by one match.
    pit.place(order("c", BUY, 2, "30", instrument=ORE))
    assert told(pit.place(order("d", SELL, 2, "30", instrument=ORE, offset=Offset.CLOSE))) == [0, 2]
    pit.save(store)
    return pit


@pytest.mark.parametrize("restarts", [False, True])
def test_what_was_broken_and_remade_at_once_is_the_latest_and_breaks_first(tmp_path: Path, restarts: bool) -> None:
    store = ExchangeStore(tmp_path / "exchange.db")
    pit = remade(store)
    if restarts:
        store.close()
        store = ExchangeStore(tmp_path / "exchange.db")
        pit.restart(store)
    assert second_legs(pit) == [(LATER, 1), (FAR, 2)]
    assert told(pit.place(order("e", SELL, 1, 830, instrument=I, offset=Offset.CLOSE))) == [1]
    assert second_legs(pit) == [(LATER, 1), (FAR, 1)]
    pit.save(store)
    pit.restart(store)
    assert second_legs(pit) == [(LATER, 1), (FAR, 1)]
    store.close()


def test_what_only_changes_its_lots_keeps_its_place_and_what_broke_is_gone(tmp_path: Path) -> None:
    store = ExchangeStore(tmp_path / "exchange.db")
    pit = remade(store)
    pit.place(order("e", BUY, 1, "31", instrument=ORE_LATER))
    pit.save(store)
    pit.restart(store)
    assert second_legs(pit) == [(LATER, 2), (FAR, 2)]
    pit.place(order("f", SELL, 2, "29", instrument=ORE_LATER, offset=Offset.CLOSE))
    pit.save(store)
    pit.restart(store)
    assert second_legs(pit) == [(FAR, 2)]
    store.close()
