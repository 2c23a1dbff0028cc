"""The stop of a grid in the users' own words: a falling market, lost orders, and what nobody can close."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.engine.state import OrderRow
from terminal.strategies.grid.flatten import FLAT
from tests.engine_world import ONE, RB, TRADER, World
from tests.scenario.legs import GRID


def stopping(**changes: Any) -> GridSettings:
    made = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3705),
        step=Decimal(10),
        lines=3,
        lots_per_line=4,
        stop=Decimal(3660),
        lower=Decimal(3665),
        upper=Decimal(3710),
        out_of_range=OutOfRange.FLATTEN,
    )
    return msgspec.structs.replace(made, **changes)


def begun(world: World, **changes: Any) -> None:
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=stopping(**changes))).ok
    world.wait(10)


def holding(world: World, bid: int = 3674, **changes: Any) -> None:
    """Have a grid that has bought the lines at or above a price, all of whose orders are at rest."""
    begun(world, **changes)
    world.show({RB: (bid, bid + 1)})
    world.wait(15)


def closes(world: World) -> list[OrderRow]:
    return [row for row in world.account.orders.values() if row.cause.tag == FLAT]


def test_in_a_market_that_runs_away_the_stop_pays_up_and_does_not_wait_longer(world: World) -> None:
    # Given twelve lots, and a market that has fallen one more tick whenever an order arrives
    holding(world)
    assert world.net(RB) == 12
    bid, begins = 3659, world.at
    while world.net(RB) and bid > 3600:
        world.wire.hold_orders = True
        world.show({RB: (bid, bid + 1)})
        bid -= 3
        world.show({RB: (bid, bid + 1)}, after=0.5)
        world.arrive()
        world.wire.hold_orders = False
    # Then it is out within ten seconds, a few ticks lower: each attempt goes further through the market.
    assert world.net(RB) == 0
    through = closes(world)
    assert 2 <= len(through) <= 4
    assert world.at - begins < 10_000_000_000
    assert through[-1].terms.price >= 3640


def test_lots_that_no_other_close_may_sell_are_sold_while_a_lost_exit_is_unknown(world: World) -> None:
    # Given two lines that hold, and the exit of one was lost on its way: nobody knows whether it is at the exchange
    begun(world)
    world.wire.lose_orders = True
    world.show({RB: (3694, 3695)})
    world.wire.lose_orders = False
    world.show({RB: (3674, 3675)})
    world.wait(12)
    assert world.net(RB) == 12
    unknown = [row for row in world.account.live.values() if row.state is OrderState.UNKNOWN]
    assert [(row.terms.side, row.remaining) for row in unknown] == [(Side.SELL, 4)]
    # When the stop is reached
    world.show({RB: (3655, 3656)})
    world.wait(5)
    # Then what that exit cannot sell is sold at once, and its four lots once the exchange has proven it never came.
    assert unknown[0].state is OrderState.UNKNOWN
    assert world.net(RB) == 4
    world.wait(60)
    assert world.net(RB) == 0
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
