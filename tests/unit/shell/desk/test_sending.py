"""Nothing is sent later by itself, and every command's end is told once and truly (SAFETY I17, I18)."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import CancelRecorded, OrderRecorded
from terminal.domain.ids import DeviceId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.engine.records.journal import JournalError
from terminal.engine.screen import LinkState
from terminal.shell.desk.sending import AT_ONCE, NOT_KNOWN, SEND_AGAIN
from terminal.sync import messages as m
from terminal.sync.desk_session import Stage
from terminal.sync.record_lane import LaneLimits
from terminal.sync.wire import encode
from tests.desk_memory import MemoryOutbox
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, ONE, TRADER, terms
from tests.sync_rig import MS, SECOND, Rig, only
from tests.trading_days import days, go_on

BUY = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
KILL = c.Kill(account=ONE, scope=Scope(), reason="停")
FULL = "本机发件箱写不进去，没有发出：/data/outbox.db：磁盘（或给日志的空间）已满。请腾出空间后重新启动"
LARGE = c.SubmitOrder(terms=terms(Side.BUY, 300, 3690))


def save(body="1", base=0, name="layout"):
    return c.SaveDocument(name=name, base_version=base, body=body)


@pytest.fixture
def seat():
    seat = Seat(Rig())
    seat.connect()
    return seat


def sent(seat):
    return [cmd.cmd_id for cmd in only(seat.sent, m.Cmd)]


def orders(seat):
    return len(seat.rig.world.facts(OrderRecorded))


def test_an_order_is_in_the_outbox_before_it_is_on_the_wire_and_answered_once(seat):
    command = seat.press(BUY)
    assert [one.command for one in seat.outbox.unanswered()] == [command]
    seat.pump()
    assert seat.codes(command) == ["OK"]  # the wire and the fact say the same; the person hears it once
    assert seat.outbox.unanswered() == []


def test_offline_nothing_is_taken_and_nothing_is_sent_when_the_link_is_back(seat):
    seat.lose()
    command = seat.press(BUY)
    assert seat.codes(command) == ["OFFLINE"]
    assert "不会自动补发" in seat.results[-1].sentence
    seat.connect()
    seat.wait(30)
    assert sent(seat) == []
    assert seat.outbox.last_seq() == 0
    assert seat.codes(command) == ["OFFLINE"]


def test_a_desk_that_has_heard_nothing_for_three_seconds_takes_nothing(seat):
    seat.wait(3.25, silent=True)
    assert seat.codes(seat.press(BUY)) == ["OFFLINE"]


def test_the_press_itself_notices_that_the_desk_has_become_stale_since_the_last_look(seat):
    seat.rig.now += 3 * SECOND + 200 * MS  # no look in between
    assert seat.codes(seat.press(BUY)) == ["OFFLINE"]


def test_an_order_that_never_arrived_is_called_lost_after_the_reconnect_and_not_sent_again(seat):
    command = seat.press(BUY)
    seat.session.outgoing()  # written to a dead link
    seat.lose()
    seat.connect()
    assert seat.codes(command) == []
    seat.wait(2.5)
    assert seat.codes(command) == ["LOST"]
    assert "没有执行" in seat.results[-1].sentence
    seat.lose()
    seat.connect()
    seat.wait(20)
    assert (sent(seat), orders(seat), seat.codes(command)) == ([], 0, ["LOST"])


def test_an_order_whose_answer_was_lost_is_answered_by_the_facts(seat):
    command = seat.press(BUY)
    seat.up()  # it arrives and is carried out; then the link is cut
    seat.lose()
    seat.connect()
    seat.wait(10)
    assert seat.codes(command) == ["OK"]
    assert orders(seat) == 1


def test_an_order_whose_answer_came_only_inside_a_snapshot_is_answered_by_it(seat):
    command = seat.press(BUY)
    seat.up()
    seat.session.redo(seat.rig.now)
    seat.runner._replies.clear()  # the RESULT never comes, and no fact passes: it is in the snapshot
    seat.pump()
    seat.wait(6)
    assert seat.codes(command)[-1] == "OK"


def test_an_order_without_an_answer_is_called_unanswered_and_then_what_it_became(seat):
    command = seat.press(BUY)
    seat.session.outgoing()
    seat.wait(5.5)
    assert seat.codes(command) == ["UNANSWERED"]
    seat.wait(20)
    assert seat.codes(command) == ["UNANSWERED"]  # on the same connection it may still be on its way
    seat.lose()
    seat.connect()
    seat.wait(3)
    assert seat.codes(command) == ["UNANSWERED", "LOST"]


def test_a_link_that_was_silent_for_a_while_makes_nothing_lost(seat):
    command = seat.press(BUY)
    held = seat.session.outgoing()
    seat.wait(3.5, silent=True)
    seat.wait(3)  # the runner is heard again; the order is still held back somewhere
    assert seat.codes(command) == ["UNANSWERED"]
    for frame in held:
        if (wanted := seat.runner.receive(frame, seat.rig.now)) is not None:
            seat.rig.carry_out(seat.runner, wanted)
    seat.pump()
    assert seat.codes(command) == ["UNANSWERED", "EXPIRED"]
    assert orders(seat) == 0


def test_a_desk_that_was_restarted_says_what_became_of_its_last_order(seat):
    command = seat.press(BUY)
    seat.session.outgoing()
    seat.lose()
    seat.start()
    seat.connect()
    seat.wait(3)
    assert seat.codes(command) == ["LOST"]


@pytest.mark.parametrize("restarted", [False, True])
def test_of_a_command_whose_trading_day_is_over_nobody_says_that_it_was_not_carried_out(restarted):
    # Given an order that arrived and was carried out, and its desk away until the runner has forgotten the answer
    seat = Seat(Rig(LaneLimits(beyond_events=3)))
    seat.connect()
    command = seat.press(BUY)
    seat.up()
    seat.look()
    seat.lose()
    if restarted:
        seat.start()
    for day in days(3)[1:]:
        go_on(seat.rig.world, day)
    assert command not in seat.rig.world.account.commands
    # When it comes back and gets a snapshot, which has no answer any more
    seat.connect()
    seat.wait(3)
    assert seat.codes(command) == ["LOST"]
    assert seat.results[-1].sentence == NOT_KNOWN
    assert orders(seat) == 1


def test_documents_written_offline_wait_and_are_sent_under_the_id_they_have(seat):
    seat.lose()
    command = seat.press(save())
    assert seat.codes(command) == []
    assert [one.is_order for one in seat.outbox.unanswered()] == [False]
    seat.connect()
    seat.wait(1)
    assert seat.codes(command) == ["OK"]
    assert seat.rig.world.state.persons[TRADER].documents["layout"].body == "1"


def test_a_command_that_an_older_program_wrote_and_nobody_can_read_is_given_up_and_the_desk_comes_in(seat):
    seat.lose()
    old, new = seat.press(save(body="1")), seat.press(save(body="2"))
    unread = b'{"type":"cmd","of":"another layout"}'
    seat.outbox._sent[0] = msgspec.structs.replace(seat.outbox._sent[0], frame=unread)
    seat.start()
    seat.connect()
    seat.wait(1)
    assert sent(seat) == [new]
    assert seat.rig.world.state.persons[TRADER].documents["layout"].body == "2"
    assert old not in [one.command for one in seat.outbox.unanswered()]
    assert any("由旧版程序写成" in sentence for one in seat.drained for sentence in one.notices)


def test_a_document_whose_answer_was_lost_is_sent_again_and_saved_once(seat):
    command = seat.press(save())
    seat.up()
    seat.runner._replies.clear()
    seat.lose()
    seat.connect()
    seat.wait(1)
    assert seat.codes(command) == ["OK"]
    assert seat.rig.world.state.persons[TRADER].documents["layout"].version == 1


def test_a_document_written_while_the_desk_is_stale_is_sent_when_it_is_not(seat):
    seat.wait(3.25, silent=True)
    command = seat.press(save())
    seat.wait(1)
    assert seat.codes(command) == ["OK"]


def test_a_document_lost_on_a_link_that_stays_up_goes_out_once_more(seat):
    command = seat.press(save())
    seat.session.outgoing()
    seat.wait(SEND_AGAIN / SECOND + 1)
    assert seat.codes(command) == ["OK"]


def test_a_hundred_waiting_documents_are_no_flood_and_keep_their_order(seat):
    seat.lose()
    commands = [seat.press(save(str(number), base=number)) for number in range(100)]
    seat.connect()
    assert len(sent(seat)) <= AT_ONCE
    seat.wait(6)
    assert sent(seat) == commands
    assert {code for command in commands for code in seat.codes(command)} == {"OK"}
    assert only(seat.sent, m.Bye) == []


def test_documents_are_not_refused_for_the_clock_that_is_not_measured_yet(seat):
    seat.lose()
    command = seat.press(save())
    seat.open()
    seat.up()
    seat.down()
    seat.look()  # live, and the PONG has not even left
    seat.pump()
    assert "NO_CLOCK" not in seat.codes(command)


@pytest.mark.parametrize("is_written_before", [True, False])
def test_documents_wait_until_the_runner_can_tell_how_old_they_are(seat, is_written_before):
    seat.lose()
    if is_written_before:
        command = seat.press(save())
    seat.open()
    seat.up()
    held = []
    for frame in seat.runner.pump(seat.rig.now):
        held.append(frame) if b'"type":"PING"' in frame else seat.give(frame)
    if not is_written_before:
        command = seat.press(save())
    seat.look()  # live, and no PING has come
    assert seat.session.stage is Stage.LIVE
    seat.pump()
    assert sent(seat) == []
    for frame in held:
        seat.give(frame)
    seat.wait(1)
    assert seat.codes(command) == ["OK"]


def test_an_approval_is_signed_by_the_key_of_this_session(seat):
    large = seat.press(LARGE)
    seat.pump()
    assert seat.codes(large) == ["CONFIRM2"]
    checker = Seat(seat.rig, CHECKER, "checkers-seat")
    checker.connect()
    (row,) = checker.copy.state.accounts[ONE].confirmations.values()
    one = row.confirmation
    approve = c.ApproveOrder(account=ONE, confirmation=one.confirmation, order_hash=one.order_hash, signature="")
    command = checker.press(approve)
    checker.pump()
    assert checker.codes(command) == ["OK"]
    (cmd,) = only(checker.sent, m.Cmd)
    assert isinstance(cmd.body, c.ApproveOrder)
    assert len(cmd.body.signature) == 128
    assert orders(seat) == 1


def parked(seat):
    return [one for account in seat.copy.state.accounts.values() for one in account.confirmations]


def numbers(seat, command):
    return [(line.code, line.confirmation) for line in seat.results if line.command == command]


def test_a_wish_that_waits_for_a_second_person_is_told_once_with_what_it_waits_under(seat):
    large = seat.press(LARGE)
    seat.pump()
    seat.look()
    assert numbers(seat, large) == [("CONFIRM2", parked(seat)[0])]


def test_the_wire_does_not_say_under_what_a_wish_waits_so_the_fact_is_waited_for_and_not_for_ever(seat):
    large = seat.press(LARGE)
    sentence = "需复核：手数过大（编号 随便）"  # nobody reads the number out of words
    seat.give(encode(m.Result(cmd_id=large, status="OK", ok=True, code="CONFIRM2", sentence=sentence)))
    seat.look()
    assert numbers(seat, large) == []
    seat.session.outgoing()  # the fact never comes
    seat.wait(6)
    assert numbers(seat, large) == [("CONFIRM2", None)]


def test_an_answer_from_the_facts_names_what_the_wish_waits_under_after_a_cut(seat):
    large = seat.press(LARGE)
    seat.up()  # it arrives and is parked; then the link is cut
    seat.lose()
    seat.connect()
    seat.wait(10)
    assert numbers(seat, large) == [("CONFIRM2", parked(seat)[0])]


def test_an_answer_found_only_inside_a_snapshot_names_what_the_wish_waits_under(seat):
    for _ in range(2):  # two that say the same, each under its own number
        large = seat.press(LARGE)
        seat.up()
        seat.session.redo(seat.rig.now)
        seat.runner._replies.clear()  # the RESULT never comes, and no fact passes
        seat.pump()
        seat.wait(6)
    assert [numbers(seat, line.command)[-1] for line in seat.results if line.code == "CONFIRM2"] == [
        ("CONFIRM2", name) for name in parked(seat)
    ]
    assert numbers(seat, large)[-1] == ("CONFIRM2", parked(seat)[1])


def test_every_command_has_a_number_and_the_time_its_kind_has(seat):
    seat.press(BUY)
    seat.press(c.CancelAll(account=ONE))
    seat.pump()
    first, second = only(seat.sent, m.Cmd)
    assert (first.device_seq, first.ttl_ms) == (1, 3_000)
    assert (second.device_seq, second.ttl_ms) == (2, 86_400_000)


def test_commands_of_others_are_not_ones_own(seat):
    seat.rig.grow(1)
    seat.wait(1)
    assert seat.results == []


class FullOutbox(MemoryOutbox):
    """An outbox on a disk that takes no more from a moment on."""

    is_full = False

    def _refuse(self):
        if self.is_full:
            raise JournalError(FULL)

    def next(self, command, *, frame, **fields):
        frame(self.last_seq() + 1)
        self._refuse()
        return super().next(command, frame=frame, **fields)

    def answered(self, command, result):
        self._refuse()
        return super().answered(command, result)

    def lost(self, command):
        self._refuse()
        super().lost(command)


@pytest.fixture
def full():
    seat = Seat(Rig())
    seat.outbox = FullOutbox(DeviceId("seat"))
    seat.start()
    seat.connect()
    return seat


@pytest.mark.parametrize("wish", [BUY, c.TakeAccount(account=ONE), save()])
def test_what_cannot_be_stored_is_not_sent_and_that_is_said_at_once(full, wish):
    full.outbox.is_full = True
    command = full.press(wish)
    assert full.codes(command) == ["NOT_STORED"]
    assert full.results[-1].sentence == FULL
    full.wait(12)
    assert (sent(full), orders(full), full.codes(command)) == ([], 0, ["NOT_STORED"])
    # And the desk goes on: with room again the next one is taken.
    full.outbox.is_full = False
    command = full.press(BUY)
    full.pump()
    assert full.codes(command) == ["OK"]


def test_what_takes_orders_back_is_sent_although_it_cannot_be_stored(full):
    order = full.press(BUY)
    full.pump()
    assert full.codes(order) == ["OK"]
    full.outbox.is_full = True
    command = full.press(c.CancelAll(account=ONE))
    full.pump()
    full.wait(6)
    assert full.codes(command) == ["OK"]
    assert full.rig.world.facts(CancelRecorded)


def test_an_emergency_stop_is_sent_although_it_cannot_be_stored_and_answered_once(full):
    full.outbox.is_full = True
    command = full.press(KILL)
    assert full.outbox.unanswered() == []
    full.pump()
    full.wait(6)
    assert full.codes(command) == ["OK"]
    assert full.copy.state.accounts[ONE].kills
    # One that was cut off on its way is no less told.
    again = full.press(KILL)
    full.session.outgoing()
    full.lose()
    full.connect()
    full.wait(3)
    assert full.codes(again) == ["LOST"]


def test_answers_are_told_although_they_cannot_be_stored(full):
    answered, lost = full.press(BUY), full.press(BUY)
    full.session._out.pop()  # the second is written to a dead link
    full.outbox.is_full = True
    full.pump()
    assert (full.codes(answered), full.codes(lost)) == (["OK"], [])
    full.lose()
    full.connect()
    full.wait(3)
    assert "LOST" in full.codes(lost)
    assert full.look().state is LinkState.LIVE
