"""Be the gateway to a sim exchange in another process.

One question, one answer: `next` asks only when everything of the answer before has been handed out. Orders, cancels
and queries are written and not waited for; to a dead link they are written to nobody. The client never connects again
by itself: whoever owns the account decides when, and from which batch.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import Final

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import Batch
from terminal.domain.reports import LinkDown, Report
from terminal.domain.words.system import system_said
from terminal.engine.ports import OtherExchangeError, WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.sim.wire import frames
from terminal.gateways.sim.wire.frames import Ask, FrameError, Hello, Kind, Query

_LOGIN_SECONDS: Final = 60  # the exchange may have to read its market up to our place first
_PATIENCE_SECONDS: Final = 10.0
_NOT_CONNECTED: Final = "交易所链路未连接"


class TcpGateway:
    """Be a `Gateway` over TCP."""

    def __init__(self, address: str, port: int, *, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        self._address = address
        self._port = port
        self._patience = patience_seconds
        self._link: _Link | None = None
        self._inputs: deque[Batch | Report | None] = deque()
        self._greeted = False
        self.market = self.identity = ""
        self.universe: tuple[InstrumentId, ...] = ()
        self.history_until = 0
        self.standing: Batch | None = None

    async def connect(self, *, from_batch: int) -> None:
        """Log in; an exchange that is not there or refuses is a `ConnectionError` with its sentence."""
        await self.close()
        self._inputs.clear()
        self._greeted = False
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                link = self._link = _Link(
                    *await asyncio.open_connection(self._address, self._port, limit=frames.TELL_MAX_BYTES)
                )
                hello = Hello(protocol=frames.PROTOCOL, from_batch=from_batch)
                link.writer.write(frames.message(Kind.HELLO, hello))
                kind, body = await link.read()
            welcome = frames.read_welcome(_expect(Kind.WELCOME, kind, body))
            standing = frames.read_standing(welcome)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, FrameError) as problem:
            await self.close()
            sentence = f"连不上交易所 {self._address}:{self._port}（{_why(problem)}），请先启动 hengduo exchange"
            raise ConnectionError(sentence) from problem
        if self.identity not in {"", welcome.identity}:
            await self.close()
            raise OtherExchangeError(self.identity, welcome.identity)
        self.market, self.identity, self.universe = welcome.market, welcome.identity, welcome.universe
        self.history_until = welcome.history_until
        self.standing = standing

    async def next(self) -> Batch | Report | None:
        """Return the next input; a lost link is told once as `LinkDown`, after that it is a `ConnectionError`."""
        if not self._inputs:
            if self._link is None:
                raise ConnectionError(_NOT_CONNECTED)
            try:
                self._inputs.extend(await self._ask_for_inputs(self._link))
            except (OSError, TimeoutError, asyncio.IncompleteReadError, FrameError) as problem:
                await self.close()
                return LinkDown(why=_why(problem))
        return self._inputs.popleft()

    async def submit(self, order: WireOrder) -> None:
        """Write an order to the wire once."""
        self._write(order)

    async def cancel(self, cancel: WireCancel) -> None:
        """Write a cancel to the wire once."""
        self._write(cancel)

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Write a request about an option, or its withdrawal, to the wire once."""
        self._write(request)

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account."""
        self._write(Query(account=account, query=query))

    async def close(self) -> None:
        """Close the connection."""
        link, self._link = self._link, None
        if link is not None:
            link.writer.close()
            with suppress(OSError):
                await link.writer.wait_closed()

    def _write(self, ask: Ask) -> None:
        if self._link is not None:
            self._link.writer.write(frames.message(Kind.ASK, ask))

    async def _ask_for_inputs(self, link: _Link) -> list[Batch | Report | None]:
        link.writer.write(frames.NEXT_FRAME)
        async with asyncio.timeout(self._patience if self._greeted else _LOGIN_SECONDS):
            kind, body = await link.read()
        self._greeted = True
        return list(frames.read_inputs(_expect(Kind.INPUTS, kind, body)))


class _Link:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def read(self) -> tuple[Kind, bytes]:
        header = await self._reader.readexactly(frames.HEADER.size)
        length, kind = frames.read_header(header, frames.TELL_MAX_BYTES)
        return kind, await self._reader.readexactly(length)


def _expect(wanted: Kind, kind: Kind, body: bytes) -> bytes:
    if kind is Kind.REFUSED:
        raise FrameError(frames.read_refused(body).why)
    if kind is not wanted:
        raise FrameError(f"应收到 {wanted.name}，收到 {kind.name}")
    return body


def _why(problem: Exception) -> str:
    match problem:
        case FrameError():
            return str(problem)
        case TimeoutError():
            return "对方没有回音"
        case asyncio.IncompleteReadError():
            return "连接被对方关闭"
        case OSError():
            return system_said(problem)
        case _:
            raise problem
