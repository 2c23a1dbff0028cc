"""A real desk's link in front of a runner that says odd things, and over a disk that takes no more."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from terminal.domain.commands import CancelAll, Kill, TakeAccount
from terminal.domain.ids import AccountId, PersonId
from terminal.domain.words.risk import Scope
from terminal.engine.mailbox import Drained, LatestMailbox
from terminal.engine.screen import LinkLine, LinkState, ResultLine
from terminal.engine.state import FOLD_VERSION
from terminal.shell.desk.copy import UPGRADE
from terminal.shell.desk.link import Link, LinkHand
from terminal.shell.desk.only_looks import ONLY_LOOKS
from terminal.shell.desk.work import DeskWork, Place
from terminal.store.reference import load_calendar
from tests.e2e.processes import eventually

AT = 1_736_400_666_500_000_000
WELCOME = {
    "type": "WELCOME", "protocol": 1, "runner": "r", "app": "0.1.0", "person": "trader", "device": "x",
    "roles": {"A": ["trader"]}, "heads": {}, "market": "样例行情", "universe": ["SHFE.rb2505"], "utc": 1,
    "fold_version": FOLD_VERSION,
}  # fmt: skip
BEAT = {"type": "QUOTE", "at": AT, "trading_day": 20_250_109, "updates": 1, "gateway": True}
ROW = [0, 1, 2, 3, 1, 1, 1, 1, 9, 1, 3, 1, 1]


def evt(more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a well-formed record, well chained: of an order nobody has recorded, if it is not told otherwise."""
    record = {
        "v": 2, "tenant": "T", "stream": "account:A", "epoch": 1, "seq": 1, "utc": AT, "kind": "order_sent",
        "cause": "x", "actor": {"person": "plan", "device": "plan"},
        "body": {"type": "order_sent", "account": "A", "order": "O1"},
    } | dict(more or {})  # fmt: skip
    raw = json.dumps(record, separators=(",", ":")).encode()
    digest = sha256(sha256(b"T|account:A|1").digest() + raw).hexdigest()
    return {"type": "EVT", "round": 0, "number": 0, "events": [{"record": record, "hash": digest}]}


def chunk(data: bytes) -> dict[str, Any]:
    packed = b64encode(data).decode()
    return {"type": "CHUNK", "request": 1, "product": "SHFE.rb", "part": 0, "last": True, "data": packed}


class OddRunner:
    """Take a desk in, say the odd thing, and beat on; what the desk says is kept."""

    def __init__(self, odd: dict[str, Any] | None, welcome: dict[str, Any] = WELCOME) -> None:
        self.odd, self.welcome = odd, welcome
        self.connected: list[float] = []
        self.heard: list[dict[str, Any]] = []

    async def talk(self, desk: ServerConnection) -> None:
        self.connected.append(time.monotonic())
        with suppress(ConnectionClosed):
            self.heard.append(json.loads(await desk.recv()))
            await self._say(desk, self.welcome)
            await self._say(desk, BEAT)
            beating = asyncio.create_task(self._beat(desk))
            try:
                async for message in desk:
                    said = json.loads(message)
                    self.heard.append(said)
                    if said["type"] == "PING":
                        pong = {"type": "PONG", "nonce": said["nonce"], "mono": said["mono"], "own_mono": 1}
                        await self._say(desk, pong)
            finally:
                beating.cancel()

    async def _beat(self, desk: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await asyncio.sleep(1.2)  # a connection that held: the next attempt would come at once
            if self.odd is not None:
                await self._say(desk, self.odd)
            while True:
                await self._say(desk, BEAT)
                await asyncio.sleep(0.3)

    async def _say(self, desk: ServerConnection, frame: dict[str, Any]) -> None:
        await desk.send(json.dumps({"v": 1, "tenant": "T"} | frame, separators=(",", ":")))

    def sent(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in tuple(self.heard) if one["type"] == kind]


@contextmanager
def listening(runner: OddRunner) -> Iterator[int]:
    loop, port = asyncio.new_event_loop(), list[int]()
    over = asyncio.Event()

    async def listen() -> None:
        async with serve(runner.talk, "127.0.0.1", 0, compression=None) as server:
            port.append(next(iter(server.sockets)).getsockname()[1])
            await over.wait()

    def run() -> None:
        loop.run_until_complete(listen())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        eventually(lambda: bool(port), "a runner that listens")
        yield port[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)


class Room:
    """Hold a link and everything its window would have been told."""

    def __init__(self, folder: Path, port: int) -> None:
        self.mailbox = LatestMailbox()
        self.links: list[LinkLine] = []
        self.results: list[ResultLine] = []
        self.drained: list[Drained] = []

        async def find(_: object) -> Place:
            return Place(url=f"ws://127.0.0.1:{port}", proof="s", name="本机运行器")

        def make() -> DeskWork:
            self.work = DeskWork(
                folder=folder, person=PersonId("trader"), find=find, calendar=load_calendar, mailbox=self.mailbox
            )
            return self.work

        self.link = Link(make, self.mailbox)
        self.hand = LinkHand(self.link, self.mailbox)

    def look(self) -> LinkState | None:
        drained = self.mailbox.drain()
        self.drained.append(drained)
        self.results += drained.results
        if drained.link is not None:
            self.links.append(drained.link)
        return self.links[-1].state if self.links else None

    def until(self, state: LinkState) -> LinkLine:
        eventually(lambda: self.look() is state, f"a desk that is {state}")
        return self.links[-1]

    def on_link(self, act: Callable[[DeskWork], object]) -> None:
        done = threading.Event()

        def do(_: object) -> None:
            act(self.work)
            done.set()

        self.link.post(do)
        assert done.wait(10)


@contextmanager
def linked(folder: Path, runner: OddRunner) -> Iterator[Room]:
    with listening(runner) as port:
        room = Room(folder, port)
        room.link.start()
        try:
            yield room
        finally:
            room.link.stop()


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (BEAT | {"quotes": [[7, *ROW[1:]]]}, "第 7 个合约"),
        (BEAT | {"at": -5, "trading_day": 0}, "帧读不懂"),
        (BEAT | {"trading_day": 1}, "不是日期"),
        (chunk(b"hello"), "解不开"),
        (chunk(zlib.compress(b"hello")), "长度不对"),
    ],
)
def test_what_cannot_be_used_ends_the_connection_and_is_tried_again_ever_more_slowly(
    tmp_path: Path, odd: dict[str, Any], why: str
) -> None:
    runner = OddRunner(odd)
    with linked(tmp_path, runner) as room:
        room.until(LinkState.LIVE)
        refused = room.until(LinkState.REFUSED)
        assert refused.sentence.startswith("运行器发来的")
        assert why in refused.sentence
        assert "会自动重连" in refused.sentence
        assert not refused.may_order
        order = room.hand.send(CancelAll(account=AccountId("A")))
        eventually(lambda: room.look() and [one.command for one in room.results] == [order], "an answer")
        assert room.results[0].code == "OFFLINE"
        eventually(lambda: len(runner.connected) >= 3, "a third attempt")
        first, second = (after - before for before, after in zip(runner.connected, runner.connected[1:], strict=False))
        assert second > first > 1.2 + 0.3  # half a second less its jitter, and then a second less its own
        assert room.link._thread.is_alive()
        assert not room.link.failed


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"plan_sha256": "0"}, "帧里有不认识的字段 plan_sha256"),
        ({"roles": {"A": ["trader", "auditor"]}}, "帧里有不认识的值 auditor"),
        ({"type": "GREETINGS"}, "帧里有不认识的类型 GREETINGS"),
        ({"v": 2}, "帧的协议版本是 2，本程序的是 1–1"),
    ],
)
def test_a_runner_that_greets_as_a_newer_version_is_said_to_be_newer_and_what_to_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], more: dict[str, Any], what: str
) -> None:
    runner = OddRunner(None, WELCOME | more)
    with linked(tmp_path, runner) as room:
        line = room.until(LinkState.REFUSED)
        expected = f"运行器的版本比本程序新（它发来的{what}），本程序读不懂它、不能下单；请升级本程序后重新打开。"
        assert line.sentence == expected
        assert (line.may_order, line.is_heard) == (False, False)
        assert room.link.trouble == expected  # what it exits with
        assert not room.link.failed
        assert len(runner.connected) == 1  # nothing mends itself within a moment
    assert "Traceback" not in capfd.readouterr().err


def test_a_runner_that_turns_newer_in_the_middle_is_said_to_be_newer_too(tmp_path: Path) -> None:
    with linked(tmp_path, OddRunner(BEAT | {"auction": True})) as room:
        room.until(LinkState.LIVE)
        assert "帧里有不认识的字段 auction" in room.until(LinkState.REFUSED).sentence


def test_a_field_a_newer_runner_added_to_a_fact_is_passed_over_where_it_folds_alike(tmp_path: Path) -> None:
    account = {
        "type": "account_opened", "account": "A", "name": "甲", "investor": "1", "cash": "1", "trading_day": 20_250_109,
        "broker": "added later",
    }  # fmt: skip
    runner = OddRunner(evt({"kind": "account_opened", "body": account}))
    with linked(tmp_path, runner) as room:
        room.until(LinkState.LIVE)
        eventually(lambda: runner.sent("CREDIT"), "the desk has stored it")
        assert runner.sent("CREDIT")[-1]["applied"] == {"account:A": 1}
        assert room.look() is LinkState.LIVE


def test_a_fact_of_a_kind_nobody_here_knows_is_kept_and_the_desk_only_looks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = OddRunner(evt({"kind": "margin_called", "body": {"type": "margin_called", "account": "A"}}))
    with linked(tmp_path, runner) as room:
        room.until(LinkState.LIVE)
        line = room.until(LinkState.REFUSED)
        assert (line.sentence, line.is_heard, line.short) == (UPGRADE, True, ONLY_LOOKS)
        assert runner.sent("CREDIT")[-1]["applied"] == {"account:A": 1}
        assert len(runner.connected) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_a_record_that_does_not_fold_is_met_by_asking_for_the_whole_and_ends_nothing_else(tmp_path: Path) -> None:
    runner = OddRunner(evt())
    with linked(tmp_path, runner) as room:
        room.until(LinkState.LIVE)
        assert "order_sent）折叠不了（KeyError" in room.until(LinkState.REFUSED).sentence
        room.until(LinkState.CATCHING_UP)
        eventually(lambda: runner.sent("FETCH_JOURNAL"), "the desk asks again")
        assert next(one["snapshot"] for one in runner.sent("FETCH_JOURNAL"))
        assert [one["heads"] for one in runner.sent("HELLO")] == [{}, {}]
        assert not room.link.failed


def test_the_files_that_odd_records_left_open_again_and_a_sound_runner_is_followed(tmp_path: Path) -> None:
    with linked(tmp_path, OddRunner(evt())) as room:
        room.until(LinkState.LIVE)
        room.until(LinkState.REFUSED)
    with linked(tmp_path, OddRunner(None)) as room:
        room.until(LinkState.LIVE)
        assert not room.link.failed
        assert not [one.notices for one in room.drained if one.notices]  # nothing was kept that had to be put aside


def fill(work: DeskWork, *, replica: bool) -> None:
    driver = work._driver
    assert driver is not None
    files = [driver._sending._outbox._run] + ([driver._copy._replica._run] if replica else [])
    for run in files:
        run.exec_driver_sql("PRAGMA max_page_count = 1")


def empty(work: DeskWork) -> None:
    driver = work._driver
    assert driver is not None
    driver._copy._replica._run.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_with_a_full_outbox_every_press_is_answered_and_the_emergency_stop_is_sent(tmp_path: Path) -> None:
    runner = OddRunner(None)
    with linked(tmp_path, runner) as room:
        room.until(LinkState.LIVE)
        room.on_link(partial(fill, replica=False))
        pressed = [room.hand.send(TakeAccount(account=AccountId("A"))) for _ in range(60)]
        kill = room.hand.send(Kill(account=AccountId("A"), scope=Scope(), reason="停"))
        eventually(lambda: [one for one in runner.sent("CMD") if one["cmd_id"] == kill], "the emergency stop")
        sent = {one["cmd_id"] for one in runner.sent("CMD")}
        room.look()
        told = {one.command: one for one in room.results if one.code == "NOT_STORED"}
        assert len(told) > 20  # some pages were free
        assert told.keys() | sent == {*pressed, kill}
        assert not told.keys() & sent
        assert all("没有发出" in one.sentence and "已满" in one.sentence for one in told.values())
        assert room.look() is LinkState.LIVE


def test_with_a_copy_on_a_full_disk_nothing_is_shown_as_live_and_the_emergency_stop_is_still_sent(
    tmp_path: Path,
) -> None:
    account = {"type": "account_opened", "account": "A", "name": "A", "investor": "1", "cash": "1", "trading_day": 1}
    runner = OddRunner(evt({"kind": "account_opened", "body": account, "cause": "x" * 60_000}))
    with linked(tmp_path, runner) as room:
        room.until(LinkState.LIVE)
        room.on_link(partial(fill, replica=True))
        stood = room.until(LinkState.REFUSED)
        assert "本机副本写不进去" in stood.sentence
        assert (stood.may_order, stood.is_heard) == (False, True)
        order = room.hand.send(CancelAll(account=AccountId("A")))
        kill = room.hand.send(Kill(account=AccountId("A"), scope=Scope(), reason="停"))
        eventually(lambda: kill in [one["cmd_id"] for one in runner.sent("CMD")], "the emergency stop")
        room.look()
        assert not [one for one in room.results if one.command == kill]
        assert order in [one["cmd_id"] for one in runner.sent("CMD")]  # it lowers risk as well
        # With room again it asks by itself for what it could not keep.
        assert not runner.sent("FETCH_JOURNAL")
        room.on_link(empty)
        eventually(lambda: runner.sent("FETCH_JOURNAL"), "the desk asks again")
        assert runner.sent("FETCH_JOURNAL")[0] | {"v": 1} == {
            "type": "FETCH_JOURNAL", "v": 1, "tenant": "", "round": 1, "heads": {}, "snapshot": False,
        }  # fmt: skip
        assert room.until(LinkState.CATCHING_UP).short == ""
