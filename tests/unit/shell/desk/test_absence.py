"""What came while a desk was away, stood still or was closed is said once it is back."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level
from terminal.engine.records.journal import JournalError
from terminal.engine.screen import LinkState
from terminal.engine.unread import Message, MessageKind, Missed, Unread
from terminal.shell.desk.missed import Glance, glance
from terminal.sync.record_lane import LaneLimits
from tests.desk_memory import MemoryUnread
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, COLLEAGUE, ONE, RB, RISK, terms
from tests.sync_rig import SECOND, Rig
from tests.unit.shell.desk.seated import KILL


def absences(seat):
    return [missed for one in seat.drained for missed in one.missed]


def test_what_happened_while_the_desk_was_away_is_said_once_it_is_back(seat):
    seat.lose()
    seat.rig.grow(2)
    seat.rig.world.buy(3, 3701)
    seat.connect()
    (found,) = absences(seat)
    said = "；".join(found.sentences)
    assert "买开 rb2101 1 手 @3690 未成交" in said
    assert "买开 rb2101 3 手 @3701 全部成交" in said
    assert "C000001 买开 rb2101 1 手 @3690 已提交，等待复核" in said  # the second repeats the first
    assert "1 笔成交" in said
    assert "A1 rb2101 净持仓 无持仓 → 多 3 手" in said
    assert list(found.confirmations) == []  # it waits: what becomes of it is still to be told
    assert seat.links[-1].may_order


def test_each_absence_has_its_own_difference_and_none_replaces_another(seat):
    for lots in (2, 3):
        seat.lose()
        seat.rig.world.buy(lots, 3701)
        seat.connect()
    assert ["多 2 手" in "".join(one.sentences[-1:]) for one in absences(seat)] == [True, True]
    assert absences(seat)[1].sentences[-1] == "A1 rb2101 净持仓 多 2 手 → 多 5 手"


def test_who_decided_what_meanwhile_and_why_is_said_too(seat):
    seat.press(c.SubmitOrder(terms=terms(Side.BUY, 300, 3690)))
    seat.pump()
    seat.lose()
    world = seat.rig.world
    world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    seat.connect()
    (found,) = absences(seat)
    assert found.sentences == ("C000001 sun驳回 买开 rb2101 300 手 @3690：不同意",)


def test_what_a_stopped_process_finds_before_it_looks_at_the_clock_is_missed_as_well(seat):
    # A machine that slept reads what was kept back first, and finds the link heard and well afterwards.
    seat.rig.world.buy(2, 3701)
    seat.rig.now += 60 * SECOND
    seat.pump()
    seat.wait(1.5)
    (found,) = absences(seat)
    assert found.seconds >= 60
    assert found.sentences[-1] == "A1 rb2101 净持仓 无持仓 → 多 2 手"


def test_everything_others_did_while_the_desk_stood_still_is_said_with_its_outcome(seat):
    # Given a trader with a working order and three that wait for a second person
    world = seat.rig.world
    world.buy(1, 3690)
    for lots in (301, 302, 303):
        world.order(Side.BUY, lots, 3691)
    seat.pump()
    first, second, third = list(world.account.confirmations.values())
    # When the desk stands still, and one is approved, one left behind, the rest revoked by who takes the account over
    seat.rig.now += 60 * SECOND
    world.decide(CHECKER, first)
    world.show({RB: (3790, 3791)})
    world.decide(CHECKER, second)
    world.do(RISK, c.CancelAll(account=ONE))
    world.do(COLLEAGUE, c.TakeAccount(account=ONE))
    assert third.state.value == "REVOKED"
    seat.pump()
    seat.wait(1.5)
    # Then each is said by its number and outcome, with the cancels and the new holder.
    (found,) = absences(seat)
    said = list(found.sentences)
    assert said[0] == "A1 已由 qian@qian-desk 接管"
    assert said[1].startswith("C000001 sun批准 买开 rb2101 301 手 @3691，已报出，现已撤")
    assert said[2].startswith("C000002 sun批准 买开 rb2101 302 手 @3691，但情况已变化，没有执行：")
    assert said[3].startswith("C000003 买开 rb2101 303 手 @3691 已作废，没有执行：")
    assert said[4].startswith("买开 rb2101 1 手 @3690 已撤")
    assert said[2].count("重新提交") == 1
    assert [line for line in said if "仍需要时请重新提交" in line] == []  # the one that was sent least of all
    assert "由持有人重新提交" in said[3]


def read(seat, missed):
    """Be the screen that shows an absence and is ended before anybody has read it."""
    seat.absence.keep(Unread(messages=(Message(MessageKind.ABSENCE, "", "", missed.sentences, Level.NORMAL),)))


def test_a_desk_that_is_opened_again_is_told_what_came_while_it_was_closed_and_since_when(seat):
    # Given a desk whose order waits for a second person
    seat.press(c.SubmitOrder(terms=terms(Side.BUY, 300, 3690)))
    seat.pump()
    closed = seat.rig.now
    # When its process is gone for fifty seconds, in which it is rejected, and others trade and stop everything
    world = seat.rig.world
    seat.rig.now += 50 * SECOND
    world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    world.buy(3, 3701)
    world.do(RISK, KILL)
    seat.start()
    seat.connect()
    # Then it is told as after a cut, the gravest first.
    (found,) = absences(seat)
    assert found.sentences[:2] == ("A1 已被一键停止：整个账户", "C000001 sun驳回 买开 rb2101 300 手 @3690：不同意")
    assert {"1 笔成交", "A1 rb2101 净持仓 无持仓 → 多 3 手"} <= set(found.sentences)
    assert (found.seconds, found.since) == (50, closed)


def test_a_desk_that_was_closed_while_it_was_cut_off_is_told_all_since_it_was_last_heard(seat):
    seat.rig.world.buy(1, 3701)
    seat.pump()
    seat.lose()
    seat.rig.now += 70 * SECOND
    seat.driver.leave(stop=False)
    seat.start()
    seat.rig.world.buy(2, 3702)
    seat.rig.now += 20 * SECOND
    seat.connect()
    (found,) = absences(seat)
    assert found.seconds == 90
    assert found.sentences[-1] == "A1 rb2101 净持仓 多 1 手 → 多 3 手"


@pytest.mark.parametrize("cut", [False, True])
def test_a_desk_that_was_killed_before_it_could_tell_its_absence_tells_the_whole_the_next_time(seat, cut):
    if cut:
        seat.lose()
    seat.rig.world.buy(1, 3701)
    if not cut:
        seat.start()
    # Given a desk that has folded what came, and whose screen has not kept a word of it
    seat.connect()
    assert len(absences(seat)) == 1
    seat.rig.world.buy(2, 3702)
    seat.start()
    seat.connect()
    assert absences(seat)[-1].sentences[-1] == "A1 rb2101 净持仓 无持仓 → 多 3 手"
    # And once it stands among what is to be read, the next one begins there.
    read(seat, absences(seat)[-1])
    seat.rig.world.buy(1, 3703)
    seat.start()
    seat.connect()
    assert absences(seat)[-1].sentences[-1] == "A1 rb2101 净持仓 多 3 手 → 多 4 手"


def test_a_desk_with_nothing_of_before_is_told_no_history_as_an_absence(seat):
    seat.rig.world.buy(3, 3701)
    fresh = Seat(seat.rig, COLLEAGUE, "new-seat")
    fresh.connect()
    fresh.wait(2)
    assert absences(fresh) == []
    # Nor is one that ended before it had everything for the first time
    half = Seat(Rig(LaneLimits(frame_events=4)), name="half-seat")
    half.rig.world.buy(3, 3701)
    half.open()
    half.up()
    assert half.runner is not None
    for frame in half.runner.pump(half.rig.now):
        half.give(frame)  # the welcome
    half.up()
    half.give(half.runner.pump(half.rig.now)[0])
    assert half.copy.heads()
    assert not half.copy.state.accounts
    half.start()
    half.connect()
    half.wait(2)
    assert absences(half) == []
    # nor one whose copy was lost: what it knew is not known any more.
    read(seat, Missed(seconds=0, sentences=()))
    seat.replica.start_over(JournalError("坏了"))
    seat.start()
    seat.connect()
    assert absences(seat) == []


def test_the_history_of_another_runner_is_no_absence_of_this_desk(seat):
    seat.rig.world.buy(3, 3701)
    seat.pump()
    other = Rig()
    other.now = seat.rig.now + SECOND
    other.world.buy(5, 3701)
    seat.rig = other
    seat.start()
    seat.connect()
    seat.wait(2)
    assert seat.look().state is LinkState.LIVE
    assert seat.replica.asides == 1  # it was told that its copy is of something else
    assert absences(seat) == []
    assert not seat.unread.before()


def test_a_look_an_absence_began_with_is_read_back_as_it_was(seat):
    world = seat.rig.world
    world.buy(3, 3701)
    world.order(Side.BUY, 300, 3690)
    world.do(RISK, KILL)
    seat.pump()
    seat.lose()
    look = glance(seat.copy.state)
    world.do(COLLEAGUE, c.TakeAccount(account=ONE))
    seat.connect()
    assert msgspec.msgpack.decode(seat.unread.before(), type=Glance) == look
    assert look[ONE].kills
    assert look[ONE].limits is not None


def test_a_disk_that_takes_no_message_costs_no_connection_and_none_of_what_is_told(seat, monkeypatch):
    def refuse(*_, **__):
        raise JournalError("本机未读消息写不进去")

    for name in ("keep", "keep_before", "hear"):
        monkeypatch.setattr(MemoryUnread, name, refuse)
    seat.lose()
    seat.rig.world.buy(1, 3701)
    seat.connect()
    (found,) = absences(seat)
    read(seat, found)
    assert seat.wait(40).state is LinkState.LIVE


def test_what_came_late_over_a_link_that_was_only_held_is_said_too(seat):
    seat.wait(4, silent=True)
    assert seat.links[-1].state is LinkState.OFFLINE
    seat.rig.grow(3)
    assert seat.wait(0.5).state is LinkState.LIVE
    assert absences(seat) == []  # not all of it may have come
    seat.wait(1)
    (found,) = absences(seat)
    assert [line for line in found.sentences if "等待复核" not in line] == ["买开 rb2101 1 手 @3690 未成交"]
    assert len(found.sentences) == 3
