"""A spread that takes, and whose hedge the gate refuses: it pays for one broken leg, and not for one each minute."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import OrderRecorded, OrderRefused
from terminal.domain.orders.order import Offset, Origin, Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.words.risk import Level
from terminal.engine.book.scopes import worst_level
from terminal.engine.state import OrderRow
from terminal.shell.picture.alerts import ADVICE
from tests.engine_world import FAR, NEXT_DAY, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, show, spread_settings, start_spread
from tests.scenario.test_spread_quotes import SHORT_LINE, cancel_eight
from tests.unit.engine.foreseen import start


def led(world: World) -> int:
    """Return how often the active leg was ordered."""
    found = [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]
    return sum(one.terms.instrument == RB for one in found)


def for_minutes(world: World, minutes: int) -> None:
    for _ in range(minutes * 12):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)}, after=5)


@dataclass
class Way:
    """Hold a world whose far month has an own bid, against which the hedge would trade with itself."""

    world: World
    bid: OrderRow


@pytest.fixture
def refused(begin: Begin) -> Way:
    world = begin()
    bid = world.buy(5, 3600, instrument=FAR)
    start_spread(world, sets=1)
    for_minutes(world, 3)
    return Way(world, bid)


def free(way: Way) -> None:
    assert way.world.do(TRADER, c.CancelOrder(account=ONE, order=way.bid.order)).ok


def resume(world: World) -> None:
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    world.wait(2)
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).ok


def test_an_own_order_in_the_way_costs_one_broken_leg_and_is_told_with_what_to_do(refused: Way) -> None:
    # Given a spread whose hedge was refused and that has gone back
    world = refused.world
    assert {one.terms.instrument for one in world.facts(OrderRefused)} == {FAR}
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    sent = led(world)
    # When its price stays there for two hours
    for_minutes(world, 75)
    # Then nothing more is sent, and people were told once which leg it was, why, and what to do.
    assert led(world) == sent == 2
    (told,) = alerts(world, "HEDGE_REFUSED")
    assert "rb2105" in told.sentence
    assert "自成交；请先撤去该委托" in told.sentence
    assert "今日主动腿不再报单；还缺着时那笔委托让开就接着做，否则处理好之后先暂停、再恢复" in told.sentence
    assert told.sentence.endswith("，不处理则下一交易日再做。")
    assert ADVICE["HEDGE_REFUSED"]


def test_with_the_order_out_of_the_way_it_still_waits_for_a_person_and_then_goes_on(refused: Way) -> None:
    world = refused.world
    free(refused)
    sent = led(world)
    for_minutes(world, 5)
    assert led(world) == sent
    resume(world)
    for_minutes(world, 5)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_resumed_with_the_order_still_there_it_pays_once_more_and_tells_once_more(refused: Way) -> None:
    world = refused.world
    resume(world)
    for_minutes(world, 20)
    assert led(world) == 4
    assert len(alerts(world, "HEDGE_REFUSED")) == 2


def test_a_restart_keeps_it(refused: Way) -> None:
    world = refused.world
    free(refused)
    sent = led(world)
    world.restart()
    for_minutes(world, 10)
    assert led(world) == sent


def test_the_next_trading_day_it_begins_again_by_itself(refused: Way) -> None:
    world = refused.world
    free(refused)
    world.show_at(instant(NEXT_DAY, 9, 5))
    for_minutes(world, 5)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_crash_between_the_refusal_and_the_way_back_changes_nothing(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3600, instrument=FAR)
    start_spread(world, sets=1)
    while not world.facts(OrderRefused):
        show(world)
    world.restart()
    for_minutes(world, 30)
    assert (led(world), world.net(RB)) == (2, 0)
    assert len(alerts(world, "HEDGE_REFUSED")) == 1


def test_a_quoting_spread_does_not_take_instead(begin: Begin) -> None:
    # Given a quote that was filled and whose hedge was refused, and a spread that could be had at once
    world = begin()
    world.buy(5, 3600, instrument=FAR)
    quoting = SpreadQuoting(tolerance_ticks=1, reach_ticks=8, rest_seconds=5, max_cancels=30)
    assert world.do(TRADER, start(replace(spread_settings(sets=1), quoting=quoting), SPREAD)).ok
    for_minutes(world, 20)
    assert (led(world), world.net(RB)) == (2, 0)


def test_an_orange_level_of_the_far_month_alone_is_known_beforehand_and_costs_nothing(begin: Begin) -> None:
    world = begin(changed=SHORT_LINE)
    world.show({RB: (3720, 3721)})
    start_spread(world)
    cancel_eight(world)
    assert worst_level(world.account, None, RB) is Level.NORMAL
    for_minutes(world, 3)
    assert world.facts(OrderRefused) == []
    assert led(world) == 0


def test_lots_that_a_person_is_closing_are_not_counted_on_for_the_hedge(begin: Begin) -> None:
    # Given three sets held, and a person who has two of the far lots on their way out
    world = begin()
    start_spread(world)
    show(world)
    world.wait(5)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert world.order(Side.BUY, 2, 3590, instrument=FAR, offset=Offset.CLOSE_TODAY).ok
    # When the spread is to be sold again
    world.show({RB: (3760, 3761), FAR: (3600, 3602)})
    world.wait(20)
    # Then one set is, and the other two wait for the lots.
    assert (world.net(RB), world.net(FAR)) == (2, -2)
    assert world.facts(OrderRefused) == []
