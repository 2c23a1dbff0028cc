"""The complaints ledger's theme *roll*: what users of other terminals asked for in vain, played to this one.

Each test is named after a thread: a bare number is one of vnpy/vnpy, `cta` of vnpy_ctastrategy, `tq` of tqsdk-python.
WonderTrader 114, the main contract that flips between night and day, is played in `test_roll`.
"""

from __future__ import annotations

from typing import Any

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, StrategyMarked
from terminal.domain.fact.marks import ContractFrozen, Finished, RollBegan, TimingMark
from terminal.domain.ids import CommandId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OpenInterestCrossover
from terminal.domain.reports import Traded
from tests.engine_world import FAR, NEXT_DAY, ONE, RB, TRADER, I, World
from tests.scenario.legs import GRID, ROLL, alerts, stop
from tests.scenario.test_roll import go, grid_that_holds, hold, roll, start


def marks(world: World, kind: type) -> list[Any]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, kind)]


def filled(world: World, far: bool) -> int:
    name = FAR if far else RB
    rows = [row for row in world.account.orders.values() if row.cause.strategy == ROLL]
    return sum(row.filled for row in rows if row.terms.instrument == name)


@pytest.mark.parametrize("restarts", [False, True])
def test_690_a_strategy_is_switched_to_the_new_contract_without_its_owner_doing_it_by_hand(
    world: World, *, restarts: bool
) -> None:
    # 690: "is there a ready module that switches contracts?"; the answer was that users do it themselves.
    row = grid_that_holds(world)
    start(world, roll(lots=2, strategies=(GRID,)))
    go(world, 6)
    if restarts:
        world.restart()
    go(world, 80)
    # The grid runs on in the new contract with its lots, and holds nothing and orders nothing in the old one.
    row = world.account.strategies[GRID]
    assert isinstance(row.settings, GridSettings)
    assert (row.settings.instrument, row.status) == (FAR, StrategyStatus.RUNNING)
    assert (world.net(RB), world.net(FAR)) == (0, 2)
    assert {one.terms.instrument for one in world.account.live.values()} <= {FAR}


def test_1092_the_main_contract_is_followed_while_trading_with_nobody_at_the_desk(world: World) -> None:
    # 1092: "with many products, changing months by hand is such a trouble"; the answer was to do it outside.
    hold(world)
    start(world, roll(OpenInterestCrossover()))
    world.interest = {RB: 9000, FAR: 8000}
    go(world, 20)
    assert (world.net(RB), world.net(FAR)) == (6, 0)
    by_hand = len(world.facts(OrderRecorded))
    # When the far month overtakes the next morning, and nobody does anything
    world.interest = {RB: 8000, FAR: 9000}
    world.show_at(instant(NEXT_DAY, 9, 1), {RB: (3700, 3701), FAR: (3600, 3602)})
    go(world, 60)
    assert (world.net(RB), world.net(FAR)) == (0, 6)
    assert {one.cause.strategy for one in world.facts(OrderRecorded)[by_hand:]} == {ROLL}
    assert [mark.main for mark in marks(world, ContractFrozen)][-1] == FAR
    assert "移仓完成" in marks(world, Finished)[0].summary


def test_cta_13_while_a_roll_goes_on_everything_else_can_still_be_done(world: World) -> None:
    # cta 13: the roll is a window that holds the program until it is closed.
    hold(world)
    start(world, roll(batch_lots=2, batch_pause_seconds=5))
    go(world, 8)
    assert 0 < filled(world, far=True) < 6
    # In the middle of it people trade, cancel, pause and go on, and each is answered at once.
    other = world.buy(1, 825, instrument=I)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=other.order)).ok
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    world.wait(5)
    assert world.account.strategies[ROLL].status is StrategyStatus.PAUSED
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 80)
    assert (world.net(RB), world.net(FAR), world.account.live) == (0, 6, {})


def test_cta_47_lots_of_one_leg_alone_are_kept_told_and_caught_up_with(world: World) -> None:
    # cta 47: a roll may fill partly, or one leg alone; unfilled lots should be kept, and unfilled orders cancelled.
    hold(world)
    start(world, roll(batch_lots=4, naked_lots=4))
    world.wire.hold = (Traded,)
    while world.lots_there(RB) == 6:
        world.show(lots=3)
    world.show({FAR: (3590, None)}, lots=3)
    world.tell_held()
    go(world, 2)
    lacking = filled(world, far=False) - filled(world, far=True)
    assert 0 < lacking <= 4
    # Killed in the middle, it still knows how much of which leg is missing.
    world.restart()
    go(world, 40)
    assert filled(world, far=False) - filled(world, far=True) == lacking
    assert {one.code for one in (*alerts(world, "LEG_BROKEN"), *alerts(world, "MARKET_STUCK"))}
    # Stopped by hand it first catches up, and leaves no order behind.
    assert stop(world, ROLL).code == "WINDING"
    world.show({FAR: (3600, 3602)})
    go(world, 90)
    assert filled(world, far=False) == filled(world, far=True) > 0
    assert world.account.strategies[ROLL].status is StrategyStatus.STOPPED
    assert world.account.live == {}


def test_tq_37_a_roll_by_the_main_contract_needs_no_program_of_the_users_own(world: World) -> None:
    # tq 37: a name that always is the main contract, or an example of rolling, please.
    hold(world)
    world.interest = {RB: 9000, FAR: 8000}
    start(world, roll(OpenInterestCrossover()))
    go(world, 3)
    # What it waits for stands there in figures, unmet and then met; a repeat of the start starts no second one.
    (waits,) = [mark for mark in marks(world, TimingMark) if mark.trading_day != NEXT_DAY][:1]
    assert (waits.timing, waits.met) == ("open_interest_crossover", False)
    again = c.StartStrategy(account=ONE, strategy=ROLL, settings=roll(OpenInterestCrossover()))
    assert not world.do(TRADER, again, command=CommandId("again")).ok
    world.interest = {RB: 9000, FAR: 9500}
    go(world, 60)
    assert (world.net(RB), world.net(FAR)) == (0, 6)
    (began,) = marks(world, RollBegan)
    assert len(began.because) == 1
    assert all(
        one.terms.side is Side.SELL
        for one in world.account.orders.values()
        if one.terms.instrument == RB and one.cause.strategy
    )
