"""What a strategy would do is said before it starts or is changed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, InstrumentId, PersonId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, GridSpacing, SpreadSettings, StrategySettings
from terminal.domain.products.margin import margin_rate
from terminal.domain.words.risk import Verdict
from tests.engine_world import CHECKER, COLLEAGUE, FAR, ONE, TRADER, I, World, instruments, terms
from tests.picture_settings import GRID, ROLL, SPREAD, grid_settings, roll_settings, spread_settings
from tests.scenario import legs
from tests.scenario.conftest import relist
from tests.unit.engine.foreseen import ask, start


def test_a_grid_tells_its_lines_its_stop_loss_and_its_first_order() -> None:
    world = World()
    found = ask(world, start(grid_settings(lines=3, lots=2)))
    assert found.verdict is Verdict.ALLOW
    assert found.value == (830 + 828 + 826) * 2 * 100  # at the prices of its own lines, like its margin
    assert found.margin == found.value * (margin_rate(instruments()[I]) or 0) > 0
    loss = sum(830 - 2 * line - 700 for line in range(3)) * 2 * 100
    assert (
        f"最坏：全部成交后到止损 700 亏 {loss + 18 + 18:,}.00 元（价差 {loss:,}.00，开仓费 18.00，平仓费 18.00）"
        in found.details
    )
    assert (
        "每格一个来回净得 388.00 元" in found.details
    )  # two yuan on two lots of a hundred tonnes, three a lot each way
    assert found.details[0].startswith("最坏：")  # before what the form says too
    assert "等差 3 条线：830 至 826，每条 2 手，全部成交 6 手" in found.details
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
    about = found.details.index("7 手分 4 批，每批 2 手")
    assert found.details[0].startswith("按现价移完")
    assert found.details[about + 1 : about + 3] == ("批间停 30 秒", "时机（任一满足）：距最后交易日不多于 5 天")
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
    assert "买一套：买 rb2101 5 手（主动腿），卖 i2101 1 手" in found.details
    assert found.details[-1] == "现在启动会先报：买开 rb2101 5 手 @3701"
    far_away = ask(world, start(spread_settings(buy_at=1, sell_at=9000), SPREAD))
    assert far_away.details[-1] == "现在启动先等待：价差未到买卖价，或合约现在不能交易"


def test_a_spread_tells_its_edges_and_its_way_out_by_figures_before_it_starts() -> None:
    found = ask(World(), start(replace(legs.spread_settings(max_sets=10), max_loss_yuan=Decimal(5000)), SPREAD))
    edge = "任一腿离休市不足 21 秒不报主动腿（满 20 次对冲后，改为本策略对冲用时的 95 分位再加 3 秒）"
    bought = (
        "断腿预案（买入，rb2105 缺 6 手时）：追价 18 秒内卖到 3595（最多多付 ¥300） → "
        "加价 36 秒内卖到 3594（最多多付 ¥360） → 反平 卖 rb2101 6 手 @3700（约亏 ¥60）"
    )
    sold = (
        "断腿预案（卖出，rb2105 缺 6 手时）：追价 18 秒内买到 3607（最多多付 ¥300） → "
        "加价 36 秒内买到 3608（最多多付 ¥360） → 反平 买 rb2101 6 手 @3701（约亏 ¥60）"
    )
    # First: on a small screen the rest has to be scrolled to.
    assert found.details[:4] == ("单腿时反平将亏到 ¥5,000，不再等待，立即反平", bought, sold, edge)


def test_legs_of_two_currencies_are_refused_before_they_start() -> None:
    world = World()
    relist(world, replace(world.engine.look.instrument(I), quote_unit="美元/吨"))
    body = start(spread_settings(buy_at=3000, sell_at=4000), SPREAD)
    why = "i2101 以美元计价，rb2101 以元计价，不能相加减；请换成同一货币的合约。"
    assert ask(world, body).sentence.endswith(f"不能启动：{why}")
    done = world.do(TRADER, body)
    assert (done.code, done.sentence) == ("BAD_SETTINGS", f"策略 {SPREAD}：{why}")


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
    assert found.details[-1] == "现在不能开仓（对账、风险级别、一键停止或结算单），启动后先等待"


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


def test_a_change_of_a_roll_names_the_timing_and_both_its_thresholds() -> None:
    world = World()
    world.buy(7, 3701)
    world.do(TRADER, start(roll_settings(days=5), ROLL))
    body = c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=1, settings=roll_settings(days=6))
    found = ask(world, body)
    assert found.details[0] == "移仓时机 1 距最后交易日不多于 5 天 → 距最后交易日不多于 6 天"
    world.do(TRADER, body)
    assert "移仓时机 1 现为 距最后交易日不多于 6 天、您填 距最后交易日不多于 7 天" in (
        ask(world, replace(body, settings=roll_settings(days=7))).sentence
    )
