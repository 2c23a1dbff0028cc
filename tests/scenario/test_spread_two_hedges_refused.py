"""A spread of three legs whose hedges are refused, each for its own reason: the day ends with the last of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.parameters.strategy import SpreadLeg
from terminal.engine.state import OrderRow
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import FAR, LIMITS, ONE, RB, TRADER, I, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.scenario.test_spread_hedge_refused import led, resume
from tests.unit.engine.foreseen import start

SHORT = 28  # lots of the far month that a person has sold: too few for a level that lets nothing open
LIMITED = replace(LIMITS, position_lots_by_instrument={FAR: 30}, position_confirm_fraction=Decimal(1))
SETTINGS = replace(
    spread_settings(),
    legs=(*spread_settings().legs, SpreadLeg(instrument=I, coefficient=Decimal(-1), lots=-1)),
    buy_at=Decimal(-729),
    sell_at=Decimal(0),
    pause_seconds=1,
)


def memory(world: World) -> SpreadMemory:
    found = world.account.strategies[SPREAD].memory
    assert isinstance(found, SpreadMemory)
    return found


def show(world: World, seconds: int = 1, *, bid: int | None = 3700) -> None:
    for _ in range(seconds):
        world.show({RB: (bid, 3701), FAR: (3600, 3602), I: ("830", "830.5")}, last={RB: 3700})


def until(world: World, reached: Callable[[SpreadMemory], object], *, bid: int | None = 3700) -> None:
    for _ in range(120):
        if reached(memory(world)):
            return
        show(world, bid=bid)
    raise AssertionError(memory(world))


def begun(begin: Begin, *, limited: bool) -> tuple[World, OrderRow]:
    """Let a spread hold three lots of rebar: an own bid keeps the ore out, and a limit the far month as told.

    Nobody bids for rebar then, or what the limit refuses would have it go back at once.
    """
    world = begin(limits=LIMITED)
    world.show({RB: (3720, 3721)})
    assert world.do(TRADER, start(SETTINGS, SPREAD)).ok
    if limited:
        world.sell(SHORT, 3600, instrument=FAR)
    bid = world.buy(5, 830, instrument=I)
    follow_in_vain(world)
    refused = {one.terms.instrument for one in world.facts(OrderRefused)}
    assert refused == ({FAR, I} if limited else {I})
    return world, bid


def follow_in_vain(world: World) -> None:
    while not world.net(RB):
        show(world)
    show(world, 3, bid=None)


def take_back(world: World, bid: OrderRow) -> None:
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=bid.order)).ok


def broken(memory: SpreadMemory) -> bool:
    return all(leg.broken for leg in memory.legs[1:])


@pytest.mark.parametrize("when", [lambda _: True, broken], ids=["before", "after"])
def test_a_leg_at_its_limit_ends_the_day_though_the_order_in_the_way_of_another_goes(
    begin: Begin, when: Callable[[SpreadMemory], object]
) -> None:
    # Given a far month that may not be sold any more, and ore that waits for an own bid
    world, bid = begun(begin, limited=True)
    # When the bid is taken back, and the active leg has gone back for the far month
    until(world, when, bid=None)
    take_back(world, bid)
    until(world, lambda memory: not memory.running)
    assert (world.net(RB), world.net(FAR), world.net(I)) == (0, -SHORT, 0)
    sent = led(world)
    # Then no other round begins that day, and people read of the limit.
    show(world, 200)
    assert led(world) == sent
    assert "超过持仓限额 30 手" in alerts(world, "HEDGE_REFUSED")[0].sentence
    # Resumed with the limit still reached it pays once more, and once more only.
    resume(world)
    show(world, 400)
    assert (led(world), world.net(RB)) == (sent + 2, 0)


def test_each_leg_that_broke_is_told_of_with_its_own_reason_and_what_ends_it(begin: Begin) -> None:
    world, _ = begun(begin, limited=True)
    until(world, broken, bid=None)
    until(world, lambda memory: not memory.running)
    far, ore = alerts(world, "HEDGE_REFUSED")
    assert (far.instrument, ore.instrument) == (FAR, I)
    assert "超过持仓限额" in far.sentence
    assert "自成交" in ore.sentence
    for told in (far, ore):
        assert "那笔委托让开就接着做" not in told.sentence, "the other one holds the day all the same"
        assert "处理好之后先暂停、再恢复" in told.sentence


def test_where_an_own_order_was_all_there_was_the_day_goes_on_once_it_is_gone(begin: Begin) -> None:
    world, bid = begun(begin, limited=False)
    until(world, lambda memory: memory.refusals.held)
    (told,) = alerts(world, "HEDGE_REFUSED")
    assert "还缺着时那笔委托让开就接着做" in told.sentence
    take_back(world, bid)
    show(world, 200)
    assert (world.net(RB), world.net(FAR), world.net(I)) == (3, -3, -3)


def test_a_leg_refused_for_a_limit_as_well_as_an_own_order_is_not_freed_by_that_order(begin: Begin) -> None:
    # Given a far month at its limit in which an own bid stands as well
    world = begin(limits=LIMITED)
    world.show({RB: (3720, 3721)})
    assert world.do(TRADER, start(SETTINGS, SPREAD)).ok
    world.sell(SHORT, 3600, instrument=FAR)
    bid = world.buy(5, 3600, instrument=FAR)
    follow_in_vain(world)
    until(world, lambda memory: memory.refusals.held, bid=None)
    assert memory(world).legs[1].broken
    # When the bid goes while the leg still lacks its lots
    take_back(world, bid)
    until(world, lambda memory: not memory.running)
    sent = led(world)
    # Then the limit still ends the day, and nobody is told of it a second time.
    show(world, 200)
    assert led(world) == sent
    assert len(alerts(world, "HEDGE_REFUSED")) == 1


def test_an_own_order_that_goes_only_after_the_active_leg_has_gone_back_begins_no_round(begin: Begin) -> None:
    world, bid = begun(begin, limited=False)
    until(world, lambda memory: not memory.running)
    take_back(world, bid)
    sent = led(world)
    show(world, 200)
    assert led(world) == sent
