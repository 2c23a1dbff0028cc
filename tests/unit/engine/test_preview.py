from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, OrderId, PersonId, StrategyId
from terminal.domain.margin import margin_rate
from terminal.domain.order import Offset, Side, TimeCondition
from terminal.domain.risk_words import Level, Scope, Verdict
from terminal.domain.strategy_settings import GridSettings, GridSpacing, SpreadSettings, StrategySettings
from terminal.engine.preview import preview
from terminal.engine.screen import Preview
from terminal.engine.state import AlertRow, LevelRow
from tests.engine_world import (
    ADMIN,
    CHECKER,
    COLLEAGUE,
    FAR,
    LIMITS,
    NEXT_NIGHT,
    ONE,
    RB,
    RISK,
    SECOND_RISK,
    SPOT,
    TRADER,
    VIEWER,
    I,
    World,
    device,
    instruments,
    terms,
)
from tests.picture_settings import GRID, ROLL, SPREAD, grid_settings, roll_settings, spread_settings


def ask(world: World, body: c.CommandBody, *, by: PersonId = TRADER, split: bool = False) -> Preview:
    """Ask what a command would do, and make sure that asking changed nothing."""
    columns = world.engine.columns
    before = (world.state.state_hash(), [list(row) if row else None for row in columns.rows], columns.at)
    found = preview(world.engine.look, by, device(by), 7, body, split_close=split)
    assert (world.state.state_hash(), [list(row) if row else None for row in columns.rows], columns.at) == before
    assert found.request == 7
    return found


def order(side: Side, lots: int, price: int | str, **more: object) -> c.SubmitOrder:
    return c.SubmitOrder(terms=terms(side, lots, price, **more))  # type: ignore[arg-type]


# --- orders ------------------------------------------------------------------------------------------------------


def test_an_order_says_what_it_is_what_it_costs_and_that_it_may() -> None:
    found = ask(World(), order(Side.BUY, 10, 3701))
    assert found.verdict is Verdict.ALLOW
    assert found.sentence == "买开 rb2101 10 手 @3701 合约价值 ¥370,100 保证金(8%) ¥29,608 手续费 ¥30.00 · 可以报出"
    assert (found.value, found.margin, found.fee) == (370_100, 29_608, 30)
    (child,) = found.children
    assert (child.terms, child.margin, child.fee) == (terms(Side.BUY, 10, 3701), 29_608, 30)


def test_a_large_order_says_why_it_needs_a_second_person() -> None:
    world = World()
    found = ask(world, order(Side.BUY, 200, 3700))
    assert found.verdict is Verdict.CONFIRM2
    assert found.sentence.endswith(" · 需复核")
    assert "需由另一人复核" in found.findings[0].sentence
    assert "超过复核线 5,000,000.00 元" in found.findings[0].sentence
    assert [finding.code for finding in found.findings] == ["ORDER_VALUE_LARGE"]
    assert world.order(Side.BUY, 200, 3700).code == "CONFIRM2"


def test_the_findings_are_those_of_the_gate() -> None:
    world = World()
    found = ask(world, order(Side.BUY, 1500, 3701))
    done = world.order(Side.BUY, 1500, 3701)
    assert found.verdict is Verdict.DENY
    assert done.sentence in [finding.sentence for finding in found.findings]
    assert found.sentence.endswith(" · 不能报出")  # each reason stands once, among the findings
    assert done.code in {finding.code for finding in found.findings}


def test_a_wrong_role_is_said_before_anything_the_gate_finds() -> None:
    found = ask(World(), order(Side.BUY, 1, 3701), by=VIEWER)
    assert found.verdict is Verdict.DENY
    assert found.sentence.endswith("不能报出：wang 没有下单权限")


def test_a_desk_that_does_not_hold_the_account_is_told_who_does() -> None:
    world = World()
    world.account.holder = (RISK, device(RISK))
    found = ask(world, order(Side.BUY, 1, 3701))
    assert found.verdict is Verdict.DENY
    assert found.sentence.endswith("不能报出：账户 A1 由 li@li-desk 持有，先接管才能操作")
    world.account.holder = (TRADER, device(TRADER))
    assert ask(world, order(Side.BUY, 1, 3701)).verdict is Verdict.ALLOW


def test_barrier_and_kill_switch_are_said() -> None:
    world = World()
    world.account.barrier.passed = False
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.verdict, "对账尚未完成" in found.findings[0].sentence) == (Verdict.DENY, True)
    world.account.barrier.passed = True
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.verdict, "已一键停止" in found.findings[0].sentence) == (Verdict.LOCK, True)


def aged_position(today: int, yesterday: int) -> World:
    world = World()
    world.buy(yesterday, 3701)
    world.show_at(NEXT_NIGHT)
    world.wait(3)
    world.buy(today, 3701)
    world.show()
    position = world.account.book.position(RB, terms(Side.BUY, 1, 1).hedge_flag)
    assert (position.long_today, position.long_yesterday) == (today, yesterday)
    return world


def test_a_close_of_so_many_lots_is_split_over_yesterday_s_and_today_s() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 40, 3700, offset=Offset.CLOSE), split=True)
    assert found.verdict is Verdict.ALLOW
    assert [(child.terms.offset, child.terms.lots, child.fee, child.margin) for child in found.children] == [
        (Offset.CLOSE_YESTERDAY, 30, 90, None),
        (Offset.CLOSE_TODAY, 10, 30, None),
    ]
    assert found.sentence == (
        "卖平 rb2101 40 手 @3700（平昨 30 手 + 平今 10 手） 合约价值 ¥1,480,000 手续费 ¥120.00 · 可以报出"
    )
    for child in found.children:
        assert world.do(TRADER, c.SubmitOrder(terms=child.terms)).ok
    assert world.net() == 10


def test_without_splitting_a_close_means_yesterday_s_lots_where_the_exchange_says_so() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 40, 3700, offset=Offset.CLOSE))
    assert found.verdict is Verdict.DENY
    assert "rb2101 多头可平 30 手，要平 40 手，多 10 手" in found.sentence


def test_a_close_that_names_its_day_is_not_split() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 15, 3700, offset=Offset.CLOSE_TODAY), split=True)
    assert [(child.terms.offset, child.terms.lots) for child in found.children] == [(Offset.CLOSE_TODAY, 15)]
    assert found.verdict is Verdict.ALLOW


def test_closing_more_than_is_held_is_denied_with_the_numbers() -> None:
    world = aged_position(20, 30)
    found = ask(world, order(Side.SELL, 51, 3700, offset=Offset.CLOSE), split=True)
    assert found.verdict is Verdict.DENY
    assert found.sentence.endswith("不能报出：rb2101 多头可平 50 手，要平 51 手，多 1 手；请减少手数或先撤平仓单")


def test_lots_under_a_working_close_cannot_be_closed_again() -> None:
    world = World()
    world.buy(10, 3701)
    world.close_long(6, 3790)
    assert ask(world, order(Side.SELL, 5, 3700, offset=Offset.CLOSE), split=True).verdict is Verdict.DENY
    assert ask(world, order(Side.SELL, 4, 3700, offset=Offset.CLOSE), split=True).verdict is Verdict.ALLOW


def test_a_close_with_nothing_to_close_has_no_parts() -> None:
    found = ask(World(), order(Side.BUY, 5, 3701, offset=Offset.CLOSE), split=True)
    assert (found.verdict, found.children) == (Verdict.DENY, ())
    assert "空头可平 0 手" in found.sentence
    assert found.fee is None
    assert "手续费" not in found.sentence  # nothing of it can be sent: that costs nothing, which is not a price


def test_a_close_of_more_than_there_is_names_no_fee_for_a_part_of_it() -> None:
    found = ask(aged_position(20, 30), order(Side.SELL, 51, 3700, offset=Offset.CLOSE), split=True)
    assert found.fee is None
    assert "合约价值 ¥1,887,000 · 不能报出" in found.sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (order(Side.BUY, 0, 3701), "手数应为正整数"),
        (order(Side.BUY, -4, 3701, offset=Offset.CLOSE), "手数应为正整数"),
        (order(Side.BUY, 1, Decimal("NaN")), "不是有效数字"),  # type: ignore[arg-type]
        (order(Side.BUY, 1, Decimal("Infinity")), "不是有效数字"),  # type: ignore[arg-type]
        (order(Side.BUY, 10**9, 3701), "不是有效数字"),
        (order(Side.BUY, 1, 3701, account=AccountId("A9")), "没有账户 A9"),
        (order(Side.BUY, 1, 3701, instrument=InstrumentId("SHFE.xx2101")), "没有合约 SHFE.xx2101"),
    ],
)
def test_what_is_no_order_at_all_is_denied_with_a_sentence(body: c.SubmitOrder, sentence: str) -> None:
    found = ask(World(), body, split=True)
    assert found.verdict is Verdict.DENY
    assert sentence in found.sentence


@pytest.mark.parametrize(
    ("rate", "words"), [(None, "保证金(每手 ¥2,500) ¥25,000"), ("0.08", "保证金(8% + 每手 ¥2,500) ¥54,608")]
)
def test_an_order_says_the_margin_a_lot_binds(rate: str | None, words: str) -> None:
    world = World()
    known = replace(instruments()[RB], margin_rate=None if rate is None else Decimal(rate), broker_margin_add=None)
    world.state.tenant.instruments[RB] = replace(known, margin_by_lot=Decimal(2500))
    assert words in ask(world, order(Side.BUY, 10, 3701)).sentence


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    world = World()
    known = instruments()[RB]
    world.state.tenant.instruments[RB] = replace(known, margin_rate=None, fees=replace(known.fees, open=None))
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.margin, found.fee) == (None, None)
    assert "保证金未知 手续费未知" in found.sentence
    assert found.verdict is Verdict.DENY


@settings(max_examples=40, deadline=None)
@given(
    side=st.sampled_from(Side),
    offset=st.sampled_from(Offset),
    lots=st.sampled_from([1, 5, 60, 140, 900, 1500]),
    ticks=st.integers(-120, 120),
    instrument=st.sampled_from([RB, FAR, I]),
    condition=st.sampled_from(TimeCondition),
)
def test_what_is_foreseen_is_what_happens_and_asking_changes_nothing(
    side: Side, offset: Offset, lots: int, ticks: int, instrument: InstrumentId, condition: TimeCondition
) -> None:
    world = World()
    world.buy(5, 3701)
    world.sell(5, "830", instrument=I)
    world.show()
    known = instruments()[instrument]
    bid = world.quotes[instrument][0]
    assert bid is not None
    price = Decimal(bid) + ticks * known.tick
    wanted = c.SubmitOrder(terms=terms(side, lots, price, instrument=instrument, offset=offset, condition=condition))
    found = ask(world, wanted)
    done = world.do(TRADER, wanted)
    if found.verdict <= Verdict.WARN:
        assert (done.ok, done.code) == (True, "OK")
    elif found.verdict is Verdict.CONFIRM2:
        assert (done.ok, done.code) == (True, "CONFIRM2")
    else:
        assert not done.ok
        assert done.code in {finding.code for finding in found.findings}


# --- strategies ----------------------------------------------------------------------------------------------------


def start(settings: StrategySettings, name: StrategyId = GRID) -> c.StartStrategy:
    return c.StartStrategy(account=ONE, strategy=name, settings=settings)


def test_a_grid_tells_its_lines_its_stop_loss_and_its_first_order() -> None:
    world = World()
    found = ask(world, start(grid_settings(lines=3, lots=2)))
    assert found.verdict is Verdict.ALLOW
    assert found.value == (830 + 828 + 826) * 2 * 100  # at the prices of its own lines, like its margin
    assert found.margin == found.value * (margin_rate(instruments()[I]) or 0) > 0
    loss = sum(830 - 2 * line - 700 for line in range(3)) * 2 * 100
    assert f"最坏：全部成交后到止损 700，−¥{loss:,}（不含滑点与手续费）" in found.details
    assert found.details[0] == "等差 3 条线：830 至 826，每条 2 手，全部成交 6 手"
    assert found.details[-1] == "现在启动会先报：买开 i2101 2 手 @830"
    world.do(TRADER, start(grid_settings(lines=3, lots=2)))
    world.show()
    assert next(iter(world.account.orders.values())).terms == terms(Side.BUY, 2, 830, instrument=I)


def test_a_large_strategy_says_that_it_needs_a_second_person_like_its_start() -> None:
    world = World()
    body = start(grid_settings(lines=8, lots=10))
    found = ask(world, body)
    assert (found.verdict, found.value) == (Verdict.CONFIRM2, sum(830 - 2 * line for line in range(8)) * 10 * 100)
    assert found.sentence.endswith("需复核：总价值超过 ¥5,000,000")
    assert world.do(TRADER, body).code == "CONFIRM2"


def test_a_strategy_beyond_the_largest_value_is_denied_like_its_start() -> None:
    world = World()
    body = start(grid_settings(lines=60, lots=20))
    found = ask(world, body)
    assert found.verdict is Verdict.DENY
    assert "超过上限" in found.sentence
    assert world.do(TRADER, body).code == "PARENT_VALUE"


def test_a_roll_tells_its_batches_and_that_it_waits_for_its_timings() -> None:
    world = World()
    world.buy(7, 3701)
    found = ask(world, start(roll_settings(), ROLL))
    assert found.verdict is Verdict.ALLOW
    assert found.details[0] == "7 手分 4 批，每批 2 手，批间停 30 秒"
    assert found.details[1] == "时机（任一满足）：距最后交易日不多于 5 天"
    assert found.details[-1] == "现在启动先等待：移仓时机未到，或合约现在不能交易"
    far = world.engine.look.instrument(FAR)
    assert found.margin == 7 * 10 * Decimal(3601) * (far.margin_rate or 0)


def test_a_roll_whose_time_has_come_begins_at_once() -> None:
    world = World()
    world.buy(7, 3701)
    world.show()
    assert ask(world, start(roll_settings(days=1000), ROLL)).details[-1] == "现在启动：移仓时机已到，开始移仓"


def test_a_spread_at_its_price_tells_the_active_leg_s_order() -> None:
    world = World()
    found = ask(world, start(spread_settings(buy_at=3000, sell_at=4000), SPREAD))
    assert found.sentence.startswith("启动策略 价差-螺矿：价差 买 rb2101、卖 i2101 最多 3 套 ")
    assert found.details[0] == "买一套：买 rb2101 5 手（主动腿），卖 i2101 1 手"
    assert found.details[-1] == "现在启动会先报：买开 rb2101 5 手 @3701"
    far_away = ask(world, start(spread_settings(buy_at=1, sell_at=9000), SPREAD))
    assert far_away.details[-1] == "现在启动先等待：价差未到买卖价，或合约现在不能交易"


def test_a_spread_finer_than_a_millionth_is_told_and_breaks_nothing() -> None:
    settings = spread_settings(buy_at=1, sell_at=9000)
    legs = (settings.legs[0], replace(settings.legs[1], coefficient=Decimal("-1.60000001")))
    found = ask(World(), start(SpreadSettings(account=ONE, legs=legs, buy_at=Decimal(1), sell_at=Decimal(2)), SPREAD))
    assert found.verdict is Verdict.DENY
    assert "价格系数" in found.sentence


def test_a_spread_finer_than_a_millionth_is_refused_and_the_market_goes_on() -> None:
    world = World()
    settings = spread_settings(buy_at=1, sell_at=9000)
    legs = (settings.legs[0], replace(settings.legs[1], coefficient=Decimal("-1.60000001")))
    done = world.do(TRADER, start(replace(settings, legs=legs), SPREAD))
    assert (done.ok, done.code) == (False, "BAD_SETTINGS")
    world.wait(2)
    assert SPREAD not in world.account.strategies


def test_while_opening_is_closed_a_strategy_would_wait() -> None:
    world = World()
    world.wire.cut()
    world.steps(1)
    assert not world.account.barrier.passed
    found = ask(world, start(grid_settings()))
    assert found.details[-1] == "现在不能开仓（对账或风险级别），启动后先等待"


@pytest.mark.parametrize(
    ("body", "by", "sentence"),
    [
        (start(grid_settings(lots=0)), TRADER, "网格每格手数应为正整数。"),
        (start(replace(grid_settings(), account=AccountId("A2"))), TRADER, "策略的账户与命令不一致"),
        (start(replace(grid_settings(), instrument=InstrumentId("DCE.i2999"))), TRADER, "DCE.i2999 不在行情中"),
        (start(grid_settings()), CHECKER, "没有启动策略权限"),
        (
            c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=1, settings=roll_settings()),
            TRADER,
            "不存在或已结束",
        ),
    ],
)
def test_a_strategy_that_cannot_start_says_why(body: c.StartStrategy, by: PersonId, sentence: str) -> None:
    found = ask(World(), body, by=by)
    assert found.verdict is Verdict.DENY
    assert sentence in found.sentence


TOO_FINE = "网格间距小于 铁矿石2101 的最小变动价位 0.5，请"


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        (grid_settings(step="0.1"), "加大步长。"),
        (
            replace(grid_settings(), spacing=GridSpacing.GEOMETRIC, step=None, ratio=Decimal("0.9999")),
            "把比例改得离 1 更远。",
        ),
    ],
)
def test_a_grid_finer_than_the_tick_is_refused_before_it_starts(settings: GridSettings, remedy: str) -> None:
    world = World()
    found = ask(world, start(settings))
    assert found.verdict is Verdict.DENY
    assert found.sentence.endswith(f"不能启动：{TOO_FINE}{remedy}")
    done = world.do(TRADER, start(settings))
    assert (done.ok, done.code, done.sentence) == (False, "BAD_SETTINGS", f"策略 {GRID}：{TOO_FINE}{remedy}")
    assert GRID not in world.account.strategies


def test_a_grid_of_exactly_one_tick_starts() -> None:
    world = World()
    body = start(grid_settings(step="0.5"))
    assert ask(world, body).verdict is Verdict.ALLOW
    assert world.do(TRADER, body).ok


def changed(settings: StrategySettings, *, base: int = 1) -> c.ChangeStrategy:
    return c.ChangeStrategy(account=ONE, strategy=GRID, base_version=base, settings=settings)


GRID_NOW = grid_settings(lots=5)


@pytest.mark.parametrize(
    ("body", "verdict", "sentence"),
    [
        (changed(GRID_NOW), Verdict.ALLOW, "与现行设置（第 1 版）相同，无需修改"),
        (changed(replace(GRID_NOW, stop=Decimal(720), lower=Decimal(725))), Verdict.ALLOW, "可以修改"),
        (changed(grid_settings(lots=6)), Verdict.ALLOW, "可以修改"),
        (changed(grid_settings(lots=7)), Verdict.CONFIRM2, "需复核：策略 网格-铁矿 改设置：每格手数由 5 增至 7"),
        (changed(grid_settings(lots=5, lines=7)), Verdict.DENY, "网格线数不能在运行中修改"),
        (changed(grid_settings(lots=0)), Verdict.DENY, "网格每格手数应为正整数"),
        (changed(roll_settings()), Verdict.DENY, "不能改成另一种策略"),
        (changed(grid_settings(lots=6), base=3), Verdict.DENY, "已是第 1 版，您修改的是第 3 版"),
        (replace(changed(GRID_NOW), strategy=ROLL), Verdict.DENY, "不存在或已结束"),
        (changed(grid_settings(lots=2000)), Verdict.DENY, "总价值超过上限"),
    ],
)
def test_a_change_is_foreseen_as_it_happens(body: c.ChangeStrategy, verdict: Verdict, sentence: str) -> None:
    world = World()
    assert world.do(TRADER, start(GRID_NOW)).ok
    found = ask(world, body)
    assert (found.verdict, sentence in found.sentence) == (verdict, True), found.sentence
    done = world.do(TRADER, body)
    assert done.ok is (verdict is not Verdict.DENY)
    assert (done.code == "CONFIRM2") is (verdict is Verdict.CONFIRM2)


def test_a_change_lists_what_differs_and_from_when_it_holds() -> None:
    world = World()
    world.do(TRADER, start(GRID_NOW))
    found = ask(world, changed(replace(GRID_NOW, stop=Decimal(720), lots_per_line=6)))
    assert found.details[:3] == (  # first: on a small screen the rest has to be scrolled to
        "每格手数 5 手 → 6 手",
        "止损价 700 元 → 720 元",
        "从下一次决策起按第 2 版执行，已有持仓与挂单由它接着处理",
    )


def test_a_strategy_s_name_is_used_once() -> None:
    world = World()
    world.do(TRADER, start(GRID_NOW))
    found = ask(world, start(GRID_NOW))
    assert (found.verdict, "已存在" in found.sentence) == (Verdict.DENY, True)


def test_what_lowers_risk_waits_for_no_holder() -> None:
    world = World()
    world.do(TRADER, start(GRID_NOW))
    world.do(COLLEAGUE, c.TakeAccount(account=ONE))
    pause = c.PauseStrategy(account=ONE, strategy=GRID)
    assert ask(world, pause).verdict is Verdict.ALLOW
    assert world.do(TRADER, pause).ok
    resume = c.ResumeStrategy(account=ONE, strategy=GRID)
    found = ask(world, resume)
    assert (found.verdict, "qian@qian-desk 持有，先接管才能操作" in found.sentence) == (Verdict.DENY, True)
    assert world.do(TRADER, resume).code == "NOT_HOLDER"
    assert "持有" in ask(world, changed(grid_settings(lots=6))).sentence
    assert "qian@qian-desk 不再下单，仍可撤单与停止" in ask(world, c.TakeAccount(account=ONE)).sentence
    assert ask(world, c.TakeAccount(account=ONE), by=COLLEAGUE).sentence == "账户 A1 已由您操作"


def test_whoever_would_take_over_is_told_first_what_of_others_ends_with_it() -> None:
    world = World()
    assert world.order(Side.BUY, 490, 3690).code == "CONFIRM2"
    told = ask(world, c.TakeAccount(account=ONE), by=COLLEAGUE).sentence
    assert told.endswith("；他人提交的 1 项待复核将作废")
    assert "作废" not in ask(world, c.TakeAccount(account=ONE)).sentence


def test_a_document_is_saved_over_the_version_it_was_opened_at() -> None:
    world = World()
    body = c.SaveDocument(name="草稿", base_version=0, body="{}")
    world.do(TRADER, body)
    found = ask(world, body)
    assert (found.verdict, "已是第 1 版" in found.sentence) == (Verdict.DENY, True)
    assert ask(world, replace(body, base_version=1, body="")).sentence == "删除 草稿"


# --- everything else -----------------------------------------------------------------------------------------------


def busy() -> World:
    world = World()
    world.buy(3, 3690)
    world.order(Side.BUY, 200, 3700)
    world.do(TRADER, start(grid_settings()))
    world.account.open_alerts[4] = AlertRow(
        number=4, level=Level.ORANGE, code="LEG_BROKEN", instrument=RB, sentence="缺 2 手", at=0
    )
    return world


WAITING = ConfirmationId("A1-C000001")
FIRST = OrderId("A1-00000001")


@pytest.mark.parametrize(
    ("body", "by", "verdict", "sentence"),
    [
        (c.CancelOrder(account=ONE, order=FIRST), TRADER, Verdict.ALLOW, "撤 买开 rb2101 3 手 @3690，未成 3 手"),
        (c.CancelOrder(account=ONE, order=OrderId("x")), TRADER, Verdict.DENY, "x 不在可撤委托中。"),
        (c.CancelAll(account=ONE, instrument=RB), TRADER, Verdict.ALLOW, "撤rb2101 的 1 笔未了委托，共 3 手"),
        (c.CancelAll(account=ONE), VIEWER, Verdict.DENY, "不能执行：wang 没有撤单权限"),
        (
            c.ApproveOrder(account=ONE, confirmation=WAITING, order_hash="", signature=""),
            TRADER,
            Verdict.DENY,
            "制单人不能复核自己的委托，请由另一人复核。",
        ),
        (
            c.ApproveOrder(account=ONE, confirmation=WAITING, order_hash="", signature=""),
            CHECKER,
            Verdict.ALLOW,
            f"{WAITING} 通过后重新检查并立即执行",
        ),
        (
            c.RejectOrder(account=ONE, confirmation=WAITING, order_hash="", signature="", reason=""),
            VIEWER,
            Verdict.DENY,
            "不能执行：wang 没有复核权限",
        ),
        (c.WithdrawOrder(account=ONE, confirmation=WAITING), CHECKER, Verdict.DENY, "只有制单人可以撤回待复核项。"),
        (c.WithdrawOrder(account=ONE, confirmation=WAITING), TRADER, Verdict.ALLOW, f"撤回 {WAITING}，不再执行"),
        (
            c.PauseStrategy(account=ONE, strategy=GRID),
            TRADER,
            Verdict.ALLOW,
            f"策略 {GRID}：撤销其挂单，暂停；持仓保留",
        ),
        (c.ResumeStrategy(account=ONE, strategy=GRID), TRADER, Verdict.DENY, f"策略 {GRID} 没有暂停。"),
        (c.StopStrategy(account=ONE, strategy=SPREAD), TRADER, Verdict.DENY, f"策略 {SPREAD} 不存在或已结束。"),
        (c.TakeAccount(account=ONE), TRADER, Verdict.ALLOW, "接管账户 A1"),
        (c.AcknowledgeAlert(account=ONE, alert=4), TRADER, Verdict.ALLOW, "确认已看到：缺 2 手"),
        (c.AcknowledgeAlert(account=ONE, alert=4), VIEWER, Verdict.DENY, "不能执行：wang 没有确认提醒权限"),
        (c.AcknowledgeAlert(account=ONE, alert=5), TRADER, Verdict.DENY, "第 5 号提醒已确认或不存在。"),
        (c.MoveCash(account=ONE, amount=Decimal(-5), reason=""), ADMIN, Verdict.ALLOW, "出金 −¥5.00"),
        (c.MoveCash(account=ONE, amount=Decimal(5), reason=""), TRADER, Verdict.DENY, "不能执行：zhao 没有出入金权限"),
        (
            c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIMITS, position_lots=900)),
            RISK,
            Verdict.ALLOW,
            "持仓限额 1000 → 900 · 收紧，立即生效",
        ),
        (
            c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIMITS, position_lots=1100)),
            RISK,
            Verdict.CONFIRM2,
            "持仓限额 1000 → 1100 · 需复核：放宽持仓限额",
        ),
        (
            c.Kill(account=ONE, scope=Scope(instrument=RB), reason=""),
            TRADER,
            Verdict.ALLOW,
            "停止合约 rb2101：禁止开仓，暂停策略，撤销委托，待复核作废；须两人解除",
        ),
        (
            c.QuoteSpot(instrument=SPOT, price=Decimal("910.50"), source="日照港"),
            TRADER,
            Verdict.ALLOW,
            "i.日照港 现货报价记为 910.5",
        ),
        (
            c.QuoteSpot(instrument=SPOT, price=Decimal("910.50"), source="日照港"),
            VIEWER,
            Verdict.DENY,
            "wang 没有报现货价权限",
        ),
        (
            c.QuoteSpot(instrument=SPOT, price=Decimal(9_999_999_999), source="日照港"),
            TRADER,
            Verdict.DENY,
            "SPOT.i.日照港 现货价应小于 1000000000 元/吨，现为 9999999999；没有记下，请改价。",
        ),
        (c.SaveDocument(name="草稿", base_version=0, body="{}"), TRADER, Verdict.ALLOW, "保存 草稿"),
        (c.TakeAccount(account=AccountId("A9")), TRADER, Verdict.DENY, "没有账户 A9。"),
    ],
)
def test_every_other_command_says_plainly_what_it_does(
    body: c.CommandBody, by: PersonId, verdict: Verdict, sentence: str
) -> None:
    found = ask(busy(), body, by=by)
    assert (found.verdict, found.sentence) == (verdict, sentence)


def test_a_release_needs_two_persons_and_says_which_one_this_is() -> None:
    world = busy()
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    body = c.Release(account=ONE, scope=Scope(), reason="已查明")
    assert ask(world, body, by=RISK).sentence == "申请解除整个账户，需另一人确认"
    world.do(RISK, body)
    assert ask(world, body, by=RISK).sentence == "申请解除整个账户，需另一人确认"
    assert ask(world, body, by=SECOND_RISK).sentence == "与 li 一起解除整个账户"


def test_a_request_to_release_that_lapsed_is_nobody_s_to_confirm() -> None:
    world = busy()
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    body = c.Release(account=ONE, scope=Scope(), reason="已查明")
    world.do(RISK, body)
    world.wait(15 * 60 + 1)
    assert ask(world, body, by=SECOND_RISK).sentence == "申请解除整个账户，需另一人确认"


def test_a_release_is_not_offered_to_whose_opening_order_was_taken_back() -> None:
    world = World()
    assert world.order(Side.BUY, 1, 3650).ok
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    found = ask(world, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    assert (found.verdict, "今日在该范围内的开仓与此有关" in found.sentence) == (Verdict.DENY, True)


def test_an_edit_says_that_the_older_request_is_void() -> None:
    world = busy()
    body = c.EditOrder(account=ONE, confirmation=WAITING, terms=terms(Side.BUY, 10, 3701))
    found = ask(world, body)
    assert found.verdict is Verdict.ALLOW
    assert found.sentence.startswith(f"原复核 {WAITING} 作废，改为 买开 rb2101 10 手 @3701 合约价值")
    assert ask(world, body, by=CHECKER).sentence == "只有制单人可以修改待复核项。"
    assert ask(world, replace(body, confirmation=ConfirmationId("A1-C9"))).verdict is Verdict.DENY


def test_a_level_at_red_is_said() -> None:
    world = World()
    world.account.levels["account|zombie"] = LevelRow(scope=Scope(), signal="zombie", level=Level.RED, since=0)
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.verdict, "风险级别红色" in found.findings[0].sentence) == (Verdict.LOCK, True)
