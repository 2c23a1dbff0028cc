"""Run the sim exchange as a process of its own: the judge that survives whatever happens to the runner."""

from __future__ import annotations

import asyncio
import json as plain_json
import os
import re
import signal
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from terminal.domain.addresses import is_loopback, read_address
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel


def exchange(
    *,
    data: Annotated[Path, typer.Option(metavar="目录", help="交易所自己的账的目录；同一个目录接着走")],
    listen: Annotated[str, typer.Option(metavar="主机:端口", help="在哪里听；端口 0 取一个空闲的")] = "127.0.0.1:7801",
    market: Annotated[
        list[str] | None, typer.Option(metavar="行情", help="replay:路径（可重复），或 sample[:种子[@年月日]]")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(metavar="文件", help="方案（TOML）：只用其中的合约和每日涨跌停价")
    ] = None,
    trusted_network: Annotated[
        bool, typer.Option("--trusted-network", help="不只听本机：只在别人连不进来的网络里用")
    ] = False,
    queue: Annotated[
        str,
        typer.Option(metavar="volume|position", help="在盘口排队怎样轮到：看成交量，还是看位置；见 docs/exchange.md"),
    ] = DEFAULT_QUEUE.value,
    funds: Annotated[
        list[str] | None,
        typer.Option(metavar="账户=元", help="账户入金（可重复）：资金不够就不许开仓"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="用 JSON 说出在哪里听")] = False,
) -> None:
    """Be the exchange until stopped; the market clock moves only while a client asks for the next input."""
    address, port = read_address("--listen", listen)
    if not (is_loopback(address) or trusted_network):
        raise UserError(
            f"--listen {address} 不是本机回环地址：交易所不加密也不登录，谁连上都能报单；"
            "请改用 127.0.0.1，或只在除运行器以外谁也连不上的网络里加 --trusted-network。"
        )
    model, told = parse_queue(queue), parse_funds(funds or [])
    from terminal.runner.exchange import open_host

    host = open_host(market or ["sample"], data=data, plan=plan, queue=model, funds=told)

    def ready(where: str, number: int) -> None:
        if json:
            words = {"listen": f"{where}:{number}", "market": host.market, "pid": os.getpid()}
            print(plain_json.dumps(words, ensure_ascii=False), flush=True)
        else:
            print(f"交易所就绪：{where}:{number}，行情 {host.market}", flush=True)

    async def serve() -> None:
        from terminal.gateways.sim.wire.server import ExchangeServer

        task = asyncio.current_task()
        if sys.platform != "win32" and task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await ExchangeServer(host, _log).serve(address, port, ready=ready)

    try:
        asyncio.run(serve())
    except asyncio.CancelledError:
        _log("收到停止信号，账簿已写盘")
    finally:
        host.close()


def parse_queue(text: str) -> QueueModel:
    """Return the model of the queue; anything else is a `UserError`."""
    try:
        return QueueModel(text)
    except ValueError:
        raise UserError(f"--queue {text} 应为 {' 或 '.join(QueueModel)}，两者的区别见 docs/exchange.md。") from None


def parse_funds(words: list[str]) -> dict[AccountId, Decimal]:
    """Return what came into each account in yuan; anything else than ACCOUNT=YUAN is a `UserError`."""
    found: dict[AccountId, Decimal] = {}
    for text in words:
        account, _, amount = text.partition("=")
        if not account or account in found or not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", amount):
            raise UserError(f"--funds {text} 应写成 账户=金额（元，最多两位小数），每个账户一次，例如 HEDGE=10000000。")
        found[AccountId(account)] = Decimal(amount)
    return found


def _log(sentence: str) -> None:
    print(f"hengduo exchange: {sentence}", file=sys.stderr, flush=True)
