"""Run a plan over recorded files in one process, without a data folder, and report what came of it."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.commands.progress import teller
from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from terminal.backtest.report import AccountReport, Report
    from terminal.backtest.run import Ran
    from terminal.shell.plans.plan import Plan


class Engine(StrEnum):
    """Name what plays a point of a sweep."""

    ENGINE = "engine"
    KERNEL = "kernel"


def backtest(
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="文件", help="也是 --tape：没有加引号的通配展开成的那些文件")
    ] = None,
    *,
    tape: Annotated[list[Path] | None, typer.Option(metavar="路径", help="录制的文件、目录或通配；可重复")] = None,
    plan: Annotated[Path, typer.Option(metavar="文件", help="方案（TOML），见 docs/plan.md")],
    out: Annotated[
        Path | None, typer.Option(metavar="目录", help="把 report.html、report.json、trades.csv 写到这里；没有就建")
    ] = None,
    sweep: Annotated[
        Path | None, typer.Option(metavar="文件", help="扫描文件（TOML）：哪些设置取哪些值，见 docs/backtest.md")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="个", help="扫描用几个进程；不写则与处理器一样多", min=1)
    ] = None,
    dask: Annotated[str | None, typer.Option(metavar="地址", help="扫描用的 Dask 调度器")] = None,
    engine: Annotated[
        Engine, typer.Option(help="扫描用引擎本身（engine），或列式内核（kernel，不会算的点改由引擎跑）")
    ] = Engine.ENGINE,
    check_wakes: Annotated[
        bool, typer.Option("--check-wakes", help="只核对：跨过不必看的批次，与逐批都看，记录是否逐条相同")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Backtest a plan over recorded ticks or bars: orders, fills, both views of equity, costs; see docs/backtest.md."""
    tapes = [*(tape or []), *(more or [])]
    if not tapes:
        raise UserError("没有行情：请用 --tape 指定录制文件、目录或通配。")
    if check_wakes and (out is not None or sweep is not None):
        raise UserError("--check-wakes 只核对，不写报告，也不扫描；请去掉 --out、--sweep。")
    if out is not None:
        from terminal.store.folder import make_folder

        make_folder("--out 不能用作目录", out, "--out")
    if sweep is not None:
        from terminal.commands.sweeping import Where, run_sweep

        run_sweep(tapes, plan, sweep, where=Where(workers, dask, kernel=engine is Engine.KERNEL), out=out, json=json)
        return
    if workers is not None or dask is not None or engine is not Engine.ENGINE:
        raise UserError("--workers、--dask 与 --engine 只用于参数扫描，请加上 --sweep，或去掉它们。")
    if check_wakes:
        from terminal.commands.check_wakes import run_check

        run_check(tapes, plan, json=json)
        return
    _run(tapes, plan, out, json=json)


def _run(tapes: list[Path], plan: Path, out: Path | None, *, json: bool) -> None:
    from terminal.backtest.main_table import names_main
    from terminal.backtest.mains import read_with_mains, untold
    from terminal.backtest.run import backtest as run
    from terminal.backtest.run import play
    from terminal.backtest.write import write
    from terminal.shell.plans.on_tape import check_market
    from terminal.shell.plans.plan import read_plan
    from terminal.shell.plans.text import PlanText
    from terminal.store.reference import load_reference

    began, tell = time.perf_counter(), teller()
    reference = load_reference()

    def reading(share: float) -> None:
        tell("读取行情", share, 0)

    def playing(share: float, at: int) -> None:
        tell("回测", share, at)

    if names_main(PlanText(plan)):
        read, recording = read_with_mains(plan, tapes, reference, reading)
        check_market(read, recording.universe, recording.by_day)
        ran = play(recording, plan=read, reference=reference, playing=playing)
        for sentence in untold(read):
            print(f"注意：{sentence}", file=sys.stderr)
    else:
        read = read_plan(plan, reference)
        ran = run(tapes, plan=read, reference=reference, reading=reading, playing=playing)
    try:  # printed first: a disk that refuses the files loses no result, and a reader that leaves no file
        _show(ran, read, json=json)
    finally:
        if out is not None:
            write(ran, out)
    print(f"用时 {time.perf_counter() - began:.1f} 秒", file=sys.stderr)
    if ran.report.violations:
        raise typer.Exit(1)


def _show(ran: Ran, read: Plan, *, json: bool) -> None:
    from terminal.backtest.report import encode
    from terminal.shell.plans.on_tape import absent_contracts

    print(encode(ran.report).decode() if json else "\n".join(_lines(ran.report)))
    for sentence in absent_contracts(read, ran.universe):
        print(f"注意：{sentence}", file=sys.stderr)


def _lines(report: Report) -> list[str]:
    from terminal.backtest.words import STATUSES, yuan

    market, activity = report.market, report.total.activity
    lines = [
        (
            f"{market.name}　行情 {market.ticks} 笔 {market.batches} 批　委托 {activity.orders}　成交 {activity.fills}"
            f"　拒绝 {sum(activity.refused.values())}　退回 {sum(activity.rejected.values())}"
        ),
        *(_account_line(one) for one in report.accounts),
    ]
    for one in report.strategies:
        name = one.strategy or "手工"
        lines.append(
            f"  {one.account} {name}　盈亏 {yuan(one.profit)}　手续费 {yuan(one.activity.fees)}"
            f"　滑点 {yuan(one.activity.slippage.yuan)}　成交 {one.activity.lots} 手"
        )
        if one.spot is not None:
            gained = "未知" if one.spot.profit is None else yuan(one.spot.profit)
            lines.append(f"    现货 {one.spot.spot} 已落实净 {one.spot.done:+f} 吨　现货盈亏 {gained}")
        if one.carried is not None:
            lines.append(
                f"    换月 {one.carried.rolls} 次 {one.carried.lots} 手　成本 {yuan(one.carried.cost)}"
                f"（手续费 {yuan(one.carried.fees)}，滑点 {yuan(one.carried.slippage)}）"
            )
        if one.reason:
            lines.append(f"    {STATUSES[one.status]}：{one.reason}")
    lines += [f"没有做成　{one.words}" for one in report.undone]
    source = report.source
    lines.append(f"行情 {source.data_sha256[:16]}　方案 {source.plan_sha256[:16]}　状态 {source.state_hash[:16]}")
    lines.append(f"不变量核对 {report.checks} 次，不成立 {len(report.violations)} 处")
    lines += [f"  {one.trading_day} {one.sentence}" for one in report.violations]
    return lines


def _account_line(one: AccountReport) -> str:
    from terminal.backtest.words import figure, percent, yuan

    return (
        f"{one.account}　权益 {yuan(one.equity)}　盈亏 {yuan(one.profit)}（{percent(one.total_return)}）"
        f"　回撤 {yuan(one.drawdown.yuan)}（{percent(one.drawdown.share)}）　夏普 {figure(one.sharpe)}"
    )
