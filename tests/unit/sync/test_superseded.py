"""A device has one connection: the old one is told so, and nobody waits for one that hears nothing any more."""

from __future__ import annotations

import asyncio
import os
import time

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from terminal.domain.commands import CancelAll
from terminal.domain.ids import CommandId
from terminal.sync import messages as m
from terminal.sync.desk_session import command_frame
from terminal.sync.server import CLOSE_SECONDS
from terminal.sync.wire import encode, read_from_runner
from tests.desk_server import with_server
from tests.sync_rig import ONE, Rig


async def greeted(port: int) -> ClientConnection:
    """Return a connection of the one device that was let in."""
    socket = await connect(f"ws://127.0.0.1:{port}", proxy=None, ping_interval=None)
    await socket.send(encode(Rig().hello()), text=True)
    assert isinstance(read_from_runner(await socket.recv()), m.Welcome)
    return socket


async def last_word(socket: ClientConnection) -> m.FromRunner | None:
    """Return the last frame that comes before a connection is over."""
    last = None
    try:
        while True:
            last = read_from_runner(await socket.recv())
    except ConnectionClosed:
        return last


def test_the_old_connection_of_a_device_hears_why_it_ends_and_from_where_the_new_one_came() -> None:
    said: list[str] = []

    async def work(port: int) -> None:
        old = await greeted(port)
        new = await greeted(port)
        bye = await last_word(old)
        assert isinstance(bye, m.Bye)
        assert bye.code == "SUPERSEDED"
        assert "同一台设备" in bye.sentence
        assert "127.0.0.1" in bye.sentence
        await new.send(encode(m.Ping(nonce=1, mono=1)), text=True)
        while not isinstance(read_from_runner(await new.recv()), m.Pong):
            pass
        assert [line for line in said if "旧的连接断开" in line]

    with_server(work, said)


def test_a_new_connection_does_not_wait_for_an_old_one_that_reads_nothing() -> None:
    async def work(port: int) -> None:
        old = await greeted(port)
        old.transport.pause_reading()
        began = time.monotonic()
        new = await greeted(port)
        assert time.monotonic() - began < CLOSE_SECONDS / 2
        await asyncio.sleep(CLOSE_SECONDS + 0.3)
        wire = old.transport.get_extra_info("socket").fileno()
        os.write(wire, b"\0")  # answered by a reset where the other end is gone
        await asyncio.sleep(0.05)
        with pytest.raises(ConnectionError):
            os.write(wire, b"\0")
        old.transport.abort()
        await old.wait_closed()
        await new.close()

    with_server(work)


def test_what_the_old_connection_had_on_its_way_is_not_carried_out() -> None:
    async def work(port: int) -> None:
        old = await greeted(port)
        old.transport.pause_reading()  # so that it goes on talking
        new = await greeted(port)
        late = command_frame(CommandId("late"), 1, CancelAll(account=ONE), pressed_mono=1, ttl_ms=9_000)
        for _ in range(3):
            await old.send(encode(late), text=True)
        old.transport.resume_reading()
        assert isinstance(await last_word(old), m.Bye)
        await new.send(encode(m.Ping(nonce=9, mono=9)), text=True)
        heard: list[m.FromRunner] = []
        while not (heard and isinstance(heard[-1], m.Pong)):
            heard.append(read_from_runner(await new.recv()))
        assert b"late" not in b"".join(bytes(e.record) for f in heard if isinstance(f, m.Evt) for e in f.events)

    with_server(work)
