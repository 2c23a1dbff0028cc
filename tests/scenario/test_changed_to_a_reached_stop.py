"""A stop brought nearer waits for nobody, unless it is reached already: then it sells, and two persons agree to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderFilled
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange, SpreadSettings, StrategySettings
from terminal.engine.strategy.lessening import REACHED, UNKNOWN
from tests.engine_world import CHECKER, DAY, FAR, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import spread_settings
from tests.scenario.test_changed_beyond_limits import grid, limit
from tests.scenario.test_changed_to_less import LOW, NAME, change
from tests.scenario.test_spread_grid import costs, ladder
from tests.unit.engine.foreseen import start

BOUGHT: Final = replace(spread_settings(sets=2, max_sets=6), long_stop=Decimal(50), pause_seconds=1)


def agreed(begin: Begin, settings: StrategySettings) -> World:
    """Have a strategy that a second person has agreed to, in a market in which both contracts were traded."""
    world = begin()
    world.traded = {RB, FAR}
    world.wait(1)
    limit(world, LOW)
    assert world.do(TRADER, start(settings, NAME)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    return world


def holding(begin: Begin, settings: GridSettings) -> World:
    """Have thirty lots of three lines, at a price of 3640."""
    world = agreed(begin, settings)
    for price in (3690, 3680, 3670):
        world.show({RB: (price - 1, price)})
        world.wait(6)
    world.show({RB: (3640, 3641)})
    world.wait(10)
    return world


def changed(world: World, **changes: Any) -> tuple[str, str]:
    done = change(world, replace(world.account.strategies[NAME].settings, **changes))
    return done.code, done.sentence


def test_a_stop_above_the_price_sells_a_large_grid_only_once_a_second_person_agrees(begin: Begin) -> None:
    # Given a large grid, its stop at 3500, and a price of 3640
    world = holding(begin, grid())
    held = world.net()
    assert held >= 30
    # When its stop comes nearer, and the price is short of it, one person is enough
    assert changed(world, stop=Decimal(3540))[0] == "OK"
    sold = len(world.facts(OrderFilled))
    # When it is put where the price is beyond it, then all would be sold: nothing is, until two persons agree
    code, sentence = changed(world, stop=Decimal(3655))
    assert code == "CONFIRM2"
    assert REACHED in sentence
    world.wait(10)
    assert (world.net(), len(world.facts(OrderFilled))) == (held, sold)
    assert world.decide(CHECKER, world.parked).ok
    world.wait(15)
    assert (world.net(), world.account.strategies[NAME].status) == (0, StrategyStatus.FINISHED)


def test_a_sold_grid_is_asked_of_from_the_other_side(begin: Begin) -> None:
    sold = replace(grid(), side=Side.SELL, stop=Decimal(3900), lower=Decimal(3600), upper=Decimal(3850))
    world = agreed(begin, sold)
    for price in (3715, 3725):
        world.show({RB: (price, price + 1)})
        world.wait(6)
    assert world.net() < 0
    assert changed(world, stop=Decimal(3860))[0] == "OK"
    world.show({RB: (3765, 3766)})
    world.wait(5)
    code, sentence = changed(world, stop=Decimal(3760))
    assert (code, REACHED in sentence) == ("CONFIRM2", True)


def test_where_the_stop_keeps_the_lots_or_none_are_held_one_person_is_enough(begin: Begin) -> None:
    # A grid that only stops at its stop is stopped by whoever may stop it.
    world = holding(begin, replace(grid(), out_of_range=OutOfRange.STOP))
    held = world.net()
    assert changed(world, stop=Decimal(3655))[0] == "OK"
    world.wait(10)
    assert (world.net(), world.account.strategies[NAME].status) == (held, StrategyStatus.FINISHED)
    # So is one that holds nothing.
    empty = agreed(begin, replace(grid(), anchor=Decimal(3650), lower=Decimal(3520)))
    assert empty.net() == 0
    assert changed(empty, stop=Decimal(3515))[0] == "OK"


def test_a_stop_that_is_left_alone_is_not_asked_about(begin: Begin) -> None:
    world = holding(begin, grid())
    world.show({RB: (None, 3641)})
    assert changed(world, lots_per_line=9 if world.net() <= 36 else 10)[0] == "OK"


@pytest.mark.parametrize(("stop", "code"), [(Decimal(70), "OK"), (Decimal("74.9"), "CONFIRM2")])
def test_a_spread_grid_is_judged_by_what_its_sets_could_be_closed_at(begin: Begin, stop: Decimal, code: str) -> None:
    # Given six sets of a spread that can be sold at 74
    world = agreed(begin, ladder())
    costs(world, 81)
    assert costs(world, 77) == (6, -6)
    settings = world.account.strategies[NAME].settings
    assert isinstance(settings, SpreadSettings)
    assert settings.grid is not None
    assert changed(world, grid=replace(settings.grid, stop=stop))[0] == code
    world.wait(10)
    assert (world.net(RB), world.net(FAR)) == (6, -6)


def test_a_spread_that_is_held_is_asked_of_only_for_the_stop_of_its_own_side(begin: Begin) -> None:
    # Given a bought spread that can be sold at 87
    world = agreed(begin, BOUGHT)
    costs(world, 100)
    assert costs(world, 90)[0] > 0
    assert changed(world, long_stop=Decimal(80))[0] == "OK"
    assert changed(world, short_stop=Decimal(200))[0] == "OK"
    code, sentence = changed(world, long_stop=Decimal(95))
    assert (code, REACHED in sentence) == ("CONFIRM2", True)
    # A wide book closes at its far side.
    world.show({RB: (3684, 3690), FAR: (3600, 3602)})
    assert changed(world, long_stop=Decimal(85))[0] == "CONFIRM2"
    # And without a side nothing tells that it would not.
    world.show({RB: (None, 3690), FAR: (3600, 3602)})
    code, sentence = changed(world, long_stop=Decimal(85))
    assert (code, UNKNOWN in sentence) == ("CONFIRM2", True)


def test_over_the_break_the_last_book_tells_it(begin: Begin) -> None:
    world = agreed(begin, BOUGHT)
    costs(world, 100)
    assert costs(world, 90)[0] > 0
    world.show_at(instant(DAY, 12))
    assert changed(world, long_stop=Decimal(80))[0] == "OK"
    assert changed(world, long_stop=Decimal(95))[0] == "CONFIRM2"
