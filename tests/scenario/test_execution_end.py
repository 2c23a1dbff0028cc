"""Where the window of an execution ends with a break: its orders are back before, and what trades later is told."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, CancelRefused, OrderCancelled
from terminal.domain.orders.order import OrderState
from terminal.domain.parameters.strategy import ExecutionStyle
from terminal.domain.reports import Traded
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, World
from tests.scenario.test_execution import BUY, execution, start
from tests.unit.engine.foreseen import ask

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import ExecutionSettings

LUNCH, AFTERNOON = instant(DAY, 11, 30), instant(DAY, 13, 30)
EVE, AFTER_HOLIDAY = 20200930, 20201009  # no night between them, and eight days without trading
ICEBERG: Final = ExecutionStyle.ICEBERG


def resting(**changes: Any) -> ExecutionSettings:
    """Four lots that wait ten yuan below the market."""
    return execution(**{"style": ICEBERG, "total_lots": 4, "shown_lots": 4, "limit": Decimal(3690), **changes})


def raised(world: World, code: str) -> list[str]:
    return [fact.sentence for fact in world.facts(AlertRaised) if fact.code == code]


@pytest.mark.parametrize(
    ("began", "ends_at", "closes_at", "reopens_at"),
    [
        pytest.param(instant(DAY, 11), LUNCH, LUNCH, AFTERNOON, id="lunch"),
        pytest.param(instant(DAY, 11), AFTERNOON, LUNCH, AFTERNOON, id="the end of lunch"),
        pytest.param(
            instant(DAY, 9), instant(DAY, 10, 20), instant(DAY, 10, 15), instant(DAY, 10, 30), id="in a break"
        ),
        pytest.param(instant(DAY, 9), LUNCH - 2 * SECOND_NS, LUNCH, AFTERNOON, id="two seconds before lunch"),
        pytest.param(instant(DAY, 14), instant(DAY, 15), instant(DAY, 15), NEXT_NIGHT, id="the day"),
        pytest.param(instant(DAY, 14), NEXT_NIGHT, instant(DAY, 15), NEXT_NIGHT, id="before the night"),
        pytest.param(NEXT_NIGHT, instant(DAY, 23), instant(DAY, 23), instant(NEXT_DAY, 9), id="the night of a Friday"),
        pytest.param(
            instant(DAY, 14), instant(NEXT_DAY, 9), instant(DAY, 23), instant(NEXT_DAY, 9), id="day, night and weekend"
        ),
        pytest.param(
            instant(EVE, 14), instant(EVE, 23), instant(EVE, 15), instant(AFTER_HOLIDAY, 9), id="before a holiday"
        ),
    ],
)  # fmt: skip
def test_nothing_of_a_window_that_ends_with_a_break_meets_the_next_opening(
    began: int, ends_at: int, closes_at: int, reopens_at: int
) -> None:
    # Given an iceberg that waits below the market until the break in which its window ends
    world = World(at=began)
    start(world, resting(begins_at=began, ends_at=ends_at))
    world.wait(5)
    world.show_at(closes_at - 60 * SECOND_NS)
    if not world.account.live:  # the day's orders end with the day
        world.wait(5)
    world.wait_until(closes_at - 4 * SECOND_NS)
    assert [(row.terms.lots, row.state) for row in world.account.live.values()] == [(4, OrderState.LIVE)]
    # When a cancel can still arrive, Then it is taken back, and what is left is told.
    world.wait_until(closes_at + 2 * SECOND_NS)
    assert not world.account.live
    assert len(world.facts(OrderCancelled)) == 1
    assert not world.facts(CancelRefused)
    assert world.account.strategies[BUY].status is StrategyStatus.FINISHED
    (told,) = raised(world, "EXECUTION_LEFT")
    assert "剩余 4 手不再追：未成 4 手" in told
    # And the gap of the next opening is none of its business.
    world.show_at(reopens_at, {RB: (3670, 3671)})
    world.wait(5)
    assert world.net(RB) == 0


def test_a_break_inside_the_window_is_no_end(world: World) -> None:
    # Given a window over the break of the morning and lunch
    start(world, resting(ends_at=instant(DAY, 13, 40)))
    for closes_at, reopens_at in ((instant(DAY, 10, 15), instant(DAY, 10, 30)), (LUNCH, AFTERNOON)):
        world.show_at(closes_at - 5 * SECOND_NS)
        world.wait(10)
        assert [row.state for row in world.account.live.values()] == [OrderState.LIVE]
        world.show_at(reopens_at)
    # Then the order rests over both, and trades after lunch.
    world.show({RB: (3680, 3681)})
    world.wait(3)
    assert world.net(RB) == 4
    assert world.account.strategies[BUY].reason == "买入 4 手全部成交，均价 3690。"
    assert not world.facts(AlertRaised)


def test_a_preview_says_when_the_orders_come_back_before_a_break(world: World) -> None:
    def said(ends_at: int) -> list[str]:
        body = c.StartStrategy(account=ONE, strategy=BUY, settings=resting(ends_at=ends_at))
        return [one for one in ask(world, body).details if one.startswith("挂单 ")]

    assert said(LUNCH) == ["挂单 08-21 11:29:57 起撤回：窗口在休市时结束，休市中交易所不收撤单"]
    assert said(instant(DAY, 15, 30)) == ["挂单 08-21 14:59:57 起撤回：窗口在休市时结束，休市中交易所不收撤单"]
    assert not said(instant(DAY, 11, 29))


@pytest.mark.parametrize("total", [4, 6])
def test_lots_that_trade_after_the_end_all_the_same_are_told_as_such(world: World, total: int) -> None:
    # Given an order that nothing could be done about: the house was dark from before lunch until it began
    start(world, resting(total_lots=total, ends_at=LUNCH))
    world.wait(5)
    world.show_at(LUNCH + 5 * SECOND_NS)
    assert [fact.code for fact in world.facts(CancelRefused)] == ["NOT_IN_SESSION"]
    assert world.account.strategies[BUY].status is StrategyStatus.RUNNING
    # When the afternoon opens far below
    world.show_at(AFTERNOON, {RB: (3670, 3671)})
    world.wait(5)
    # Then the task says what came of it, and what of it came after its window.
    assert world.net(RB) == 4
    row = world.account.strategies[BUY]
    assert row.status is StrategyStatus.FINISHED
    late = "；其中 4 手在到时（08-21 11:30）之后成交，没来得及撤"
    if total == 4:
        assert row.reason == f"买入 4 手全部成交，均价 3690{late}。"
        (told,) = raised(world, "EXECUTION_LATE")
        assert f"{late}：4 手（约 146,800.00 元），请人工决定留下还是平掉。" in told
        assert not raised(world, "EXECUTION_LEFT")
    else:
        assert row.reason == f"买入 6 手，成交 4 手，均价 3690，剩余 2 手不再追{late}。"
        (told,) = raised(world, "EXECUTION_LEFT")
        assert f"{late}：未成 2 手" in told
        assert not raised(world, "EXECUTION_LATE")


def test_a_fill_before_the_end_that_is_heard_after_it_is_no_late_one(world: World) -> None:
    start(world, resting(ends_at=instant(DAY, 9, 5)))
    world.wait(5)
    world.wire.hold = (Traded,)
    world.show({RB: (3680, 3681)})
    world.wait_until(instant(DAY, 9, 6))
    world.tell_held()
    world.wait(2)
    assert world.net(RB) == 4
    assert world.account.strategies[BUY].reason == "买入 4 手全部成交，均价 3690。"
    assert not raised(world, "EXECUTION_LATE")
