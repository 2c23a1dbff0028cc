"""Play recorded files headless: tape, strategies, risk, orders, fills, positions."""

from __future__ import annotations

import asyncio
import json as plain_json
import os
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from terminal.domain.addresses import read_address
from terminal.domain.errors import UserError


def replay(
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="文件", help="也是 --tape：没有加引号的通配展开成的那些文件")
    ] = None,
    *,
    tape: Annotated[list[Path] | None, typer.Option(metavar="路径", help="录制的文件、目录或通配；可重复")] = None,
    plan: Annotated[Path, typer.Option(metavar="文件", help="方案（TOML），见 docs/plan.md")],
    data: Annotated[Path, typer.Option(metavar="目录", help="日志的目录；同一个目录接着放")],
    trades: Annotated[Path | None, typer.Option(metavar="文件", help="把全部成交写成 CSV")] = None,
    exchange: Annotated[str, typer.Option(metavar="主机:端口", help="正在运行的 hengduo exchange，行情从它来")] = "",
    changed_plan: Annotated[bool, typer.Option("--changed-plan", help="方案与上次不同，也在 --data 里接着放")] = False,
    json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Play recorded files with a plan, as fast as it goes."""
    from terminal.runner.replay import replay as play
    from terminal.shell.plans.plan import read_plan
    from terminal.store.folder import make_folder
    from terminal.store.new_file import must_be_free
    from terminal.store.reference import load_reference

    tapes = [*(tape or []), *(more or [])]
    if not tapes and not exchange:
        raise UserError("没有行情：请用 --tape 指定录制文件，或用 --exchange 连接交易所进程。")
    address = read_address("--exchange", exchange) if exchange else None
    if trades is not None and os.path.realpath(trades.parent) != os.path.realpath(data):
        must_be_free("--trades", trades)
    make_folder("--data 不能用作目录", data)
    if trades is not None:
        must_be_free("--trades", trades)
    reference = load_reference(data=data)
    asyncio.run(
        play(
            tapes=tapes,
            plan=read_plan(plan, reference),
            reference=reference,
            data=data,
            trades=trades,
            exchange=address,
            changed_plan=changed_plan,
            told=partial(_show, json=json),
        )
    )


def _show(summary: dict[str, Any], *, json: bool) -> None:
    if json:
        print(plain_json.dumps(summary, ensure_ascii=False))
        return
    print(f"状态 {summary['state_hash'][:16]}  行情 {summary['ticks']} 笔 {summary['batches']} 批")
    print(f"委托 {summary['orders']}  成交 {summary['fills']}  拒绝 {sum(summary['refused'].values())}")
    for position in summary["positions"]:
        print(f"  {position['account']} {position['instrument']} 净 {position['net']} 手")
    for account in summary["accounts"]:
        print(f"  {account['account']} 权益 {account['equity']} 可用 {account['available']}")
