"""Recompute positions, realised profit and daily marks from the trades of a journal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from terminal.reports.recompute import Recomputed

SAY_AFTER = 2.0  # seconds: whatever takes longer says how far it is, as often


def recompute(
    data: Annotated[Path, typer.Argument(help="运行器的数据目录，或其中的 journal.db")],
    *,
    csv: Annotated[Path | None, typer.Option(help="把逐日盯市写成 CSV 文件")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Recompute the futures of a journal day by day: lots, both views of profit, fees; equal journals, equal hash."""
    from terminal.reports.marks_table import write_table
    from terminal.reports.recompute import gather
    from terminal.reports.recompute import recompute as work_out
    from terminal.store.beside import end_of, find_journal, read_beside
    from terminal.store.marks import MarksFile

    begun = time.perf_counter()
    journal = find_journal(data)
    with closing(MarksFile(journal.parent)) as file:
        with file.turn():
            end = end_of(journal)
            if file.reached() != end:
                with file.filling() as filling:
                    file.reach(*gather(read_beside(journal), filling, seen=_progress(end[0])))
            found = work_out(file, begins=lambda part: print(f"{part} …", file=sys.stderr))
        if csv is not None:
            write_table(file, csv)
    found = msgspec.structs.replace(found, wall_s=round(time.perf_counter() - begun, 3))
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        for line in _lines(found):
            print(line)


def _progress(records: int) -> Callable[[int], None]:
    said = time.perf_counter()

    def seen(position: int) -> None:
        nonlocal said
        if position % 1_000 == 0 and time.perf_counter() - said >= SAY_AFTER:
            said = time.perf_counter()
            print(f"读取日志 {min(position / records, 1):.0%}", file=sys.stderr)

    return seen


def _lines(found: Recomputed) -> list[str]:
    sums = [
        f"{account}　平仓盈亏（盯市）{one.close_profit:,.2f}　持仓盈亏（盯市）{one.position_profit:,.2f}"
        f"　平仓盈亏（逐笔）{one.trade_close_profit:,.2f}　手续费 {one.commission:,.2f}"
        for account, one in found.accounts.items()
    ]
    left_out = "　".join(f"{what} {count}" for what, count in found.left_out.items())
    return [
        f"成交 {found.trades}　持仓 {found.holdings}　交易日 {found.days}　逐日盯市 {found.marks} 行",
        *sums,
        *([f"不在其中：{left_out}"] if left_out else []),
        f"结果哈希 {found.sha256}　用时 {found.wall_s} 秒",
    ]
