"""What an execution paid beside its arrival price and the market's own average is reckoned by hand here."""

from __future__ import annotations

from decimal import Decimal

from terminal.backtest.watch import Watch
from terminal.backtest.window import execution_report
from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.ids import StrategyId
from terminal.domain.market import Column, Valid
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle
from tests.engine_world import DAY, MORNING, ONE, RB, TRADER, World

NAME = StrategyId("E")
SETTINGS = ExecutionSettings(
    account=ONE,
    instrument=RB,
    style=ExecutionStyle.ICEBERG,
    side=Side.BUY,
    total_lots=2,
    shown_lots=2,
    limit=Decimal(3695),
    begins_at=MORNING,
    ends_at=instant(DAY, 9, 10),
)


class Playing:
    """Play a market whose volume is told, and watch it as a backtest does."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.world = World(told=self.watch.take)

    def trade(self, bid: int, ask: int, last: int, volume: int) -> None:
        world = self.world
        world.at += 1_000_000_000
        world.grow({RB: (bid, ask)}, last={RB: last})
        batch = world.market.grown[-1]
        (row,) = (place for place, slot in enumerate(batch.slots) if world.market.universe[slot] == RB)
        batch.rows[row, Column.VOLUME] = volume
        batch.rows[row, Column.MASK] |= Valid.VOLUME
        world.drain()


def test_slippage_against_the_arrival_price_and_against_the_average_of_the_window() -> None:
    play = Playing()
    play.trade(3700, 3702, 3701, 1_000)
    done = play.world.do(TRADER, c.StartStrategy(account=ONE, strategy=NAME, settings=SETTINGS))
    assert done.ok, done.sentence
    play.trade(3700, 3702, 3701, 1_000)  # the first look: what was traded before does not count
    play.trade(3699, 3701, 3700, 1_010)
    play.trade(3694, 3695, 3694, 1_030)  # it buys two lots at its limit
    play.trade(3690, 3691, 3690, 1_030)
    play.trade(3690, 3691, 3690, 9_999)  # after its end
    world = play.world
    row = world.account.strategies[NAME]
    report = execution_report(row, play.watch.windows[ONE, NAME], world.engine.look.instrument)
    assert report is not None
    assert (report.lots, report.wanted, report.average) == (2, 2, Decimal(3695))
    assert (report.arrival, report.beyond_arrival) == (Decimal(3701), Decimal(-120))  # 6 yuan x 2 lots x 10 t
    assert report.vwap == Decimal("3696.0000")  # 10 lots at 3700, 20 at 3694
    assert (report.beyond_vwap, report.fees) == (Decimal(-20), Decimal(6))


def test_without_a_volume_there_is_no_average_of_the_market() -> None:
    play = Playing()
    assert play.world.do(TRADER, c.StartStrategy(account=ONE, strategy=NAME, settings=SETTINGS)).ok
    play.world.show({RB: (3694, 3695)})
    play.world.wait(3)
    row = play.world.account.strategies[NAME]
    report = execution_report(row, play.watch.windows[ONE, NAME], play.world.engine.look.instrument)
    assert report is not None
    assert (report.vwap, report.beyond_vwap) == (None, None)
    assert report.average is not None
