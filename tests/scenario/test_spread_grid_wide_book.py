"""A grid over a spread in mid-session, every leg traded: one book stands wide open for a snapshot, or for a while."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.exit_marks import ExitSeen
from terminal.domain.fact.facts import OrderFilled, OrderRecorded
from terminal.domain.fact.marks import GridTrailed, RangeEntered, RangeLeft
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange, SpreadSettings
from tests.engine_market import Shown
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import SPREAD, alerts
from tests.scenario.test_spread_grid import LINES, begin, costs, ladder
from tests.scenario.test_spread_grid_opening import card, marks
from tests.unit.engine.foreseen import ask

FAR_BOOK: Shown = (3600, 3602)


def book(world: World, near: Shown, seconds: int = 1, far: Shown = FAR_BOOK) -> None:
    """Show both months for so many seconds, both traded where the near one was last at 3704."""
    for _ in range(seconds):
        world.show({RB: near, FAR: far}, lots=500, last={RB: 3704, FAR: 3601})


def mirrored(**changes: object) -> SpreadSettings:
    """Sell two sets at 201, 211 and 221 yuan, buy each back ten yuan lower; the stop is at 235."""
    grid = replace(LINES, side=Side.SELL, stop=Decimal(235), lower=Decimal(170), upper=Decimal(225))
    return replace(ladder(), buy_at=Decimal(191), sell_at=Decimal(201), grid=replace(grid, **changes))


@pytest.mark.parametrize("offer", [3770, 3800])
def test_an_offer_that_is_gone_for_one_snapshot_is_not_followed(world: World, offer: int) -> None:
    # Given an empty grid that may follow to 151, and a spread that costs 105 and sells for 102
    begin(world, ladder(trail_to=Decimal(151), upper=Decimal(160)))
    assert costs(world, 105) == (0, 0)
    # When for one snapshot the spread would cost 170, or 200, then nobody would pay what the grid could follow to:
    book(world, (3704, offer))
    assert not marks(world, GridTrailed)
    # when the book is back nothing is bought at 105, and the grid's lines and stop are where they were.
    assert costs(world, 105) == (0, 0)
    assert costs(world, 101) == (2, -2)
    assert {one.price for one in world.facts(OrderFilled) if one.side is Side.BUY} == {Decimal(3701)}
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING


def test_what_it_would_be_sold_for_is_followed(world: World) -> None:
    begin(world, ladder(trail_to=Decimal(151), upper=Decimal(160)))
    book(world, (3733, 3800))  # it sells for 131
    assert [one.moved for one in marks(world, GridTrailed)] == [Decimal(20)]


def test_a_grid_that_sells_follows_only_what_buying_back_costs(world: World) -> None:
    begin(world, mirrored(trail_to=Decimal(151), lower=Decimal(140)))
    book(world, (3730, 3800))  # the middle is 164, but buying costs 200
    assert not marks(world, GridTrailed)
    book(world, (3730, 3770))  # now it costs 170
    assert [one.moved for one in marks(world, GridTrailed)] == [Decimal(-20)]


def test_a_bid_that_is_gone_for_one_snapshot_stops_nothing(world: World) -> None:
    # Given two sets, the stop at 65, and a spread that costs 101
    begin(world, ladder())
    assert costs(world, 101) == (2, -2)
    sent = len(world.facts(OrderRecorded))
    # When for one snapshot it sells for 18, then the middle, 59.5, stops nothing, and nobody is told.
    book(world, (3620, 3701))
    assert costs(world, 101) == (2, -2)
    assert not marks(world, RangeLeft)
    assert len(world.facts(OrderRecorded)) == sent
    assert not alerts(world, "EXIT_UNSEEN")
    # When it costs no more than the stop, then that is at once.
    book(world, (3620, 3665))
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(65), True)]
    assert costs(world, 60) == (0, 0)


def test_a_grid_that_sold_is_stopped_only_when_it_would_be_sold_for_the_stop(world: World) -> None:
    begin(world, mirrored())
    book(world, (3804, 3805), 4)  # it sells for 202
    assert (world.net(RB), world.net(FAR)) == (-2, 2)
    book(world, (3804, 3900), 3)  # the middle is 251
    assert not marks(world, RangeLeft)
    book(world, (3837, 3900), 1)
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(235), True)]


def test_what_it_would_be_sold_for_at_the_stop_is_told_after_a_minute_and_a_tick_short_of_it_is_not(
    world: World,
) -> None:
    begin(world, ladder())
    assert costs(world, 81) == (6, -6)
    # Given a stop at 65 that lies between what selling and buying come to: near every stop a book stands so
    book(world, (3667, 3668), 70)  # 65 and 68
    (said,) = alerts(world, "EXIT_UNSEEN")
    assert "rb2105）盘口宽，卖出得 65 已到止损价 65、买入付 68 还没有到，" in said.sentence
    assert "按止损处理" in card(world)
    book(world, (3668, 3669), 2)  # 66
    assert "按止损处理" not in card(world)
    book(world, (3668, 3669), 70)
    assert [bool(one.why) for one in marks(world, ExitSeen)] == [True, False]
    assert (world.net(RB), world.net(FAR)) == (6, -6)


@pytest.mark.parametrize("choice", [OutOfRange.STOP, OutOfRange.FLATTEN])
def test_a_wide_book_is_no_way_out_on_either_side(world: World, choice: OutOfRange) -> None:
    begin(world, ladder(out_of_range=choice))
    assert costs(world, 101) == (2, -2)
    book(world, (3704, 3900), 3)  # it sells for 102, the middle is 201
    book(world, (3630, 3680), 3)  # it costs 80, the middle is 54
    assert not marks(world, RangeLeft)
    # It ends where its profit could be taken beyond its upper bound.
    book(world, (3733, 3900), 3)
    assert [(one.price, one.stopped) for one in marks(world, RangeLeft)] == [(Decimal(131), False)]


def test_waiting_outside_it_is_back_when_all_that_it_could_trade_at_is_inside(world: World) -> None:
    begin(world, ladder())
    book(world, (3733, 3734), 2)
    assert len(marks(world, RangeLeft)) == 1
    book(world, (3700, 3740), 65)  # 98 to 140, in the middle 119
    assert not marks(world, RangeEntered)
    book(world, (3700, 3730), 3)
    assert len(marks(world, RangeEntered)) == 1


def test_paused_changed_and_resumed_it_is_told_by_the_same_rule(world: World) -> None:
    begin(world, ladder())
    assert costs(world, 101) == (2, -2)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    resume = c.ResumeStrategy(account=ONE, strategy=SPREAD)
    change = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=ladder(stop=Decimal(70)))
    book(world, (3620, 3701), 5)
    assert not alerts(world, "GRID_UNGUARDED")
    assert "现在卖出得 18 已到止损价 65：恢复后等这样在连续交易里满 5 分钟、" in ask(world, resume).sentence
    assert "现在卖出得 18 已到止损价 70：恢复运行后等这样在连续交易里满 5 分钟、" in ask(world, change).sentence
    book(world, (3620, 3660), 5)
    (said,) = alerts(world, "GRID_UNGUARDED")
    assert "价差 60 已到止损价 65" in said.sentence
    assert "现在价差 60 已到止损价 65：恢复后立即平掉所持 2 套并结束" in ask(world, resume).sentence
    assert "现在价差 60 已到止损价 70" in ask(world, change).sentence


def test_a_preview_of_a_start_neither_follows_nor_ends_by_a_middle(world: World) -> None:
    world.traded = {RB, FAR}
    settings = ladder(trail_to=Decimal(121), out_of_range=OutOfRange.STOP)
    start = c.StartStrategy(account=ONE, strategy=SPREAD, settings=settings)
    book(world, (3704, 3800))
    assert "启动后" not in ask(world, start).sentence
    book(world, (3620, 3701))
    assert "启动后" not in ask(world, start).sentence
    book(world, (3760, 3800))  # it sells for 158: it follows to 121, and is outside there too
    assert "现在价差 158" in ask(world, start).sentence
