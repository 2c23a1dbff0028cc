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
    data: Annotated[Path, typer.Option(help="Folder of journal and exchange; the same folder goes on.")],
    listen: Annotated[str, typer.Option(help="HOST:PORT for desks; port 0 takes a free one.")] = "127.0.0.1:7802",
    market: Annotated[str, typer.Option(help="sample, sample:SEED@YYYYMMDD (with --plan) or replay:PATH.")] = "sample",
    plan: Annotated[Path | None, typer.Option(help="Plan file: people, accounts, limits, strategies.")] = None,
    speed: Annotated[float, typer.Option(callback=known_speed, help=f"Market time over wall time, {RANGE}.")] = 1.0,
    exchange: Annotated[str, typer.Option(help="HOST:PORT of a running `hengduo exchange`; needs --plan.")] = "",
    cert: Annotated[Path | None, typer.Option(help="TLS certificate (PEM), for desks on other machines.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    tokens: Annotated[Path | None, typer.Option(help='TOML: person = "SHA-256 of the token", a line each.')] = None,
    json: Annotated[bool, typer.Option("--json", help="Say in JSON where it listens.")] = False,
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
