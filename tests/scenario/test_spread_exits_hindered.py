"""A spread that reaches its own stop while something stands in its way: it closes, or says why it cannot."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts
from tests.scenario.test_spread_exits import FINISHED, RUNNING, exiting, reached, show, status
from tests.unit.engine.foreseen import start


def remembered(world: World) -> SpreadMemory:
    memory = world.account.strategies[SPREAD].memory
    assert isinstance(memory, SpreadMemory)
    return memory


# --- what hindered an opening does not hinder the closing ------------------------------------------------------------


def refused_once(begin: Begin) -> World:
    """Let one set be held, and a second one go back: its hedge would have met an own bid, which is gone again."""
    world = begin()
    assert world.do(TRADER, start(exiting(sets=1, pause_seconds=5, long_take_profit=None), SPREAD)).ok
    show(world, 3700, seconds=3)
    bid = world.buy(5, 3600, instrument=FAR)
    while not remembered(world).held_back_day or remembered(world).running:
        show(world, 3700, seconds=1)
    assert (world.net(RB), world.net(FAR), remembered(world).breaks) == (1, -1, 1)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    return world


def test_a_refused_opening_hedge_and_its_broken_leg_do_not_delay_the_stop(begin: Begin) -> None:
    # Given a spread that opens nothing more today, and would pause for a minute after its broken leg
    world = refused_once(begin)
    show(world, 3700, seconds=3)
    assert world.net(RB) == 1
    # When it reaches its stop, then it closes at once.
    show(world, 3690, seconds=6)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)


def test_a_refusal_of_the_closing_after_that_of_an_opening_holds_it_back_and_says_so(begin: Begin) -> None:
    world = refused_once(begin)
    # When an own offer is where the far lots would be bought back
    world.sell(5, 3602, instrument=FAR)
    show(world, 3690, seconds=240)
    assert (world.net(RB), world.net(FAR), status(world)) == (1, -1, RUNNING)
    told = [one.sentence for one in alerts(world, "HEDGE_REFUSED")]
    assert ["止损止盈平仓也停下" in one for one in told] == [False, True]


def test_an_opening_that_is_under_way_at_the_stop_does_not_hold_the_closing_back(begin: Begin) -> None:
    # Given a second set whose hedge is being refused
    world = begin()
    assert world.do(TRADER, start(exiting(sets=1, pause_seconds=5, long_take_profit=None), SPREAD)).ok
    show(world, 3700, seconds=3)
    bid = world.buy(5, 3600, instrument=FAR)
    while remembered(world).hedge_refused is None:
        show(world, 3700, seconds=1)
    # When the stop is reached before it has gone back, and the bid goes only after that
    while not remembered(world).cut or remembered(world).running:
        show(world, 3690, seconds=1)
    assert reached(world)
    assert (remembered(world).breaks, remembered(world).held_back_day) == (0, 0)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok
    show(world, 3690, seconds=10)
    assert (world.net(RB), world.net(FAR), status(world)) == (0, 0, FINISHED)
