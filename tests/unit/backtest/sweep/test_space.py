from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.backtest.sweep.space import MOST_POINTS, Space, read_space
from terminal.domain.commands import StartStrategy
from terminal.domain.errors import UserError
from terminal.domain.parameters.own import OwnSettings
from terminal.shell.plans.plan import plan_of
from terminal.shell.plans.text import PlanText
from tests import tapes
from tests.e2e import own_market as own
from tests.own_pair import PAIR, table


def read(folder: Path, sweep: str) -> Space:
    plan = own.write_plan(folder / "plan.toml", own.APPLE, own.GRID)
    path = folder / "sweep.toml"
    path.write_text(sweep, encoding="utf-8")
    return read_space(path, PlanText(plan))


def test_the_points_are_every_value_with_every_other_the_last_key_turning_fastest(tmp_path: Path) -> None:
    space = read(tmp_path, '[vary.grid]\nstep = { from = 1, to = 2, by = "0.5" }\nlines = [4, 8]\n')
    assert [axis.name for axis in space.axes] == ["grid.step", "grid.lines"]
    assert [axis.path for axis in space.axes] == [("strategy", 0, "step"), ("strategy", 0, "lines")]
    one, half, two = Decimal(1), Decimal("1.5"), Decimal(2)
    assert space.points() == [(one, 4), (one, 8), (half, 4), (half, 8), (two, 4), (two, 8)]


def test_a_range_of_whole_numbers_stays_whole(tmp_path: Path) -> None:
    (axis,) = read(tmp_path, "[vary.grid]\nlines = { from = 3, to = 9, by = 4 }\n").axes
    assert axis.values == (3, 7)  # 11 is beyond
    assert all(type(value) is int for value in axis.values)


@given(first=st.integers(1, 50), count=st.integers(1, 40), by=st.integers(1, 9), rest=st.integers(0, 8))
def test_a_range_holds_both_ends_and_nothing_beyond(
    tmp_path_factory: pytest.TempPathFactory, first: int, count: int, by: int, rest: int
) -> None:
    last = first + (count - 1) * by + min(rest, by - 1)
    folder = tmp_path_factory.mktemp("range")
    (axis,) = read(folder, f"[vary.grid]\nlots_per_line = {{ from = {first}, to = {last}, by = {by} }}\n").axes
    assert axis.values == tuple(range(first, last + 1, by))
    assert len(axis.values) == count


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ("", "没有要变的参数"),
        ('rank = "luck"\n[vary.grid]\nstep = [1]\n', "不能按 luck 排序"),
        ("[vary.grid]\nstop = 1\n", "应写成取值的数组"),
        ("[vary.grid]\nstep = []\n", "没有一个取值"),
        ("[vary.grid]\nstep = [1, 2, 1.0]\n", "写了两次"),
        ("[vary.grid]\nstep = [[1]]\n", "第 2 行：step 的取值应为数字"),
        ("[vary.grid]\nstep = [nan]\n", "不是合理的数字"),
        ("[vary.grid]\nstep = { from = 1, to = 1e30, by = 1 }\n", "to 不是合理的数字"),
        ("[vary.grid]\nstep = { from = 1, to = 9 }\n", "缺少 by"),
        ("[vary.grid]\nstep = { from = 1, to = 9, by = 0 }\n", "应为正数"),
        ("[vary.grid]\nstep = { from = 9, to = 1, by = 1 }\n", "范围是空的"),
        ("[vary.grid]\nstep = { from = 1, to = 9, by = 1e-9 }\n", "至多"),
        ("[vary.grid]\nsteps = [1]\n", "第 2 行：不认识的键 steps，是否想写 step"),
        ("[vary.grid]\naccount = ['A']\n", "不认识的键 account"),
        ("[vary.other]\nstep = [1]\n", "方案里没有策略 other，其中的策略：grid"),
        ("[vary.grid]\n", "没有要变的参数"),
        ("[vari.grid]\nstep = [1]\n", "不认识的键 vari，是否想写 vary"),
        (
            "[vary.grid]\nstep = { from = 1, to = 200, by = 1 }\nlines = { from = 1, to = 200, by = 1 }\n",
            f"200 × 200 = 40000 点，至多 {MOST_POINTS} 点",
        ),
    ],
)
def test_what_makes_no_sense_as_a_sweep_is_refused_in_one_sentence(sweep: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        read(tmp_path, sweep)
    assert said in refused.value.message
    assert refused.value.message.startswith(f"扫描文件 {tmp_path / 'sweep.toml'} 第 ")


def test_a_point_is_the_plan_with_that_value_written_into_it(tmp_path: Path) -> None:
    varied = own.GRID.replace("step = 2", "step = 3")
    written = plan_of(PlanText(own.write_plan(tmp_path / "written.toml", own.APPLE, varied)), tapes.reference())
    text = PlanText(own.write_plan(tmp_path / "plan.toml", own.APPLE, own.GRID))
    point = plan_of(text.varied({("strategy", 0, "step"): 3}), tapes.reference())
    assert point.script.entries == written.script.entries
    before = plan_of(text, tapes.reference())
    assert before.script.entries != written.script.entries  # the plan itself was left alone
    assert point.sha256 != before.sha256


def test_settings_that_are_lists_cannot_be_varied(tmp_path: Path) -> None:
    spread = """
[[strategy]]
id = "calendar"
kind = "spread"
account = "A"
buy_at = 1
sell_at = 2
legs = []
"""
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, spread)
    sweep = tmp_path / "sweep.toml"
    sweep.write_text("[vary.calendar]\nlegs = [1]\n", encoding="utf-8")
    with pytest.raises(UserError, match="不认识的键 legs"):
        read_space(sweep, PlanText(plan))
    sweep.write_text("[vary.calendar]\nbuy_at = [1]\nsets = [1, 2]\n", encoding="utf-8")
    assert len(read_space(sweep, PlanText(plan)).points()) == 2


# --- the parameters of a rule of one's own ---------------------------------------------------------------------------

RULE = """
from terminal.strategies.own.code import Aim, Number
TITLE = "below its average"
NUMBERS = (
    Number("span", "均值", "个", least=2, most=100, value=5),
    Number("far", "偏离", "元", least=0, most=9, value=1, whole=False),
)
WINDOW = 60
SAMPLE_SECONDS = 1

def aim(numbers, seen):
    span = numbers["span"]
    if len(seen.prices) < span:
        return None
    below = sum(seen.prices[-span:]) / span - seen.prices[-1]
    return Aim(1 if below > numbers["far"] else 0, "below" if below > numbers["far"] else "not below")
"""
OWN = """
[[strategy]]
id = "rule"
kind = "own"
account = "A"
code = "rule.py"
instrument = "CZCE.AP010"
max_lots = 2
"""


def own_plan(folder: Path, more: str = "") -> PlanText:
    (folder / "rule.py").write_text(RULE, encoding="utf-8")
    return PlanText(own.write_plan(folder / "plan.toml", own.APPLE, OWN + more))


def read_own(folder: Path, sweep: str, more: str = "") -> tuple[Space, PlanText]:
    (folder / "sweep.toml").write_text(sweep, encoding="utf-8")
    plan = own_plan(folder, more)
    return read_space(folder / "sweep.toml", plan), plan


def test_the_parameters_of_a_rule_of_ones_own_are_varied_by_the_names_its_code_gives_them(tmp_path: Path) -> None:
    sweep = "[vary.rule]\nmax_lots = [1, 2]\nnumbers = { span = { from = 5, to = 15, by = 5 }, far = [0.5] }\n"
    for more in ("", "numbers = { span = 7 }\n"):  # written in the plan or left to the code
        space, plan = read_own(tmp_path, sweep, more)
        assert [axis.name for axis in space.axes] == ["rule.max_lots", "rule.numbers.span", "rule.numbers.far"]
        assert len(space.points()) == 6
        last = space.points()[-1]
        varied = plan.varied({axis.path: value for axis, value in zip(space.axes, last, strict=True)})
        (start,) = plan_of(varied, tapes.reference()).script.entries
        assert isinstance(start.wish, StartStrategy)
        assert isinstance(start.wish.settings, OwnSettings)
        assert {one.name: one.value for one in start.wish.settings.numbers} == {"span": 15, "far": Decimal("0.5")}
        assert start.wish.settings.max_lots == 2


def test_reading_a_sweep_of_a_rule_leaves_the_hash_of_its_plan_alone(tmp_path: Path) -> None:
    alone = own_plan(tmp_path).sha256
    _, plan = read_own(tmp_path, "[vary.rule.numbers]\nspan = [5, 6]\n")
    assert plan.sha256 == alone


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ("numbers = { fast = [1] }", "没有参数 fast，可用：span、far"),
        ("numbers = {}", "应写成表"),
        ("numbers = [1]", "应写成表"),
        ("numbers = { span = 5 }", "应写成取值的数组"),
        ('numbers = { span = ["5"] }', "span 应为数字"),
        ("numbers = { span = [true] }", "span 应为数字"),
        ("window = [5]", "不认识的键 window"),
        ("sha256 = ['']", "不认识的键 sha256"),
    ],
)
def test_what_a_rule_does_not_have_is_refused_with_its_line(sweep: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        read_own(tmp_path, f"[vary.rule]\n{sweep}\n")
    assert "第 2 行" in refused.value.message
    assert said in refused.value.message


@pytest.mark.parametrize("key", ["instrument", "max_lots"])
def test_contracts_of_a_rule_of_several_and_their_lots_are_not_varied(key: str, tmp_path: Path) -> None:
    # What stands in the table of contracts would fail at every point.
    (tmp_path / "pair.py").write_text(PAIR, encoding="utf-8")
    pair = table("pair", hc=("CZCE.AP010", 2), rb=("CZCE.AP101", 2))
    plan = PlanText(own.write_plan(tmp_path / "plan.toml", own.APPLE, pair))
    (tmp_path / "sweep.toml").write_text(f"[vary.pair]\n{key} = [1]\n", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        read_space(tmp_path / "sweep.toml", plan)
    assert (
        f"不认识的键 {key}，可用的键：code、hedge_flag、pay_up_ticks、chase_seconds、numbers。" in refused.value.message
    )
