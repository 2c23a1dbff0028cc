"""A desk whose own disk is full stands still as a whole, says so, and recovers by itself when there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from terminal.domain import commands as c
from terminal.domain.errors import UserError
from terminal.domain.orders.order import Side
from terminal.engine.records.journal import JournalError
from terminal.engine.screen import LinkState
from terminal.shell.desk.own_disk import FIRST_PAUSE, LONGEST_PAUSE, SHORT, OwnDisk
from terminal.store.folder import RESTART
from terminal.store.replica import StoredEvent
from terminal.store.room import find_room
from terminal.sync import messages as m
from tests.desk_rig import Seat
from tests.engine_world import ONE, RB, terms
from tests.sync_rig import SECOND, Rig

FULL = ("本机副本写不进去：/d/replica.db：磁盘已满。请腾出空间", RESTART)


class Disk:
    """Be a disk that is full or not, under one replica."""

    def __init__(self, seat: Seat, patch: pytest.MonkeyPatch) -> None:
        self.is_full, self.asked = True, 0
        append = seat.replica.append

        def take(events: Sequence[StoredEvent], fold: Callable[[], object] = lambda: None) -> None:
            if self.is_full:
                raise JournalError(*FULL)
            append(events, fold)

        def room() -> None:
            self.asked += 1
            if self.is_full:
                raise UserError(*FULL)

        patch.setattr(seat.replica, "append", take)
        patch.setattr(seat.replica, "find_room", room)


@pytest.fixture
def seat() -> Seat:
    seat = Seat(Rig())
    seat.rig.world.order(Side.BUY, 2, 3690)
    seat.connect()
    seat.rig.quote()
    seat.wait(1)
    return seat


def test_no_figure_moves_with_prices_while_what_is_held_stands_still(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(seat, monkeypatch)
    seat.rig.grow(1)
    line = seat.wait(0.5)
    assert (line.state, line.is_heard, line.short) == (LinkState.REFUSED, True, SHORT)
    told = len(seat.drained)
    for _ in range(4):
        seat.rig.quote()
        line = seat.wait(0.75)
    for one in seat.drained[told:]:
        assert not one.books
        assert not one.quotes
        assert one.clock is None
    assert line.offline_s == 3
    assert line.is_old
    # What to do is said for this desk, and is true: nothing need be started again.
    assert "磁盘已满。请腾出空间；之后这里自动恢复，不必重新打开" in line.sentence
    assert "重新启动" not in line.sentence
    assert disk.asked == 0


def test_when_there_is_room_again_the_desk_catches_up_by_itself_and_tells_what_it_missed(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(seat, monkeypatch)
    seat.rig.grow(1)
    seat.wait(12)
    assert disk.asked == 1  # after 5 s; the next one is due 10 s later
    seat.rig.grow(2)
    heads = dict(seat.copy.heads())
    disk.is_full = False
    seat.rig.quote()
    told = len(seat.drained)
    line = seat.wait(8)
    assert (line.state, line.may_order, line.short) == (LinkState.LIVE, True, "")
    assert seat.copy.heads() != heads
    assert seat.copy.visible_hash() == seat.rig.world.state.visible_hash([ONE], [seat.person])
    assert seat.copy.heads() == {stream: seat.rig.house.heads()[stream] for stream in seat.copy.heads()}
    assert any(RB in one.quotes for one in seat.drained[told:])  # all prices anew
    assert any(one.missed for one in seat.drained[told:])


@pytest.mark.parametrize("embedded", [True, False])
def test_a_runner_that_goes_while_the_disk_is_full_is_said_to_be_gone(
    monkeypatch: pytest.MonkeyPatch, *, embedded: bool
) -> None:
    # Given a desk on a full disk, which may be its runner's as well
    seat = Seat(Rig(), embedded=embedded)
    seat.connect()
    seat.rig.quote()
    seat.wait(1)
    disk = Disk(seat, monkeypatch)
    seat.rig.grow(1)
    assert seat.wait(4).state is LinkState.REFUSED
    # When the runner ends over it
    seat.lose("RUNNER_STOPS", "运行器正在停止")
    line = seat.wait(5)
    # Then the desk is offline since then, nothing is said to run, and its own runner can be started again.
    assert (line.state, line.short, line.offline_s, line.may_start) == (LinkState.OFFLINE, "", 5, embedded)
    assert "停着" in line.sentence
    assert "照常" not in line.sentence
    command = seat.press(c.CancelAll(account=ONE))
    assert seat.codes(command) == ["OFFLINE"]
    # And when it is there again, on a disk with room, everything is as it was.
    disk.is_full = False
    seat.connect()
    assert seat.wait(8).state is LinkState.LIVE
    assert seat.copy.visible_hash() == seat.rig.world.state.visible_hash([ONE], [seat.person])


def test_a_disk_is_tried_ever_more_slowly_and_at_once_in_earnest_again_when_it_worked() -> None:
    disk, now, pauses = OwnDisk(), 0, []
    for _ in range(9):
        disk.failed(now)
        began = now
        while not disk.is_due(now):
            now += SECOND
        pauses.append(now - began)
    assert (pauses[0], pauses[1], pauses[-1]) == (FIRST_PAUSE, 2 * FIRST_PAUSE, LONGEST_PAUSE)
    disk.works()
    assert not disk.is_due(now + LONGEST_PAUSE)
    disk.failed(now)
    assert disk.is_due(now + FIRST_PAUSE)


def test_room_is_found_by_writing_and_nothing_is_left(tmp_path: Path) -> None:
    find_room("本机副本写不进去", tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UserError, match=r"本机副本写不进去：.*gone"):
        find_room("本机副本写不进去", tmp_path / "gone")


def test_a_fold_known_to_be_wrong_is_asked_for_anew_when_there_is_room_and_nothing_is_ordered_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seat = Seat(Rig())
    seat.connect()
    seat.rig.quote()
    seat.wait(1)
    is_full, swap = [True], seat.replica.swap

    def swap_if_room(*given: Any, **named: Any) -> None:
        if is_full[0]:
            raise JournalError(*FULL)
        swap(*given, **named)

    def find_room() -> None:
        if is_full[0]:
            raise JournalError(*FULL)

    monkeypatch.setattr(seat.replica, "swap", swap_if_room)
    monkeypatch.setattr(seat.replica, "find_room", find_room)
    # As a CHECK that does not agree: the runner's snapshot meets the full disk.
    seat.driver._is_unsure = True
    assert seat.driver.session is not None
    seat.driver.session.redo(seat.driver.session.heard_at)
    assert not seat.wait(1).may_order
    is_full[0] = False
    assert seat.wait(8).may_order
    assert not seat.driver._is_unsure


def test_what_was_on_its_way_is_settled_also_where_the_disk_fails_in_the_greeting(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an order that never arrived, a document that waits, and a desk that stands still
    order = seat.press(c.SubmitOrder(terms=terms(Side.BUY, 1, 3691)))
    seat.lose()
    note = seat.press(c.SaveDocument(name="n", base_version=0, body="{}"))
    seat.copy.leave_behind("停")
    state = seat.replica.state

    def broken() -> None:
        raise JournalError("本机副本读不出来：/d/replica.db：磁盘故障")

    monkeypatch.setattr(seat.replica, "state", broken)
    seat.connect()
    line = seat.wait(1)
    assert (line.state, line.is_heard) == (LinkState.REFUSED, True)
    monkeypatch.setattr(seat.replica, "state", state)
    assert seat.wait(16).state is LinkState.LIVE
    # Then the person is told, once, that it never arrived, and it did not go out after all; the document did.
    assert [code for code in seat.codes(order) if code != "UNANSWERED"] == ["LOST"]
    assert not [one for one in seat.sent if isinstance(one, m.Cmd) and one.cmd_id == order]
    assert seat.codes(note) == ["OK"]
    assert not seat.outbox.unanswered()
