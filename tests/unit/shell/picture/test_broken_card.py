"""The card of a confirmation that concerns a spread with a broken leg: it carries the plan of its start's preview."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import FAR, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.legs import SPREAD, spread_settings
from tests.scenario.test_spread_one_leg import naked
from tests.unit.engine.foreseen import ask, start

LOCKED = (None, 3602)


def broken_world() -> World:
    """Hold three lots of rebar whose hedge nobody takes, and which nobody takes back either."""
    world = World()
    naked(world)
    for _ in range(30):
        world.show({RB: (None, 3701), FAR: LOCKED}, last={RB: 3701, FAR: 3602})
    assert is_broken(world)
    return world


def is_broken(world: World) -> bool:
    memory = world.account.strategies[SPREAD].memory
    assert isinstance(memory, SpreadMemory)
    return memory.legs[1].broken is not None


def plans(world: World, settings: SpreadSettings) -> tuple[str, ...]:
    """Return what the preview of a start says of the way out, now."""
    found = ask(world, start(settings, StrategyId("other"))).details
    return tuple(one for one in found if "断腿预案" in one or "离休市不足" in one)


@pytest.mark.parametrize(("name", "price"), [(FAR, 3600), (RB, 3701)])
def test_an_order_in_a_contract_of_a_broken_spread_shows_how_that_one_gets_out(name: InstrumentId, price: int) -> None:
    # Given a spread that lacks its hedge, and a person who wants to trade a leg of it by hand
    world = broken_world()
    assert world.order(Side.SELL, 200, price, instrument=name).code == "CONFIRM2"
    # When the checker looks at it
    card = Desk(world).card
    # Then the card says which spread is broken and what it lacks, and prints the plan as its start's preview does.
    wanted = plans(world, spread_settings())
    assert len(wanted) == 3
    assert card.details[:4] == (f"策略 {SPREAD} 断腿，rb2105 还应卖出 3 手", *wanted)


def test_the_plan_moves_with_the_prices_of_every_leg_and_goes_with_the_break() -> None:
    # Given that card, of an order of the leg that is held
    world = broken_world()
    assert world.order(Side.SELL, 200, 3701, instrument=RB).code == "CONFIRM2"
    desk = Desk(world)
    before = desk.card.details
    # When the other one, of which nothing is held, is quoted elsewhere, then the plan is of that;
    world.show({FAR: (None, 3592)}, last={RB: 3701, FAR: 3592})
    quote = world.engine.columns.quote(FAR)
    assert quote is not None
    desk.picture.quotes({FAR: quote}, world.at, world.engine.look.trading_day)
    desk.show()
    assert desk.card.details != before
    assert desk.card.details[1:4] == plans(world, spread_settings())
    # and once the leg has followed there is none.
    for _ in range(40):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    assert not is_broken(world)
    desk.look()
    assert not any("断腿" in one for one in desk.card.details)


def test_settings_that_a_broken_spread_is_to_go_on_with_show_the_plan_under_them() -> None:
    # Given a broken spread that is to go on with a hedge that pays up further, and with more sets
    world = broken_world()
    legs = tuple(replace(leg, pay_up_ticks=9) for leg in spread_settings().legs)
    wanted = replace(spread_settings(), legs=legs, max_sets=9)
    body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=wanted)
    assert world.do(TRADER, body).code == "CONFIRM2"
    # Then the checker reads the plan of what is asked for, before the settings.
    first, *told = Desk(world).card.details[:4]
    assert first == f"策略 {SPREAD} 断腿，rb2105 还应卖出 3 手"
    assert tuple(told) == plans(world, wanted) != plans(world, spread_settings())


def test_what_does_not_concern_a_broken_spread_shows_no_plan() -> None:
    # Given an order of another contract beside a broken spread, and one beside a spread that is whole
    world, whole = broken_world(), World()
    assert world.order(Side.BUY, 100, 830, instrument=I).code == "CONFIRM2"
    assert whole.do(TRADER, start(spread_settings(), SPREAD)).ok
    whole.show({RB: (3700, 3701), FAR: (3600, 3602)})
    assert whole.order(Side.SELL, 200, 3600, instrument=FAR).code == "CONFIRM2"
    for one in (world, whole):
        assert not any("断腿" in text for text in Desk(one).card.details)
