"""Show what each account did and how it stood, by day, week or month, and compare any two of these snapshots."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from terminal.commands.reading import reading
from terminal.domain.errors import UserError
from terminal.domain.orders.order import Side
from terminal.domain.words.settings import FLAGS
from terminal.domain.words.terms import Term
from terminal.store.new_file import must_be_free, new_file

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.engine.records.journal import Entry
    from terminal.reports.snapshots import Change, Held, Period, Snapshot

PERIODS: Final = ("day", "week", "month")
WORDS: Final = {
    "start_equity": "期初权益",
    "moved": "出入金",
    "close_profit": "平仓盈亏（盯市）",
    "position_profit": "持仓盈亏（盯市）",
    "trade_close_profit": "平仓盈亏（逐笔）",
    "premium": "权利金收支",
    "commission": "手续费",
    "filed": "申报费",
    "equity": "客户权益",
    "balance": "期末结存（逐笔）",
    "floating_profit": "浮动盈亏",
    "market_equity": "市值权益",
    "margin": "保证金",
    "available": "可用资金",
    "risk_degree": "风险度",
    "lots": "手数",
    "settlement": "结算价",
}
SHOWN: Final = ("start_equity", "moved", "close_profit", "position_profit", "premium", "commission", "equity", "margin")


def snapshots(
    data: Annotated[Path, typer.Argument(metavar="目录", help="运行器的数据目录，或其中的 journal.db")],
    *,
    by: Annotated[str, typer.Option(metavar="day|week|month", help="每个交易日、每周还是每月一份")] = "day",
    account: Annotated[str, typer.Option(metavar="账户", help="只看一个账户")] = "",
    compare: Annotated[
        tuple[str, str],
        typer.Option(
            metavar="甲 乙", help="比较两份快照，如 20250701 20250702；账户:名字@日志位置 指明账户和当时的版本"
        ),
    ] = ("", ""),
    table: Annotated[Path | None, typer.Option("--csv", metavar="文件", help="写成 CSV 文件")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Show every settled day, week or month of the accounts as a hashed snapshot of the journal, or compare two."""
    from terminal.reports.snapshots import changes
    from terminal.store.beside import find_journal

    journal = find_journal(data)
    if table is not None:
        must_be_free("--csv", table)
    if any(compare):
        first, second = (_named(journal, name, account) for name in compare)
        found = changes(first, second)
        if as_json:
            print(msgspec.json.encode({"first": first, "second": second, "changes": found}).decode())
            return
        for line in _compared(first, second, found):
            print(line)
        return
    listed = [one for one in _all(journal, _period(by), None) if account in ("", one.account)]
    if account and not listed:
        raise UserError(f"账户 {account} 在 {journal} 里没有结算过的日子；请核对账户名。")
    if table is not None:
        _write(table, listed)
    if as_json:
        print(msgspec.json.encode(listed).decode())
        return
    for line in [_line(one) for one in listed] or ["还没有结算过的交易日，也就没有快照。"]:
        print(line)


def _period(word: str) -> Period:
    for period in PERIODS:
        if word == period:
            return period
    raise UserError(f"--by 应是 {'、'.join(PERIODS)} 之一，现为 {word}；请改正。")


def _all(journal: Path, by: Period, until: int | None) -> list[Snapshot]:
    from terminal.reports.snapshots import snapshots as work_out
    from terminal.store.beside import end_of

    return work_out(_entries(journal, end_of(journal)[0], until), by)


def _entries(journal: Path, records: int, until: int | None) -> Iterator[Entry]:
    from terminal.store.beside import read_beside

    seen = reading(records)
    for entry in takewhile(lambda one: until is None or one.position <= until, read_beside(journal)):
        seen(entry.position)
        yield entry


def _named(journal: Path, asked: str, account: str) -> Snapshot:
    # [account:]name[@position]
    from terminal.store.beside import end_of

    whose, _, rest = asked.rpartition(":")
    name, at, position = rest.partition("@")
    if at and not position.isdecimal():
        raise UserError(f"快照 {asked} 里 @ 之后应是日志的位置（整数）；请改正。")
    last = end_of(journal)[0]
    if at and not 0 < int(position) <= last:
        raise UserError(f"快照 {asked} 里 @ 之后应在 1 与 {last}（日志的最后一条）之间；请改正。")
    by: Period = "day" if name.isdecimal() else "week" if "W" in name else "month"
    listed = _all(journal, by, int(position) if at else None)
    accounts = sorted({one.account for one in listed})
    whose = whose or account or (accounts[0] if len(accounts) == 1 else "")
    if not whose and accounts:
        raise UserError(f"日志里有账户 {'、'.join(accounts)}，请指明一个：{accounts[0]}:{asked}。")
    own = [one for one in listed if one.account == whose]
    for one in own:
        if one.name == name:
            return one
    has = f"有的是 {own[0].name} 至 {own[-1].name}" if own else "一份也没有"
    raise UserError(f"没有快照 {asked}，{has}；日写作 20250701，周写作 2025-W27，月写作 2025-07。")


def _line(one: Snapshot) -> str:
    figures = "　".join(
        f"{WORDS[name]} {_figure(name, getattr(one, name))}" for name in (*SHOWN, *(("filed",) if one.filed else ()))
    )
    waits = f"　暂估 {'、'.join(one.provisional)}" if one.provisional else ""
    return (
        f"{one.account} {one.name}（{one.days} 天）　{figures}　风险度 {one.risk_degree:.2%}　"
        f"持仓 {len(one.positions)} 项{waits}　日志第 {one.version} 条　{one.sha256[:16]}"
    )


def _compared(first: Snapshot, second: Snapshot, found: list[Change]) -> list[str]:
    one, other = (f"{which.account} {which.name}@{which.version}" for which in (first, second))
    if not found:
        return [f"{one} 与 {other} 没有不同"]
    return [f"{one} → {other}　有 {len(found)} 个数不同："] + [_change(change) for change in found]


def _change(change: Change) -> str:
    of = f"{_position(change.held)}　" if change.held is not None else ""
    was, now = ("无" if value is None else _figure(change.what, value) for value in (change.first, change.second))
    by = ""
    if change.first is not None and change.second is not None:
        moved = change.second - change.first
        by = f"（{'+' if moved > 0 else ''}{_figure(change.what, moved)}）"
    return f"{of}{WORDS[change.what]} {was} → {now}{by}"


def _position(held: Held) -> str:
    return f"{held.instrument} {FLAGS[held.flag]} {Term.LONG if held.side is Side.BUY else Term.SHORT}"


def _figure(name: str, value: Decimal) -> str:
    if name == "risk_degree":
        return f"{value:.2%}"
    return f"{value.normalize():,f}" if name in ("lots", "settlement") else f"{value:,.2f}"


def _write(path: Path, listed: list[Snapshot]) -> None:
    from terminal.reports.snapshots import FIGURES

    with new_file("快照写不成", path) as partial, partial.open("w", encoding="utf-8-sig", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(("account", "name", "first", "last", "days", *FIGURES, "version", "sha256"))
        for one in listed:
            figures = (
                f"{getattr(one, name):.4f}" if name == "risk_degree" else f"{getattr(one, name):.2f}"
                for name in FIGURES
            )
            rows.writerow((one.account, one.name, one.first, one.last, one.days, *figures, one.version, one.sha256))
