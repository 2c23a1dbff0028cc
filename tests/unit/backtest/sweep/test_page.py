"""Write a sweep as a page: every point stands where a person looks for it."""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec.structs import replace

from terminal.backtest.sweep.figures import Figures, standing
from terminal.backtest.sweep.page import page
from terminal.backtest.sweep.result import Point, Sweep, SweepSource

SOURCE = SweepSource(
    version="1", data_sha256="d", plan_sha256="p", sweep_sha256="s", tables_sha256="t", market="", first=0, last=0
)
FIGURES = Figures(
    profit=Decimal(5),
    total_return=None,
    drawdown=Decimal(1),
    drawdown_share=Decimal(0),
    equity=Decimal(105),
    fees=Decimal(1),
    orders=2,
    fills=2,
    lots=2,
)


def point(number: int, figures: Figures | None, reason: str = "") -> Point:
    return Point(
        point=number, standing=number, values=(number,), figures=figures, reason=reason, unplayed="", broken=False
    )


def written(*points: Point) -> str:
    sweep = Sweep(source=SOURCE, about="", rank="profit", keys=("grid.step",), points=points)
    return page(sweep).decode()


def test_a_point_without_a_result_stands_in_a_table_of_its_own_with_its_whole_reason() -> None:
    text = written(point(1, replace(FIGURES, state_hash="ab")), point(2, None, "网格线 37 至 61 <超出> 区间"))
    played, without = text.split("没有结果的点")
    assert played.count("<tr>") == 2
    assert re.findall(r'<td class="word">(.*?)</td>', without) == [
        "2",
        "2",
        '<span class="reason">网格线 37 至 61 &lt;超出&gt; 区间</span>',
    ]


def test_what_the_kernel_did_not_check_is_not_said_to_hold() -> None:
    checked = replace(FIGURES, state_hash="ab")
    text = written(point(1, checked), point(2, FIGURES), point(3, replace(checked, violations=3)))
    assert [row.split("</td><td>")[-1] for row in re.findall(r"<tr><td>(.*?)</td></tr>", text)] == [
        "成立",
        "—",
        "3 处不成立",
    ]
    assert "没有结果的点" not in text


def test_a_sweep_without_any_result_has_no_empty_table() -> None:
    text = written(point(1, None, "甲"))
    assert text.count("<table>") == 1
    assert "收益率" not in text


def test_a_share_nobody_can_say_is_a_dash_and_ranks_last() -> None:
    unknown = replace(FIGURES, drawdown_share=None)
    assert standing(unknown, "drawdown_share") > standing(replace(FIGURES, drawdown_share=Decimal(9)), "drawdown_share")
    assert ">—<" in written(point(1, replace(unknown, total_return=Decimal(0), sharpe=Decimal(1), win_rate=Decimal(1))))
