"""What a roll cost is told in one unit: eggs per tonne, gold per gram."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.marks import Finished
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, OpenInterestCrossover, RollSettings
from tests.engine_market import AU, EGGS, FAR_AU, FAR_EGGS, ONE, UNIVERSE, Shown
from tests.engine_world import TRADER, World
from tests.scenario.legs import ROLL
from tests.unit.engine.foreseen import ask


@pytest.mark.parametrize(
    ("near", "far", "shown", "told"),
    [
        # Quoted per 500 kg, five tonnes a lot: 3541 − 3500 is 82 a tonne, the middles 3540 − 3500.5 are 79.
        (EGGS, FAR_EGGS, ((3500, 3501), (3539, 3541)), "每吨成本 82.00 元（中间价差 79.00，滑点 3.00）"),
        # Quoted per gram, and nobody tells gold per tonne.
        (AU, FAR_AU, ((400, "400.1"), ("402.9", 403)), "每克成本 3.00 元（中间价差 2.90，滑点 0.10）"),
    ],
)
def test_the_cost_its_middle_and_its_slippage_are_told_in_one_unit(
    near: InstrumentId, far: InstrumentId, shown: tuple[Shown, Shown], told: str
) -> None:
    world = World(universe=(*UNIVERSE, near, far))
    world.show({near: shown[0], far: shown[1]})
    ask_price = shown[0][1]
    assert ask_price is not None
    world.buy(2, ask_price, instrument=near)
    world.wait(3)
    settings = RollSettings(
        account=ONE, near=near, far=far, side=Side.BUY, lots=2, batch_lots=2, naked_lots=2, batch_pause_seconds=0,
        timings=(DaysToExpiry(days=900), OpenInterestCrossover()),
    )  # fmt: skip
    body = c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)
    assert f"按现价移完：{told}" in "\n".join(ask(world, body).details)
    assert world.do(TRADER, body).ok
    world.wait(30)
    # And so does the report, with the timings that were not taken.
    (summary,) = [one.mark.summary for one in world.facts(StrategyMarked) if isinstance(one.mark, Finished)]
    assert told in summary
