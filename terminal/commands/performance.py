"""Tell what each account and strategy of a journal achieved: return, fall, Sharpe, auto rate, error rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from terminal.commands.reading import reading
from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.backtest.earned import Earned
    from terminal.backtest.naked_time import NakedTime
    from terminal.backtest.performance import AccountPerformance, Performance, StrategyPerformance, UnitPerformance
    from terminal.backtest.report import Activity
    from terminal.engine.records.journal import Entry


def performance(
    *,
    data: Annotated[Path, typer.Option(metavar="目录", help="运行器的数据目录，或其中的 journal.db")],
    first: Annotated[int | None, typer.Option("--from", metavar="日", help="第一个交易日，如 20250701")] = None,
    last: Annotated[int | None, typer.Option("--to", metavar="日", help="最后一个交易日")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Tell what each account and strategy achieved, of a live journal or of a replay; see docs/performance.md."""
    from terminal.backtest.performance import performance as work_out
    from terminal.store.beside import find_journal
    from terminal.store.reference import load_reference

    journal = find_journal(data)
    calendar = load_reference(data=journal.parent).calendar
    for day in (first, last):
        if day is not None:
            calendar.ends_at(day)  # refuses what is no trading day
    if first is not None and last is not None and first > last:
        raise UserError(f"--from {first} 晚于 --to {last}；请把两天换过来。")
    found = work_out(_entries(journal), calendar, first=first, last=last)
    if as_json:
        print(msgspec.json.encode(found, order="deterministic").decode())
        return
    for line in _lines(found):
        print(line)


def _entries(journal: Path) -> Iterator[Entry]:
    from terminal.store.beside import end_of, read_beside

    seen = reading(end_of(journal)[0])
    for entry in read_beside(journal):
        seen(entry.position)
        yield entry


def _lines(found: Performance) -> Iterator[str]:
    if len(found.accounts) > 1:
        yield from _account(found.total, "合计")
    for unit in found.units:
        yield from _unit(unit)
    for one in found.accounts:
        yield from _account(one, f"{one.account} {one.name}")
        for strategy in found.strategies:
            if strategy.account == one.account:
                yield from _strategy(strategy)
    yield f"日志 {found.records} 条；收益、回撤、夏普只看已结算的交易日，委托与差错计到日志最后一条"


def _unit(one: UnitPerformance) -> Iterator[str]:
    yield f"经营单位 {one.unit or '（未归属）'}（{'、'.join(one.accounts)}）　{_money(one.earned)}"
    if one.equity is not None:
        yield f"  期初权益 {one.start_equity:,}　出入金 {one.moved:,}　期末权益 {one.equity:,}"
    yield f"  {_activity(one.activity)}{_naked(one.naked)}"


def _naked(one: NakedTime | None) -> str:
    return "" if one is None else f"　单腿 {one.seconds:,.1f} 秒 {one.lot_seconds:,.1f} 手·秒"


def _account(one: AccountPerformance, name: str) -> Iterator[str]:
    yield f"{name}　{_money(one.earned)}"
    if one.equity is not None:
        yield f"  期初权益 {one.start_equity:,}　出入金 {one.moved:,}　期末权益 {one.equity:,}"
    yield f"  {_activity(one.activity)}"


def _strategy(one: StrategyPerformance) -> Iterator[str]:
    from terminal.backtest.words import KINDS

    yield f"  {one.strategy or '手工'}（{KINDS.get(one.kind, one.kind)}）　{_money(one.earned)}"
    yield f"    {_activity(one.activity)}{_naked(one.naked)}"
    if one.open_lots:
        yield "    未平 " + "　".join(f"{name} {lots:+}" for name, lots in one.open_lots.items())


def _money(one: Earned | None) -> str:
    from terminal.backtest.words import figure, percent, yuan

    if one is None:
        return "没有已结算的交易日"
    fall = one.drawdown
    when = "" if fall.trough_day is None else f"，{fall.peak_day or '期初'} → {fall.trough_day}"
    return (
        f"{one.first} 至 {one.last}（{one.days} 天）　盈亏 {yuan(one.profit)}（{percent(one.total_return, sign=True)}）"
        f"　回撤 {fall.yuan:,}（{percent(fall.share)}{when}）　夏普 {figure(one.sharpe)}"
    )


def _activity(one: Activity) -> str:
    from terminal.backtest.words import WRONG, percent

    wrong = "".join(f"　{WRONG[name]} {count}" for name, count in one.wrong.items())
    rounds, slippage = one.rounds, one.slippage
    return (
        f"委托 {one.orders}　成交 {one.lots} 手　手续费 {one.fees:,}"
        f"　胜率 {percent(rounds.win_rate)}（{rounds.closed} 回合）"
        f"　滑点 {slippage.yuan:,} 元（无中间价 {slippage.unknown} 手）"
        f"　自动化率 {percent(one.auto_rate)}　差错率 {percent(one.error_rate)}{wrong}"
    )
