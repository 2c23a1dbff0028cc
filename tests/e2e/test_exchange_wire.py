"""The sim exchange on a socket: over the wire it is the same exchange, and bad bytes hurt nobody else."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch, Column
from terminal.domain.orders.order import Side
from terminal.domain.orders.stop import Stop, Trigger
from terminal.domain.reports import (
    Accepted,
    CombinationTold,
    LinkDown,
    LinkUp,
    QueryAnswer,
    Rejected,
    Report,
    Traded,
)
from terminal.engine.ports import OtherExchangeError
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import FILE_NAME, ExchangeStore
from terminal.gateways.sim.wire import frames
from terminal.gateways.sim.wire.client import TcpGateway
from terminal.gateways.sim.wire.frames import Kind
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.gateways.sim.wire.server import ExchangeServer
from tests.unit.gateways.sim.drive import Told, drive
from tests.unit.gateways.sim.made import ME, I, Shown, host, order, random_market
from tests.unit.gateways.sim.spreads import FAR, ORE, Leg, spread_host, trades

DAY = 20260105


def test_over_tcp_the_same_reports_come_in_the_same_order(tmp_path: Path) -> None:
    market = random_market(21, 600)

    async def both() -> tuple[list[Told], list[Told]]:
        local = await drive(LocalGateway(host(market)))
        async with _serving(host(market, ExchangeStore(tmp_path / FILE_NAME))) as (address, port):
            gateway = TcpGateway(address, port)
            remote = await drive(gateway)
            assert gateway.market == market.name
            assert gateway.universe == market.universe
            await gateway.close()
        return local, remote

    local, remote = asyncio.run(both())
    assert remote == local
    assert sum(isinstance(item, Traded) for item in local) > 50


def test_a_new_login_supersedes_the_session_before_it() -> None:
    async def play() -> None:
        async with _serving(host(random_market(22, 50))) as (address, port):
            first, second = TcpGateway(address, port), TcpGateway(address, port)
            await first.connect(from_batch=0)
            assert isinstance(await first.next(), LinkUp)
            batch = await first.next()
            assert isinstance(batch, Batch)
            await second.connect(from_batch=0)
            assert second.history_until == 1
            standing = second.standing
            assert standing is not None
            assert (standing.index, sorted(standing.slots.tolist())) == (0, sorted(set(batch.slots.tolist())))
            assert standing.rows[:, Column.MASK].all()
            assert isinstance(await first.next(), LinkDown)
            with pytest.raises(ConnectionError):
                await first.next()
            assert isinstance(await second.next(), LinkUp)
            await second.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "超过上限"),
        (frames.NEXT_FRAME, "第一帧应是 HELLO"),
        (frames.HEADER.pack(3, Kind.HELLO) + b"abc", "读不懂"),
        (frames.message(Kind.HELLO, frames.Hello(protocol=99, from_batch=0)), "协议版本 99"),
        (frames.message(Kind.HELLO, frames.Hello(protocol=frames.PROTOCOL, from_batch=9999)), "不是同一份行情"),
        (
            frames.message(Kind.HELLO, frames.Hello(protocol=frames.PROTOCOL, from_batch=0))
            + frames.HEADER.pack(1, Kind.ASK)
            + b"x",
            "读不懂",
        ),
    ],
)
def test_bytes_that_are_no_frame_end_their_connection_and_nothing_else(sent: bytes, sentence: str) -> None:
    async def play() -> None:
        said: list[str] = []
        async with _serving(host(random_market(23, 20)), said) as (address, port):
            reader, writer = await asyncio.open_connection(address, port)
            writer.write(sent)
            answer = await reader.read()
            writer.close()
            assert sentence in answer.decode("utf-8", "replace")
            assert sentence in said[0]
            gateway = TcpGateway(address, port)
            await gateway.connect(from_batch=0)
            assert isinstance(await gateway.next(), LinkUp)
            await gateway.close()

    asyncio.run(play())


def test_an_order_on_a_combination_goes_over_the_wire_and_outlives_a_killed_exchange(tmp_path: Path) -> None:
    quotes: list[dict[InstrumentId, Shown]] = [{I: (1660, 10, 1661, 4), FAR: (1600, 6, 1601, 8)} for _ in range(9)]
    quotes[5] = {I: (1650, 10, 1651, 4), FAR: (1600, 6, 1601, 8)}

    async def play(*, again: bool) -> tuple[list[Report], QueryAnswer]:
        told: list[Report] = []
        store = ExchangeStore(tmp_path / FILE_NAME)
        async with _serving(spread_host(quotes, store)) as (address, port):
            gateway = TcpGateway(address, port)
            await gateway.connect(from_batch=2 if again else 0)
            while True:
                item = await gateway.next()
                if isinstance(item, QueryAnswer):
                    await gateway.close()
                    store.close()
                    return told, item
                if isinstance(item, Batch):
                    if (item.index, again) == (1, False):
                        await gateway.submit(order("taken", Side.BUY, 3, "30.5", instrument=ORE))
                        await gateway.submit(order("rests", Side.BUY, 4, "27", instrument=ORE))
                    if item.index == (6 if again else 1):
                        await gateway.query(ME, 1)
                elif item is not None:
                    told.append(item)

    told, answer = asyncio.run(play(again=False))
    assert trades(told) == [Leg(I, "BUY", 3, Decimal("830.5")), Leg(FAR, "SELL", 3, Decimal(800))]
    assert [one.combined for one in told if isinstance(one, CombinationTold)] == list(answer.combinations or ())
    assert [one.lots for one in answer.combinations or ()] == [3]
    assert [(one.wire_key, one.terms.instrument, one.state) for one in answer.orders] == [
        ("taken", ORE, "FILLED"),
        ("rests", ORE, "LIVE"),
    ]
    later, answer = asyncio.run(play(again=True))
    # What rested before the exchange was killed trades after it: 825.5 less 800 is better than 27, which it pays; of
    # the six lots that the second leg still shows three were taken before.
    assert trades(later, "rests") == [Leg(I, "BUY", 3, Decimal(827)), Leg(FAR, "SELL", 3, Decimal(800))]
    assert [one.lots for one in answer.combinations or ()] == [6]


def test_a_stop_order_goes_over_the_wire_and_trades_when_its_trigger_is_touched() -> None:
    quotes: list[dict[InstrumentId, Shown]] = [{I: (1660, 10, 1661, 4)} for _ in range(6)]
    quotes[4] = {I: (1669, 10, 1670, 4)}
    waits = order("waits", Side.BUY, 3, "840", instrument=I)
    waits = msgspec.structs.replace(waits, trigger=Trigger(stop=Stop.LOSS, price=Decimal(834)))

    async def play() -> list[tuple[int, Report]]:
        told: list[tuple[int, Report]] = []
        at = 0
        async with _serving(spread_host(quotes, lasts=[1660, 1660, 1660, 1667, 1668, 1660])) as (address, port):
            gateway = TcpGateway(address, port)
            await gateway.connect(from_batch=0)
            while (item := await gateway.next()) is not None:
                if not isinstance(item, Batch):
                    told.append((at, item))
                    continue
                at = item.index
                if at == 1:
                    await gateway.submit(waits)
            await gateway.close()
        return told

    told = asyncio.run(play())
    assert [(at, type(one)) for at, one in told[1:]] == [(1, Accepted), (4, Traded)]
    assert trades([one for _, one in told]) == [Leg(I, "BUY", 3, Decimal(835))]


def test_another_exchange_on_the_same_port_is_not_taken_for_the_one_before() -> None:
    async def play() -> None:
        async with _serving(host(random_market(22, 50), identity="样例 1")) as (address, port):
            gateway = TcpGateway(address, port)
            await gateway.connect(from_batch=0)
        async with _serving(host(random_market(22, 50), identity="样例 2"), port=port):
            for _ in range(2):
                with pytest.raises(OtherExchangeError, match="原为 样例 1，现为 样例 2"):
                    await gateway.connect(from_batch=0)
                with pytest.raises(ConnectionError):
                    await gateway.next()
            assert gateway.identity == "样例 1"
        async with _serving(host(random_market(22, 50), identity="样例 1"), port=port):
            await gateway.connect(from_batch=0)
            assert isinstance(await gateway.next(), LinkUp)
            await gateway.close()

    asyncio.run(play())


def test_an_exchange_that_is_not_there_is_a_sentence() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionError, match="请先启动 hengduo exchange"):
        asyncio.run(TcpGateway("127.0.0.1", port).connect(from_batch=0))


def test_an_exchange_that_says_nothing_is_a_lost_link() -> None:
    async def welcome_and_sleep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            frames.message(Kind.WELCOME, frames.Welcome(market="m", identity="m", universe=(), history_until=0))
        )
        await reader.readuntil(frames.NEXT_FRAME)
        writer.write(frames.inputs([LinkUp(session="1", trading_day=DAY)]))
        await reader.read()
        writer.close()

    async def play() -> None:
        async with await asyncio.start_server(welcome_and_sleep, "127.0.0.1", 0) as server:
            gateway = TcpGateway("127.0.0.1", server.sockets[0].getsockname()[1], patience_seconds=0.05)
            await gateway.connect(from_batch=0)
            assert isinstance(await gateway.next(), LinkUp)
            item = await gateway.next()
            assert isinstance(item, LinkDown)
            assert "没有回音" in item.why
            await asyncio.sleep(0)

    asyncio.run(play())


def test_a_full_disk_ends_the_exchange_with_a_sentence(tmp_path: Path) -> None:
    async def play() -> None:
        store = ExchangeStore(tmp_path / FILE_NAME)
        made = host(random_market(25, 600), store)
        pages = store._database.execute("PRAGMA page_count").fetchone()[0]
        store._database.execute(f"PRAGMA max_page_count = {pages + 4}")
        place: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        server = ExchangeServer(made, lambda _: None)
        task = asyncio.create_task(server.serve("127.0.0.1", 0, ready=lambda _, port: place.set_result(port)))
        gateway = TcpGateway("127.0.0.1", await place)
        told = await drive(gateway, until_down=True)
        assert isinstance(told[-1], LinkDown)
        with pytest.raises(UserError, match="磁盘空间"):
            await task
        with pytest.raises(ConnectionError):
            await gateway.connect(from_batch=0)
        heard = {item.wire_key for item in told if isinstance(item, (Accepted, Rejected))}
        written = {key for (key,) in store._database.execute("SELECT wire_key FROM orders")}
        assert heard <= written
        assert heard
        store.close()

    asyncio.run(play())


class _serving:  # noqa: N801  # reads as a verb
    def __init__(self, served: Host, said: list[str] | None = None, *, port: int = 0) -> None:
        self._served, self._port = served, port
        self._said = [] if said is None else said

    async def __aenter__(self) -> tuple[str, int]:
        place: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        server = ExchangeServer(self._served, self._said.append)
        self._task = asyncio.create_task(
            server.serve("127.0.0.1", self._port, ready=lambda address, port: place.set_result((address, port)))
        )
        return await place

    async def __aexit__(self, *problem: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
