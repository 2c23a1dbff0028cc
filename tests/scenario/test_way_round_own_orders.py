"""What pays up meets no own order that the opposite price does not meet: it goes there instead and waits for nobody."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import OrderRecorded, OrderRefused
from terminal.domain.ids import StrategyId
from terminal.domain.reports import Traded
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario import test_grid_stop as stops
from tests.scenario.legs import SPREAD, spread_settings

DEEPER = StrategyId("deeper")


def runs_away(world: World, bid: int, ticks: int) -> int:
    """Let the bid fall while a close travels; return where it stands."""
    world.wire.hold_orders = True
    world.show({RB: (bid, bid + 1)})
    bid -= ticks
    world.show({RB: (bid, bid + 1)}, after=0.5)
    world.arrive()
    world.wire.hold_orders = False
    return bid


def test_a_grid_at_its_stop_sells_at_the_bid_though_a_line_of_another_strategy_rests_below_it(world: World) -> None:
    # Given a grid that holds twelve lots, and another one whose first line is to buy at 3650
    stops.holding(world)
    deeper = stops.stopping(
        anchor=Decimal(3660),
        lines=1,
        lots_per_line=1,
        stop=Decimal(3600),
        lower=Decimal(3610),
    )
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=DEEPER, settings=deeper)).ok
    world.wait(10)
    assert any(row.cause.strategy == DEEPER and row.terms.price == 3650 for row in world.account.live.values())
    # When the market falls through the stop, and three ticks more while each of its closes travels
    bid = 3659
    for _ in range(3):
        bid = runs_away(world, bid, 3)
    for _ in range(20):
        world.show({RB: (bid + 2, bid + 3)})
    # Then it is out, above that line, and the gate had nothing to refuse.
    assert sum(row.filled for row in stops.closes(world)) == 12
    assert all(row.terms.price > 3650 for row in stops.closes(world))
    assert not world.facts(OrderRefused)


def test_a_hedge_is_chased_to_the_bid_where_paying_up_would_meet_an_own_order_below_it(world: World) -> None:
    # Given a hedge that is to pay up four ticks, and a person's own order to buy five ticks below the bid
    world.buy(5, 3595, instrument=FAR)
    settings = spread_settings(sets=1)
    lead, follower = settings.legs
    settings = replace(settings, legs=(lead, replace(follower, pay_up_ticks=4)), hedge_seconds=2)
    world.wire.hold = (Traded,)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=settings)).ok
    # When the bid falls two ticks while the hedge travels
    world.show({RB: (3700, 3701), FAR: (3600, 3602)}, lots=500)
    world.wire.hold_orders = True
    world.tell_held()
    world.show({RB: (3700, 3701), FAR: (3598, 3602)}, lots=500, after=0.5)
    world.arrive()
    world.wire.hold_orders = False
    for _ in range(10):
        world.show({RB: (3700, 3701), FAR: (3598, 3602)}, lots=500)
    # Then it follows the bid, and nothing is refused.
    hedges = [int(one.terms.price) for one in world.facts(OrderRecorded) if one.cause.strategy == SPREAD]
    assert hedges == [3701, 3600, 3598]
    assert (world.net(RB), world.net(FAR)) == (1, -1)
    assert not world.facts(OrderRefused)
