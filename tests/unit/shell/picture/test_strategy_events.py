"""What cancels and strategies did is told by whom it was and what follows."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact import marks as m
from terminal.domain.fact.conversion_marks import DeltaApart
from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.fact.own_marks import OwnShortened, OwnUnseen
from terminal.domain.fact.roll_marks import (
    BeginHeld,
    DeadlineMissed,
    FarCovered,
    Hindrance,
    RollUnmatched,
    SlicesLifted,
)
from terminal.domain.fact.spot_marks import SpotConfirmed, SpotDue, SpotOverdue, SpotWaived
from terminal.domain.fact.target_marks import (
    DayNoted,
    Obstacle,
    RatioFrozen,
    RatioUnknown,
    TargetEnd,
    TargetEnded,
    TargetHindered,
    TargetProposed,
)
from terminal.domain.fact.way_marks import RateHeld, RepairBarred, WayBarred
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange
from terminal.domain.words.risk import Scope
from terminal.engine.sentences.marks import mark_sentence
from tests.engine_world import DAY, ONE, RB, RISK, SPOT, TRADER, I, World
from tests.picture_desk import Desk
from tests.picture_settings import GRID, grid_settings, roll_settings


def last_cancel(desk: Desk) -> str:
    desk.look()
    return next(text for text in reversed(desk.said()) if text.startswith("已撤"))


def test_a_cancel_says_whose_it_is_a_person_s_the_kill_switch_s_or_a_strategy_s() -> None:
    world = World()
    desk = Desk(world)
    row = world.buy(1, 3600)
    world.do(TRADER, c.CancelOrder(account=ONE, order=row.order))
    assert last_cancel(desk) == "已撤 买开 rb2101 1 手 @3600，未成 1 手（人工撤单）"
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings()))
    world.show()
    assert world.account.live, "the grid is expected to have orders out"
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID))
    world.wait(2)
    assert last_cancel(desk).endswith("（策略撤单：策略已暂停）")
    world.buy(1, 3600)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    world.wait(2)
    assert last_cancel(desk) == "已撤 买开 rb2101 1 手 @3600，未成 1 手（一键停止撤单）"
    assert "用户撤单" not in "".join(desk.said())


def test_a_strategy_s_own_cancel_is_told_as_its_own() -> None:
    world = World()
    desk = Desk(world)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings()))
    world.show()
    world.show({I: (960, "960.5")})  # above the range the grid may trade in
    world.wait(3)
    assert last_cancel(desk).endswith("（策略撤单：网格线不再需要挂单）")


ZERO = Decimal(0)
MARKS: list[m.StrategyMark] = [
    m.TimingMark(timing="days_to_expiry", met=True, value="3", threshold="5", trading_day=DAY),
    m.PositionMissing(instrument=RB, wanted=5, closable=2, trading_day=DAY),
    DeltaApart(instrument=I, future=RB, trading_day=DAY, lots=10, given=5, delta=Decimal("-0.1220"), wanted=1),
    m.RollBegan(because=("days_to_expiry",), near_mid=None, far_mid=None),
    m.BatchBegan(batch=2, lots=5),
    m.ContractFrozen(trading_day=DAY, main=RB),
    m.RoundBegan(round=1, sets=-2, price=Decimal("101.5")),
    m.RoundEnded(round=1),
    m.ResidualOver(residual=(), value_yuan=Decimal(96510), tolerance_yuan=Decimal(50000)),
    m.HedgeRefused(instrument=I, trading_day=DAY),
    m.HedgeRefused(instrument=I, trading_day=DAY, why="超过持仓限额", beforehand=True),
    m.CombinationBarred(instrument=I, trading_day=DAY, why="行情没有给出 i2105 的涨跌停价"),
    m.ExitReached(price=Decimal(89), level=Decimal(90), stopped=True),
    ExitSeen(instrument=I, why="封在跌停"),
    ExitDoubted(doubted=True),
    m.LegBroken(leg=1, instrument=I, lots=3, value_yuan=None, repair=m.Repair.PAY_UP, plan="加价补齐"),
    RepairBarred(leg=1, instrument=I, lots=3, value_yuan=Decimal(24_900), plan="两腿都没有对手价"),
    m.LegRepaired(leg=1, instrument=I),
    m.Chased(leg=1, chase=2),
    m.RangeLeft(price=Decimal(700), stopped=True),
    m.RangeEntered(price=Decimal(800)),
    m.FlattenHeld(instrument=RB, lots=4, cause="STUCK", why="封在跌停", plan="有了对手价接着平"),
    m.Finished(summary="网格已停止。"),
    m.TimingChosen(place=0, trading_day=20200821),
    m.MarketStuck(instrument=RB, why="封在涨停", lack=3, plan="停止平近月"),
    m.MarketFlows(),
    m.GridTrailed(moved=Decimal(20), anchor=Decimal(3220)),
    m.ExecutionBegan(trading_day=DAY, mid=Decimal("3700.5"), volume=0),
    m.FellowTold(leg=1, lots=3, value=ZERO, fees=ZERO, ready=False, why="已暂停", turned=True),
    m.NearExpires(instrument=RB, lots=4, days=2, trading_day=DAY),
    m.FarHeld(instrument=RB, why="C4：超过持仓限额 5 手"),
    FarCovered(instrument=RB, lack=3, there=5),
    BeginHeld(instrument=RB, kind=Hindrance.MARKET, why="只有买价", trading_day=DAY),
    SlicesLifted(places=(0,), lots=8),
    RollUnmatched(instrument=RB, closed=4, opened=1),
    DeadlineMissed(instrument=RB, day=20200824, days=1, place=0, lots=9, moves=1, trading_day=DAY),
    WayBarred(
        instrument=RB,
        side=Side.SELL,
        price=Decimal(3700),
        tag="batch:1:near",
        trading_day=DAY,
        since=0,
        why="策略 grid 的委托 A1-7（买开 2 手 @ 3700）",
    ),
    RateHeld(instrument=RB, trading_day=DAY),
    RatioFrozen(
        trading_day=DAY,
        low=Decimal(80),
        ratio=Decimal(85),
        high=Decimal(90),
        basis=Decimal("9.75"),
        permille=125,
        samples=8,
    ),
    RatioUnknown(trading_day=DAY, why="基差样本不足 60 个"),
    TargetProposed(
        number=3,
        instrument=I,
        side=Side.SELL,
        lots=12,
        ratio=Decimal("68.0"),
        after=Decimal("80.0"),
        exposure=Decimal(10_000),
        futures=Decimal(-6_800),
    ),
    TargetEnded(number=3, why=TargetEnd.REACHED, lots=12, ratio=Decimal("80.0")),
    TargetHindered(obstacle=Obstacle.NO_ROOM, lots=4, trading_day=DAY),
    DayNoted(trading_day=DAY, pre_settlement=Decimal(828), volume=12),
    m.OwnAimed(lots=3, before=0, reason="上穿"),
    OwnShortened(since=instant(DAY, 10, 15, 3)),
    OwnUnseen(instrument=I, why="只有买价", since=instant(DAY, 10, 15, 3)),
    SpotDue(spot=SPOT, tonnes=Decimal(200), undone=Decimal(500), price=Decimal("880.50")),
    SpotConfirmed(spot=SPOT, tonnes=Decimal(-300), price=Decimal(882), contract="HT-7", person=TRADER),
    SpotWaived(spot=SPOT, tonnes=Decimal(200), reason="期货已平", person=TRADER),
    SpotOverdue(
        spot=SPOT,
        undone=Decimal(500),
        lots=Decimal(5),
        value_yuan=None,
        since=1_597_988_700_000_000_000,
        trading_day=DAY,
    ),
]


def test_every_mark_of_a_strategy_has_a_sentence_but_what_only_it_needs() -> None:
    assert {type(mark) for mark in MARKS} == set(get_args(m.StrategyMark))
    silent = [type(mark) for mark in MARKS if not mark_sentence(roll_settings(), mark)]
    assert silent == [ExitDoubted, m.Chased, DayNoted]


def test_a_round_that_begins_with_a_quote_names_what_is_asked_and_not_what_was_reached() -> None:
    mark = m.RoundBegan(round=3, sets=2, price=Decimal("101.5"), quoted=True)
    assert mark_sentence(roll_settings(), mark) == "第 3 轮开始挂单，买入价差 101.5，2 套"


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        (RatioFrozen, "今日比例 85%，区间 80% 至 90%（基差 9.75 元，在 8 个样本的 12.5% 分位）；当天不再变"),
        (RatioUnknown, "今日比例还定不下来：基差样本不足 60 个；定下之前不配平"),
        (TargetProposed, "第 3 号建议：卖 i2101 12 手，比例 68.0% → 80.0%（敞口 10000 吨，衍生品 −6800 吨）"),
        (TargetEnded, "第 3 号建议已配平，成交 12 手，比例 80.0%"),
        (TargetHindered, "配平停住：还差 4 手，已到净买卖上限；请加大上限，或人工配平"),
        (SpotDue, "待办：买入现货 i.日照港 200 吨 @参考价 880.5；共未落实买入现货 i.日照港 500 吨"),
        (SpotConfirmed, f"{TRADER} 落实：卖出现货 i.日照港 300 吨 @882，合同号 HT-7"),
        (SpotWaived, f"{TRADER}：买入现货 i.日照港 200 吨不做了，原因：期货已平"),
        (SpotOverdue, "现货未落实 5 手 · 买入现货 i.日照港 500 吨 · 价值未知，自 08-21 13:45 起"),
        (m.TimingMark, "移仓时机已满足：距最后交易日不多于 5 天，现为 3 天"),
        (m.PositionMissing, "rb2101 要平 5 手，可平只有 2 手，等待；请核对持仓"),
        (DeltaApart, "i2101 10 手现在的 Delta 是 −0.122，等量是 rb2101 1 手，设的是 5 手，不再等量，等待"),
        (m.RoundBegan, "价差到 101.5，第 1 轮开始卖出 2 套"),
        (m.LegBroken, "断腿：i2101 缺 3 手，加价补齐"),
        (RepairBarred, "断腿：i2101 缺 3 手（约 ¥24,900），两腿都没有对手价"),
        (m.RangeLeft, "价格 700 到达止损价，不再开新仓"),
        (m.ExecutionBegan, "开始执行，到达价 3700.5"),
        (m.NearExpires, "rb2101 还有 2 个交易日到最后交易日，还有 4 手没有移"),
        (WayBarred, "卖 rb2101 等待策略 grid 的委托 A1-7（买开 2 手 @ 3700）让开，否则会自成交"),
        (RateHeld, "rb2101 所在交易所的报撤频率已用满，委托等有余地了依次报，不算被拒"),
        (FarCovered, "rb2101 账户里另有同向 5 手（不记在任何策略名下），够补缺的 3 手；收尾开得了时会再开一遍"),
        (BeginHeld, "移仓时机已满足而没有开始：只有买价"),
        (SlicesLifted, "“距最后交易日不多于 5 天”已满足，不再按份：其余 8 手接着移完"),
        (
            DeadlineMissed,
            (
                "“距最后交易日不多于 5 天”的日子 20200824 还有 1 个交易日，还有 9 手没有移，"
                "照现在的安排到那天至多再移 1 手，其余 8 手过后仍在近月"
            ),
        ),
        (RollUnmatched, "rb2101 已过最后交易日，没有可移的了：近月已平 4 手，远月已开 1 手，还缺 3 手未对冲"),
        (m.FarHeld, "停止平近月：rb2101 开不了（C4：超过持仓限额 5 手）"),
        (m.FellowTold, "开远月的一半已暂停，近月停下等它"),
    ],
)
def test_a_mark_names_contract_lots_and_what_follows(mark: type[m.StrategyMark], sentence: str) -> None:
    (one,) = (one for one in MARKS if type(one) is mark)
    assert mark_sentence(roll_settings(), one) == sentence


@pytest.mark.parametrize(
    ("choice", "left", "stopped"),
    [
        (OutOfRange.HOLD, "不再入场，持仓照样止盈，回到区间再报", "平仓后停止"),
        (OutOfRange.STOP, "停止并保留持仓", "停止并保留持仓"),
        (OutOfRange.FLATTEN, "平仓后停止", "平仓后停止"),
    ],
)
def test_a_grid_that_leaves_says_what_it_does_next(choice: OutOfRange, left: str, stopped: str) -> None:
    settings, price = replace(grid_settings(), out_of_range=choice), Decimal(700)
    said = [
        mark_sentence(settings, m.RangeLeft(price=price, stopped=False)),
        mark_sentence(settings, m.RangeLeft(price=price, stopped=True)),
        mark_sentence(settings, m.RangeLeft(price=price, stopped=True, lasted=True)),
    ]
    assert said == [
        f"价格 700 离开网格区间，{left}",
        f"价格 700 到达止损价，{stopped}",
        f"平仓的价格 700 到达止损价满 5 分钟，{stopped}",
    ]
