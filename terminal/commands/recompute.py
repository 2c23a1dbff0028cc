"""Recompute positions, realised profit and daily marks from the trades of a journal."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from terminal.commands.reading import reading
from terminal.domain.errors import UserError
from terminal.domain.orders.order import Side
from terminal.domain.words.settings import FLAGS
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from terminal.reports.late_marks import Before, Difference
    from terminal.reports.recompute import Recomputed

WORDS: Final = {
    "lots": "手数",
    "close_profit": "平仓盈亏（盯市）",
    "position_profit": "持仓盈亏（盯市）",
    "trade_close_profit": "平仓盈亏（逐笔）",
    "floating_profit": "浮动盈亏",
    "fee": "手续费",
}


def recompute(
    data: Annotated[Path, typer.Argument(metavar="目录", help="运行器的数据目录，或其中的 journal.db")],
    *,
    csv: Annotated[Path | None, typer.Option(metavar="文件", help="把逐日盯市写成 CSV 文件")] = None,
    before: Annotated[
        int | None, typer.Option(metavar="位置", help="与日志这一条之前算出的相比：已结算的日子有哪些数变了")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Recompute the futures of a journal day by day: lots, both views of profit, fees; equal journals, equal hash."""
    from terminal.reports.late_marks import Compared, marks_before
    from terminal.reports.marks_table import write_table
    from terminal.reports.recompute import gather
    from terminal.reports.recompute import recompute as work_out
    from terminal.store.beside import end_of, find_journal, read_beside
    from terminal.store.marks import MarksFile
    from terminal.store.new_file import must_be_free

    if csv is not None:
        must_be_free("--csv", csv)
    begun, compared = time.perf_counter(), None
    journal = find_journal(data)
    with closing(MarksFile(journal.parent)) as file:
        with file.turn():
            end = end_of(journal)
            if file.reached() != end:
                with file.filling() as filling:
                    file.reach(*gather(read_beside(journal), filling, seen=reading(end[0])))
            found = work_out(file, begins=_say)
        if before is not None:
            if not 1 < before <= end[0]:
                raise UserError(f"--before 应在 2 与 {end[0]}（日志的最后一条）之间，现为 {before}；请换一个位置。")
            entries = read_beside(journal)
            compared = marks_before(before, entries, file, seen=reading(before), begins=_say)
        if csv is not None:
            write_table(file, csv)
    found = msgspec.structs.replace(found, wall_s=round(time.perf_counter() - begun, 3))
    if compared is not None:
        found = Compared(**msgspec.structs.asdict(found), before=compared)
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        for line in [*_lines(found), *([] if compared is None else _compared(compared))]:
            print(line)


def _say(part: str) -> None:
    print(f"{part} …", file=sys.stderr)


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
        *(
            f"晚到的结算价：日志第 {one.position} 条，{one.account} {one.trading_day} {one.instrument} "
            f"{one.was or '无'} → {one.price}（与它之前相比：--before {one.position}）"
            for one in found.late_prices
        ),
        f"结果哈希 {found.sha256}　用时 {found.wall_s} 秒",
    ]


def _compared(before: Before) -> list[str]:
    head = f"与日志第 {before.position} 条之前（结果哈希 {before.sha256}）相比，已结算的日子"
    if not before.differences:
        return [f"{head}没有不同"]
    return [f"{head}有 {len(before.differences)} 个数不同："] + [_told(one) for one in before.differences]


def _told(one: Difference) -> str:
    side, places = Term.LONG if one.side is Side.BUY else Term.SHORT, 0 if one.figure == "lots" else 2
    was, now = ("无" if value is None else f"{value:,.{places}f}" for value in (one.before, one.now))
    by = f"（{one.now - one.before:+,.{places}f}）" if one.before is not None and one.now is not None else ""
    of = f"{one.account} {one.trading_day} {one.instrument} {FLAGS[one.flag]} {side}"
    return f"{of}　{WORDS[one.figure]} {was} → {now}{by}"
