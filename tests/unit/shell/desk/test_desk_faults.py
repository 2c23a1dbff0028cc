"""What a desk cannot fold, draw or store ends at most its connection, never its kill switch."""

from __future__ import annotations

import msgspec

from terminal.domain import commands as c
from terminal.domain.orders.order import Side
from terminal.engine.records.journal import JournalError
from terminal.engine.screen import LinkState
from terminal.sync import messages as m
from terminal.sync.record_lane import LaneLimits
from tests.desk_rig import Seat
from tests.engine_world import ONE, TRADER, terms
from tests.sync_rig import Rig, only
from tests.unit.shell.desk.seated import BUY, KILL, forge


def test_a_fold_that_is_not_the_runners_is_replaced_by_a_snapshot():
    seat = Seat(Rig(LaneLimits(check_every=3)))
    seat.connect()
    # Given a desk that has folded something wrong
    seat.copy.state.accounts[ONE].alerts = 7
    seat.rig.grow(3)
    seat.wait(1)
    # Then the next CHECK finds it, a snapshot takes its place, and the person is told what was kept aside.
    assert seat.copy.state.accounts[ONE].alerts == 0
    assert seat.copy.visible_hash() == seat.rig.world.state.visible_hash([ONE], [TRADER])
    assert seat.replica.asides == 1
    assert [one.notices for one in seat.drained if one.notices]
    assert any(one.restarted for one in seat.drained)
    assert seat.look().state is LinkState.LIVE


def test_a_snapshot_that_was_cut_is_resumed_by_the_next_connection():
    seat = Seat(Rig(LaneLimits(beyond_events=3, part_bytes=400)))
    seat.rig.grow(4)
    seat.open()
    seat.up()
    for _ in range(4):
        assert seat.runner is not None
        for frame in seat.runner.pump(seat.rig.now):
            seat.give(frame)
    assert seat.session is not None
    assert seat.session.partial is not None
    came = len(seat.session.partial.parts)
    assert came > 1
    seat.lose()
    seat.connect()
    (hello,) = [one for one in only(seat.sent, m.Hello) if one.parts]
    assert hello.parts == came
    assert seat.look().state is LinkState.LIVE
    assert seat.copy.visible_hash() == seat.rig.world.state.visible_hash([ONE], [TRADER])


def test_a_fact_that_does_not_fold_ends_the_connection_and_the_next_one_brings_a_snapshot(seat):
    seat.rig.grow(1)
    seat.wait(0.5)
    heads, folded = dict(seat.copy.heads()), seat.copy.visible_hash()
    forge(seat, kind="order_sent", body={"type": "order_sent", "account": ONE, "order": "nobody's"})
    # Then it is said and kept nowhere, and nothing can be ordered.
    line = seat.look()
    assert (line.state, line.may_order, line.is_heard) == (LinkState.REFUSED, False, False)
    assert "order_sent" in line.sentence
    assert "没有保存；会自动重连" in line.sentence
    assert (dict(seat.copy.heads()), seat.copy.visible_hash()) == (heads, folded)
    assert seat.codes(seat.press(BUY)) == ["OFFLINE"]
    # And whoever has folded it is asked for the whole, once.
    seat.connect()
    assert seat.look().state is LinkState.LIVE
    assert [one.snapshot for one in only(seat.sent, m.FetchJournal)] == [True]
    assert seat.copy.visible_hash() == seat.rig.world.state.visible_hash([ONE], [TRADER])
    seat.lose()
    seat.connect()
    assert len(only(seat.sent, m.FetchJournal)) == 1


def test_what_cannot_be_drawn_blocks_orders_but_neither_the_connection_nor_the_kill_switch(seat, capsys):
    large = seat.press(c.SubmitOrder(terms=terms(Side.BUY, 300, 3690)))
    seat.pump()
    assert seat.codes(large) == ["CONFIRM2"]
    (row,) = seat.copy.state.accounts[ONE].confirmations.values()
    garbage = msgspec.structs.replace(row.confirmation, confirmation="c-odd", stored="no JSON")
    body = msgspec.to_builtins(garbage)
    forge(
        seat,
        kind="confirmation_requested",
        body={"type": "confirmation_requested", "confirmation": body, "findings": []},
    )
    line = seat.look()
    line = seat.look()
    assert (line.state, line.may_order, line.is_heard) == (LinkState.REFUSED, False, True)
    assert "显示不了" in line.sentence
    assert seat.codes(seat.press(BUY)) == ["OFFLINE"]
    kill = seat.press(KILL)
    seat.pump()
    assert seat.codes(kill)[-1] == "OK"
    assert seat.rig.world.state.accounts[ONE].kills
    # A restart shows no more of it, and ends no less well; the runner's snapshot heals it.
    seat.lose()
    seat.start()
    assert seat.links[-1].state is LinkState.CONNECTING  # nobody has refused it
    assert "显示不了" in seat.links[-1].sentence
    seat.connect()
    assert seat.look().state is LinkState.LIVE


def test_whatever_a_handler_raises_ends_one_connection_and_not_the_program(seat, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(seat.mailbox, "post_preview", lambda _: dict[str, int]()["missing"])
        seat.driver.preview(5, BUY, split_close=False)
        seat.pump()
    assert seat.session is None
    assert "Previewed 本程序处理不了" in seat.look().sentence
    assert "KeyError" in capsys.readouterr().err
    seat.connect()
    assert seat.look().state is LinkState.LIVE


def test_a_full_disk_leaves_a_desk_that_only_looks_on_and_can_still_pull_the_kill_switch(seat, monkeypatch):
    def full(*_):
        raise JournalError("本机副本写不进去：磁盘已满")

    monkeypatch.setattr(seat.replica, "append", full)
    monkeypatch.setattr(seat.replica, "find_room", full)
    seat.rig.grow(1)
    stood = seat.wait(0.5)
    assert (stood.state, stood.is_heard) == (LinkState.REFUSED, True)
    assert "磁盘已满" in stood.sentence
    assert seat.codes(seat.press(BUY)) == ["OFFLINE"]
    kill = seat.press(KILL)
    seat.pump()
    assert seat.codes(kill) == ["OK"]
    assert seat.rig.world.state.accounts[ONE].kills
    for _ in range(30):  # what comes is passed over, and acknowledged: nobody turns this desk away for being slow
        seat.rig.grow(200)
        stood = seat.wait(0.5)
    assert stood.is_heard


def test_after_a_fault_of_this_program_the_screen_shows_what_comes_later_and_not_what_it_held(
    seat, monkeypatch, capsys
):
    def fail(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(seat.sending, "saw", fail)
        seat.rig.world.order(Side.BUY, 1, 3688)
        frames = seat.runner.pump(seat.rig.now)
        seat.give(next(frame for frame in frames if b'"EVT"' in frame))
    assert seat.session is None
    assert "ZeroDivisionError" in capsys.readouterr().err
    # When it is connected again, it begins from the runner's snapshot and draws what is folded from now on.
    seat.connect()
    assert [one.snapshot for one in only(seat.sent, m.FetchJournal)] == [True]
    seat.drained.clear()
    seat.rig.world.order(Side.BUY, 1, 3686)
    seat.wait(0.5)
    latest = max(seat.rig.world.state.accounts[ONE].orders)
    assert latest in {name for drained in seat.drained for name in drained.orders}
    assert seat.copy.visible_hash() == seat.rig.world.state.visible_hash([ONE], [TRADER])
