"""A desk in front of a runner that folds by other rules looks on from the greeting, and neither folds nor trades."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terminal.domain import commands as c
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.engine.mailbox import LatestMailbox
from terminal.engine.screen import LinkState
from terminal.engine.state import FOLD_VERSION
from terminal.shell.desk.copy import OLD_RUNNER, UPGRADE
from terminal.shell.desk.work import DeskWork, Place
from terminal.store.reference import load_calendar
from terminal.sync import messages as m
from terminal.sync.wire import encode
from tests.desk_rig import Seat
from tests.engine_world import ONE, terms
from tests.sync_rig import Rig, only

BUY = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
KILL = c.Kill(account=ONE, scope=Scope(), reason="停")


@pytest.mark.parametrize(
    ("theirs", "sentence"), [(FOLD_VERSION + 1, UPGRADE), (FOLD_VERSION - 1, OLD_RUNNER), (0, OLD_RUNNER)]
)
def test_from_the_greeting_nothing_of_another_fold_is_folded_or_traded_on(theirs: int, sentence: str) -> None:
    seat = Seat(Rig())
    seat.connect()
    seat.lose()
    stood, heads = seat.copy.visible_hash(), dict(seat.copy.heads())
    seat.rig.grow(3)
    seat.rig.house.fold_version = theirs
    seat.open()
    seat.up()
    states = []
    for frame in seat.runner.pump(seat.rig.now) if seat.runner else ():
        seat.give(frame)
        states.append(seat.look().state)
    # From WELCOME on, before any record came, and not first at a CHECK or a snapshot
    assert LinkState.LIVE not in states
    assert LinkState.CATCHING_UP not in states
    line = seat.wait(1)
    assert (line.state, line.sentence, line.may_order, line.is_heard) == (LinkState.REFUSED, sentence, False, True)
    assert (seat.copy.visible_hash(), dict(seat.copy.heads())) == (stood, heads)
    assert seat.codes(seat.press(BUY)) == ["OFFLINE"]
    # Nobody turns it away for being slow, and what only lowers risk goes out.
    for _ in range(5):
        seat.rig.grow(200)
        seat.wait(0.5)
    kill = seat.press(KILL)
    seat.pump()
    assert seat.codes(kill) == ["OK"]
    assert (seat.copy.visible_hash(), dict(seat.copy.heads())) == (stood, heads)


def test_an_older_runner_that_does_not_say_its_fold_is_another_version() -> None:
    seat = Seat(Rig())
    seat.open()
    seat.up()
    assert seat.runner is not None
    greeting = only(seat.rig.hear(seat.runner), m.Welcome)[0]
    silent = encode(greeting).replace(b',"fold_version":%d' % FOLD_VERSION, b"")
    assert b"fold_version" not in silent
    seat.give(silent)
    assert (seat.look().state, seat.copy.unreadable) == (LinkState.REFUSED, OLD_RUNNER)


def test_when_the_runner_was_upgraded_the_desk_goes_on_from_where_it_stood() -> None:
    rig = Rig()
    rig.house.fold_version = FOLD_VERSION - 1
    seat = Seat(rig)
    seat.connect()
    assert seat.look().state is LinkState.REFUSED
    assert not seat.copy.heads()
    # Then, without a connection, it is offline like any other desk
    seat.lose()
    assert seat.look().state is LinkState.OFFLINE
    rig.grow(2)
    rig.house.fold_version = FOLD_VERSION
    seat.connect()
    assert (seat.look().state, seat.look().may_order) == (LinkState.LIVE, True)
    assert seat.copy.visible_hash() == rig.world.state.visible_hash([ONE], [seat.person])


def test_a_runner_of_this_machine_may_be_started_anew_by_its_last_desk_only() -> None:
    rig = Rig()
    rig.house.fold_version = 0
    seat = Seat(rig, embedded=True)
    seat.connect()
    assert seat.session is not None
    line = seat.look()
    assert (line.state, line.may_start, line.is_heard) == (LinkState.REFUSED, True, True)
    assert line.sentence == (
        "本机运行器的版本比本程序旧：策略照常运行，这里停在旧状态、不能下单；请重新启动它，换成本程序的版本"
    )
    seat.give(encode(m.Desks(others=2)))
    line = seat.look()
    assert not line.may_start
    assert "另有 2 台工作台连着，请先关闭它们" in line.sentence
    seat.give(encode(m.Desks(others=0)))
    assert seat.look().may_start
    # It was asked to end and goes on: why is said until a runner of this version has let the desk in.
    seat.driver.loss.starting()
    assert (seat.look().may_start, "正在结束它" in seat.look().sentence) == (False, True)
    seat.driver.ask_to_stop()
    assert only(seat.up(), m.Bye)[0].code == "STOP"
    seat.lose("RUNS_ON", "另有 1 台工作台连着")
    assert seat.driver.stop_answer == ("RUNS_ON", "另有 1 台工作台连着")
    seat.driver.loss.started("另有 1 台工作台连着")
    seat.connect()
    assert seat.look().sentence.endswith("重新启动没有成功：另有 1 台工作台连着")
    rig.house.fold_version = FOLD_VERSION
    seat.lose()
    seat.connect()
    assert (seat.look().state, seat.driver.loss.not_started) == (LinkState.LIVE, "")


def test_a_link_that_goes_while_the_runner_is_looked_for_gives_the_restart_up_and_says_so(tmp_path: Path) -> None:
    rig = Rig()
    rig.house.fold_version = 0
    seat = Seat(rig, embedded=True)
    seat.connect()

    async def seek(_: object) -> None:
        seat.lose()

    async def find(_: object) -> Place:
        raise AssertionError("a runner was started beside one that nobody ended")

    async def restart() -> None:
        work = DeskWork(
            folder=tmp_path, person=seat.person, find=find, calendar=load_calendar, mailbox=LatestMailbox(),
            seek=seek, embedded=True,
        )  # fmt: skip
        work._driver = seat.driver
        work.start_runner()
        assert work._starting is not None
        await asyncio.wait_for(asyncio.shield(work._starting), 10)

    asyncio.run(restart())
    assert not seat.driver.loss.is_starting
    assert "再按一次" in seat.driver.loss.not_started


def test_a_newer_runner_of_this_machine_is_called_that() -> None:
    rig = Rig()
    rig.house.fold_version = FOLD_VERSION + 1
    seat = Seat(rig, embedded=True)
    seat.connect()
    assert "本机运行器的版本比本程序新" in seat.look().sentence
    assert "请改用新版程序打开" in seat.look().sentence


def test_a_runner_elsewhere_is_upgraded_by_its_administrator_and_not_from_here() -> None:
    rig = Rig()
    rig.house.fold_version = FOLD_VERSION - 1
    seat = Seat(rig)
    seat.connect()
    line = seat.look()
    assert not line.may_start
    assert "请运行器的管理员升级它" in line.sentence
