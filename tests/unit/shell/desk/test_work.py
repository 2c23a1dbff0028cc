"""A desk at its work, over real sockets: whether it comes back by itself."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from terminal.engine.mailbox import LatestMailbox
from terminal.shell.desk import work as desk_work
from terminal.shell.desk.last_run import LastRun
from terminal.shell.desk.work import DeskWork, Place
from terminal.shell.serving.door import Door
from terminal.sync.server import DeskServer
from tests.engine_world import TRADER, reference
from tests.sync_rig import SECOND, Rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SOON = 0.05  # seconds between two looks for a runner


class Runners:
    """Start one runner after another on one port, each with a secret of its own."""

    def __init__(self) -> None:
        self.rig = Rig(began=time.monotonic_ns() - 200 * SECOND)
        self.rig.living.monotonic = time.monotonic
        self.place = Place(url="", proof="", name="r")
        self._port = 0

    @asynccontextmanager
    async def one(self, secret: str) -> AsyncIterator[None]:
        self.rig.house._door = Door(secret, {})
        self.said: list[str] = []  # by this one
        server = DeskServer(self.rig.house, clock=time.monotonic_ns, say=self.said.append)
        listening = await server.open("127.0.0.1", self._port)
        self._port = next(iter(listening.sockets)).getsockname()[1]
        self.place = Place(url=f"ws://127.0.0.1:{self._port}", proof=secret, name="r")
        try:
            yield
        finally:
            listening.close(close_connections=False)
            await server.close()

    @asynccontextmanager
    async def desk(
        self, folder: Path, mailbox: LatestMailbox | None = None, last_run: LastRun | None = None
    ) -> AsyncIterator[DeskWork]:
        async def find(_: object) -> Place:
            return self.place

        async def seek(_: object) -> Place:
            return self.place

        made = DeskWork(
            folder=folder,
            person=TRADER,
            find=find,
            calendar=lambda: reference().calendar,
            mailbox=LatestMailbox() if mailbox is None else mailbox,
            seek=seek,
            last_run=last_run,
        )
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(750):  # 15 s
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def is_in(desk: DeskWork) -> bool:
    return desk._driver is not None and desk._driver.session is not None and desk._driver.welcome is not None


def test_a_superseded_desk_stays_out_when_the_runner_is_started_anew_and_the_one_in_use_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_work, "SEEK_SECONDS", SOON)

    async def work() -> None:
        runners = Runners()
        async with runners.one("first"), runners.desk(tmp_path / "a") as before:
            await until(lambda: is_in(before))
        shutil.copytree(tmp_path / "a", tmp_path / "b")  # the same device, in two places
        async with AsyncExitStack() as desks:
            # Given a desk that was thrown out by a copy of itself
            async with runners.one("second"):
                left = await desks.enter_async_context(runners.desk(tmp_path / "a"))
                await until(lambda: is_in(left))
                used = await desks.enter_async_context(runners.desk(tmp_path / "b"))
                await until(lambda: is_in(used) and bool(left.refusal))
            assert "不再自动重连" in left.refusal
            await until(lambda: not is_in(used))
            # When the runner is started anew, with another secret
            async with runners.one("third"):
                await until(lambda: is_in(used))
                await asyncio.sleep(10 * SOON)
                # Then the one in use is back, and the other has not so much as tried.
                assert len([line for line in runners.said if "连接" in line]) == 1
                assert "不再自动重连" in left.refusal
                assert used.refusal == ""

    asyncio.run(work())


def test_a_desk_that_was_killed_and_whose_outbox_is_broken_says_both_and_is_let_in_as_a_new_device(
    tmp_path: Path,
) -> None:
    mailbox, outbox = LatestMailbox(), tmp_path / "outbox.db"

    def spoil() -> None:
        outbox.write_bytes(outbox.read_bytes()[:100] + b"\xff" * 4_000)

    async def work() -> list[str]:
        runners = Runners()
        async with runners.one("only"):
            # Given a desk that was never closed, and whose outbox is full of nonsense since
            async with runners.desk(tmp_path, last_run=LastRun(tmp_path)) as killed:
                await until(lambda: is_in(killed))
            spoil()
            # When it is opened again
            async with runners.desk(tmp_path, mailbox, LastRun(tmp_path)) as opened:
                await until(lambda: is_in(opened))
        return [desk._driver._identity.device for desk in (killed, opened) if desk._driver is not None]

    # Then the person reads that nobody knows what was under way, and where the broken file is kept.
    before, after = asyncio.run(work())
    assert before != after
    crashed, rebuilt = mailbox.drain().notices
    assert "工作台上次没有正常关闭" in crashed
    assert "不知道当时有没有指令在等回答" in crashed
    (kept,) = tmp_path.glob("outbox.db.*")
    assert f"本机发件箱 {outbox} 已损坏" in rebuilt
    assert f"已改名为 {kept.name} 保留；此前发出而没有回报的命令不会重发" in rebuilt
    assert kept.read_bytes().endswith(b"\xff" * 4_000)
