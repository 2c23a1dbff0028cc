"""Hand readings of a stock (库存) to a runner: a file of days, or one day's number."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said

if TYPE_CHECKING:
    from terminal.domain.stock import StateStocks

LARGEST_FILE = 16 * 1024 * 1024  # bytes


def stock(
    file: Annotated[
        Path | None, typer.Argument(metavar="文件", help="CSV，两列 day,tonnes；不写就用 --day 与 --tonnes")
    ] = None,
    *,
    data: Annotated[Path, typer.Option(metavar="目录", help="运行器的数据目录")],
    series: Annotated[str, typer.Option(metavar="名称", help="库存序列，如 铁矿石港口库存")],
    source: Annotated[str, typer.Option(metavar="文字", help="来源：谁、何处")],
    day: Annotated[str, typer.Option(metavar="日", help="一个数的日期，如 2026-11-27")] = "",
    tonnes: Annotated[str, typer.Option(metavar="吨", help="一个数的吨数")] = "",
) -> None:
    """State what was counted to a runner that runs; every desk gets it, and targets score by it."""
    from terminal.commands.handing_in import hand_in
    from terminal.domain.days.calendar import natural_day
    from terminal.domain.ids import StockId
    from terminal.shell.plans.stock_series import COLUMNS, read_stocks, together
    from terminal.store.beside import find_journal

    if (file is None) == (not day and not tonnes):
        raise UserError("请写一个文件，或写 --day 与 --tonnes，二者选一。")
    if file is None:
        text, name = f"{','.join(COLUMNS)}\n{day},{tonnes}\n", "--day、--tonnes"
    else:
        text, name = _text_of(file), file.name
    # All of it before the first is handed in: a file that is taken in parts must not stop at a day yet to come.
    today = natural_day(time.time_ns())
    rows = read_stocks(text, file=name, series=StockId(series.strip()), source=source.strip(), today=today)
    folder, taken = find_journal(data).parent, 0
    for wish in together([one for _, one in rows]):
        try:
            print(hand_in(folder, wish, f"库存 {_days(wish)} "))
        except UserError as problem:
            raise UserError(f"{problem.message}{_recorded(rows[:taken])}") from problem
        taken += len(wish.readings)


def _days(wish: StateStocks) -> str:
    return f"{wish.readings[0].day} 至 {wish.readings[-1].day}"


def _recorded(rows: list[tuple[int, StateStocks]]) -> str:
    if not rows:
        return ""
    line, last = rows[-1]
    return (
        f"在这之前的 {len(rows)} 个数（到第 {line} 行，{last.readings[0].day}）已经登记；改正后可把整个文件再交一次，"
        "已登记的以新交的为准。"
    )


def _text_of(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise UserError(f"{file} 超过 16 MiB，请拆开再登记。")
        return file.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise UserError(f"{file} 打不开（{system_said(problem)}），请核对文件名。") from problem
    except UnicodeDecodeError as problem:
        raise UserError(f"{file} 不是 UTF-8 文字，请另存为 UTF-8 的 CSV。") from problem
