"""The complaints ledger's theme *spread one-leg*: what users of another terminal were left with, played to this one.

Each test is named after a complaint: a number is a thread of vnpy/vnpy, `st` one of vnpy_spreadtrading.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import (
    OrderFilled,
    OrderRecorded,
    OrderRefused,
    OrderRejected,
    StrategyMarked,
    StrategyStopped,
)
from terminal.domain.fact.marks import Chased, LegBroken, Repair, ResidualOver
from terminal.domain.orders.order import Origin, Side
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Level
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, show, spread_settings, start_spread, stop
from tests.unit.engine.foreseen import ask, start


def automatic(world: World) -> list[OrderRecorded]:
    return [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]


def marks(world: World) -> list[object]:
    return [one.mark for one in world.facts(StrategyMarked)]


def bought(world: World, **changes: int) -> None:
    """Start a spread whose active leg has bought three lots, of which the runner has not heard yet."""
    start_spread(world, **changes)
    world.wire.hold = (Traded,)
    show(world)
    assert (world.lots_there(RB), world.net(RB)) == (3, 0)


def naked(world: World, **changes: int) -> None:
    """Start a spread that holds three lots of rebar while nobody bids for the far month."""
    bought(world, **changes)
    show(world, (None, 3602))
    world.tell_held()
    world.wait(1)
    assert (world.net(RB), world.net(FAR)) == (3, 0)


def uneven(**changes: object) -> SpreadSettings:
    """Buy fifteen lots of rebar against one of the far month."""
    settings = SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(15), lots=15, active=True),
            SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(52_000),
        sell_at=Decimal(90_000),
        naked_lots=3,
        max_sets=2,
    )
    return replace(settings, **changes)


def test_177_of_a_partly_filled_first_leg_the_whole_lots_are_hedged_and_the_rest_is_given_back(world: World) -> None:
    # Given fifteen lots wanted, of which the exchange has only twenty of thirty when the order arrives
    world.do(TRADER, start(uneven(sets=2), SPREAD))
    world.wire.hold_orders = True
    show(world)
    show(world, lots=20)
    world.wire.hold_orders = False
    world.arrive()
    # When everything is told
    assert world.net(RB) == 20
    world.show({RB: (4100, 4101)})
    world.wait(10)
    # Then one whole lot stands against them, and no order is under way.
    assert (world.net(RB), world.net(FAR)) == (20, -1)
    assert world.account.live == {}
    # And the spread goes on from there to its thirty when the price comes back.
    world.show({RB: (3700, 3701)})
    world.wait(20)
    assert (world.net(RB), world.net(FAR)) == (30, -2)


def test_716_with_the_data_of_one_leg_alone_nothing_is_sent(world: World) -> None:
    # Given a spread at its price of which one leg has no quote, then one side alone
    start_spread(world)
    for far in ((None, None), (3600, None), (None, 3602)):
        for _ in range(5):
            show(world, far)
        assert automatic(world) == []
    show(world)
    assert len(automatic(world)) == 2


def test_1161_what_is_hedged_is_the_other_leg_by_what_the_first_one_filled(world: World) -> None:
    start_spread(world)
    show(world)
    first, *hedges = [one.terms for one in automatic(world)]
    assert (first.instrument, first.side, first.lots) == (RB, Side.BUY, 3)
    assert [(one.instrument, one.side, one.lots) for one in hedges] == [(FAR, Side.SELL, 3)]


def test_2364_a_hedge_whose_time_is_up_is_chased_and_not_left_cancelled(world: World) -> None:
    # Given a hedge of which two lots rest
    bought(world)
    show(world, lots=1)
    world.tell_held()
    show(world, (3590, 3592))
    assert (world.net(RB), world.net(FAR)) == (3, -1)
    # When its time is up
    for _ in range(8):
        show(world, (3590, 3592))
    # Then it was taken back and sent again at a worse price, and the round is hedged.
    assert any(isinstance(mark, Chased) for mark in marks(world))
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    prices = [one.terms.price for one in automatic(world) if one.terms.instrument == FAR]
    assert prices == sorted(prices, reverse=True)
    assert len(prices) >= 2


def test_2504_a_leg_that_stays_alone_is_told_measured_and_unwound(world: World) -> None:
    # Given a leg that nobody takes
    naked(world)
    # When the ladder comes to its end
    for _ in range(45):
        show(world, (None, 3602))
    # Then people were told which leg, how many lots and yuan, and the first leg was given back.
    broken = [mark for mark in marks(world) if isinstance(mark, LegBroken)]
    assert [(mark.instrument, mark.lots, mark.repair) for mark in broken] == [(FAR, 3, Repair.UNWIND)]
    (told,) = alerts(world, "LEG_BROKEN")
    assert told.level is Level.ORANGE
    assert "3 手" in told.sentence
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING


def test_2504_a_maximum_loss_is_part_of_the_order(world: World) -> None:
    # Given a spread that may lose 500 yuan on its way back, and says so before it starts
    settings = replace(spread_settings(), max_loss_yuan=Decimal(500))
    seen = ask(world, start(settings, SPREAD))
    first, *plans = seen.details[:3]  # on a small screen the rest has to be scrolled to
    assert "单腿时反平将亏到 ¥500" in first
    assert all("断腿预案" in one for one in plans)
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.wire.hold = (Traded,)
    show(world)
    show(world, (None, 3602))
    world.tell_held()
    world.wait(1)
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    # When rebar falls by 17: three lots lose 510
    for _ in range(5):
        world.show({RB: (3684, 3685), FAR: (None, 3602)})
    # Then they are given back in the first seconds of thirty-six.
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert "最大亏损" in alerts(world, "LEG_BROKEN")[0].sentence


def test_2832_closing_a_spread_closes_both_legs_by_positive_lots(world: World) -> None:
    # Given three sets held
    start_spread(world)
    show(world)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    # When the spread is dear
    for _ in range(15):
        world.show({RB: (3800, 3801), FAR: (3600, 3602)})
    # Then both legs went back and on to the other side: closes first, then opens, and nothing was refused.
    orders = [one.terms for one in automatic(world)]
    assert all(one.lots > 0 for one in orders)
    closes = [one for one in orders if not one.is_opening]
    assert {one.instrument for one in closes} == {RB, FAR}
    assert (world.net(RB), world.net(FAR)) == (-3, 3)
    assert (world.facts(OrderRejected), world.facts(OrderRefused)) == ([], [])


def test_2954_when_the_first_leg_is_closed_the_other_one_still_follows(world: World) -> None:
    # Given three sets held, and the far month without an offer while rebar is sold back
    start_spread(world)
    show(world)
    world.wait(6)
    world.wire.hold = (Traded,)
    world.show({RB: (3800, 3801), FAR: (3600, 3602)})
    world.show({RB: (3800, 3801), FAR: (3600, None)})
    world.tell_held()
    world.wait(3)
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    # When somebody offers again
    world.show({RB: (3750, 3751), FAR: (3600, 3602)})
    world.wait(5)
    # Then it is bought back: no leg is left although the first one was at zero.
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_3046_a_stop_waits_for_what_was_not_yet_reported_and_hedges_it(world: World) -> None:
    # Given an active leg that has filled, of which nobody knows yet
    bought(world)
    # When it is stopped
    done = stop(world)
    # Then it winds down, is not called stopped, and hedges as soon as it hears of the fill;
    assert done.code == "WINDING"
    world.tell_held()
    world.wait(5)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    # only then it stops.
    facts = [one.fact for one in world.records() if isinstance(one.fact, StrategyStopped | OrderFilled)]
    assert isinstance(facts[-1], StrategyStopped)
    assert world.account.strategies[SPREAD].status is StrategyStatus.STOPPED


def test_st_2_an_uneven_ratio_that_cannot_be_hedged_whole_is_carried_and_told_beyond_its_tolerance(
    begin: Begin,
) -> None:
    # Given fifteen lots against one, a tolerance of 20 000 yuan, and twenty lots filled of thirty
    world = begin()
    world.do(TRADER, start(uneven(sets=2, residual_yuan=Decimal(10_000)), SPREAD))
    world.wire.hold_orders = True
    show(world)
    show(world, lots=20)
    world.wire.hold_orders = False
    world.arrive()
    world.show({RB: (4100, 4101)})
    world.wait(10)
    # Then a third of a lot is over: 1/3 x 10 t x 3600, told once, carried, and not traded.
    (mark,) = [mark for mark in marks(world) if isinstance(mark, ResidualOver)]
    assert round(mark.value_yuan) == round(Decimal(10) * 3600 / 3)
    (told,) = alerts(world, "RESIDUAL_OVER")
    assert "rb2105 缺卖 0.33 手" in told.sentence
    assert "超过容差 10,000.00 元" in told.sentence
    assert (world.net(RB), world.net(FAR)) == (20, -1)
    sent = len(automatic(world))
    world.wait(60)
    assert len(automatic(world)) == sent
