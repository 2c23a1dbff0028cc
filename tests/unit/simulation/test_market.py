from __future__ import annotations

import msgspec

from terminal.domain.days.calendar import instant
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import SIMULATION
from terminal.simulation.market import RememberedMarket
from terminal.store.reference import load_reference


def market():
    scenario = msgspec.structs.replace(SIMULATION, trading_days=1, window_steps=10)
    return SampleMarket(seed=5, reference=load_reference(), start=instant(20250310, 20), scenario=scenario)


def seen(batches):
    return [(batch.index, batch.at, batch.rows.tobytes(), batch.day_facts) for batch in batches]


def test_it_gives_what_the_market_gives_from_any_batch_on():
    source = market()
    remembered = RememberedMarket(source)
    assert (remembered.name, remembered.universe) == (source.name, source.universe)
    whole = seen(source.batches())
    assert seen(remembered.batches(40)) == whole[40:]
    assert seen(remembered.batches()) == whole
    assert seen(remembered.batches(len(whole))) == []


def test_two_readers_share_what_was_made():
    remembered = RememberedMarket(market())
    first, second = remembered.batches(), remembered.batches()
    assert next(first) is next(second)
    assert next(second) is next(first)
