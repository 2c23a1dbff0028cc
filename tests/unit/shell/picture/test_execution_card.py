"""The card of an execution says what is done, what remains, and when it should be done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle
from terminal.engine.screen import StrategyCard
from tests.engine_world import DAY, MORNING, ONE, RB, TRADER, World
from tests.picture_desk import Desk

NAME = StrategyId("执行-螺纹")
SETTINGS = ExecutionSettings(
    account=ONE,
    instrument=RB,
    style=ExecutionStyle.TWAP,
    side=Side.BUY,
    total_lots=10,
    limit=Decimal(3710),
    begins_at=MORNING,
    ends_at=instant(DAY, 9, 10),
)


def started(world: World, **changes: Any) -> Desk:
    settings = replace(SETTINGS, **changes)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=NAME, settings=settings))
    assert done.ok, done.sentence
    world.wait(4)
    return Desk(world)


def card_of(desk: Desk) -> StrategyCard:
    desk.look()
    (card,) = desk.strategies.values()
    return card


def test_before_its_window_a_card_says_when_it_begins() -> None:
    desk = started(World(), begins_at=instant(DAY, 9, 5), ends_at=instant(DAY, 10, 31), slice_seconds=600)
    card = card_of(desk)
    assert card.sentence == ("TWAP（等时） 买开 rb2101 10 手，已成 0 手，剩余 10 手，09:05:00 开始，10:31:00 结束")
    assert card.progress == 0


def test_by_its_schedule_a_card_says_when_it_is_done() -> None:
    world = World()
    desk = started(world)
    card = card_of(desk)
    done = "TWAP（等时） 买开 rb2101 10 手，已成 1 手，剩余 9 手，均价 3701，到达价 3700.5"
    assert card.sentence == f"{done}，限价 3710，照日程 09:10:00 做完"
    assert card.progress == Decimal("0.1")
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=NAME))
    assert card_of(desk).sentence == f"已暂停（人工暂停）；{done}"


def test_an_iceberg_is_estimated_by_its_pace_and_not_before_its_first_fill() -> None:
    world = World()
    desk = started(world, style=ExecutionStyle.ICEBERG, shown_lots=2, limit=Decimal(3700), ends_at=instant(DAY, 9, 30))
    assert card_of(desk).sentence.endswith("限价 3700，还没有成交，估不出何时做完，最晚 09:30:00 结束，挂单 1 笔")
    world.wait_until(instant(DAY, 9, 2))
    world.show({RB: (3699, 3700)})
    world.wait(2)
    world.show({RB: (3700, 3701)})
    world.wait_until(instant(DAY, 9, 4))
    # Four of ten lots in four minutes of trading.
    assert world.net(RB) == 4
    assert "照现在的快慢约 09:10 做完" in card_of(desk).sentence
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=NAME))
    assert "快慢" not in card_of(desk).sentence


def test_a_pace_too_slow_for_the_window_is_said() -> None:
    world = World()
    desk = started(world, style=ExecutionStyle.ICEBERG, shown_lots=1, limit=Decimal(3700), ends_at=instant(DAY, 9, 9))
    world.show({RB: (3699, 3700)})
    world.show({RB: (3700, 3701)})
    world.wait_until(instant(DAY, 9, 4))
    assert "照现在的快慢 09:09:00 做不完" in card_of(desk).sentence


@pytest.mark.parametrize("style", [ExecutionStyle.TWAP, ExecutionStyle.ICEBERG])
def test_a_card_says_what_could_not_be_taken_back_when_the_window_ended(style: ExecutionStyle) -> None:
    # Given an order that rests when lunch begins, because nothing was heard of the last seconds before
    world = World(at=instant(DAY, 11, 29))
    begins = instant(DAY, 11, 29)
    changes = {"style": style, "shown_lots": 10, "begins_at": begins, "ends_at": instant(DAY, 11, 30)}
    desk = started(world, **changes, limit=Decimal(3690), slice_seconds=60)
    assert "已到时" not in card_of(desk).sentence
    world.show_at(instant(DAY, 11, 30, 2))
    card = card_of(desk)
    assert card.sentence.startswith("小节休息；")
    assert "已到时，还有 10 手没有撤回，能撤时即撤，此前仍可能成交" in card.sentence
