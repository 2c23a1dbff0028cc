"""A grid in a market that has not traded yet and shows one side at most: is its stop seen, and if not, who is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.exit_marks import ExitSeen
from terminal.domain.fact.facts import AlertRaised, StrategyMarked
from terminal.domain.fact.marks import RangeEntered, RangeLeft
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from tests.engine_market import Shown
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, TRADER, World
from tests.picture_desk import Desk
from tests.scenario.legs import GRID
from tests.unit.engine.foreseen import ask


def overnight(**changes: Any) -> World:
    """Return a world in which a long grid holds four lots as the night opens."""
    world = World(at=instant(DAY, 14, 30))
    settings = GridSettings(
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
        **changes,
    )
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    world.wait(8)
    for price in (3695, 3685):
        world.show({RB: (price - 1, price)})
        world.wait(5)
    assert world.net(RB) == 4
    return world


def memory(world: World) -> GridMemory:
    found = world.account.strategies[GRID].memory
    assert isinstance(found, GridMemory)
    return found


def open_at(world: World, shown: Shown, seconds: int = 5, *, at: int = NEXT_NIGHT, limit: int | None = None) -> None:
    facts = (
        [] if limit is None else [DayFacts(instrument=RB, trading_day=NEXT_DAY, upper_limit=3950, lower_limit=limit)]
    )
    world.show_at(at, {RB: shown}, facts=facts)
    for _ in range(seconds):
        world.show({RB: shown})


def card(world: World) -> str:
    (shown,) = Desk(world).strategies.values()
    return shown.sentence


def told(world: World, code: str) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == code]


def marks(world: World, kind: type[Any]) -> list[Any]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, kind)]


def test_one_side_alone_ends_nothing_and_both_sides_beyond_the_stop_stop_at_once() -> None:
    # Given a grid with its stop at 3600, and a night that opens with sellers at 3400 and nobody who buys or has traded
    world = overnight()
    open_at(world, (None, 3400), 65)
    # Then nothing is stopped, nobody could be sold to, and people read where the sellers stand.
    assert memory(world).stage is Stage.RUNNING
    (said,) = told(world, "EXIT_UNSEEN")
    assert "没有最新价，只有卖价 3400，止损和区间现在不能判" in said
    # And it is stopped, and out, with the first bid.
    world.show({RB: (3399, 3400)})
    assert memory(world).stage is Stage.FLATTENING
    (said,) = told(world, "GRID_STOPPED")
    assert "价格 3400 到达止损价 3600，网格持有 4 手" in said
    world.wait(5)
    assert world.net(RB) == 0


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        (OutOfRange.HOLD, (None, 3590)),
        (OutOfRange.STOP, (None, 3605)),
        (OutOfRange.STOP, (3900, None)),
        (OutOfRange.FLATTEN, (None, 3605)),
        (OutOfRange.FLATTEN, (3900, None)),
    ],
)
def test_one_lone_quote_as_the_night_opens_ends_no_grid_for_good(choice: OutOfRange, shown: Shown) -> None:
    # Given a grid with four lots, whose bounds are 3610 to 3800 and whose stop is 3600
    world = overnight(out_of_range=choice)
    # When the night's first snapshot is one lone quote, and the next is the market where it was
    world.show_at(NEXT_NIGHT, {RB: shown})
    world.show({RB: (3689, 3690)}, last={RB: 3690})
    world.wait(10)
    # Then it goes on with its lots, of which a bid has taken those it offers with profit.
    assert not marks(world, RangeLeft)
    assert memory(world).stage is Stage.RUNNING
    assert sum(memory(world).held) == world.net(RB) == (0 if shown[0] else 4)
    # And its stop is judged: once it trades at 3590 it is stopped.
    world.show({RB: (3589, 3591)}, last={RB: 3590})
    world.wait(3)
    assert [one.stopped for one in marks(world, RangeLeft)] == [True]


def test_an_empty_grid_is_ended_by_no_lone_quote_either() -> None:
    world = overnight(out_of_range=OutOfRange.STOP)
    world.show({RB: (3710, 3711)})
    world.wait(10)
    assert world.net(RB) == 0
    world.show_at(NEXT_NIGHT, {RB: (None, 3605)})
    world.show({RB: (3710, 3711)}, last={RB: 3710})
    world.wait(5)
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING


def test_before_the_first_trade_a_low_bid_under_a_fair_offer_stops_nothing_and_people_are_told() -> None:
    # Given a night that opens bid for at 3500 and offered at 3695, where the middle lies beyond the stop of 3600
    world = overnight()
    open_at(world, (3500, 3695), 55)
    assert not told(world, "EXIT_UNSEEN")
    open_at(world, (3500, 3695), 10, at=world.at + 1)
    # Then nothing is sold, and after a minute it is said.
    assert memory(world).stage is Stage.RUNNING
    assert world.net(RB) == 4
    (said,) = told(world, "EXIT_UNSEEN")
    assert "没有最新价，买价 3500 已到止损价 3600、卖价 3695 还没有到，在连续交易里再这样满 4 分钟" in said
    # And it is stopped once both sides are beyond it.
    world.show({RB: (3500, 3600)})
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(3600), True)]


def test_before_the_first_trade_it_is_back_inside_once_both_sides_are() -> None:
    # Given a grid that waits outside its range from 3610 to 3800, left above
    world = overnight()
    world.show({RB: (3810, 3811)})
    assert memory(world).left_at is not None
    open_at(world, (3770, 3810), 65)
    assert not marks(world, RangeEntered)
    world.show({RB: (3770, 3800)})
    assert len(marks(world, RangeEntered)) == 1


def test_at_its_daily_limit_the_only_side_is_the_price() -> None:
    world = overnight()
    # Given a locked market above the stop
    open_at(world, (None, 3630), 180, limit=3630)
    # Then there is a price, the stop is not reached by it, and nobody is alarmed.
    assert not marks(world, RangeLeft)
    assert not told(world, "EXIT_UNSEEN")
    assert memory(world).stage is Stage.RUNNING


@pytest.mark.parametrize("shown", [(3500, None), (None, 3690)], ids=["bid", "offered"])
def test_a_side_that_proves_nothing_stops_nothing_and_people_are_told_after_a_minute(shown: Shown) -> None:
    world = overnight()
    # Given a night with one side only: a low bid, or an offer above the stop, of which the price may be on any side
    open_at(world, shown, 55)
    assert not told(world, "EXIT_UNSEEN")
    for _ in range(10):
        world.show({RB: shown})
    # Then nothing is done, and it is said once, on its card too.
    assert memory(world).stage is Stage.RUNNING
    (said,) = told(world, "EXIT_UNSEEN")
    side = "只有买价 3500" if shown[0] else "只有卖价 3690"
    assert f"没有最新价，{side}，止损和区间现在不能判，看得到价格之后再判；要先走请人工平仓" in said
    assert "看不到价格，止损和区间暂时不判" in card(world)
    for _ in range(120):
        world.show({RB: shown})
    world.restart()
    for _ in range(120):
        world.show({RB: shown})
    assert len(told(world, "EXIT_UNSEEN")) == 1
    # And once there is a price the stop is judged by it, and the card says nothing more of it.
    world.show({RB: (3683, 3684)})
    world.wait(3)
    assert [bool(one.why) for one in marks(world, ExitSeen)] == [True, False]
    assert "看不到价格" not in card(world)
    world.show({RB: (3590, 3591)})
    world.wait(5)
    assert world.net(RB) == 0


def test_where_no_quote_comes_at_all_people_are_told_too_and_on_the_next_day_again() -> None:
    world = overnight()
    del world.quotes[RB]
    world.show_at(NEXT_NIGHT)
    world.wait(170)
    (said,) = told(world, "EXIT_UNSEEN")
    assert "没有报价" in said
    world.show_at(instant(NEXT_DAY, 21))
    world.wait(130)
    assert told(world, "EXIT_UNSEEN") == [said, said]


def test_a_paused_grid_beyond_its_stop_by_the_only_offer_is_told_and_who_resumes_it_reads_it() -> None:
    world = overnight()
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    open_at(world, (None, 3400))
    assert world.account.strategies[GRID].status is StrategyStatus.PAUSED
    (said,) = told(world, "GRID_UNGUARDED")
    assert "价格 3400 已到止损价 3600" in said
    resume = ask(world, c.ResumeStrategy(account=ONE, strategy=GRID)).sentence
    assert "现在价格 3400 已到止损价 3600：恢复后等另一边报价也到止损才平掉所持 4 手并结束" in resume
    # And so it is: a bid with which the price may be anywhere stops nothing, one beyond the stop does.
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
    world.show({RB: (3300, 3700)})
    world.wait(5)
    assert (world.net(RB), memory(world).stage) == (4, Stage.RUNNING)
    world.show({RB: (3399, 3400)})
    world.wait(5)
    assert world.net(RB) == 0


@pytest.mark.parametrize(
    ("choice", "does"), [(OutOfRange.STOP, "停止，保留所持 4 手"), (OutOfRange.FLATTEN, "平掉所持 4 手并结束")]
)
def test_who_resumes_a_grid_by_the_only_offer_reads_for_what_it_waits(choice: OutOfRange, does: str) -> None:
    world = overnight(out_of_range=choice)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    open_at(world, (None, 3590))
    resume = ask(world, c.ResumeStrategy(account=ONE, strategy=GRID)).sentence
    assert f"已到止损价 3600：恢复后等另一边报价也到止损才{does}" in resume


def test_an_empty_grid_is_blind_in_silence() -> None:
    world = overnight()
    world.show({RB: (3710, 3711)})
    world.wait(10)
    assert world.net(RB) == 0
    open_at(world, (None, 3690), 130)
    assert not told(world, "EXIT_UNSEEN")


def test_a_price_that_comes_and_goes_alarms_once_a_trading_day_and_its_card_shows_it_each_time() -> None:
    world = overnight()
    open_at(world, (None, 3690), 125)
    for _ in range(3):
        # Given a glimpse of two sides, and two minutes of one
        for _ in range(2):
            world.show({RB: (3689, 3690)})
        assert "看不到价格" not in card(world)
        for _ in range(130):
            world.show({RB: (None, 3690)})
        assert "看不到价格，止损和区间暂时不判" in card(world)
    # Then it was said once that day,
    assert len(told(world, "EXIT_UNSEEN")) == 1
    # and on the next one again.
    open_at(world, (None, 3690), 65, at=instant(NEXT_DAY, 21))
    assert len(told(world, "EXIT_UNSEEN")) == 2


def test_what_is_bought_after_all_was_sold_is_alarmed_for_anew() -> None:
    world = overnight()
    open_at(world, (None, 3690), 65)
    for bid in (3710, 3694, 3684):
        world.show({RB: (bid, bid + 1)})
        world.wait(5)
    assert sum(memory(world).held) == 4
    for _ in range(130):
        world.show({RB: (None, 3690)})
    assert len(told(world, "EXIT_UNSEEN")) == 2


def test_a_quote_that_nothing_follows_for_five_minutes_is_told() -> None:
    # Given a grid that holds lots, and a market that has traded and is still
    world = overnight()
    world.show_at(NEXT_NIGHT, {RB: (3689, 3690)}, last={RB: 3690})
    del world.quotes[RB]
    # When nothing more comes of it, while the session goes on
    world.wait(295)
    assert not told(world, "EXIT_UNSEEN")
    world.wait(300)
    # Then it is said once, and the card says it until a quote comes.
    (said,) = told(world, "EXIT_UNSEEN")
    assert "5 分钟没有新的报价，止损和区间现在不能判" in said
    assert "看不到价格" in card(world)
    world.show({RB: (3689, 3690)}, last={RB: 3690})
    assert "看不到价格" not in card(world)
