"""Executions in the users' own words: sixty lots over a morning, over a break, over a restart, never past the limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRecorded
from terminal.domain.ids import StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.parameters.strategy import CurvePart, ExecutionSettings, ExecutionStyle, GridSettings
from tests.engine_world import DAY, MORNING, NEXT_NIGHT, ONE, RB, TRADER, World
from tests.unit.engine.foreseen import ask

BUY: Final = StrategyId("E")
BAND: Final = DayFacts(instrument=RB, trading_day=DAY, upper_limit=3950, lower_limit=3450)


def execution(**changes: Any) -> ExecutionSettings:
    made = ExecutionSettings(
        account=ONE,
        instrument=RB,
        style=ExecutionStyle.TWAP,
        side=Side.BUY,
        total_lots=10,
        limit=Decimal(3710),
        begins_at=MORNING,
        ends_at=instant(DAY, 9, 5),
        slice_seconds=30,
    )
    return msgspec.structs.replace(made, **changes)


def start(world: World, settings: ExecutionSettings) -> None:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=BUY, settings=settings))
    assert done.ok, done.sentence


def refusal(world: World, settings: ExecutionSettings) -> str:
    """What starting says; the preview says the same before."""
    body = c.StartStrategy(account=ONE, strategy=BUY, settings=settings)
    foreseen = ask(world, body)
    done = world.do(TRADER, body)
    assert not done.ok
    said = done.sentence.partition("：")[2]
    assert said
    assert said in foreseen.sentence
    return said


def left(world: World) -> list[AlertRaised]:
    return [fact for fact in world.facts(AlertRaised) if fact.code == "EXECUTION_LEFT"]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_twap_buys_its_lots_evenly_and_a_restart_goes_on_exactly(world: World, *, restarts: bool) -> None:
    # Given ten lots over the first five minutes of the morning
    start(world, execution())
    for place in range(300):
        if restarts and place in {40, 100, 211}:
            world.restart()
        world.wait(1)
    # Then one lot went out every half minute, at the opposite price, and the task says that it is done.
    children = [fact for fact in world.facts(OrderRecorded) if fact.cause.strategy == BUY]
    assert [(fact.terms.lots, fact.terms.price) for fact in children] == [(1, Decimal(3701))] * 10
    assert world.net(RB) == 10
    row = world.account.strategies[BUY]
    assert (row.status, row.reason) == (StrategyStatus.FINISHED, "买入 10 手全部成交，均价 3701。")
    assert not left(world)


def test_what_is_left_at_the_end_is_told_and_not_chased(world: World) -> None:
    # Given a limit that the market leaves behind after a minute
    start(world, execution(max_chases=0))
    world.wait(60)
    held = world.net(RB)
    assert held == 2
    world.show({RB: (3715, 3716)})
    world.wait_until(instant(DAY, 9, 5) + 3_000_000_000)
    # Then every child rests at the limit at most, and at the end all are cancelled, an alert says what is left.
    assert max(fact.terms.price for fact in world.facts(OrderRecorded)) == 3710
    assert not world.account.live
    assert world.account.strategies[BUY].status is StrategyStatus.FINISHED
    (alert,) = left(world)
    assert "买入 10 手，到08-21 09:05 成交 2 手，均价 3701，剩余 8 手不再追：未成 8 手" in alert.sentence
    # And though the price comes back, nothing is bought any more.
    orders = len(world.facts(OrderRecorded))
    world.show({RB: (3700, 3701)})
    world.wait(60)
    assert (world.net(RB), len(world.facts(OrderRecorded))) == (2, orders)


def test_a_window_over_the_break_sends_nothing_in_it(world: World) -> None:
    # Given two minutes before the break of the morning and two after it
    world.show_at(instant(DAY, 10, 12))
    start(world, execution(begins_at=instant(DAY, 10, 13), ends_at=instant(DAY, 10, 32), total_lots=8))
    world.wait_until(instant(DAY, 10, 33))
    rows = [row for row in world.account.orders.values() if row.cause.strategy == BUY]
    assert sum(row.terms.lots for row in rows) == 8
    pause = instant(DAY, 10, 15) - 3_000_000_000, instant(DAY, 10, 30)
    assert all(not pause[0] < row.recorded_at < pause[1] for row in rows)
    assert world.net(RB) == 8


def test_a_pause_takes_the_orders_back_and_a_stop_ends_it(world: World) -> None:
    # Given an iceberg below the market
    start(world, execution(style=ExecutionStyle.ICEBERG, shown_lots=3, limit=Decimal(3690)))
    world.wait(5)
    (resting,) = world.account.live.values()
    assert (resting.terms.lots, resting.terms.price) == (3, Decimal(3690))
    # When it is paused its order is taken back; resumed, it shows again; stopped, it is over.
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=BUY)).ok
    world.wait(5)
    assert not world.account.live
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=BUY)).ok
    world.wait(5)
    assert len(world.account.live) == 1
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=BUY)).ok
    world.wait(5)
    assert not world.account.live
    assert world.account.strategies[BUY].status is StrategyStatus.STOPPED
    assert world.net(RB) == 0


def test_an_order_nobody_hears_of_counts_as_filled(world: World) -> None:
    # Given all lots at the best price of the own side, and a link that is lost while the order is out
    world.wire.hold_orders = True
    start(world, execution(style=ExecutionStyle.BEST))
    world.wait(5)
    (row,) = [one for one in world.account.orders.values() if one.cause.strategy == BUY]
    assert row.state in {OrderState.SENT, OrderState.UNKNOWN}
    world.wait(20)
    # Then nothing is sent in its place.
    assert row.state is OrderState.UNKNOWN
    assert len(world.account.orders) == 1


def test_a_tighter_limit_while_it_runs_takes_out_what_lies_beyond(world: World) -> None:
    start(world, execution(style=ExecutionStyle.BEST, chase_seconds=300))
    world.wait(5)
    assert [row.terms.price for row in world.account.live.values()] == [Decimal(3700)]
    tighter = execution(style=ExecutionStyle.BEST, chase_seconds=300, limit=Decimal(3695))
    body = c.ChangeStrategy(account=ONE, strategy=BUY, base_version=1, settings=tighter)
    assert world.do(TRADER, body).ok
    world.wait(10)
    assert [row.terms.price for row in world.account.live.values()] == [Decimal(3695)]


def test_it_closes_what_the_account_holds_and_says_when_there_is_too_little(world: World) -> None:
    world.buy(4, 3701)
    world.wait(3)
    start(world, execution(side=Side.SELL, offset=Offset.CLOSE, limit=Decimal(3690), style=ExecutionStyle.BEST))
    world.wait(5)
    (row,) = world.account.live.values()
    assert (row.terms.lots, row.terms.offset, row.terms.price) == (4, Offset.CLOSE_TODAY, Decimal(3701))
    world.show({RB: (3702, 3703)})
    world.wait(5)
    assert world.net(RB) == 0
    (alert,) = [fact for fact in world.facts(AlertRaised) if fact.code == "POSITION_MISSING"]
    assert "要平 6 手，可平只有 0 手" in alert.sentence


CURVE: Final = (CurvePart(begin="09:00", end="10:00", weight=Decimal(1)),)
ZERO: Final = (CurvePart(begin="09:00", end="10:00", weight=Decimal(0)),)
LATER: Final = (CurvePart(begin="13:30", end="15:00", weight=Decimal(9)),)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends_at": MORNING}, "结束时间 2020-08-21 09:00:00 应晚于开始时间 2020-08-21 09:00:00。"),
        (
            {"begins_at": instant(DAY, 15, 30), "ends_at": instant(DAY, 16)},
            "结束时间：2020-08-21 15:30:00 至 2020-08-21 16:00:00 里（或其剩下的部分）没有连续交易时间，请改时间。",
        ),
        (
            {"slice_seconds": 10},
            "分片间隔 10 秒太短：10 手分 30 片，每片不足一手；请改到至少 30 秒。",
        ),
        ({"limit": Decimal(3951)}, "限价 3951 高于涨停价 3950，请改低。"),
        ({"limit": Decimal(3449)}, "限价 3449 低于跌停价 3450，请改高。"),
        ({"limit": Decimal("3700.5")}, "限价 3700.5 不是最小变动价位 1 的整数倍。"),
        ({"limit": Decimal(0)}, "限价应为正，它是最差的成交价，不能省。"),
        ({"style": ExecutionStyle.VWAP}, "成交曲线还没有：VWAP 要一张各时段的成交量权重，如 09:00-10:15 30。"),
        ({"style": ExecutionStyle.VWAP, "curve": ZERO}, "成交曲线的权重全为零，请填各时段的成交量。"),
        (
            {"style": ExecutionStyle.VWAP, "curve": LATER},
            "成交曲线在开始时间与结束时间之间没有权重，请补上这段时间。",
        ),
        ({"curve": CURVE}, "成交曲线只用于 VWAP，请清空或改算法。"),
        ({"style": ExecutionStyle.ICEBERG, "shown_lots": 11}, "显示手数不能多于总手数 10。"),
    ],
)
def test_what_cannot_be_is_refused_at_once_with_field_and_reason(
    world: World, changes: dict[str, Any], said: str
) -> None:
    world.show(facts=(BAND,))
    assert refusal(world, execution(**changes)) == said
    assert not world.account.strategies


def test_a_preview_tells_schedule_worst_cost_and_messages(world: World) -> None:
    world.show(facts=(BAND,))
    settings = execution(begins_at=instant(DAY, 10), ends_at=instant(DAY, 10, 40), slice_seconds=600, total_lots=6)
    found = ask(world, c.StartStrategy(account=ONE, strategy=BUY, settings=settings))
    # 25 minutes of trading: ten, five before and five after the break, five.
    schedule = "窗口里连续交易 25 分钟；日程：08-21 10:00:00 2 手，08-21 10:10:00 3 手，08-21 10:35:00 1 手"
    assert schedule in found.details
    worst = "最坏：全部成交在限价 3710，比现价 3700.5 多付 570.00 元（手续费 18.00）"
    assert worst in found.details
    assert any(one.startswith("约报单 23 笔、撤单 21 笔（含追价 20 次与到时撤单") for one in found.details)
    assert "保证金最多" in found.sentence


def test_a_task_over_the_night_counts_only_its_trading(world: World) -> None:
    # Given two minutes at the end of the day and two at the beginning of the night
    world.show_at(instant(DAY, 14, 57))
    start(world, execution(begins_at=instant(DAY, 14, 58), ends_at=NEXT_NIGHT + 120_000_000_000, total_lots=8))
    world.wait_until(instant(DAY, 15) + 2_000_000_000)
    assert world.net(RB) == 4
    world.show_at(NEXT_NIGHT - 1_000_000_000)
    world.wait_until(NEXT_NIGHT + 125_000_000_000)
    assert world.net(RB) == 8
    assert world.account.strategies[BUY].status is StrategyStatus.FINISHED


def test_an_execution_that_is_paused_when_its_window_ends_says_what_it_leaves(world: World) -> None:
    start(world, execution())
    world.wait(45)
    assert world.net(RB) == 2
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=BUY)).ok
    world.wait_until(instant(DAY, 9, 5) + 2_000_000_000)
    assert world.account.strategies[BUY].status is StrategyStatus.FINISHED
    (alert,) = left(world)
    assert "剩余 8 手不再追" in alert.sentence


def test_what_a_strategy_holds_is_no_execution_s_to_close(world: World) -> None:
    # Given a grid's two lots, and one bought by hand
    grid = GridSettings(
        account=ONE, instrument=RB, side=Side.BUY, anchor=Decimal(3711), step=Decimal(10), lines=1, lots_per_line=2,
        stop=Decimal(3600), lower=Decimal(3610), upper=Decimal(3800),
    )  # fmt: skip
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("G"), settings=grid)).ok
    world.show({RB: (3704, 3705)})
    world.wait(5)
    world.show({RB: (3699, 3700)})
    world.wait(5)
    assert world.net(RB) == 2
    world.buy(1, 3701)
    # When an execution is to sell three
    selling = execution(
        side=Side.SELL, offset=Offset.CLOSE, total_lots=3, limit=Decimal(3690), style=ExecutionStyle.BEST,
        begins_at=world.at, chase_seconds=2, max_pay_up_ticks=2,
    )  # fmt: skip
    body = c.StartStrategy(account=ONE, strategy=BUY, settings=selling)
    assert any("没有策略记着的可平只有 1 手，不足 2 手" in said for said in ask(world, body).details)
    start(world, selling)
    world.show({RB: (3700, 3701)})
    world.wait(3)
    world.show({RB: (3702, 3703)})
    world.wait(30)
    # Then it closes the one and tells of the others, and the grid goes on with its own.
    sold = [fact.terms.lots for fact in world.facts(OrderRecorded) if fact.cause.strategy == BUY]
    assert set(sold) == {1}
    assert world.account.strategies[StrategyId("G")].status is StrategyStatus.RUNNING
    assert [fact.code for fact in world.facts(AlertRaised)] == ["POSITION_MISSING"]


@pytest.mark.parametrize("total", [5, 7])
def test_an_execution_that_closes_more_than_there_is_chases_what_there_is(world: World, total: int) -> None:
    for lots in (2, 2, 1):
        world.sell(lots, 3700)
        world.wait(3)
    assert world.net(RB) == -5
    buying = execution(
        offset=Offset.CLOSE, total_lots=total, style=ExecutionStyle.BEST, begins_at=world.at, chase_seconds=2,
        max_pay_up_ticks=5,
    )  # fmt: skip
    start(world, buying)
    world.wait(60)
    assert world.net(RB) == 0
    assert bool([fact for fact in world.facts(AlertRaised) if fact.code == "POSITION_MISSING"]) is (total == 7)


def test_best_limit_does_not_outbid_itself(world: World) -> None:
    # Given an exchange that shows the execution's own order as the best bid, as real ones do
    world.show({RB: (3700, 3730)})
    begins = world.at
    start(
        world,
        execution(
            style=ExecutionStyle.BEST, total_lots=4, max_pay_up_ticks=2, chase_seconds=5, limit=Decimal(3740),
            begins_at=begins,
        ),
    )  # fmt: skip
    for _ in range(100):
        own = [int(row.terms.price) for row in world.account.live.values()]
        world.show({RB: (max([3700, *own]), 3730)})
    prices = [int(fact.terms.price) for fact in world.facts(OrderRecorded) if fact.cause.strategy == BUY]
    assert prices == [3700, 3701, 3702]


def test_a_participation_cap_is_set_before_it_begins_or_not_at_all(world: World) -> None:
    settings = execution()
    start(world, settings)
    world.wait(40)
    capped = msgspec.structs.replace(settings, participation_percent=10)
    done = world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=BUY, base_version=1, settings=capped))
    assert "参与率上限要在开始之前设" in done.sentence
