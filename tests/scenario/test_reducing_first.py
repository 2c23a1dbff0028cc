"""Reducing first (C8): a stop-loss and a hedge find room in the message rate however many openings wait for it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import AlertRaised, OrderRecorded
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import GridSettings, OutOfRange, SpreadLeg, SpreadSettings
from terminal.engine.strategy.urgent import urgent_first
from tests.engine_market import AU, FAR_AU, UNIVERSE
from tests.engine_world import ONE, RB, TRADER, I, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD

STOP = StrategyId("a-stop")
WITH_GOLD = (*UNIVERSE, AU, FAR_AU)
QUIET = {AU: ("402.00", "402.02"), FAR_AU: ("400.00", "400.02")}
# Control C8 by default: eight in a second, fifty in ten.
BY_DEFAULT = Limits(
    position_lots=1000,
    day_loss_yuan=Decimal(1_000_000),
    working_orders_confirm=1000,
    working_orders_max=1000,
    working_orders_per_instrument=1000,
)
STRICTEST = msgspec.structs.replace(BY_DEFAULT, messages_in_one_second=1, messages_per_second_average=1)


def grid(instrument: InstrumentId, anchor: str, step: str, lines: int, bounds: tuple[str, str, str]) -> GridSettings:
    stop, lower, upper = (Decimal(one) for one in bounds)
    return GridSettings(
        account=ONE,
        instrument=instrument,
        side=Side.BUY,
        anchor=Decimal(anchor),
        step=Decimal(step),
        lines=lines,
        lots_per_line=1,
        stop=stop,
        lower=lower,
        upper=upper,
        out_of_range=OutOfRange.HOLD,
    )


def gold_spread() -> SpreadSettings:
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=AU, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=FAR_AU, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(1),
        sell_at=Decimal("2.5"),
        sets=1,
        max_sets=1,
        naked_lots=2,
    )


def start(world: World, name: str, settings: GridSettings | SpreadSettings) -> None:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId(name), settings=settings))
    assert done.code == "OK", done.sentence


def start_crowd(world: World, count: int) -> None:
    """Start grids of which each one wants orders with every move of the market."""
    for number in range(count):
        start(world, f"{number:02}", grid(RB, "3700", "2", 20, ("3500", "3510", "3790")))


def crowd(world: World, steps: int, gold: tuple[str, str]) -> None:
    """Let rebar go down and up by turns, two quotes a second."""
    for number in range(steps):
        price = 3698 - 2 * min(number % 20, 20 - number % 20)
        world.show({RB: (price, price + 1), AU: gold}, after=0.5)


def sent(world: World, name: str) -> list[OrderRecorded]:
    """Return the orders of a strategy."""
    return [fact for fact in world.facts(OrderRecorded) if fact.cause.strategy == name]


@pytest.fixture
def gold(begin: Begin) -> World:
    world = begin(limits=BY_DEFAULT, universe=WITH_GOLD, cash=500_000_000)
    world.show({RB: (3700, 3701), **QUIET})
    return world


def test_a_stop_loss_goes_out_at_once_beside_grids_that_use_up_the_message_rate(gold: World) -> None:
    # Given a gold grid that holds three lots, and then twenty-four grids on the same exchange that all want to open
    start(gold, STOP, grid(AU, "402.00", "0.1", 3, ("400", "400.5", "403")))
    gold.wait(2)
    gold.show({AU: ("401.50", "401.52")})
    gold.wait(15)
    assert gold.net(AU) == 3
    start_crowd(gold, 24)
    crowd(gold, 20, ("401.50", "401.52"))
    # When gold falls through its stop
    crowd(gold, 6, ("399.80", "399.82"))
    # Then three seconds later it holds nothing.
    assert gold.net(AU) == 0


def test_a_hedge_follows_at_once_beside_grids_that_use_up_the_message_rate(gold: World) -> None:
    # Given twenty-four grids and a gold spread whose active leg is on its way when all of them want to open
    start_crowd(gold, 24)
    start(gold, SPREAD, gold_spread())
    gold.wait(45)
    gold.wire.hold_orders = True
    gold.show({AU: ("400.50", "400.52")})
    gold.wire.hold_orders = False
    crowd(gold, 8, ("400.50", "400.52"))
    assert gold.net(AU) == 0
    # When it is filled
    gold.arrive()
    assert gold.net(AU) == 1
    # Then its hedge is there two seconds later.
    crowd(gold, 4, ("400.50", "400.52"))
    assert gold.net(FAR_AU) == -1


def test_with_one_message_a_second_a_grid_at_its_stop_closes_before_older_ones_open(begin: Begin) -> None:
    # Given the strictest message rate, two grids that want to open and a younger one that holds two lots of gold
    world = begin(limits=STRICTEST, universe=WITH_GOLD, cash=500_000_000)
    world.show({RB: (3800, 3801), **QUIET})
    for name in ("older", "old"):
        start(world, name, grid(RB, "3700", "2", 20, ("3500", "3510", "3900")))
    start(world, STOP, grid(AU, "402.00", "0.1", 2, ("400", "400.5", "403")))
    world.wait(40)
    world.show({AU: ("401.50", "401.52")})
    world.wait(40)
    crowd(world, 20, ("401.50", "401.52"))
    assert world.net(AU) == 2
    openings = sum(fact.terms.is_opening for fact in sent(world, "older"))
    # When gold falls through its stop, then it is closed within four seconds, before anything else is opened.
    crowd(world, 8, ("399.80", "399.82"))
    assert world.net(AU) == 0
    assert sum(fact.terms.is_opening for fact in sent(world, "older")) == openings
    # Small as the limits are, openings go on afterwards.
    crowd(world, 20, ("399.80", "399.82"))
    assert sum(fact.terms.is_opening for fact in sent(world, "older")) > openings


def test_a_hedge_that_was_never_sent_for_lack_of_room_is_told_as_such_and_not_unwound(begin: Begin) -> None:
    # Given a gold spread whose active leg is on its way, and a person who closes rebar lot by lot, two a second
    much = Decimal(1_000_000_000)
    limits = msgspec.structs.replace(STRICTEST, confirm_value_yuan=much, max_value_yuan=much)
    world = begin(limits=limits, universe=WITH_GOLD, cash=500_000_000)
    world.show({RB: (3700, 3701), **QUIET})
    world.buy(100, 3701)
    world.wait(10)
    start(world, SPREAD, gold_spread())
    world.wait(2)
    world.wire.hold_orders = True
    world.show({AU: ("400.50", "400.52")})
    world.wire.hold_orders = False
    world.wait(1)
    # When it is filled, and twice the time goes by after which a hedge chased in vain has the active leg taken back
    for number in range(100):
        assert world.close_long(1, 3690 + number % 10).ok
        if not number:
            world.arrive()
        world.show({RB: (3700, 3701)}, after=0.5)
    # Then people are told once what the leg waits for, and it was not taken back.
    assert (world.net(AU), world.net(FAR_AU)) == (1, 0)
    (alert,) = world.facts(AlertRaised)
    assert "断腿：报撤频率已用满，对冲等着报，有余地即报" in alert.sentence
    # When the person has finished, then the hedge follows, and its chases count from then on: nothing else is told.
    world.wait(15)
    assert (world.net(AU), world.net(FAR_AU)) == (1, -1)
    assert len(world.facts(AlertRaised)) == 1
    assert len([order for order in sent(world, SPREAD) if order.terms.instrument == AU]) == 1


def test_a_leg_at_another_exchange_is_taken_back_where_only_its_hedges_exchange_has_no_room(begin: Begin) -> None:
    # Given ore bought at DCE, and rebar at SHFE that cannot be sold for a person's closes there, twice a second
    much = Decimal(1_000_000_000)
    limits = msgspec.structs.replace(STRICTEST, confirm_value_yuan=much, max_value_yuan=much)
    world = begin(limits=limits, cash=500_000_000)
    world.show({RB: (3700, 3701), I: ("830", "830.5")})
    world.buy(150, 3701)
    world.wait(10)
    legs = (
        SpreadLeg(instrument=I, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=RB, coefficient=Decimal(-1), lots=-1),
    )
    start(world, SPREAD, SpreadSettings(account=ONE, legs=legs, buy_at=Decimal(-2890), sell_at=Decimal(-2000)))
    world.wait(2)
    world.wire.hold_orders = True
    world.show({RB: (3700, 3701), I: ("800", "800.5")})
    world.wire.hold_orders = False
    world.wait(1)
    for step in range(100):
        assert world.close_long(1, 3690 + step % 10)
        if not step:
            world.arrive()
        world.show(after=0.5)
    # Then the ore is sold again, for which there is room, instead of standing alone.
    assert [one.terms.side for one in sent(world, SPREAD)] == [Side.BUY, Side.SELL]
    assert {one.terms.instrument for one in sent(world, SPREAD)} == {I}
    assert world.net(I) == 0


def test_who_winds_down_is_asked_before_older_strategies_though_no_leg_of_it_lacks_anything(begin: Begin) -> None:
    # Given a grid, and a younger spread whose active order nobody has answered for
    world = begin(limits=BY_DEFAULT, universe=WITH_GOLD, cash=500_000_000)
    world.show({RB: (3700, 3701), **QUIET})
    start_crowd(world, 1)
    start(world, SPREAD, gold_spread())
    world.wait(5)
    world.wire.hold_orders = True
    world.show({AU: ("400.50", "400.52")})
    rows = list(world.account.strategies.values())
    assert [row.strategy for row in urgent_first(world.engine.look, rows)] == ["00", SPREAD]
    # When a person stops it
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD)).code == "WINDING"
    assert not world.engine.look.lacking(world.account)
    # Then it comes to rest before the grid may open anything.
    assert [row.strategy for row in urgent_first(world.engine.look, rows)] == [SPREAD, "00"]
