"""A grid in a market that has traded and shows one side alone, beyond the last price: one order, or the market?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.fact.marks import RangeEntered, RangeLeft
from terminal.domain.market import DayFacts
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.strategies.grid.stage import Stage
from tests.engine_market import Shown
from tests.engine_world import NEXT_DAY, ONE, RB, TRADER, World
from tests.scenario.legs import GRID
from tests.scenario.test_grid_unseen import marks, memory, overnight, told
from tests.unit.engine.foreseen import ask

OFFERED: Shown = (None, 3590)  # beyond the stop of 3600
MARKET: Shown = (3689, 3690)


def traded(**changes: Any) -> World:
    """Return a world in which a grid holds four lots in the middle of a night that trades at 3690."""
    world = overnight(**changes)
    world.show_at(instant(20200821, 21, 5))
    shows(world, MARKET, 2)
    assert not memory(world).doubted_at
    return world


def shows(world: World, shown: Shown, seconds: int = 1, last: int = 3690) -> None:
    for _ in range(seconds):
        world.show({RB: shown}, last={RB: last})


def left(world: World) -> list[tuple[Decimal, bool]]:
    return [(one.price, one.stopped) for one in marks(world, RangeLeft)]


@pytest.mark.parametrize("shown", [OFFERED, (None, 3605), (3900, None)])
@pytest.mark.parametrize("choice", list(OutOfRange))
def test_one_snapshot_of_a_lone_quote_ends_no_grid_for_good(choice: OutOfRange, shown: Shown) -> None:
    # Given bounds of 3610 to 3800 and a stop at 3600, and one snapshot in which only one side is displayed, far away
    world = traded(out_of_range=choice)
    shows(world, shown)
    shows(world, MARKET, 5)
    # Then nothing has happened, and the stop is judged as ever.
    assert not left(world)
    assert memory(world).stage is Stage.RUNNING
    shows(world, (3589, 3591), last=3590)
    assert [stopped for _, stopped in left(world)] == [True]


def test_a_lone_side_beyond_the_stop_that_lasts_for_a_minute_is_the_price_and_stops_it() -> None:
    world = traded()
    shows(world, OFFERED, 60)
    world.restart()
    assert not left(world)
    shows(world, OFFERED, 2)
    assert left(world) == [(Decimal(3590), True)]
    assert "价格 3590 到达止损价 3600" in told(world, "GRID_STOPPED")[0]
    assert not told(world, "EXIT_UNSEEN")
    # And it is out with the first bid.
    shows(world, (3588, 3590), 5)
    assert world.net(RB) == 0


def test_a_lone_side_that_comes_and_goes_never_lasts() -> None:
    world = traded()
    for _ in range(6):
        shows(world, OFFERED, 40)
        shows(world, MARKET, 1)
    assert not left(world)
    assert any(one.lone for one in marks(world, ExitDoubted))


def test_at_the_daily_limit_the_only_side_is_the_price_at_once() -> None:
    world = traded()
    locked = DayFacts(instrument=RB, trading_day=NEXT_DAY, upper_limit=3950, lower_limit=3590)
    world.show({RB: OFFERED}, facts=[locked], last={RB: 3690})
    assert left(world) == [(Decimal(3590), True)]


def test_what_was_doubted_before_a_break_has_not_lasted_through_it() -> None:
    world = traded()
    world.show_at(instant(20200824, 10, 14, 20))
    shows(world, OFFERED, 30)
    assert memory(world).doubted_at
    world.show_at(instant(20200824, 10, 30) + SECOND_NS, {RB: OFFERED}, last={RB: 3690})
    shows(world, OFFERED, 50)
    assert not left(world)
    shows(world, OFFERED, 12)
    assert left(world) == [(Decimal(3590), True)]


def test_a_bound_is_left_by_a_lone_side_after_a_minute_and_entered_again_once_the_other_side_is_there() -> None:
    world = traded()
    shows(world, (None, 3605), 65)
    # It stays outside while the side does, and the stop, that nothing has reached, is known.
    shows(world, (None, 3605), 130)
    assert left(world) == [(Decimal(3605), False)]
    assert not marks(world, RangeEntered)
    assert not told(world, "EXIT_UNSEEN")
    shows(world, MARKET, 3)
    assert len(marks(world, RangeEntered)) == 1
    assert not memory(world).doubted_at


def test_an_empty_grid_is_ended_by_no_lone_side_however_long_it_stands() -> None:
    world = traded(out_of_range=OutOfRange.STOP)
    shows(world, (3710, 3711), 10, last=3710)
    assert world.net(RB) == 0
    shows(world, (3900, None), 130, last=3710)
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING
    assert not marks(world, ExitDoubted)
    # With an offer beside it, it is judged at once.
    shows(world, (3900, 3901), 3, last=3710)
    assert left(world) == [(Decimal(3900), False)]
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED


def test_a_paused_grid_is_told_of_it_at_once_and_waits_for_a_minute_when_it_goes_on() -> None:
    # Given a lone side, which has sold it two lots more, that is doubted when the grid is paused
    world = traded()
    shows(world, OFFERED, 3)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    shows(world, OFFERED, 5)
    (said,) = told(world, "GRID_UNGUARDED")
    assert "价格 3590 已到止损价 3600" in said
    resume = c.ResumeStrategy(account=ONE, strategy=GRID)
    waits = "恢复后等这样满一分钟、或另一边来了价还在那里才平掉所持 6 手并结束"
    assert waits in ask(world, resume).sentence
    # When it is resumed minutes later, what nobody looked at meanwhile has not lasted.
    shows(world, MARKET, 200)
    assert world.do(TRADER, resume).ok
    shows(world, OFFERED, 50)
    assert not left(world)
    shows(world, OFFERED, 15)
    assert left(world) == [(Decimal(3590), True)]


def test_what_nobody_quotes_any_more_is_said_of_a_lone_side_too() -> None:
    # Given a lone side beyond the range, and after which nothing comes any more
    world = traded()
    shows(world, (None, 3605))
    del world.quotes[RB]
    world.wait(400)
    # Then one snapshot, however long nothing follows it, is not the market, and people are told that nothing follows.
    assert not left(world)
    (said,) = told(world, "EXIT_UNSEEN")
    assert "分钟没有新的报价" in said
    assert [bool(one.why) for one in marks(world, ExitSeen)] == [True]


def test_what_was_doubted_for_another_reason_is_not_what_lasts() -> None:
    # Given a lone side that came and went, and a next night that opens wide around the stop before the first trade
    world = traded()
    shows(world, OFFERED, 2)
    shows(world, MARKET, 2)
    world.show_at(instant(NEXT_DAY, 21), {RB: (3500, 3695)})
    for _ in range(50):
        world.show({RB: (3500, 3695)})
    assert memory(world).doubted_at
    # When it has traded, and one side is left
    shows(world, OFFERED, 55)
    assert not left(world)
    shows(world, OFFERED, 10)
    assert left(world) == [(Decimal(3590), True)]


def test_who_changes_a_grid_or_resumes_an_empty_one_reads_for_what_a_lone_side_waits() -> None:
    world = traded()
    settings = world.account.strategies[GRID].settings
    assert isinstance(settings, GridSettings)
    wanted = replace(settings, stop=Decimal(3601))
    body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=1, settings=wanted)
    shows(world, OFFERED)
    assert "已到止损价 3601：生效后等这样满一分钟、或另一边来了价还在那里才平掉所持 " in ask(world, body).sentence
    # Given one that holds nothing, and a lone bid beyond its range
    world = traded(out_of_range=OutOfRange.STOP)
    shows(world, (3710, 3711), 10, last=3710)
    assert world.net(RB) == 0
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    shows(world, (3900, None), 3, last=3710)
    told_now = ask(world, c.ResumeStrategy(account=ONE, strategy=GRID)).sentence
    assert "离开区间 3610 至 3800：恢复后等另一边来了、价还在那里才结束" in told_now
