"""How a desk says that it stands to its runner, and what it shows when it comes back."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.confirmation import ConfirmationEvent
from terminal.domain.ids import StreamId
from terminal.domain.order import Side
from terminal.domain.risk_words import Level, Scope
from terminal.engine.chain import link, record_bytes
from terminal.engine.journal import JournalError
from terminal.engine.screen import LinkState, Message, MessageKind, Missed, Unread
from terminal.shell.desk.copy import UPGRADE
from terminal.shell.desk.loss import NOBODY, OWN_DOWN, STARTING
from terminal.shell.desk.missed import Glance, glance
from terminal.sync import messages as m
from terminal.sync.client import NOT_RUNNING
from terminal.sync.record_lane import LaneLimits
from terminal.sync.wire import encode
from tests.desk_memory import MemoryUnread
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, COLLEAGUE, ONE, RB, RISK, SPOT, TENANT, TRADER, VIEWER, terms
from tests.sync_rig import MS, SECOND, Rig, only

ACCOUNT = StreamId("account:A1")
BUY = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
KILL = c.Kill(account=ONE, scope=Scope(), reason="停")


@pytest.fixture
def seat():
    seat = Seat(Rig())
    seat.connect()
    return seat


def absences(seat):
    return [missed for one in seat.drained for missed in one.missed]


def test_before_the_first_connection_the_desk_says_that_it_is_connecting():
    line = Seat(Rig()).links[-1]
    assert (line.state, line.may_order) == (LinkState.CONNECTING, False)


def test_a_connected_desk_is_live_and_says_who_sits_at_it(seat):
    line = seat.links[-1]
    assert (line.state, line.person, line.may_order) == (LinkState.LIVE, TRADER, True)
    assert line.latency_ms is not None


def test_who_may_not_trade_may_not_order(seat):
    other = Seat(seat.rig, VIEWER, "viewers-seat")
    other.connect()
    assert other.links[-1].state is LinkState.LIVE
    assert not other.links[-1].may_order


def test_a_runner_that_is_silent_for_three_seconds_makes_the_desk_offline_and_counts_on(seat):
    assert seat.wait(3, silent=True).state is LinkState.LIVE
    line = seat.wait(0.25, silent=True)
    assert (line.state, line.may_order, line.offline_s) == (LinkState.OFFLINE, False, 3)
    assert line.sentence == "离线 3 秒，策略由运行器执行，不因本机断线而停"
    line = seat.wait(2, silent=True)
    assert line.offline_s == 5
    # The cut that follows is no new beginning of the count, nor are attempts that fail, in whatever way.
    seat.lose()
    assert seat.wait(2).offline_s == 7
    seat.lose("UNREACHABLE", "运行器没有在那里运行")
    seat.open()
    seat.rig.now += SECOND
    seat.lose("CUT", "断开")
    assert seat.wait(1).offline_s == 9
    seat.connect()
    assert seat.links[-1].state is LinkState.LIVE


@pytest.mark.parametrize(
    ("embedded", "silent", "gone"),
    [
        (
            False,
            "策略由运行器执行，不因本机断线而停",
            NOBODY,
        ),
        # Nothing goes on anywhere when the runner that held the exchange is dead.
        (
            True,
            "本机运行器没有回应",
            "运行器没有在运行：策略与其中的模拟交易所都停着，挂单不会成交；重新启动后它从日志接着运行",
        ),
    ],
)
def test_what_is_said_of_strategies_and_orders_while_offline_is_what_is_known(embedded, silent, gone):
    seat = Seat(Rig(), embedded=embedded)
    seat.connect()
    line = seat.wait(4, silent=True)
    assert line.sentence == f"离线 4 秒，{silent}"
    assert line.strategies == silent
    seat.lose()
    seat.lose(NOT_RUNNING, "运行器没有在那里运行")
    line = seat.wait(1)
    assert line.sentence.endswith(f"，{gone}")
    assert line.strategies == gone
    seat.connect()
    assert seat.links[-1].strategies == ""


def test_only_a_runner_of_this_machine_that_is_down_may_be_started_again_and_once_at_a_time():
    seat = Seat(Rig(), embedded=True)
    seat.connect()
    assert not seat.links[-1].may_start
    assert not seat.wait(4, silent=True).may_start  # it may only be slow: two would fight over one journal
    seat.lose()
    seat.lose(NOT_RUNNING, "运行器没有在那里运行")
    assert seat.wait(60).may_start  # nothing starts it meanwhile, and a person still may
    seat.driver.loss.starting()
    line = seat.wait(1)
    assert not line.may_start
    assert line.strategies == STARTING
    seat.driver.loss.started("本机运行器没有起来：日志已满")
    line = seat.wait(1)
    assert line.may_start
    assert line.strategies == f"{OWN_DOWN}；重新启动没有成功：本机运行器没有起来：日志已满"
    seat.connect()
    seat.lose()
    seat.lose(NOT_RUNNING, "运行器没有在那里运行")
    assert seat.wait(1).strategies == OWN_DOWN  # what went wrong once is no news any more


def test_a_runner_elsewhere_is_never_started_from_here():
    seat = Seat(Rig())
    seat.connect()
    seat.lose("RUNNER_STOPS", "运行器正在停止")
    seat.lose(NOT_RUNNING, "运行器没有在那里运行")
    assert not seat.wait(1).may_start


def test_a_runner_that_said_it_stops_has_stopped_whatever_answers_there_until_it_is_heard_again(seat):
    seat.lose("RUNNER_STOPS", "运行器正在停止")
    stopped = "运行器已停止：策略停着，已报出的挂单不会自动撤回；请在那台电脑上用 hengduo runner 再启动它"
    assert seat.wait(1).strategies == stopped
    seat.lose("UNREACHABLE", "HTTP 502")
    assert seat.wait(1).strategies == stopped
    seat.connect()
    seat.lose("CUT", "断开")
    assert seat.wait(1).strategies == "策略由运行器执行，不因本机断线而停"


def test_what_the_runner_found_wrong_is_shown_while_the_desk_is_offline(seat):
    seat.lose("FLOOD", "消息太多，连接已关闭")
    line = seat.wait(1)
    assert line.strategies == "策略由运行器执行，不因本机断线而停（消息太多，连接已关闭）"
    assert line.sentence == f"离线 {line.offline_s} 秒，{line.strategies}"
    seat.lose("NO_SNAPSHOT_HELPS", "反复取快照仍不相符，连接已关闭；请联系运行器的管理员")
    line = seat.look()
    assert (line.state, line.sentence[:9]) == (LinkState.REFUSED, "反复取快照仍不相符")


def test_a_desk_that_catches_up_says_so_and_sends_only_what_lowers_risk(seat):
    seat.lose()
    seat.rig.grow(4)
    seat.open()
    seat.up()
    frames = seat.runner.pump(seat.rig.now)
    seat.give(frames[0])
    line = seat.look()
    assert (line.state, line.may_order) == (LinkState.CATCHING_UP, False)
    order = c.SubmitOrder(terms=terms(Side.BUY, 1, 3700))
    assert seat.codes(seat.press(order)) == ["OFFLINE"]
    pressed = [
        seat.press(body) for body in (c.CancelAll(account=ONE), c.Kill(account=ONE, scope=Scope(), reason="异常"))
    ]
    assert [seat.codes(one) for one in pressed] == [[], []]
    for frame in frames[1:]:
        seat.give(frame)
    seat.pump()
    assert seat.look().state is LinkState.LIVE
    assert seat.rig.world.state.accounts[ONE].kills
    assert [seat.codes(one) for one in pressed] == [["OK"], ["OK"]]


def test_a_refusal_is_shown_with_its_sentence_and_is_over_with_the_next_welcome(seat):
    seat.lose("REFUSED", "口令或令牌不对")
    line = seat.look()
    assert (line.state, line.sentence) == (LinkState.REFUSED, "口令或令牌不对")
    seat.connect()
    assert seat.links[-1].state is LinkState.LIVE


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


def test_a_document_saved_at_another_desk_of_the_person_comes_to_this_one(seat):
    other = Seat(seat.rig, TRADER, "laptop")
    other.connect()
    other.press(c.SaveDocument(name="layout", base_version=0, body="[1]"))
    other.pump()
    seat.wait(0.5)
    assert [one.documents["layout"].body for one in seat.drained if one.documents] == ["[1]"]
    # and a desk that is opened later shows it from its copy
    seat.start()
    assert [one.documents["layout"].version for one in seat.drained[-2:] if one.documents] == [1]


def test_previews_are_asked_and_answered_only_while_the_desk_is_live(seat):
    order = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
    seat.driver.preview(5, order, split_close=False)
    seat.pump()
    seat.look()
    assert [list(one.previews) for one in seat.drained if one.previews] == [[5]]
    seat.lose()
    seat.driver.preview(6, order, split_close=False)
    seat.connect()
    assert len(only(seat.sent, m.FetchPreview)) == 1


def test_quotes_name_instruments_by_their_place_and_the_market_is_listed_once(seat):
    seat.rig.quote()
    seat.wait(0.5)
    markets = [one.market for one in seat.drained if one.market is not None]
    assert [len(one.instruments) for one in markets] == [len(seat.rig.house.universe)]
    quotes = [one.quotes for one in seat.drained if one.quotes]
    assert set(quotes[0]) == set(seat.rig.house.universe) - {SPOT}  # nobody has quoted that


def test_a_history_with_a_part_missing_is_not_shown(seat):
    part = m.Chunk(request=1, product="RB", part=1, last=True, data=zlib.compress(b""))  # type: ignore[arg-type]
    seat.give(encode(part))
    assert seat.session is not None
    assert all(not one.history for one in seat.drained)


def test_a_desk_knows_how_many_others_there_are_once_it_was_told_and_no_longer_after_a_cut(seat):
    assert seat.links[-1].others is None
    seat.give(encode(m.Desks(others=2)))
    assert seat.look().others == 2
    seat.lose()
    assert seat.look().others is None


def forge(seat, **fields):
    """Give the desk one more record of its account's stream, which the runner never wrote."""
    head = seat.copy.heads()[ACCOUNT]
    like = next(one.record for one in seat.rig.world.journal.replay() if one.record.stream == ACCOUNT)
    raw = msgspec.json.decode(record_bytes(like)) | {"seq": head.seq + 1, "epoch": head.epoch} | fields
    data = msgspec.json.encode(raw)
    event = m.Event(record=msgspec.Raw(data), hash=link(head.hash, data).hex())
    session = seat.session
    seat.give(encode(m.Evt(tenant=TENANT, round=session._round, number=session._number, events=(event,))))


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
    assert seat.links[-1].state is LinkState.REFUSED
    seat.connect()
    assert seat.look().state is LinkState.LIVE


def test_a_desk_in_front_of_a_newer_runner_orders_nothing_and_pulls_the_kill_switch(seat):
    forge(seat, kind="hedge_ratio_moved", body={"type": "hedge_ratio_moved"})
    line = seat.look()
    assert (line.state, line.sentence, line.is_heard) == (LinkState.REFUSED, UPGRADE, True)
    assert seat.codes(seat.press(BUY)) == ["OFFLINE"]
    kill = seat.press(KILL)
    seat.pump()
    assert seat.codes(kill) == ["OK"]
    assert seat.rig.world.state.accounts[ONE].kills
    # Where the runner has fallen silent it cannot be pulled, and that is said.
    assert not seat.wait(3.5, silent=True).is_heard
    assert seat.codes(seat.press(KILL)) == ["OFFLINE"]


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


def test_a_desk_leaves_with_a_word_only_where_somebody_hears_it(seat):
    seat.driver.leave(stop=True)
    assert [bye.code for bye in only(seat.up(), m.Bye)] == ["STOP"]
    lonely = Seat(seat.rig, CHECKER, "lonely")
    lonely.driver.leave(stop=True)
    assert lonely.session is None


def test_clocks_of_the_desk_move_by_what_it_is_told_only(seat):
    before = len(seat.links)
    seat.rig.now += 10 * MS
    seat.look()
    assert len(seat.links) == before  # nothing new to say


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


def test_prices_of_now_are_held_back_until_everything_held_has_come_and_then_all_come_anew(seat):
    # Given a desk that was away while the runner traded, and prices moved
    seat.rig.quote()
    seat.wait(1)
    seat.lose()
    seat.rig.grow(4)
    seat.open()
    seat.up()
    frames = seat.runner.pump(seat.rig.now)
    seat.give(frames[0])
    seat.drained.clear()
    assert seat.look().state is LinkState.CATCHING_UP
    seat.rig.quote()
    quotes = [frame for frame in seat.runner.pump(seat.rig.now + SECOND) if b'"QUOTE"' in frame]
    assert quotes
    for frame in quotes:
        seat.give(frame)
    assert seat.look().state is LinkState.CATCHING_UP
    assert not [one for one in seat.drained if one.quotes or one.books or one.clock]
    for frame in frames[1:]:
        seat.give(frame)
    seat.wait(1)
    assert seat.links[-1].state is LinkState.LIVE
    assert any(RB in one.quotes for one in seat.drained)


def test_prices_come_back_when_a_snapshot_ends_that_the_desk_may_only_look(seat):
    seat.rig.quote()
    seat.wait(1)
    seat.copy.leave_behind("停在旧状态")
    assert seat.wait(0.5).state is LinkState.REFUSED
    seat.rig.quote()
    seat.wait(1)
    seat.drained.clear()
    seat.session.redo(seat.rig.now)
    assert seat.wait(1).state is LinkState.LIVE
    assert any(RB in one.quotes for one in seat.drained)
