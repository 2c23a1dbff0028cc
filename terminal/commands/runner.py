"""Run the headless runner: engine, journal and the door for desks."""

from __future__ import annotations

import asyncio
import json as plain_json
import ssl
from pathlib import Path
from typing import Annotated

import typer

from terminal.commands.speed import RANGE, known_speed
from terminal.domain.addresses import is_loopback, read_address
from terminal.domain.errors import UserError


def runner(
    *,
    data: Annotated[Path, typer.Option(metavar="目录", help="日志和模拟交易所的目录；同一个目录接着走")],
    listen: Annotated[
        str, typer.Option(metavar="主机:端口", help="工作台连到这里；端口 0 取一个空闲的")
    ] = "127.0.0.1:7802",
    market: Annotated[
        str, typer.Option(metavar="行情", help="sample，sample:种子@年月日（要写 --plan），或 replay:路径")
    ] = "sample",
    plan: Annotated[
        Path | None, typer.Option(metavar="文件", help="方案（TOML）：人员、账户、限额、策略；见 docs/plan.md")
    ] = None,
    speed: Annotated[float, typer.Option(callback=known_speed, help=f"市场的时间比墙上的钟快几倍，{RANGE}")] = 1.0,
    exchange: Annotated[str, typer.Option(metavar="主机:端口", help="正在运行的 hengduo exchange；要写 --plan")] = "",
    cert: Annotated[Path | None, typer.Option(metavar="文件", help="TLS 证书（PEM），供别的机器上的工作台连接")] = None,
    key: Annotated[Path | None, typer.Option(metavar="文件", help="证书的私钥（PEM）")] = None,
    tokens: Annotated[Path | None, typer.Option(metavar="文件", help='TOML，一人一行：人员 = "令牌的 SHA-256"')] = None,
    json: Annotated[bool, typer.Option("--json", help="用 JSON 说出在哪里听")] = False,
) -> None:
    """Run strategies and serve desks until stopped."""
    from terminal.runner.card import Card
    from terminal.runner.opened import open_runner
    from terminal.runner.serve import Service, read_tokens, serve
    from terminal.store.reference import load_reference

    address, port = read_address("--listen", listen)
    service = Service(
        data=data,
        address=address,
        port=port,
        tls=_tls(address, cert, key),
        tokens=read_tokens(tokens) if tokens is not None else {},
    )

    def ready(card: Card) -> None:
        if json:
            words = {"listen": f"{card.address}:{card.port}", "market": card.market, "pid": card.pid}
            print(plain_json.dumps(words, ensure_ascii=False), flush=True)
        else:
            print(f"运行器就绪：{card.address}:{card.port}，行情 {card.market}", flush=True)

    reference = load_reference(data=data)
    elsewhere = read_address("--exchange", exchange) if exchange else None
    opened = open_runner(market, data=data, plan=plan, exchange=elsewhere, speed=speed, reference=reference)
    asyncio.run(serve(opened, service, ready=ready))


def _tls(address: str, cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if cert is None and key is None:
        if not is_loopback(address):
            raise UserError(f"--listen {address} 不是本机回环地址：别的机器连接必须加密，请给出 --cert 与 --key。")
        return None
    if cert is None or key is None:
        raise UserError("--cert 与 --key 要一起给出。")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as problem:
        raise UserError(f"证书 {cert} 与密钥 {key} 用不了（{problem}）。") from problem
    return context
