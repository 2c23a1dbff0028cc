"""Options in a rough market stand where their future stands: parity to the tick, the same sides, the same day."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.market import Column, Valid
from terminal.domain.products.option import Right
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import SIMULATION
from terminal.simulation.rough.options import OptionMarket, listed

BOTH = Valid.BID | Valid.ASK
ENDING = 20230410  # the day the options on the May contract of iron ore end


@pytest.fixture
def market(reference):
    scenario = msgspec.structs.replace(
        SIMULATION, products=SIMULATION.products[:2], step_ms=1000, window_steps=16, trading_days=2, early_rolls=()
    )
    return SampleMarket(seed=3, reference=reference, start=instant(20230406, 20), scenario=scenario)


@pytest.fixture
def options(market, reference):
    return listed(market, market.day_facts(0), reference, market.trading_days[0])


def test_a_call_less_its_put_is_the_future_less_the_strike_on_every_tick(market, options):
    seen = 0
    for batch in OptionMarket(market, options).batches():
        row_of = dict(zip(batch.slots.tolist(), batch.rows, strict=True))
        for place, call in enumerate(options):
            mine = row_of.get(len(market.universe) + place)
            other = row_of.get(len(market.universe) + place + 1)
            if call.right is Right.PUT or mine is None or other is None:
                continue
            future = row_of[call.of]
            if future[Column.MASK] & BOTH == mine[Column.MASK] & BOTH == other[Column.MASK] & BOTH == BOTH:
                seen += 1
                # What is sold at the bid and bought at the ask: a tick less each than what the two are worth.
                got = mine[Column.BID] - other[Column.ASK] + 2
                assert got == future[Column.BID] * call.ratio - call.strike
                assert mine[Column.BID] < mine[Column.ASK]
    assert seen > 500


def test_a_side_that_the_future_lacks_is_lacking_in_the_call_and_the_other_one_in_the_put(market, options):
    class OneSided:
        name, universe = market.name, market.universe

        def batches(self, start=0, /):
            for batch in market.batches(start):
                batch.rows[:, Column.MASK] &= ~int(Valid.ASK)
                batch.rows[:, [Column.ASK, Column.ASK_LOTS]] = 0
                yield batch

    sides: dict[Right, Counter[Valid]] = {Right.CALL: Counter(), Right.PUT: Counter()}
    for batch in OptionMarket(OneSided(), options).batches():
        for slot, row in zip(batch.slots.tolist(), batch.rows, strict=True):
            if slot >= len(market.universe):
                sides[options[slot - len(market.universe)].right][Valid(int(row[Column.MASK])) & BOTH] += 1
    assert sides[Right.CALL][Valid.BID]
    assert sides[Right.PUT][Valid.ASK]
    assert set(sides[Right.CALL]) <= {Valid(0), Valid.BID}
    assert set(sides[Right.PUT]) <= {Valid(0), Valid.ASK}


def test_an_option_has_a_settlement_price_on_its_last_day_and_is_gone_the_day_after(market, options):
    ending = {one.option.id for one in options if one.option.expiry == ENDING}
    assert ending
    said = {
        (fact.instrument, fact.trading_day): fact
        for batch in OptionMarket(market, options).batches()
        for fact in batch.day_facts
    }
    days = market.trading_days[:2]
    assert days[0] == ENDING
    for name in ending:
        last = said[name, ENDING]
        assert last.settlement is not None
        assert 1 <= (last.lower_limit or 0) <= (last.pre_settlement or 0) <= (last.upper_limit or 0)
        assert (name, days[1]) not in said
