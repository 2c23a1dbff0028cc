"""The runner of this machine is found or started, and one that lives is never taken for one that is gone."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.runner import embedded
from terminal.runner.card import Card, write_card
from terminal.runner.embedded import find_or_start
from terminal.runner.starting import LOG_FILE
from terminal.store.owner import Owner
from terminal.sync.turned_away import DESKS_ONLY


def card(port: int, pid: int) -> Card:
    return Card(address="127.0.0.1", port=port, pid=pid, secret="s", market="m", version="1", embedded=True)


def nobody_starts(*_: object, **__: object) -> None:
    raise AssertionError("a runner was started beside one that lives")


async def told_twice(said: list[str]) -> None:
    for _ in range(3000):  # a minute
        if len(said) > 1:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 403 Forbidden\r\n\r\n{DESKS_ONLY}".encode())
    await writer.drain()
    writer.close()


def test_a_runner_that_lives_and_is_silent_is_waited_for_named_and_found_as_soon_as_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "start", nobody_starts)
    monkeypatch.setattr("terminal.runner.card.PROBE_SECONDS", 0.2)
    said: list[str] = []

    async def work() -> Card:
        # Given a runner that owns its folder and takes connections, but does not answer
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            port = listening.getsockname()[1]
            write_card(tmp_path, card(port, os.getpid()))
            looking = asyncio.create_task(
                find_or_start(tmp_path, market="sample", speed=1.0, started=None, say=said.append)
            )
            await told_twice(said)
            assert not looking.done()
        # When it answers
        async with await asyncio.start_server(answer, "127.0.0.1", port, reuse_address=True):
            return await looking

    owner = Owner(tmp_path)
    try:
        found = asyncio.run(work())
    finally:
        owner.release()
    assert found.pid == os.getpid()
    assert all(f"运行器进程 {os.getpid()} 已 " in one and "没有应答，可能仍在交易" in one for one in said)


def test_a_start_that_takes_long_is_waited_for_as_long_as_its_process_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "start", nobody_starts)
    monkeypatch.setattr(embedded, "START_SECONDS", 0.0)
    said: list[str] = []

    async def work() -> int:
        child = await asyncio.to_thread(
            subprocess.Popen, [sys.executable, "-c", "input(); exit(3)"], stdin=subprocess.PIPE
        )
        looking = asyncio.create_task(
            find_or_start(tmp_path, market="sample", speed=1.0, started=child, say=said.append)
        )
        await told_twice(said)
        assert not looking.done()
        # When it has ended and nobody else came up
        child.communicate(b"\n")
        with pytest.raises(UserError, match=f"本机运行器没有起来：why not（日志在 {tmp_path / LOG_FILE}）"):
            await looking
        return child.pid

    (tmp_path / LOG_FILE).write_text("why not\n", encoding="utf-8")
    pid = asyncio.run(work())
    assert all(f"运行器进程 {pid} 正在启动，已 " in one for one in said)


def test_one_that_is_being_started_by_another_desk_is_waited_for_and_is_replaced_only_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "START_SECONDS", 0.0)
    said: list[str] = []
    started: list[Path] = []

    def start(data: Path, **_: object) -> subprocess.Popen[bytes]:
        started.append(data)
        return subprocess.Popen([sys.executable, "-c", "exit(3)"])

    monkeypatch.setattr(embedded, "start", start)

    async def work() -> None:
        # Given our own, which gave way to it
        ours = await asyncio.to_thread(subprocess.Popen, [sys.executable, "-c", "exit(3)"])
        ours.wait()
        owner = Owner(tmp_path)
        looking = asyncio.create_task(
            find_or_start(tmp_path, market="sample", speed=1.0, started=ours, say=said.append)
        )
        await told_twice(said)
        assert not started
        assert all(f"运行器进程 {os.getpid()} 正在启动，已 " in one for one in said)
        owner.release()
        with pytest.raises(UserError, match="没有起来"):  # nor does the one that is started then
            await looking

    asyncio.run(work())
    assert started == [tmp_path]


def test_a_folder_that_is_owned_and_has_no_card_for_long_is_said_with_what_to_do_and_is_found_by_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "start", nobody_starts)
    monkeypatch.setattr(embedded, "START_SECONDS", 0.0)
    monkeypatch.setattr(embedded, "CARD_SECONDS", 0.0)
    said: list[str] = []

    async def work() -> None:
        looking = asyncio.create_task(
            find_or_start(tmp_path, market="sample", speed=1.0, started=None, say=said.append)
        )
        await told_twice(said)
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            mine = card(server.sockets[0].getsockname()[1], os.getpid())
            write_card(tmp_path, mine)
            assert await looking == mine

    owner = Owner(tmp_path)
    try:
        asyncio.run(work())
    finally:
        owner.release()
    assert all(f"进程 {os.getpid()} 占着数据目录 {tmp_path}" in one and "请结束这个进程" in one for one in said)
    assert not any("正在启动" in one for one in said)


FAILING = """
import sys, time
from pathlib import Path
from terminal.store.owner import Owner
owner = Owner(Path(sys.argv[1]))
time.sleep(0.5)
sys.exit(2)
"""


def test_two_desks_over_a_runner_that_cannot_start_both_say_why_and_start_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []

    def start(data: Path, **_: object) -> subprocess.Popen[bytes]:
        children.append(subprocess.Popen([sys.executable, "-c", FAILING, str(data)], stderr=subprocess.DEVNULL))
        return children[-1]

    monkeypatch.setattr(embedded, "start", start)
    monkeypatch.setattr(embedded, "GRACE_SECONDS", 1.0)
    (tmp_path / LOG_FILE).write_text("why not\n", encoding="utf-8")

    async def desk(later: float) -> None:
        await asyncio.sleep(later)
        with pytest.raises(UserError, match="本机运行器没有起来：why not"):
            await find_or_start(tmp_path, market="sample", speed=1.0, started=None, say=lambda _: None)

    async def both() -> None:
        async with asyncio.timeout(60):
            await asyncio.gather(desk(0), desk(0.2))

    asyncio.run(both())
    assert len(children) <= 4  # each its own, and one more where it gave way to the other's
    assert all(child.wait() for child in children)
