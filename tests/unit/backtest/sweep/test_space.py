from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.backtest.sweep.space import MOST_POINTS, Space, read_space
from terminal.domain.errors import UserError
from terminal.shell.plans.plan import plan_of
from terminal.shell.plans.text import PlanText
from tests import tapes
from tests.e2e import own_market as own


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
