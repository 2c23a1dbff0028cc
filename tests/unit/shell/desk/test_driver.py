"""How a desk says that it stands to its runner, and what it shows when it comes back."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.order import Side
from terminal.domain.risk_words import Scope
from terminal.engine.screen import LinkState
from terminal.sync import messages as m
from terminal.sync.client import NOT_RUNNING
from terminal.sync.record_lane import LaneLimits
from terminal.sync.wire import encode
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, ONE, SPOT, TRADER, VIEWER, terms
from tests.sync_rig import MS, SECOND, Rig, only


@pytest.fixture
def seat():
    seat = Seat(Rig())
    seat.connect()
    return seat


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
        (False, "策略由运行器执行，不因本机断线而停", "运行器没有在运行：策略停着，已报出的挂单不会自动撤回"),
        # Nothing goes on anywhere when the runner that held the exchange is dead.
        (True, "本机运行器没有回应", "运行器没有在运行：策略与其中的模拟交易所都停着，挂单不会成交"),
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
    said = "；".join(seat.links[-1].missed)
    assert "2 笔新委托" in said  # the third repeats the second and waits for a second person
    assert "1 笔成交" in said
    assert "rb2101 净持仓 0 → 3 手" in said
    assert seat.links[-1].may_order


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
    part = m.Chunk(request=1, product="RB", part=1, last=True, data=b"")  # type: ignore[arg-type]  # a product's id
    seat.give(encode(part))
    assert all(not one.history for one in seat.drained)
    assert seat.driver._chunks == {}


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
    before = len(seat.links)
    seat.wait(4, silent=True)
    assert seat.links[-1].state is LinkState.OFFLINE
    seat.rig.grow(3)
    assert seat.wait(0.5).state is LinkState.LIVE
    assert not any(line.missed for line in seat.links[before:])  # not all of it may have come
    assert seat.wait(1).missed == ("1 笔新委托", "2 项新的待复核")
