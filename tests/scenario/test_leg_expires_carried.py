"""A contract that ends while a roll is taking a strategy along from it, in the users' words: nothing is left unsaid."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, GridSettings, SpreadLeg, SpreadSettings
from terminal.engine.state import StrategyRow
from tests.engine_market import FAR_ORE, WITH_FAR_ORE
from tests.engine_world import FAR, ONE, RB, TRADER, Shown, World, run
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, ROLL, SPREAD, alerts, start_grid
from tests.scenario.test_roll import roll
from tests.scenario.test_roll_along import started

EVE, LAST, AFTER = 20210114, 20210115, 20210118
QUOTES: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602), FAR_ORE: (830, 831)}
AGAINST_FAR_ORE = SpreadSettings(
    account=ONE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=FAR_ORE, coefficient=Decimal(-1), lots=-1),
    ),
    buy_at=Decimal(2871),
    sell_at=Decimal(2950),
    sets=4,
    max_sets=4,
    naked_lots=8,
    pause_seconds=1,
)
TWO_LOTS = GridSettings(
    account=ONE,
    instrument=RB,
    side=Side.BUY,
    anchor=Decimal(3705),
    step=Decimal(10),
    lines=3,
    lots_per_line=2,
    stop=Decimal(3600),
    lower=Decimal(3610),
    upper=Decimal(3800),
)


def held_into_the_last_day(begin: Begin) -> tuple[World, StrategyRow]:
    """Hold four sets of near against ore of a later month on near's last afternoon."""
    world = begin(at=instant(EVE, 9, 30), universe=WITH_FAR_ORE)
    world.show(QUOTES)
    row = started(world, SPREAD, AGAINST_FAR_ORE)
    world.wait(10)
    world.show_at(instant(LAST, 14, 40), QUOTES)
    world.wait(3)
    assert (world.net(RB), world.net(FAR_ORE)) == (4, -4)
    return world, row


def moved(world: World, lots: int) -> StrategyRow:
    """Let a roll move so many of the four, one by one, until nobody bids for near any more."""
    begun = roll(DaysToExpiry(days=0), strategies=(SPREAD,), lots=4, batch_lots=1)
    roller = started(world, ROLL, begun)
    for _ in range(60):
        if world.net(FAR) == lots and world.account.strategies[SPREAD].status is StrategyStatus.PAUSED:
            break
        world.show()
    return roller


def locked_and_expired(world: World) -> None:
    """Lock near at its limit for the rest of its last day, and let it be delivered."""
    world.show({RB: (None, 3690)}, last={RB: 3690})
    for _ in range(10):
        world.show(last={RB: 3690})
    names = (RB, FAR, FAR_ORE)
    world.show(facts=[DayFacts(instrument=name, trading_day=LAST, settlement=3690) for name in names])
    world.show_at(instant(LAST, 15, 1))
    world.quotes.pop(RB)
    world.show_at(instant(AFTER, 9), {FAR: (3600, 3602), FAR_ORE: (830, 831)})
    world.wait(10)


def is_left_behind(world: World, row: StrategyRow) -> None:
    (ended,) = alerts(world, "LOTS_ENDED")
    assert "账户实有 rb2101 多 0 手（策略记 4 手），rb2101 已交割" in ended.sentence
    assert "还持 i2105 空 4 手，其中缺了对冲的，请人工平仓" in ended.sentence
    assert (row.status, row.lots_taken) == (StrategyStatus.PAUSED, True)
    said = world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD))
    assert said.code == "LOTS_TAKEN"
    assert said.sentence.endswith("请停止它、按实有手数新建。")


def legs_of(row: StrategyRow) -> list[str]:
    assert isinstance(row.settings, SpreadSettings)
    return [leg.instrument for leg in row.settings.legs]


@pytest.mark.parametrize("lots", [0, 1, 3])
def test_a_spread_of_which_a_roll_has_moved_a_part_before_near_ended_does_not_run_on(begin: Begin, lots: int) -> None:
    # Given a spread of which a roll has moved some lots on near's last day when near is locked
    world, row = held_into_the_last_day(begin)
    roller = moved(world, lots)
    locked_and_expired(world)
    assert (world.net(RB), world.net(FAR), world.net(FAR_ORE)) == (0, lots, -4)
    # Then the roll is over, the spread stays where it was, and people hear which leg is left alone.
    assert roller.status is StrategyStatus.FINISHED
    assert legs_of(row) == [RB, FAR_ORE]
    is_left_behind(world, row)
    assert len(alerts(world, "NOT_BOUND_ANEW")) == 1
    # It records no lots of what nobody holds, and can be stopped.
    assert RB not in row.lots
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD)).ok


@pytest.mark.parametrize("lots", [0, 1])
def test_a_spread_whose_near_ends_under_a_paused_roll_is_told_of(begin: Begin, lots: int) -> None:
    # Given a roll that a person has paused on near's last day, after it has begun
    world, row = held_into_the_last_day(begin)
    roller = moved(world, lots)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    locked_and_expired(world)
    # Then the roll is over by itself, and what ended is told;
    assert roller.status is StrategyStatus.FINISHED
    is_left_behind(world, row)
    # the spread records nothing of near any more, and is still not resumed.
    assert RB not in row.lots
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).code == "LOTS_TAKEN"
    assert len(alerts(world, "LOTS_ENDED")) == 1


def test_what_was_moved_goes_to_the_next_where_a_person_stops_the_first(begin: Begin) -> None:
    # Given two grids of two lots each, of whose four a roll has moved two on near's last day
    world = begin(at=instant(EVE, 9, 30), universe=WITH_FAR_ORE)
    first, second = (StrategyId(name) for name in ("a", "b"))
    world.show({RB: (3704, 3705)})
    rows = [started(world, name, TWO_LOTS) for name in (first, second)]
    world.wait(6)
    world.show({RB: (3694, 3695)})
    world.wait(8)
    assert world.net(RB) == 4
    world.show_at(instant(LAST, 14, 40), {RB: (3694, 3695), FAR: (3600, 3602)})
    world.wait(3)
    started(world, ROLL, roll(DaysToExpiry(days=0), strategies=(first, second), lots=4, batch_lots=1))
    for _ in range(60):
        if world.net(FAR) == 2:
            break
        world.show()
    # When the one named first is stopped, and the rest of near is delivered
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=first)).ok
    locked_and_expired(world)
    # Then the other has what was moved, whole, and goes on over it with its stop.
    assert rows[1].status is StrategyStatus.RUNNING
    assert not rows[1].lots_taken
    assert {name: held.lots for name, held in rows[1].lots.items()} == {FAR: 2}


def test_a_grid_that_was_moved_whole_holds_far_though_others_lots_of_near_were_delivered(begin: Begin) -> None:
    # Given a grid whose lots a roll has closed on near's last day, while far is held on the wire
    world = begin(at=instant(EVE, 9, 30))
    start_grid(world)
    world.wait(6)
    world.show({RB: (3694, 3695)})
    world.wait(6)
    row, lots = world.account.strategies[GRID], world.net(RB)
    assert lots > 0
    world.show_at(instant(LAST, 14, 40), {RB: (3694, 3695), FAR: (3600, 3602)})
    world.wait(3)
    world.wire.hold_orders = True
    begun = roll(DaysToExpiry(days=0), strategies=(GRID,), lots=lots, batch_lots=lots, naked_lots=lots)
    started(world, ROLL, begun)
    while world.net(RB):
        world.show()
        run(world.wire.arrive())
        world.wire.hold_orders = True
        world.drain()
    # and of which a person holds two more into the night
    world.show({FAR: (3600, None)}, last={FAR: 3600})
    world.arrive()
    world.buy(2, 3695)
    world.show(facts=[DayFacts(instrument=name, trading_day=LAST, settlement=3690) for name in (RB, FAR)])
    world.show_at(instant(LAST, 15, 1))
    world.quotes.pop(RB)
    # When near is delivered and far catches up in the morning
    world.show_at(instant(AFTER, 9), {FAR: (3600, 3602)})
    world.wait(60)
    # Then the grid runs on over all of its lots, and nothing of it was lost.
    assert alerts(world, "LOTS_ENDED") == []
    assert {name: held.lots for name, held in row.lots.items()} == {FAR: lots}
    assert (world.net(RB), world.net(FAR)) == (0, lots)
    assert (row.status, row.ended) == (StrategyStatus.RUNNING, {})
