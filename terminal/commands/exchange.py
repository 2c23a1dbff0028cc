"""Run the sim exchange as a process of its own: the judge that survives whatever happens to the runner."""

from __future__ import annotations

import asyncio
import json as plain_json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.domain.instrument import Instrument, Reference
    from terminal.domain.market import DayFacts
    from terminal.engine.ports import MarketSource
    from terminal.gateways.sim.host import Host
    from terminal.shell.opening import Listing

SAMPLE_SEED: Final = 1
SAMPLE_DAY: Final = 20260105
"""Where a sample market begins unless it is told: fixed, so that the same words are the same market tomorrow."""

_REPLAY: Final = "replay:"
_SAMPLE: Final = "sample"
_FORMS: Final = "replay:PATH（可重复）或 sample[:种子[@起始日]]，如 sample:7@20260105"


class _Plain:
    # The reference as a listing, where no plan adds to it.
    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        return self._reference.instrument(instrument, on)

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        return None


def exchange(
    *,
    data: Annotated[Path, typer.Option(help="Folder of the exchange's own books; the same folder goes on.")],
    listen: Annotated[str, typer.Option(help="HOST:PORT; port 0 takes a free one.")] = "127.0.0.1:7801",
    market: Annotated[
        list[str] | None, typer.Option(help="replay:PATH (repeatable) or sample[:SEED[@YYYYMMDD]].")
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="Plan file: instruments and daily limits only.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Say in JSON where it listens.")] = False,
) -> None:
    """Be the exchange until stopped; the market clock moves only while a client asks for the next input."""
    address, port = parse_listen(listen)
    host = open_host(market or [_SAMPLE], data=data, plan=plan)

    def ready(where: str, number: int) -> None:
        if json:
            words = {"listen": f"{where}:{number}", "market": host.market, "pid": os.getpid()}
            print(plain_json.dumps(words, ensure_ascii=False), flush=True)
        else:
            print(f"交易所就绪：{where}:{number}，行情 {host.market}", flush=True)

    async def serve() -> None:
        from terminal.gateways.sim.server import ExchangeServer

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


def parse_listen(text: str) -> tuple[str, int]:
    """Return address and port; anything else is a `UserError`."""
    address, _, port = text.rpartition(":")
    if not address or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UserError(f"--listen {text} 应写成 主机:端口，例如 127.0.0.1:7801。")
    return address, int(port)


def open_host(market: Sequence[str], *, data: Path, plan: Path | None) -> Host:
    """Return the exchange over a market, its books in `data`."""
    from terminal.gateways.sim.host import Host
    from terminal.gateways.sim.store import FILE_NAME, ExchangeStore
    from terminal.store.reference import load_reference

    reference = load_reference()
    listing = _listing(plan, reference)
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UserError(f"--data {data} 不能用作目录（{problem.strerror}），请换一个。") from problem
    source, identity = _open_market(market, listing=listing, reference=reference, data=data)
    first, last = _span(source, reference)
    facts = (
        listing.day_facts(name, day) for day in reference.calendar.trading_days(first, last) for name in source.universe
    )
    return Host(
        store=ExchangeStore(data / FILE_NAME),
        market=source,
        instruments={name: listing.instrument(name, first) for name in source.universe},
        calendar=reference.calendar,
        day_facts=[fact for fact in facts if fact is not None],
        identity=identity,
    )


def _listing(plan: Path | None, reference: Reference) -> Listing:
    if plan is None:
        return _Plain(reference)
    from terminal.shell.plan import read_plan

    return read_plan(plan, reference).listing


def _open_market(
    words: Sequence[str], *, listing: Listing, reference: Reference, data: Path
) -> tuple[MarketSource, str]:
    if all(word.startswith(_REPLAY) and len(word) > len(_REPLAY) for word in words):
        from terminal.runner.market import open_tape

        paths = [Path(word.removeprefix(_REPLAY)) for word in words]
        recording = open_tape(paths, listing=listing, reference=reference, data=data)
        return recording, f"{recording.name} {len(recording)}"
    name, _, rest = words[0].partition(":")
    if len(words) != 1 or name != _SAMPLE:
        raise UserError(f"不认识的行情 {' '.join(words)}：--market 应为 {_FORMS}。")
    from terminal.domain.calendar import instant
    from terminal.gateways.sample.market import SampleMarket

    seed, _, day = rest.partition("@")
    if any(part and not (part.isascii() and part.isdigit()) for part in (seed, day)):
        raise UserError(f"不认识的行情 {words[0]}：--market 应为 {_FORMS}。")
    number, start = int(seed or SAMPLE_SEED), int(day or SAMPLE_DAY)
    try:
        begins = instant(start)
    except ValueError:
        raise UserError(f"--market {words[0]} 的起始日 {start} 不是日期，应写成 20260105。") from None
    return SampleMarket(seed=number, reference=reference, start=begins), f"sample:{number}@{start}"


def _span(source: MarketSource, reference: Reference) -> tuple[int, int]:
    # The trading days from the first batch to the last that can be told without playing the whole market.
    from terminal.domain.market import Recording

    first = next(source.batches(), None)
    if first is None:
        raise UserError(f"行情 {source.name} 里没有一笔报价，请换一份行情。")
    day = reference.calendar.trading_day(first.at)
    if isinstance(source, Recording):
        return day, reference.calendar.trading_day(int(source.at[-1]))
    return day, day


def _log(sentence: str) -> None:
    print(f"hengduo exchange: {sentence}", file=sys.stderr, flush=True)
