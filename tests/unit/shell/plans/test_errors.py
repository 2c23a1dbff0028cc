from __future__ import annotations

from pathlib import Path

import pytest

from terminal.shell.plans.text import MOST_BYTES
from tests.unit.shell.plans.plans import CAST, GRID, HEAD, order, plan_file, refusal

HERE = "# here"  # marks the line a sentence must name

SPREAD = """\
[[strategy]]
id = "s"
kind = "spread"
account = "A"
buy_at = 1
sell_at = 2
legs = [
    { instrument = "SHFE.hc2101", coefficient = 1, lots = 1, active = true },
    { instrument = "SHFE.rb2101", coefficient = -1, lots = -1 },
]
"""
VWAP = """\
[[strategy]]
id = "v"
kind = "execution"
account = "A"
instrument = "SHFE.rb2010"
style = "VWAP"
side = "BUY"
total_lots = 60
limit = 3705
slice_seconds = 600
begins_at = "2020-08-21 09:06:00"
ends_at = "2020-08-21 10:45:00"
curve = [{ begin = "09:00", end = "10:15", weight = 30 }]
"""
ROLL = """\
[[strategy]]
id = "r"
kind = "roll"
account = "A"
near = "SHFE.rb2010"
far = "SHFE.rb2101"
side = "BUY"
lots = 10
batch_lots = 2
timings = [
    { type = "open_interest_crossover", ratio = 1 },
    { type = "days_to_expiry", days = 3 }
]
"""
ALARM = '[[spread]]\nname = "x"\nlegs = [["SHFE.hc2101", 1, 1], ["SHFE.rb2101", -1, -1]]\n[[alarm]]\naccount = "A"\n'
BASIS = '[[basis]]\nname = "b"\nspot = "SPOT.rb.上海"\nfuture = "SHFE.rb2101"\n'
SPOT = '[[spot]]\nat = "+1s"\ninstrument = "SPOT.rb.上海"\nprice = 1\nsource = "示例"\n'
IRON = '[[instrument]]\nid = "DCE.i2101"\n'
REBAR = '[[instrument]]\nid = "SHFE.rb2101"\n'
DECIDE = '[[command]]\ndo = "approve"\nat = "+1s"\nby = "checker"\naccount = "A"\n'


def wrong(old: str, new: str, text: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


CASES = {
    "a roll into another product": (ROLL, 'far = "SHFE.rb2101"', 'far = "DCE.i2101" # here', "不是同一品种"),
    "a far account that there is not": (ROLL, "lots = 10\n", 'lots = 10\nfar_account = "Z" # here\n', "没有账户 Z"),
    "a half that the runner makes": (ROLL, "lots = 10\n", 'lots = 10\nhalf = "NEAR" # here\n', "half 由运行器填"),
    "fees by a word that there is not": (IRON, IRON, f'{IRON}fee_class = "EXPLICIT" # here\n', "平今费永远收不到"),
    "a word taken away that says the fee": (
        REBAR,
        REBAR,
        f"{REBAR}explicit_close_today = false # here\n",
        "平今费永远收不到",
    ),
    "an unknown key": (CAST, "limits]\n", "limits]\nposition_lot = 1 # here\n", "position_lots"),
    "an unknown key inside a leg": (SPREAD, "lots = -1", "lot = -1, lots = -1", "不认识的键 lot"),
    "an unknown table": (GRID, "[[strategy]]", "[[strateg]] # here", "strategy"),
    "a missing key": (GRID, "anchor = 3700\n", "", "缺少 anchor"),
    "a wrong type": (GRID, "lines = 3", 'lines = "3" # here', "lines 应为整数"),
    "a part of a lot": (order(), "lots = 2", "lots = 2.5 # here", "lots 应为整数"),
    "negative lots": (order(), "lots = 2", "lots = -2 # here", "手数应为正整数，现为 -2"),
    "negative lots of a grid": (
        GRID,
        "lots_per_line = 1",
        "lots_per_line = -1 # here",
        "lots_per_line 应为正整数，现为 -1",
    ),
    "a negative limit": (CAST, "position_lots = 100", "position_lots = -1 # here", "不能为负"),
    "a limit that is no fraction": (CAST, "position_lots", "margin_max = 80 # here\nposition_lots", "0 到 1"),
    "a limit of an unknown instrument": (
        CAST,
        "position_lots = 100",
        'position_lots_by_instrument = { "DCE.qq2101" = 1 } # here',
        "未知合约 qq2101",
    ),
    "a limit that is not set here": (CAST, "position_lots = 100", "is_hedge_account = true # here", "hedge = true"),
    "limits that are no table": (CAST, "[limits]\nposition_lots = 100", "limits = 3 # here", "应为表"),
    "negative cash": (CAST, "cash = 1_000_000", "cash = -1 # here", "不能为负"),
    "cash that is no number": (CAST, "cash = 1_000_000", 'cash = "viel" # here', "不是数字"),
    "infinite cash": (CAST, "cash = 1_000_000", "cash = inf # here", "不是合理的数字"),
    "cash that is text for no number": (CAST, "cash = 1_000_000", 'cash = "NaN" # here', "不是合理的数字"),
    "more cash than there is": (CAST, "cash = 1_000_000", 'cash = "1e999999" # here', "不是合理的数字"),
    "a coefficient without end": (SPREAD, "coefficient = -1", 'coefficient = "-1e-30"', "不是合理的数字"),
    "an order without a price": (order(), "price = 3700", 'price = "NaN" # here', "不是合理的数字"),
    "a year without end": (IRON, IRON, IRON + "expiry = 99999999999999 # here\n", "不是日期"),
    "no account": (CAST, CAST, "", "没有账户"),
    "an account twice": (CAST, "[[person]]", '[[account]]\nid = "A" # here\ncash = 1\n[[person]]', "写了两次"),
    "an account without a name": (CAST, 'id = "A"', 'id = "" # here', "不能为空"),
    "a person twice": (CAST, '"checker"\n', '"maker" # here\n', "写了两次"),
    "a role on an unknown account": (CAST, 'roles = { A = ["trader"]', 'roles = { B = ["trader"]', "没有的账户 B"),
    "an unknown role": (CAST, '["trader"]', '["king"]', "'king'"),
    "a device of nobody": (CAST, "[limits]", '[[device]]\nid = "d"\nperson = "x" # here\n[limits]', "不在 [[person]]"),
    "somebody else's first device": (
        CAST,
        "[limits]",
        '[[device]]\nid = "maker-1"\nperson = "checker"\n[limits]',
        "已属于别人",
    ),
    "an unknown instrument": (GRID, '"SHFE.rb2101"', '"SHFE.zz2101" # here', "未知合约 zz2101"),
    "an unknown instrument in a leg": (SPREAD, '"SHFE.rb2101"', '"SHFE.zz2101"', "未知合约 zz2101"),
    "another writing of an instrument": (GRID, '"SHFE.rb2101"', '"SHFE.RB2101" # here', "请写成 SHFE.rb2101"),
    "a strategy on an unknown account": (GRID, 'account = "A"', 'account = "B" # here', "没有账户 B"),
    "a move that nobody writes": (GRID, "anchor = ", "shifted = -98 # here\nanchor = ", "shifted 由移仓与跟随填写"),
    "an unknown kind of strategy": (GRID, 'kind = "grid"', 'kind = "moon" # here', "roll、spread、grid"),
    "a strategy twice": (GRID, GRID, GRID + GRID.replace('"g"', '"g" # here'), "写了两次"),
    "settings the strategy refuses": (GRID, "stop = 3590", "stop = 3680", "止损价 3680"),
    "a grid finer than the tick": (GRID, "step = 10", 'step = "0.4" # here', "重合"),
    "a falling grid whose ratio is finer than the tick": (
        GRID,
        "step = 10",
        'spacing = "GEOMETRIC"\nratio = "0.9999" # here',
        "SHFE.rb2101 的最小变动价位 1",
    ),
    "cash in full-width digits": (CAST, "cash = 1_000_000", 'cash = "１２３" # here', "请改用半角"),
    "a price in full-width digits": (order(), "price = 3700", 'price = "３700" # here', "price 的数字 ３700"),
    "a coefficient in full-width digits": (SPREAD, "coefficient = -1", 'coefficient = "-１"', "请改用半角"),
    "a leg's coefficient in full-width digits": (ALARM, '"SHFE.rb2101", -1', '"SHFE.rb2101", "-１"', "请改用半角"),
    "a time in full-width digits": (order(), '"+1s"', '"+１s" # here', "应写成上海时间"),
    "a day in full-width digits": (order(), '"+1s"', '"2020-08-2１ 13:45:00" # here', "应写成上海时间"),
    "an unknown key of a timing": (
        ROLL,
        "days = 3 }",
        "days = 3, day = 3 } # here",
        "是否想写 days",
    ),
    "an unknown kind of timing": (ROLL, '"days_to_expiry"', '"moon"', "'moon'"),
    "an unknown enum value": (GRID, 'side = "BUY"', 'side = "LONG" # here', "'LONG'"),
    "an unknown near contract": (ROLL, '"SHFE.rb2010"', '"SHFE.zz2010" # here', "未知合约 zz2010"),
    "a strategy whose contract is written otherwise": (ROLL, '"SHFE.rb2010"', '"SHFE.RB2010" # here', "请写成"),
    "a command nobody knows": (order(), 'do = "submit"', 'do = "sing" # here', "'sing'"),
    "a command by nobody": (order(), 'by = "maker"', 'by = "ghost" # here', "没有人员 ghost"),
    "a command from an unknown device": (order(), 'by = "maker"', 'by = "maker"\ndevice = "x" # here', "没有设备 x"),
    "a command on an unknown account": (order(), 'account = "A"', 'account = "B" # here', "没有账户 B"),
    "a decision on an unknown account": (DECIDE, 'account = "A"', 'account = "B" # here', "没有账户 B"),
    "a command about an unknown instrument": (order(), '"SHFE.rb2101"', '"SHFE.zz2101" # here', "未知合约"),
    "an order on a combination that nobody lists": (
        order(),
        '"SHFE.rb2101"',
        '"DCE.SP i2105&i2101" # here',
        "这两腿的组合是 SP i2101&i2105",
    ),
    "an order on a combination with an unknown leg": (
        order(),
        '"SHFE.rb2101"',
        '"DCE.SP zz2101&i2105" # here',
        "未知合约",
    ),
    "a command about an unknown strategy": (
        order(),
        order(),
        '[[command]]\ndo = "pause"\nat = "+1s"\nby = "maker"\nstrategy = "q" # here\n',
        "没有策略 q",
    ),
    "a curve without weight in the window": (
        VWAP,
        'curve = [{ begin = "09:00", end = "10:15", weight = 30 }]',
        'curve = [{ begin = "10:15", end = "10:30", weight = 30 }]',
        "成交曲线在开始时间与结束时间之间没有权重",
    ),
    "a weight no book can hold": (VWAP, "weight = 30 }]", "weight = 999999999999999 }]", "的权重太大"),
    "a time far beyond any recording": (order(), '"+1s"', '"+9223372036854s" # here', "开盘后秒数至多 9 位"),
    "a time that is none": (order(), '"+1s"', '"tomorrow" # here', "应写成上海时间"),
    "a time with a zone": (order(), '"+1s"', "2020-08-21T13:45:00+08:00 # here", "不带时区"),
    "a day that is none": (order(), '"+1s"', '"2020-02-31 13:45:00" # here', "没有 2020-02-31"),
    "an hour that is none": (order(), '"+1s"', '"2020-02-28 25:45:00" # here', "没有 25:45:00"),
    "a time outside the calendar": (order(), '"+1s"', '"1999-01-04 13:45:00" # here', "超出交易日历"),
    "a spread with one leg": (ALARM, ', ["SHFE.rb2101", -1, -1]]', "] # here", "至少要有两腿"),
    "a spread leg with too few words": (ALARM, '["SHFE.rb2101", -1, -1]', '["SHFE.rb2101", -1]', "应有 3 项"),
    "a spread leg without weight": (ALARM, '"SHFE.rb2101", -1, -1', '"SHFE.rb2101", 0, -1', "不能为零"),
    "a spread finer than can be counted": (ALARM, '"SHFE.rb2101", -1', '"SHFE.rb2101", "-0.0000001"', "太细"),
    "a spread without a name": (ALARM, 'name = "x"', 'name = "" # here', "名称不能为空"),
    "a spread twice": (ALARM, ALARM, ALARM[: ALARM.index("[[alarm]]")] * 2, "写了两次"),
    "a spread of one instrument": (ALARM, '"SHFE.rb2101"', '"SHFE.hc2101"', "不能相同"),
    "a basis without spot": (BASIS, "SPOT.rb.上海", "SHFE.rb2105", "不是现货"),
    "a basis without future": (BASIS, "SHFE.rb2101", "SPOT.rb.杭州", "不是期货"),
    "an alarm for an unknown account": (ALARM, 'account = "A"', 'account = "B" # here\nspread = "x"', "没有账户 B"),
    "an alarm to look elsewhere": (
        ALARM,
        ALARM,
        ALARM + 'spread = "x"\ninstrument = "DCE.i2101" # here\nlow = 1\n',
        "一腿",
    ),
    "an alarm with a negative band": (ALARM, ALARM, ALARM + 'spread = "x"\nlow = 1\nband = -1\n', "不能为负"),
    "an alarm over nothing": (ALARM, ALARM, ALARM + 'spread = "y" # here\nhigh = 1\n', "没有名为 y"),
    "an alarm without a bound": (ALARM, ALARM, ALARM + 'spread = "x"\n', "至少要有 low 或 high"),
    "an alarm with crossed bounds": (ALARM, ALARM, ALARM + 'spread = "x"\nlow = 2 # here\nhigh = 1\n', "应低于上限"),
    "a spot price of a future": (SPOT, "SPOT.rb.上海", "SHFE.rb2101", "不是现货"),
    "a spot price without a source": (SPOT, 'source = "示例"', 'source = " " # here', "来源"),
    "a spot price of nothing": (SPOT, "price = 1", "price = 0 # here", "应为正数"),
    "a spot price no contract has": (SPOT, "price = 1", "price = 1_000_000_000 # here", "应小于 1000000000 元/吨"),
    "a spot price between two ticks": (SPOT, "price = 1", 'price = "0.001" # here', "0.01 元/吨的整数倍"),
    "a spot price with a tale for a source": (SPOT, '"示例"', f'"{"示" * 81}" # here', "最多 80 个字"),
    "an instrument twice": (IRON, IRON, IRON + IRON, "写了两次"),
    "an instrument the reference lacks": (IRON, "DCE.i2101", "DCE.qq2101", "还缺：multiplier"),
    "a margin of eight hundred per cent": (IRON, IRON, IRON + "margin_rate = 8 # here\n", "0 到 1"),
    "a negative fee": (IRON, IRON, IRON + "fees.open = { by_lot = -1 } # here\n", "不能为负"),
    "an unknown fee": (IRON, IRON, IRON + "fees.opening = { by_lot = 1 } # here\n", "不认识的键 opening"),
    "another currency": (IRON, IRON, IRON + 'quote_unit = "美元/吨" # here\n', "按人民币记账"),
    "no tick": (IRON, IRON, IRON + "tick = 0 # here\n", "应为正数"),
    "an unknown session": (IRON, IRON, IRON + 'session = "MOON" # here\n', "没有交易时段模板 MOON"),
    "a last-day rule nobody knows": (IRON, IRON, IRON + 'last_day = "someday" # here\n', "trading-day 10"),
    "an expiry on a Sunday": (IRON, IRON, IRON + "expiry = 20200823 # here\n", "不是交易日"),
    "an expiry that is no date": (IRON, IRON, IRON + "expiry = 20201332 # here\n", "不是日期"),
    "limits upside down": (IRON, IRON, IRON + "upper_limit = 1 # here\nlower_limit = 2\n", "应高于跌停价"),
    "a trading day about nothing": (IRON, IRON, IRON + "trading_day = 20200821 # here\n", "一起写"),
    "a trading day twice": (
        IRON,
        IRON,
        IRON + "pre_settlement = 1\n[[instrument.day]]\npre_settlement = 2\n",
        "写了两次",
    ),
    "a key twice": (CAST, "cash = 1_000_000", "cash = 1_000_000\ncash = 2 # here", "写了两次"),
    "no TOML": (CAST, "cash = 1_000_000", "cash = = 2 # here", "不合 TOML 语法"),
    "a table where many are meant": (CAST, "[[account]]", "[account] # here", "[[account]]"),
    "a seed that is text": (HEAD, "seed = 7", 'seed = "7" # here', "seed 应为整数"),
    "no tenant": (HEAD, 'tenant = "DEMO"', "", "缺少 tenant"),
    "a cut without length": (order(), order(), '[[command]]\ndo = "cut"\nat = "+1s"\nseconds = 0 # here\n', "正整数"),
    "a scope of two things": (
        GRID,
        GRID,
        GRID + '[[command]]\ndo = "kill"\nat = "+1s"\nby = "checker"\naccount = "A"\nreason = "x"\nstrategy = "g"\n'
        'instrument = "SHFE.rb2101" # here\n',
        "之一",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said_with_file_line_and_what_to_do(tmp_path: Path, case: str) -> None:
    text, old, new, fragment = CASES[case]
    whole = HEAD + CAST if text in (HEAD, CAST) else HEAD + CAST + text
    path = plan_file(tmp_path, wrong(old, new, whole))
    said = refusal(path)
    assert fragment in said
    assert said.startswith(f"方案 {path} 第 ")
    assert "\n" not in said
    marked = [number for number, line in enumerate(path.read_text().splitlines(), start=1) if HERE in line]
    if marked:
        assert f"第 {marked[0]} 行" in said


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert "读不到方案" in refusal(tmp_path / "none.toml")
    assert "读不到方案" in refusal(tmp_path)


def test_a_file_that_is_no_text_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(b"seed = 1\ntenant = '\xff'\n")
    assert "第 2 行：不是 UTF-8" in refusal(path)


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 5_000 + "]" * 5_000, "x = " + "[" * 100 + "]" * 100, ".".join("x" * 5_000) + " = 1"]
)
def test_a_plan_of_brackets_without_end_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = plan_file(tmp_path, text)
    said = refusal(path)
    assert said.startswith(f"方案 {path}：")
    assert "套得太深" in said
    assert "\n" not in said


def test_a_tape_given_for_a_plan_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "不像是方案" in refusal(path)


def test_a_strategy_that_nobody_may_start_is_said(tmp_path: Path) -> None:
    said = refusal(plan_file(tmp_path, HEAD, CAST.replace('["trader"]', '["viewer"]'), GRID))
    assert "没有 trader 角色" in said


def test_a_plan_without_persons_cannot_quote(tmp_path: Path) -> None:
    cast = CAST[: CAST.index("[[person]]")]
    assert "没有人员" in refusal(plan_file(tmp_path, HEAD, cast, SPOT))
