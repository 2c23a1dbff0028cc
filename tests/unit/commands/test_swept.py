from __future__ import annotations

from decimal import Decimal
from typing import Final

from terminal.backtest.sweep.figures import Figures
from terminal.backtest.sweep.result import Point, Sweep, SweepSource
from terminal.backtest.sweep.walk import Step, Walk
from terminal.commands.swept import sweep_lines, walk_lines

SOURCE: Final = SweepSource(
    version="1",
    data_sha256="d" * 64,
    plan_sha256="p" * 64,
    sweep_sha256="s" * 64,
    tables_sha256="t" * 64,
    market="AP010.csv",
    first=20230103,
    last=20230104,
)
LOST: Final = Figures(
    profit=Decimal(-1234),
    total_return=None,
    sharpe=Decimal("-0.5"),
    drawdown=Decimal(2000),
    drawdown_share=Decimal("0.01"),
    equity=Decimal(98766),
    fees=Decimal("12.50"),
    orders=4,
    fills=4,
    lots=4,
)


def test_a_loss_is_written_with_the_sign_of_the_house_in_a_sweep_and_in_a_walk() -> None:
    point = Point(point=1, standing=1, values=(2,), figures=LOST, reason="", unplayed="", broken=False)
    gone = Point(point=2, standing=2, values=(8,), figures=None, reason="超出区间。", unplayed="", broken=True)
    sweep = Sweep(source=SOURCE, about="", rank="profit", keys=("grid.step",), points=(point, gone))
    assert sweep_lines(sweep) == [
        "AP010.csv　2 点，没有结果的 1 点，按盈亏排序",
        "    1　grid.step 2　盈亏 −1,234　回撤 2,000　夏普 −0.50　手续费 12.50　成交 4 手",
        "没有结果的第一点（grid.step 8）：超出区间。",
        "1 点有不变量不成立或程序出错，数字不可采信",
        f"行情 {'d' * 16}　方案 {'p' * 16}　扫描 {'s' * 16}",
    ]
    step = Step(
        chosen=(20230103, 20230103),
        judged=(20230104, 20230104),
        inside_days=1,
        outside_days=1,
        point=1,
        values=(2,),
        inside=LOST,
        outside=LOST,
        failed=0,
        reason="",
        broken=False,
    )
    walk = Walk(
        source=SOURCE,
        about="",
        rank="profit",
        keys=("grid.step",),
        points=2,
        steps=(step,),
        days=(),
        days_to_judge=1,
        missing=(),
        profit=Decimal(-1234),
        drawdown=Decimal(1234),
        sharpe=None,
        inside=Decimal("-1234.00"),
        outside=Decimal("-1234.00"),
        kept=None,
    )
    assert walk_lines(walk) == [
        "AP010.csv　1 个窗口，每个 2 点，样本内按盈亏选",
        "  样本内 20230103–20230103　样本外 20230104–20230104　grid.step 2　盈亏 −1,234 → −1,234",
        "样本外合计 −1,234　每日 −1,234.00（样本内每日 −1,234.00，保留 —）　回撤 1,234　夏普 —",
    ]
