"""How a desk says that it stands to its runner, and what it shows and sends meanwhile."""

from __future__ import annotations

import zlib

import pytest

from terminal.domain import commands as c
from terminal.domain.ids import ProductId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.engine.screen import LinkState
from terminal.shell.desk.copy import UPGRADE
from terminal.shell.desk.loss import CHECK, NOBODY, OWN_DOWN, STARTING
from terminal.sync import messages as m
from terminal.sync.client import NOT_RUNNING
from terminal.sync.wire import encode
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, ONE, SPOT, TRADER, VIEWER, terms
from tests.sync_rig import MS, SECOND, Rig, only
from tests.unit.shell.desk.seated import BUY, KILL, forge


def test_before_the_first_connection_the_desk_says_that_it_is_connecting():
    line = Seat(Rig()).links[-1]
    assert (line.state, line.may_order) == (LinkState.CONNECTING, False)


def test_a_desk_that_was_never_let_in_says_why_until_it_is_and_one_that_was_cut_off_later_has_not_failed():
    seat = Seat(Rig(), embedded=True)
    seat.driver.loss.waits("正在等上一个运行器结束")  # its own comes up: nothing has failed
    assert seat.driver.refusal == ""
    seat.driver.loss.waits("")
    seat.lose("UNREACHABLE", "运行器没有应答")
    assert seat.driver.refusal == f"没有连上 {seat.driver._runner}：运行器没有应答；{CHECK}。"
    seat.open()  # the next attempt is under way
    assert seat.driver.refusal
    seat.lose("UNREACHABLE", "不信任运行器的证书，没有登录；请核对地址")
    assert seat.driver.refusal.endswith("没有登录；请核对地址。")
    seat.connect()
    assert seat.driver.refusal == ""
    seat.lose()
    seat.lose(NOT_RUNNING, "运行器没有在那里运行")
    assert seat.driver.refusal == ""


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


def test_a_command_that_was_not_sent_says_so_in_one_sentence_whatever_ends_the_refusal(seat):
    for refusal in ("口令或令牌不对", "口令或令牌不对。"):
        seat.lose("REFUSED", refusal)
        command = seat.press(BUY)
        seat.look()
        (answer,) = (line for line in seat.results if line.command == command)
        assert answer.sentence == "口令或令牌不对；没有发送，恢复后也不会自动补发。"


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
    part = m.Chunk(request=1, product=ProductId("RB"), part=1, last=True, data=zlib.compress(b""))
    seat.give(encode(part))
    assert seat.session is not None
    assert all(not one.history for one in seat.drained)


def test_a_desk_knows_how_many_others_there_are_once_it_was_told_and_no_longer_after_a_cut(seat):
    assert seat.links[-1].others is None
    seat.give(encode(m.Desks(others=2)))
    assert seat.look().others == 2
    seat.lose()
    assert seat.look().others is None


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


def test_a_copy_of_a_newer_runner_is_no_refusal_where_nobody_is_reached(seat):
    forge(seat, kind="hedge_ratio_moved", body={"type": "hedge_ratio_moved"})
    seat.start()
    assert (seat.links[-1].state, seat.links[-1].sentence) == (LinkState.CONNECTING, f"正在连接 运行器；{UPGRADE}")
    seat.lose(NOT_RUNNING, "运行器没有在那里运行")
    line = seat.look()
    assert line.state is LinkState.CONNECTING
    assert line.sentence == f"正在连接 运行器（运行器没有在那里运行）；{UPGRADE}"
    assert not line.may_order


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
