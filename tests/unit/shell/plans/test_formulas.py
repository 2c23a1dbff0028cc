"""A spread of a plan may be written as a formula."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.commands import StartStrategy
from terminal.domain.parameters.strategy import SpreadSettings
from tests.unit.shell.plans.plans import CAST, HEAD, plan, plan_file, refusal

MILL = """\
[[strategy]]
id = "s"
kind = "spread"
account = "A"
buy_at = 1140
sell_at = 1160
formula = "rb2101 - 1.6*i2101 - 0.5*j2101"
ratio = "100:16:5"
active = "rb2101"
"""


def test_a_formula_becomes_legs(tmp_path: Path) -> None:
    body = plan(tmp_path, HEAD, CAST, MILL, "pay_up_ticks = 3").script.entries[0].wish
    assert isinstance(body, StartStrategy)
    assert isinstance(body.settings, SpreadSettings)
    assert [(leg.instrument, leg.coefficient, leg.lots, leg.active) for leg in body.settings.legs] == [
        ("SHFE.rb2101", Decimal(1), 100, True),
        ("DCE.i2101", Decimal("-1.6"), -16, False),
        ("DCE.j2101", Decimal("-0.5"), -5, False),
    ]
    assert {leg.pay_up_ticks for leg in body.settings.legs} == {3}


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ("i2101", "q2101", "formula", "公式第 14 个字符：没有合约 q2101"),
        ("- 0.5*j2101", "- j2101/0", "formula", "不能除以零"),
        ("- 0.5*j2101", "- __import__('os')", "formula", "认不得“_”"),
        ("0.5*", "rb2101*", "formula", "合约不能与合约相乘"),
        ("100:16:5", "100:0:5", "ratio", "手数比第 2 项：“0”应为正整数手，不能为零"),
        ("100:16:5", "100:16", "ratio", "公式有 3 个合约"),
        ('active = "rb2101"', 'active = "hc2101"', "active", "主动腿 hc2101 不在公式里"),
        ('active = "rb2101"\n', "", "id", "缺少 active"),
        ('active = "rb2101"', 'active = "rb2101"\nlegs = []', "legs", "只能写一种"),
        ('ratio = "100:16:5"', "ratio = 100", "ratio", "ratio 应为"),
        ("i2101 - 0.5*j2101", "SPOT.i.日照港", "ratio", "共 3 项，公式有 1 个合约"),
        ("i2101 - 0.5*j2101", "q.天津港", "formula", "没有合约 q.天津港"),
    ],
)
def test_a_wrong_formula_is_refused_with_its_line_and_place(
    tmp_path: Path, old: str, new: str, field: str, reason: str
) -> None:
    text = MILL.replace(old, new)
    assert text != MILL
    path = plan_file(tmp_path, HEAD, CAST, text)
    said = refusal(path)
    lines = path.read_text(encoding="utf-8").split("\n")
    line = int(said.partition(" 第 ")[2].partition(" 行")[0])
    assert lines[line - 1].startswith(f"{field} = ") or (field == "id" and lines[line - 1] == "[[strategy]]")
    assert reason in said


def test_a_watched_spread_may_be_a_formula_too(tmp_path: Path) -> None:
    (spread,) = plan(
        tmp_path, HEAD, CAST, '[[spread]]\nname = "x"\nformula = "2*rb2101 - i2101"\nratio = "10:1"'
    ).opening.spreads
    assert spread.legs == (("SHFE.rb2101", Decimal(2), 10), ("DCE.i2101", Decimal(-1), -1))
    wrong = '[[spread]]\nname = "x"\nformula = "rb2101 - i2101/0"'
    assert "公式第 15 个字符：不能除以零" in refusal(plan_file(tmp_path, HEAD, CAST, wrong))
    twice = '[[spread]]\nname = "x"\nformula = "rb2101 - i2101"\nlegs = []'
    assert "只能写一种" in refusal(plan_file(tmp_path, HEAD, CAST, twice))
