"""Time a runner and its desks over real sockets: a fact to a desk, fifty desks on the quote lane, a new desk's joining.

The runner lives in this process with its real engine, journal, house and server; every desk is another process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from terminal.commands.benches.desk_of_strategies import ACCOUNT, DAY, DEVICE, START, TENANT, TRADER, bursts, universe
from terminal.commands.benches.figure import RUNS, Figure, latencies
from terminal.domain.commands import Command, SaveDocument
from terminal.domain.days.calendar import Calendar
from terminal.domain.fact.facts import (
    AccountOpened,
    BarrierBegan,
    BarrierPassed,
    CommandDone,
    Fact,
    LimitsSet,
    OrderAccepted,
    OrderFilled,
    OrderRecorded,
    OrderSent,
    Role,
)
from terminal.domain.ids import AccountId, CommandId, ExchangeId, InstrumentId, OrderId, SysId, TradeId, WireKey
from terminal.domain.market import Batch, DayFacts
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, Fees
from terminal.engine.records.journal import Actor, Entry
from terminal.engine.state import State
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.shell.living import Living
from terminal.shell.opening import Opening, Person
from terminal.shell.runner import Runner
from terminal.shell.serving.basis_book import BasisBook
from terminal.shell.serving.door import Door
from terminal.shell.serving.house import RunnerHouse, entries_of
from terminal.shell.serving.tail import Tail
from terminal.store.journal import SqliteJournal
from terminal.store.reference import load_reference
from terminal.sync.server import DeskServer

PROOF: Final = "bench"
FACTS: Final = 400
FACT_EVERY: Final = 0.01  # seconds
MARKET: Final = 800  # instruments
DESKS: Final = 50
WATCH: Final = 6.0  # seconds
JOURNAL: Final = 100_000  # records a new desk finds
ORDERS_A_TURN: Final = 500


def measure() -> list[Figure]:
    """Return fact latency (ms), the share of a core that fifty desks cost, and the seconds a new desk takes."""
    facts, shares, joins = [], [], []
    for _ in range(RUNS):
        facts.append(asyncio.run(_facts()))
        shares.append(asyncio.run(_crowd()))
        joins.append(asyncio.run(_join()))
    fact = "一条事实（个人文稿，40 个合约的行情）：运行器落盘之后，到工作台存好、折叠好（两个进程，本机回环）"
    return [
        *latencies("fact", fact, "ms", facts, bar=5),
        Figure(
            name="fifty_desks",
            what=f"{DESKS} 台工作台各收 {MARKET} 个合约每秒两次，运行器多用的处理器",
            unit="% 核",
            runs=tuple(shares),
            bar=10,
        ),
        Figure(name="new_desk", what=f"{JOURNAL} 条事实到一台新工作台", unit="s", runs=tuple(joins), bar=2),
    ]


# --- a runner over a made-up market ----------------------------------------------------------------------------------


class _Market:
    """Be a market of many contracts, all quoted twice a second for ever."""

    name = "bench"

    def __init__(self, count: int) -> None:
        self.universe = universe(count)
        self._batches = bursts(count, 400)

    def batches(self, start: int = 0, /) -> Iterator[Batch]:
        """Yield the batches from `start` on."""
        yield from self._batches[start:]


class _Listing:
    def __init__(self) -> None:
        fee = Fee(by_value=Decimal("0.0001"))
        self._like = msgspec.structs.replace(
            load_reference().find("rb2405", DAY),
            margin_rate=Decimal("0.09"),
            fees=Fees(open=fee, close=fee, close_today=fee),
            expiry=20240515,
        )

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        return msgspec.structs.replace(self._like, id=instrument)

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        return None


class _NoScript:
    def start(self, at: int) -> None:
        pass

    def due(self, at: int, state: State) -> list[Command]:
        return []

    def heard(self, done: CommandDone) -> None:
        pass


class _Served:
    def __init__(self, living: Living, server: DeskServer, url: str) -> None:
        self.living = living
        self.server = server
        self.url = url


def _runner(
    market: _Market, journal: SqliteJournal, calendar: Calendar, stored: Callable[[Sequence[Entry]], None]
) -> Runner:
    listing = _Listing()
    roles: dict[AccountId, tuple[Role, ...]] = {ACCOUNT: (Role.TRADER, Role.RISK)}
    cash = Decimal(100_000_000)
    instruments = {name: listing.instrument(name, DAY) for name in market.universe}
    return Runner(
        journal=journal,
        gateway=LocalGateway(Host(store=ExchangeStore(), market=market, instruments=instruments, calendar=calendar)),
        calendar=calendar,
        opening=Opening(
            tenant=TENANT,
            seed=0,
            plan_sha256="",
            persons=(Person(person=TRADER, name="交易员", roles=roles),),
            devices=(),
            accounts=(AccountOpened(account=ACCOUNT, name="基准", cash=cash, trading_day=0, investor="1"),),
            limits=(LimitsSet(account=ACCOUNT, limits=Limits(position_lots=10_000, day_loss_yuan=cash)),),
        ),
        listing=listing,
        script=_NoScript(),
        version="bench",
        stored=stored,
    )


@asynccontextmanager
async def _serving(
    folder: Path, count: int, *, before: Sequence[Fact] = (), stored: Callable[[Sequence[Entry]], None] | None = None
) -> AsyncIterator[_Served]:
    journal = SqliteJournal(folder, TENANT)
    tail = Tail(journal, 0)
    server: DeskServer | None = None

    def grew(entries: Sequence[Entry]) -> None:
        if stored is not None:
            stored(entries)
        grown(entries)

    grown = entries_of(tail, lambda: server.changed() if server is not None else None)
    calendar = load_reference().calendar
    runner = _runner(_Market(count), journal, calendar, grew)
    house: RunnerHouse | None = None
    living = Living(
        runner,
        live_from=0,
        speed=1.0,
        seen=lambda slots: house.saw(slots) if house is not None else None,
        monotonic=time.monotonic,
    )
    await runner.begin()
    for start in range(0, len(before), 4 * ORDERS_A_TURN):
        await living.say(before[start : start + 4 * ORDERS_A_TURN], Actor(TRADER, DEVICE), "bench")
    house = RunnerHouse(
        living,
        door=Door(PROOF, {}),
        tail=tail,
        basis=BasisBook(living.engine.columns, calendar),
        name="bench",
        app="bench",
        utc=time.time_ns,
        say=lambda _: None,
    )
    server = DeskServer(house, clock=time.monotonic_ns, say=lambda _: None)
    listening = await server.open("127.0.0.1", 0)
    port = next(iter(listening.sockets)).getsockname()[1]
    going = asyncio.create_task(living.run())
    try:
        yield _Served(living, server, f"ws://127.0.0.1:{port}")
    finally:
        going.cancel()
        listening.close(close_connections=False)
        await server.close()
        journal.close()


async def _child(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "terminal.commands.benches.desk_child",
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )


async def _line(child: asyncio.subprocess.Process) -> str:
    line = b"" if child.stdout is None else await child.stdout.readline()
    if not line:
        raise RuntimeError("a desk of the measurement ended early; what it wrote to standard error says why")
    return line.decode()


async def _release(child: asyncio.subprocess.Process) -> dict[str, float]:
    if child.stdin is not None:
        child.stdin.write(b"\n")
        await child.stdin.drain()
    found: dict[str, float] = json.loads(await _line(child))
    child.kill()
    await child.wait()
    return found


# --- the measurements ------------------------------------------------------------------------------------------------


async def _facts() -> list[float]:
    durable: dict[str, int] = {}

    def stored(entries: Sequence[Entry]) -> None:
        at = time.monotonic_ns()
        for entry in entries:
            durable[f"{entry.record.stream}|{entry.record.seq}"] = at

    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        async with _serving(Path(folder), 40, stored=stored) as served:
            child = await _child("follow", served.url, PROOF)
            await _line(child)
            durable.clear()
            for number in range(FACTS):
                body = SaveDocument(name="bench", base_version=number, body=str(number))
                at = served.living.engine.look.now
                await served.living.command(
                    Command(command=CommandId(f"f{number}"), person=TRADER, device=DEVICE, at=at, body=body),
                    lambda: True,
                )
                await asyncio.sleep(FACT_EVERY)
            await asyncio.sleep(0.2)
            folded = await _release(child)
    return [(folded[place] - at) / 1e6 for place, at in durable.items() if place in folded]


async def _crowd() -> float:
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        async with _serving(Path(folder), MARKET) as served:
            alone = await _busy()
            child = await _child("crowd", served.url, PROOF, str(DESKS), "500")
            await _line(child)
            crowded = await _busy()
            read = await _release(child)
    expected = DESKS * MARKET * 2 * read["seconds"]
    if read["quotes"] < 0.8 * expected:
        raise RuntimeError(f"the desks read {read['quotes']} quotes of {expected:.0f}: not the load that was meant")
    return (crowded - alone) * 100


async def _busy() -> float:
    began, cpu = time.monotonic(), time.process_time()
    await asyncio.sleep(WATCH)
    return (time.process_time() - cpu) / (time.monotonic() - began)


async def _join() -> float:
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        async with _serving(Path(folder), 40, before=_orders(JOURNAL // 4)) as served:
            child = await _child("join", served.url, PROOF)
            found: dict[str, float] = json.loads(await _line(child))
            child.kill()
            await child.wait()
    return found["seconds"]


def _orders(count: int) -> list[Fact]:
    # Bought and closed again, one lot after the other: 25 000 orders are a very long day of a very busy grid.
    facts: list[Fact] = [
        BarrierBegan(account=ACCOUNT, session="1", at=START),
        BarrierPassed(account=ACCOUNT, session="1"),
    ]
    exchange = ExchangeId("SHFE")
    for number in range(count):
        order, side = OrderId(f"A-{number}"), Side.BUY if number % 2 == 0 else Side.SELL
        terms = OrderTerms(
            account=ACCOUNT,
            instrument=universe(1)[0],
            side=side,
            offset=Offset.OPEN if side is Side.BUY else Offset.CLOSE_TODAY,
            lots=1,
            price=Decimal(3500),
        )
        facts += [
            OrderRecorded(
                order=order,
                wire_key=WireKey(f"w{number}"),
                reference=number + 1,
                terms=terms,
                cause=Cause(origin=Origin.MANUAL, person=TRADER, device=DEVICE),
                trading_day=DAY,
            ),
            OrderSent(account=ACCOUNT, order=order),
            OrderAccepted(
                account=ACCOUNT, order=order, exchange=exchange, sys_id=SysId(str(number)), exchange_at=number
            ),
            OrderFilled(
                account=ACCOUNT,
                order=order,
                exchange=exchange,
                sys_id=SysId(str(number)),
                trade=TradeId(str(number)),
                trading_day=DAY,
                side=side,
                instrument=terms.instrument,
                lots=1,
                price=Decimal(3500),
                fee=Decimal("3.50"),
                exchange_at=number,
                is_last=True,
            ),
        ]
    return facts
