"""A grid over a spread of which a leg's book opens wide, before its first trade: its middle is nobody's price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.exit_marks import ExitSeen
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.marks import GridTrailed, RangeEntered, RangeLeft
from terminal.domain.parameters.strategy import OutOfRange
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_market import Shown
from tests.engine_world import FAR, NEXT_NIGHT, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.legs import SPREAD, alerts
from tests.scenario.test_spread_grid import basis, begin, costs, ladder, ore, quote
from tests.unit.engine.foreseen import ask

NEAR_BOOK: Shown = (3689, 3690)
WIDE: Shown = (3590, 3700)  # against the near book the spread lies between -11 and 100: its middle is below the stop


def night(choice: OutOfRange = OutOfRange.HOLD) -> World:
    """Return a world in which a grid with its stop at 65 holds all its lines, and the night has not begun."""
    world = World()
    begin(world, ladder(out_of_range=choice))
    assert costs(world, 81) == (6, -6)
    world.show_at(NEXT_NIGHT - 1)
    world.traded = {RB}
    return world


def opens(world: World, far: Shown, seconds: int = 1, near: Shown = NEAR_BOOK) -> None:
    """Show both months, from the night's first moment on, for so many seconds."""
    world.show_at(max(NEXT_NIGHT, world.at + 1_000_000_000), {RB: near, FAR: far})
    for _ in range(seconds - 1):
        world.show({RB: near, FAR: far})


def memory(world: World) -> SpreadMemory:
    found = world.account.strategies[SPREAD].memory
    assert isinstance(found, SpreadMemory)
    return found


def marks(world: World, kind: type[Any]) -> list[Any]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, kind)]


def card(world: World) -> str:
    desk = Desk(world)
    desk.look()
    return desk.strategies[SPREAD].sentence


@pytest.mark.parametrize("choice", list(OutOfRange))
def test_a_wide_book_before_the_first_trade_ends_no_grid_for_good(choice: OutOfRange) -> None:
    # Given a grid with its stop at 65, and a far month that opens a hundred yuan wide
    world = night(choice)
    opens(world, WIDE, 5)
    # Then the middle, beyond the stop, stops nothing, and when it has traded where it was the grid goes on.
    world.traded = {RB, FAR}
    opens(world, (3600, 3602), 5)
    assert not marks(world, RangeLeft)
    assert (memory(world).stage, world.net(RB), world.net(FAR)) == (Stage.RUNNING, 6, -6)
    # And its stop is judged.
    opens(world, (3630, 3632))
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(60), True)]


def test_it_is_stopped_at_once_when_all_that_the_price_can_be_is_beyond_the_stop() -> None:
    world = night()
    opens(world, WIDE, 3)
    opens(world, (3624, 3700), 2)  # buying costs 66: outside its range, and not at its stop
    opens(world, (3625, 3700), 2)
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(66), False), (Decimal(65), True)]
    (said,) = alerts(world, "GRID_STOPPED")
    assert "价差 65 到达止损价 65" in said.sentence
    world.wait(20)
    assert world.net(RB) < 6


def test_what_will_stop_it_is_said_after_a_minute_each_time_it_begins_anew_and_on_the_card() -> None:
    world = night()
    opens(world, WIDE, 58)
    assert not alerts(world, "EXIT_UNSEEN")
    opens(world, WIDE, 6)
    (said,) = alerts(world, "EXIT_UNSEEN")
    assert "rb2105）盘口宽，卖出得 −11 已到止损价 65、买入付 100 还没有到，在连续交易里再这样满 4 分钟" in said.sentence
    assert "卖出得的 21:00:00 起已到止损价 65，连续交易里 21:01:01 起再这样满 4 分钟就按止损处理" in card(world)
    # When the book closes in and opens up again, it counts anew, and card and alarm say it each time.
    for _ in range(2):
        opens(world, (3600, 3602), 2)
        assert "按止损处理" not in card(world)
        opens(world, WIDE, 130)
        assert "按止损处理" in card(world)
    assert len(alerts(world, "EXIT_UNSEEN")) == 3
    assert [bool(one.why) for one in marks(world, ExitSeen)] == [True, False, True, False, True]
    assert not marks(world, RangeLeft)
    world.restart()
    opens(world, WIDE, 70)
    assert len(alerts(world, "EXIT_UNSEEN")) == 3
    # And once everything has traded there is a price.
    world.traded = {RB, FAR}
    opens(world, (3600, 3602), 2)
    assert "按止损处理" not in card(world)


def test_it_leaves_its_bounds_only_when_all_is_outside_and_is_back_when_all_is_inside() -> None:
    # Given bounds of 75 and 130, and a price that may be anything around the lower one
    world = night()
    opens(world, (3610, 3630), 3, near=(3690, 3700))  # 60 to 90
    assert not marks(world, RangeLeft)
    opens(world, (3624, 3630), 3, near=(3696, 3698))  # 66 to 74
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(74), False)]
    opens(world, (3610, 3630), 65, near=(3690, 3700))
    assert not marks(world, RangeEntered)
    opens(world, (3610, 3615), 3, near=(3690, 3700))  # 75 to 90
    assert len(marks(world, RangeEntered)) == 1


def test_a_paused_grid_is_told_of_only_when_all_is_beyond_its_stop_and_the_preview_reads_alike() -> None:
    world = night()
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    opens(world, WIDE, 5)
    resume = c.ResumeStrategy(account=ONE, strategy=SPREAD)
    assert not alerts(world, "GRID_UNGUARDED")
    assert "现在卖出得 −11 已到止损价 65：恢复后等这样在连续交易里满 5 分钟、" in ask(world, resume).sentence
    opens(world, (3630, 3700), 5)
    (said,) = alerts(world, "GRID_UNGUARDED")
    assert "价差 60 已到止损价 65" in said.sentence
    assert "现在价差 60 已到止损价 65：恢复后立即平掉所持 6 套并结束" in ask(world, resume).sentence


def test_an_empty_grid_follows_no_further_than_all_of_the_price_and_is_blind_in_silence(world: World) -> None:
    begin(world, ladder(trail_to=Decimal(141)))
    world.traded = {RB}
    # Given a spread that sells at 121 and costs 300
    for _ in range(70):
        world.show({RB: (3721, 3800), FAR: (3500, 3600)})
    assert [one.moved for one in marks(world, GridTrailed)] == [Decimal(10)]
    for _ in range(70):
        world.show({RB: (3600, 3800), FAR: (3500, 3700)})
    assert not marks(world, ExitSeen)
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING


def test_a_basis_grid_is_judged_so_while_its_future_has_not_traded(world: World) -> None:
    quote(world, 900)
    begin(world, basis())
    assert ore(world, 829) == 2
    world.traded = set()
    # Given a short grid of the basis with its stop at 110, and a future that is bid for far below
    for _ in range(65):
        world.show({I: (700, 829)})
    assert not marks(world, RangeLeft)
    (said,) = alerts(world, "EXIT_UNSEEN")
    assert "盘口宽，买入付 200 已到止损价 110、卖出得 71 还没有到" in said.sentence
    assert "买入付的 09:00:23 起已到止损价 110" in card(world)
    world.show({I: (700, 790)})
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(110), True)]


def test_a_preview_of_a_start_judges_by_all_of_the_price_too(world: World) -> None:
    world.traded = {RB}
    start = c.StartStrategy(account=ONE, strategy=SPREAD, settings=ladder(out_of_range=OutOfRange.STOP))
    world.show({RB: NEAR_BOOK, FAR: WIDE})
    assert "启动后立即结束" not in ask(world, start).sentence
    world.show({RB: NEAR_BOOK, FAR: (3630, 3700)})
    assert ask(world, start).sentence.endswith("启动后立即结束，什么也不报：现在价差 60 已到止损价 65")
