from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact import facts as f
from terminal.domain.fact import marks as m
from terminal.domain.ids import CommandId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.words.risk import Level, Scope
from terminal.engine.records.journal import Actor
from terminal.engine.turn import RUNNER
from terminal.shell.picture.events import DECISIONS, word
from terminal.shell.picture.worded import Worded
from tests.engine_world import CHECKER, DAY, NEXT_DAY, ONE, RB, RISK, TRADER, I, World, device
from tests.picture_desk import Desk
from tests.picture_settings import GRID
from tests.unit.shell.picture.every_fact import ASKED, REVERSAL, WAITS, samples, world_with_rows

SILENT = {
    f.OrderSent,  # a hundred times a minute
    f.OrderAccepted,  # the order's own line shows it
    f.InstrumentListed,  # hundreds at a start
    f.DocumentSaved,  # nobody else's business
    f.GroupSaved,  # likewise
    f.BatchTaken,  # what becomes of it follows
}
HAND = Actor(TRADER, device(TRADER))


def test_every_kind_of_fact_is_worded_or_deliberately_silent() -> None:
    world = world_with_rows()
    facts = samples(world)
    assert {type(fact) for fact in facts} == set(get_args(f.Fact))
    silent = {type(fact) for fact in facts if word(world.state, fact, HAND) is None}
    assert silent == SILENT


@pytest.mark.parametrize(
    ("kind", "source", "sentence"),
    [
        (f.OrderRecorded, TRADER, "报单 买开 rb2101 3 手 @3690"),
        (f.OrderFilled, TRADER, "成交 买开 rb2101 1 手 @3690，余 3 手，手续费 ¥3.00"),
        (f.OrderRejected, TRADER, "交易所拒绝 买开 rb2101 3 手 @3690：资金不足；请改正后重新下单"),
        (f.OrderRefused, TRADER, "未报出 买开 rb2101 3 手 @3690：超过持仓限额。"),
        (f.OrderUnknown, TRADER, "买开 rb2101 3 手 @3690 状态未知（3 秒内没有回报）；等交易所确认，请勿重报"),
        (f.BatchOrdered, TRADER, "分组下单“子公司” 买开 rb2101 2 手 @3690：2 个账户，共 3 手"),
        (f.BatchMoved, TRADER, "分组下单 买开 rb2101 3 手 @3690 没有报出：连接断开。"),
        (
            f.OtcBooked,
            TRADER,
            "登记场外合约 YQ-1：卖出远期 600 吨 rb2101 @3700，2020-12-31 到期，对手 甲，计入 螺纹",
        ),
        (f.OtcMarked, TRADER, "场外合约 YQ-1 的估值改为：按标的现价"),
        (f.OtcEnded, TRADER, "了结场外合约 YQ-1，付 ¥20.50：到期"),
        (f.CashMoved, TRADER, "出金 −¥5.00（追加）"),
        (f.DaySettled, "系统", "交易日 2020-08-21 结算，进入 2020-08-24；rb2101 暂按最新价，待结算价"),
        (f.SettlementCorrected, "系统", "交易日 2020-08-21 的结算价已到：rb2101 3700 改为 3690.5，这一日盈亏 −¥190.00"),
        (f.PositionEnded, "系统", "rb2101C3700 空头 2 手履约，按 3700 转为 rb2101 持仓"),
        (f.CombinationMoved, "系统", "组合持仓 rb2101 多头、i2101 空头：各 3 手，保证金收较大的一腿"),
        (f.ReportQuarantined, "系统", "交易所回报已隔离，没有入账：没有手续费"),
        (f.StrategyStarted, f"策略 {GRID}", f"{TRADER} 启动：多网格 i2101 6 条线 × 1 手"),
        (f.StrategyWinding, f"策略 {GRID}", "收尾：先补平各腿再停止（人工停止）"),
        (
            f.AccountTaken,
            TRADER,
            "zhao@zhao-desk 接管账户；由其下单、启动与恢复策略，其他终端仍可撤单、停止策略与一键停止",
        ),
        (f.LevelChanged, "风控", "合约 rb2101持仓占限额 96.00 %（线 ≥ 95 %）：级别由黄色升至橙色"),
        (f.LevelAcknowledged, RISK, "已确认合约 rb2101持仓占限额橙色级别"),
        (f.KillReleased, "风控", "整个账户一键停止由li与zheng解除：已查明"),
        (
            f.StatementReconciled,
            RISK,
            (
                "2020-08-21 结算单对账：相符 9 项，差异 2 处（只在我方 1、字段不符 1），随之的差异 3 处，"
                "客户权益差 −¥20.00，结算单不完整，1 处没有核对"
            ),
        ),
        (f.StatementRefused, RISK, "交来的结算单 x.txt 被拒绝，没有对账"),
        (f.SandboxRecorded, RISK, f"交来沙盘 3 轮（{GRID}），其中全流程 2 轮"),
        (f.ExerciseRequested, TRADER, f"提交申请 {ASKED}：i2101-C-820 行权 2 手（套保，行权后自对冲）"),
        (f.ExerciseWithdrawalSent, TRADER, f"撤销申请 {ASKED}：i2101-C-820 行权 2 手（套保，行权后自对冲）"),
        (f.ExerciseMoved, "系统", f"申请 {ASKED}（i2101-C-820 行权 2 手（套保，行权后自对冲））已执行 2 手"),
        (f.ConditionalPlaced, TRADER, f"下条件单 {WAITS}：rb2101 买价 ≥ 3705 时 买开 rb2101 2 手 @3701，当日有效"),
        (f.ConditionalMissed, "系统", f"条件单 {WAITS} 错过了 rb2101 买价 ≥ 3705，其余条件照样等"),
        (f.ConditionalWatched, "系统", f"条件单 {WAITS} 等到了 rb2101 买价 ≥ 3705，等第一笔报价"),
        (f.ConditionalShrunk, "系统", f"条件单 {WAITS} 减为 1 手：持仓减到 1 手"),
        (f.ConditionalMoved, "系统", f"条件单 {WAITS} 触发未报：rb2101 可平 0 手"),
        (
            f.ConditionalTriggered,
            "系统",
            f"条件单 {WAITS} 触发（rb2101 买价 3705），先撤 1 笔平仓单：买开 rb2101 2 手 @3701",
        ),
        (f.ConditionalReleased, "系统", f"条件单 {WAITS} 已报单 A1-00000001"),
        (
            f.ReversalBegan,
            TRADER,
            f"{REVERSAL} 反手 rb2101 多 → 空 2 手，卖价 3720：先平仓 A1-00000001，成交多少开多少",
        ),
        (f.ReversalOpened, "系统", f"{REVERSAL} 平仓已了结，开仓已报单 A1-00000001"),
        (f.ReversalResumed, TRADER, f"继续反手 {REVERSAL}，价格 3699"),
        (
            f.ReversalMoved,
            "系统",
            f"{REVERSAL} 反手未完成 2 手：rb2101 多 → 空 共 2 手，已平 0 手，已开 0 手（没有开仓）",
        ),
        (f.Reconciled, "系统", "与交易所对账不一致：多 1 手；请核对持仓与委托"),
        (f.CommandDone, TRADER, "指令未执行：没有下单权限。"),
    ],
)
def test_a_fact_says_what_happened_by_whom_and_what_to_do(kind: type, source: str, sentence: str) -> None:
    world = world_with_rows()
    fact = next(one for one in samples(world) if isinstance(one, kind))
    said = word(world.state, fact, HAND)
    assert said is not None
    assert (said.source, said.sentence) == (source, sentence)


def test_a_missed_day_says_so() -> None:
    fact = f.DaySettled(account=ONE, trading_day=DAY, next_day=NEXT_DAY, prices={}, missed=True)
    said = word(world_with_rows().state, fact, HAND)
    assert said is not None
    assert said.sentence == "交易日 2020-08-21（当日没有运行，补记）结算，进入 2020-08-24"


def test_a_day_says_that_options_are_reckoned_at_their_strike() -> None:
    fact = f.DaySettled(account=ONE, trading_day=DAY, next_day=NEXT_DAY, prices={}, provisional=(RB,))
    said = word(world_with_rows().state, fact, HAND)
    assert said is not None
    assert said.sentence.endswith("；rb2101 从未有价格，其期权的保证金按行权价计")


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (f.LevelChanged, Level.ORANGE),
        (f.KillSwitched, Level.RED),
        (f.AlertRaised, Level.ORANGE),
        (f.OrderUnknown, Level.ORANGE),
        (f.OrderRejected, Level.YELLOW),
        (f.ConfirmationRequested, Level.ORANGE),
        (f.OrderFilled, Level.NORMAL),
    ],
)
def test_a_fact_is_as_loud_as_it_is_grave(kind: type, level: Level) -> None:
    world = world_with_rows()
    said = word(world.state, next(one for one in samples(world) if isinstance(one, kind)), HAND)
    assert said is not None
    assert said.level is level


def test_only_what_was_measured_or_noticed_is_an_alarm_however_loud_the_rest_is() -> None:
    world = world_with_rows()
    said = {type(fact): word(world.state, fact, HAND) for fact in samples(world)}
    assert {kind for kind, one in said.items() if one is not None and one.is_alarm} == {f.LevelChanged, f.AlertRaised}
    fell = f.LevelChanged(
        account=ONE, scope=Scope(instrument=RB), signal="position_use", value="90.00", threshold="≥ 95 %",
        before=Level.ORANGE, after=Level.YELLOW, at=0,
    )  # fmt: skip
    told = word(world.state, fell, HAND)
    assert told is not None
    assert not told.is_alarm
    desk = Desk(world)
    asked = next(event for event in desk.events if event.sentence.startswith("提交复核"))
    assert (asked.level, asked.instrument, asked.is_alarm) == (Level.ORANGE, RB, False)


def test_what_a_person_does_not_need_to_hear_is_silent() -> None:
    world = world_with_rows()
    order = next(iter(world.account.orders))
    quiet: list[tuple[f.Fact, Actor]] = [
        (f.Reconciled(account=ONE, query=1, at=0), RUNNER),
        (f.CommandDone(account=ONE, command=CommandId("c"), ok=True, code="OK", sentence="已执行"), HAND),
        (f.CommandDone(account=ONE, command=CommandId("c"), ok=False, code="STALE", sentence="价格已变化"), HAND),
        (
            f.CancelRecorded(
                account=ONE, order=order, person=RUNNER.person, device=RUNNER.device, reason="网格线不再需要挂单"
            ),
            RUNNER,
        ),
        (f.StrategyMarked(account=ONE, strategy=GRID, at=0, mark=m.Chased(leg=0, chase=1)), RUNNER),
        (
            f.ConfirmationDecided(
                account=ONE,
                confirmation=world.parked.confirmation.confirmation,
                decision=ConfirmationEvent.CONSUME,
                person=None,
                device=None,
            ),
            RUNNER,
        ),
    ]
    assert [word(world.state, fact, actor) for fact, actor in quiet] == [None] * len(quiet)


def test_a_decision_names_the_order_it_is_about_and_its_contract() -> None:
    world = world_with_rows()
    name = world.parked.confirmation.confirmation
    desk = Desk(world)
    world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    desk.look()
    asked = next(event for event in desk.events if event.sentence.startswith("提交复核"))
    decided = desk.events[-1]
    assert decided.sentence == f"复核 {name}（买开 rb2101 200 手 @3700）已驳回：不同意"
    assert asked.sentence.startswith(f"提交复核 {name}（买开 rb2101 200 手 @3700）：")
    assert (asked.instrument, decided.instrument) == (RB, RB)


def test_a_decision_about_a_strategy_or_limits_names_them_and_no_contract() -> None:
    world = World()
    assert world.account.limits is not None
    loose = msgspec.structs.replace(world.account.limits, position_lots=2000)
    world.do(RISK, c.ChangeLimits(account=ONE, limits=loose, base_version=1))
    desk = Desk(world)
    assert desk.said()[-1].startswith(f"提交复核 {world.parked.confirmation.confirmation}（放宽限额）：")
    assert desk.events[-1].instrument is None


def test_every_decision_about_a_confirmation_has_words() -> None:
    assert set(DECISIONS) == set(ConfirmationEvent)
    assert [name for name, words in DECISIONS.items() if not words] == [ConfirmationEvent.CONSUME]


def test_the_chain_of_a_real_day_is_worded_without_error() -> None:
    world = world_with_rows()
    world.decide(CHECKER, world.parked)
    world.show({I: ("827", "827.5"), RB: (3688, 3689)})
    world.cut()
    said = [word(world.state, record.fact, record.actor) for record in world.records()]
    texts = [one.sentence for one in said if isinstance(one, Worded)]
    assert any(text.startswith("提交复核") for text in texts)
    assert any("与交易所的连接断开" in text for text in texts)
    assert not [text for text in texts if "Decimal(" in text or "None" in text]
