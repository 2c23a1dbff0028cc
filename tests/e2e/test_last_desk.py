"""A wish to stop the runner counts from its last desk only, and whoever said it hears what becomes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from pytestqt.qtbot import QtBot
from websockets.asyncio.client import ClientConnection, connect

from terminal.app import Seat, _listen
from terminal.domain.ids import PersonId
from terminal.sync import messages as m
from terminal.sync.server import DeskServer
from terminal.sync.wire import encode, read_from_runner
from terminal.widgets.window.first_window import raise_first
from terminal.widgets.window.leaving_box import LeavingBox
from tests.e2e.own_market import wave_tape
from tests.e2e.processes import eventually
from tests.e2e.seated import seated
from tests.e2e.small_house import no_runner_left, runners_of
from tests.engine_world import CHECKER, COLLEAGUE, TRADER
from tests.sync_rig import Rig

F = TypeVar("F", bound=m.Frame)


class House:
    """Hold a served runner; `stops` counts how often it was told to end."""

    def __init__(self, *, embedded: bool = True) -> None:
        self.rig, self.stops = Rig(), 0
        self.server = DeskServer(
            self.rig.house,
            clock=time.monotonic_ns,
            say=lambda _: None,
            last_one_stops=self._stop if embedded else None,
        )
        self.port = 0

    def _stop(self) -> None:
        self.stops += 1

    @asynccontextmanager
    async def desk(self, person: PersonId) -> AsyncIterator[ClientConnection]:
        async with connect(f"ws://127.0.0.1:{self.port}", proxy=None) as socket:
            await socket.send(encode(self.rig.hello(person)), text=True)
            yield socket


def play(house: House, acts: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        listening = await house.server.open("127.0.0.1", 0)
        house.port = next(iter(listening.sockets)).getsockname()[1]
        try:
            async with asyncio.timeout(20):
                await acts()
        finally:
            listening.close(close_connections=False)
            await house.server.close()

    asyncio.run(whole())


async def hear(socket: ClientConnection, kind: type[F]) -> F:
    while True:
        frame = read_from_runner(await socket.recv())
        if isinstance(frame, kind):
            return frame


async def stop(socket: ClientConnection) -> m.Bye:
    await socket.send(encode(m.Bye(code="STOP", sentence="")), text=True)
    return await hear(socket, m.Bye)


def test_every_desk_hears_how_many_others_there_are_and_the_wish_of_any_but_the_last_is_answered_with_no() -> None:
    house = House()

    async def acts() -> None:
        async with house.desk(TRADER) as first:
            assert (await hear(first, m.Desks)).others == 0
            async with house.desk(CHECKER) as second:
                assert (await hear(second, m.Desks)).others == 1
                assert (await hear(first, m.Desks)).others == 1
                bye = await stop(first)
                assert (bye.code, bye.sentence) == ("RUNS_ON", "另有 1 台工作台连着，运行器继续运行，策略照常交易")
                assert (await hear(second, m.Desks)).others == 0
                assert house.stops == 0
                assert (await stop(second)).code == "STOP"
                await second.wait_closed()

    play(house, acts)
    assert house.stops == 1


def test_after_the_last_desk_was_told_that_the_runner_ends_nobody_is_let_in_to_keep_it() -> None:
    house = House()

    async def acts() -> None:
        async with house.desk(TRADER) as last:
            await hear(last, m.Desks)
            assert (await stop(last)).code == "STOP"
            async with house.desk(COLLEAGUE) as late:
                assert (await hear(late, m.Bye)).code == "RUNNER_STOPS"

    play(house, acts)
    assert house.stops == 1


def test_a_runner_that_no_desk_may_stop_says_so_and_tells_nobody_who_else_is_there() -> None:
    house = House(embedded=False)

    async def acts() -> None:
        async with house.desk(TRADER) as only:
            await hear(only, m.Quotes)
            await only.send(encode(m.Bye(code="STOP", sentence="")), text=True)
            frames = [read_from_runner(await only.recv())]
            while not isinstance(frames[-1], m.Bye):
                frames.append(read_from_runner(await only.recv()))
            assert frames[-1].code == "RUNS_ON"
            assert not any(isinstance(frame, m.Desks) for frame in frames)

    play(house, acts)
    assert house.stops == 0


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # meant to outlive its desk
def test_of_two_windows_the_first_to_go_hears_that_the_runner_goes_on_and_the_last_one_ends_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    data, market = tmp_path / "here", f"replay:{wave_tape(tmp_path / 'ap.csv', seconds=900)}"
    with no_runner_left(tmp_path), seated(qtbot, data, market=market) as first:
        first.until("客户权益")
        with seated(qtbot, data, market=market, person="operator") as second:
            second.until("客户权益")
            first.desk.link.stop(stop_runner=True)
            said = "运行器没有停止：另有 1 台工作台连着，运行器继续运行，策略照常交易。"
            assert first.desk.link.farewell == said
            assert len(runners_of(data)) == 1
            second.desk.link.stop(stop_runner=True)
            assert second.desk.link.farewell == ""
            eventually(lambda: not runners_of(data), "the runner has ended")


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # meant to outlive its desk
def test_a_window_that_has_left_and_waits_to_be_read_shows_nothing_as_live_and_gives_its_place_to_the_next(
    qtbot: QtBot, tmp_path: Path
) -> None:
    data, market = tmp_path / "here", f"replay:{wave_tape(tmp_path / 'ap.csv', seconds=900)}"
    seat = Seat(person=PersonId("trader"), market=market, data=data)
    with no_runner_left(tmp_path), seated(qtbot, data, market=market) as first:
        first.until("客户权益")
        window = first.desk.window
        _listen(first.desk, seat, gives_way=False)
        with seated(qtbot, data, market=market, person="operator") as second:
            second.until("客户权益")
            window.leaving.stop_wanted.emit()
            qtbot.waitUntil(lambda: bool(window.findChildren(LeavingBox)))
            (box,) = window.findChildren(LeavingBox)
            assert "另有 1 台工作台连着" in box.text()
            assert "本工作台已经离开" in first.summary()
            status = window.status
            assert [status.state.text(), status.runner.text(), status.gateway.text()] == [
                "行情已停止：见上方提示",
                "本机运行器 连接已停止",
                "交易通道 未知",
            ]
            assert not any(lamp.well for lamp in (status.lamp, status.runner_lamp, status.gateway_lamp))
            assert window.top.equity.value.property("tone") == "dim"
            assert not raise_first(seat.folder)
            with seated(qtbot, data, market=market) as third:
                third.until("客户权益")
                assert third.code() == 0
            box.buttons()[0].click()
            assert not window.isVisible()
            second.desk.link.stop(stop_runner=True)
            eventually(lambda: not runners_of(data), "the runner has ended")
