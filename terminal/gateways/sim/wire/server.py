"""Offer the sim exchange on a socket, to one client session at a time.

A new login supersedes the session before it, whose connection is closed; whatever it still had on the way is dropped
unread and so has never arrived. When a client dies the market clock stands still until the next one logs in. Bytes
that are no frame end their connection, with a sentence to both sides, and nothing else.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Never

from terminal.domain.addresses import cannot_listen
from terminal.domain.errors import UserError
from terminal.engine.ports import WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import StoreError
from terminal.gateways.sim.wire import frames
from terminal.gateways.sim.wire.frames import FrameError, Kind, Query, Refused, Welcome

_GREETING_ITEMS: Final = 256
_HELLO_SECONDS: Final = 5


class ExchangeServer:
    """Serve one host; `say` gets a sentence about each event worth a line of log."""

    def __init__(self, host: Host, say: Callable[[str], None]) -> None:
        self._host = host
        self._say = say
        self._current: asyncio.StreamWriter | None = None
        self._broken: asyncio.Future[Never] | None = None

    async def serve(self, address: str, port: int, *, ready: Callable[[str, int], None]) -> None:
        """Serve until cancelled; a taken port or a broken store is a `UserError`."""
        self._broken = asyncio.get_running_loop().create_future()
        try:
            server = await asyncio.start_server(self._talk, address, port)
        except OSError as problem:
            raise cannot_listen(address, port, problem) from problem
        try:
            ready(*server.sockets[0].getsockname()[:2])
            await self._broken
        finally:
            server.close()
            if self._current is not None:
                self._current.close()
            if not self._broken.done() or self._broken.cancelled():
                self._host.save()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._session(reader, writer)
        except StoreError as problem:
            if self._broken is not None and not self._broken.done():
                self._broken.set_exception(problem)
        except (FrameError, UserError, TimeoutError) as problem:
            sentence = str(problem) or f"{_HELLO_SECONDS} 秒内没有登录"
            self._say(f"连接关闭：{sentence}")
            writer.write(frames.message(Kind.REFUSED, Refused(why=sentence)))
        except (asyncio.IncompleteReadError, ConnectionError):
            self._say("客户端断开，行情时钟停住等待")
        finally:
            if self._current is writer:
                self._current = None
                with suppress(StoreError):  # the next commit meets it again
                    self._host.save()
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(_HELLO_SECONDS):
            kind, body = await _read_frame(reader)
        if kind is not Kind.HELLO:
            raise FrameError(f"第一帧应是 HELLO，收到 {kind.name}")
        hello = frames.read_hello(body)
        if hello.protocol != frames.PROTOCOL:
            raise FrameError(f"协议版本 {hello.protocol} 不是 {frames.PROTOCOL}，请让两边使用同一版本的程序")
        if self._current is not None:
            self._say("新的登录取代了旧的会话")
            self._current.close()
        self._current = writer
        host = self._host
        host.log_in(hello.from_batch)
        standing = b"" if host.standing is None else frames.batch_bytes(host.standing)
        welcome = Welcome(
            market=host.market,
            identity=host.identity,
            universe=host.universe,
            history_until=host.history_until,
            standing=standing,
        )
        writer.write(frames.message(Kind.WELCOME, welcome))
        while True:
            kind, body = await _read_frame(reader)
            if self._current is not writer:
                return
            if kind is Kind.NEXT:
                writer.write(frames.inputs(host.take(_GREETING_ITEMS)))
                await writer.drain()
            elif kind is Kind.ASK:
                self._ask(body)
            else:
                raise FrameError(f"客户端不应发送 {kind.name}")

    def _ask(self, body: bytes) -> None:
        match frames.read_ask(body):
            case WireOrder() as order:
                self._host.place(order)
            case WireCancel() as cancel:
                self._host.cancel(cancel)
            case WireExercise() | WireWithdrawal() as request:
                self._host.exercise(request)
            case Query() as query:
                self._host.query(query.account, query.query)


async def _read_frame(reader: asyncio.StreamReader) -> tuple[Kind, bytes]:
    length, kind = frames.read_header(await reader.readexactly(frames.HEADER.size), frames.ASK_MAX_BYTES)
    return kind, await reader.readexactly(length) if length else b""
