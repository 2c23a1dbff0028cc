"""Two spreads record lots of one side, and a person closes some of them: each lot that is left counts once.

The user: "Both spreads had three rebar without far. I closed three, and both still told me to sell three of far."
"""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.engine.book.lacking import lacking_of
from terminal.engine.strategy.bereft import TAKEN
from tests.engine_world import FAR, ONE, RB, TRADER, World, run
from tests.scenario.legs import PAUSED, SPREAD, alerts, show, spread_settings, stop
from tests.scenario.test_naked_lots_taken import close, told

SECOND = StrategyId("second")
NAMES = (SPREAD, SECOND)


def start(world: World, name: StrategyId) -> None:
    world.show({RB: (3690, 3703), FAR: (3600, 3602)})
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=spread_settings()))
    assert done.ok, done.sentence


def without_far(world: World) -> None:
    """Let what was started buy its rebar in the moment in which nobody bids for far any more."""
    world.wire.hold_orders = True
    show(world)
    run(world.wire.arrive())
    world.wire.hold_orders = True
    world.drain()
    world.show({FAR: (None, 3602)})
    world.arrive()
    for _ in range(3):
        show(world, (None, 3602))


def lacking(world: World) -> list[tuple[tuple[str, int], ...]]:
    return [lacking_of(world.account, world.account.strategies[name]) for name in NAMES]


def test_of_two_naked_spreads_the_lots_that_are_left_are_told_by_one_of_them(world: World) -> None:
    # Given two spreads with three lots of rebar each, and no far
    for name in NAMES:
        start(world, name)
    without_far(world)
    assert (world.net(RB), world.net(FAR)) == (6, 0)
    # When a person closes three
    close(world, 3)
    show(world, (None, 3602))
    # Then three lots are naked, and people read that once, with whose they are.
    assert [world.account.strategies[name].status for name in NAMES] == [PAUSED, PAUSED]
    assert told(world) == ["（按账户实有的持仓）：螺纹钢2105（SHFE.rb2105）还应卖出 3 手"]
    assert all("再按启动先后：spread 3 手、second 0 手" in one.sentence for one in alerts(world, TAKEN))
    assert lacking(world) == [((FAR, -3),), ()]


def test_of_two_hedged_spreads_the_one_whose_lots_are_gone_is_told_naked(world: World) -> None:
    # Given two spreads in balance
    for name in NAMES:
        start(world, name)
        for _ in range(8):
            show(world)
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    # When a person closes three of the six rebar
    close(world, 3)
    show(world)
    # Then the second stands alone with its far month, and only its alert says so.
    first, second = alerts(world, TAKEN)
    assert "还持" not in first.sentence
    assert "还持 rb2105 空 3 手，其中缺了对冲的，请人工平仓" in second.sentence
    assert lacking(world) == [(), ((FAR, 3),)]


@pytest.mark.parametrize("naked_first", [False, True])
def test_lots_that_stood_alone_are_those_that_were_closed(world: World, *, naked_first: bool) -> None:
    # Given a spread in balance, and one without its far month, whichever of them began first
    start(world, SPREAD)
    for _ in range(8):
        show(world)
    start(world, SECOND)
    without_far(world)
    assert (world.net(RB), world.net(FAR)) == (6, -3)
    if naked_first:
        world.account.strategies.update({SPREAD: world.account.strategies.pop(SPREAD)})
    # When a person closes three
    close(world, 3)
    show(world, (None, 3602))
    # Then the one in balance keeps its own, and nobody is told to trade anything.
    assert lacking(world) == [(), ()]
    assert told(world) == []


def test_who_hedged_the_lots_of_the_one_reads_at_the_stop_of_both_that_they_are_hedged(world: World) -> None:
    # Given two spreads without far, of which a person closed the rebar of one, and hedged the other's by hand
    for name in NAMES:
        start(world, name)
    without_far(world)
    close(world, 3)
    world.show({FAR: (3600, 3602)})
    assert world.order(Side.SELL, 3, 3600, instrument=FAR, offset=Offset.OPEN).ok
    world.wait(3)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    # When both are stopped, then each alert says that the far lots are there.
    for name in NAMES:
        before = len(alerts(world, "LEG_NAKED"))
        assert stop(world, name).ok
        (one,) = alerts(world, "LEG_NAKED")[before:]
        assert "账户里另有空 3 手（不记在任何策略名下），够补；是来补的请勿再平、再补" in one.sentence
