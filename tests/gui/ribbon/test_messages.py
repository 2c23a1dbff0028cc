"""What came meanwhile and what was decided is said until it has been read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.domain.ids import AccountId, ConfirmationId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState
from terminal.engine.mailbox import Drained
from terminal.engine.screen import ApprovalCard
from terminal.engine.unread import Missed, Unread
from terminal.widgets.alert.messages import MOST
from terminal.widgets.alert.ribbon import Ribbon
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import MAKER, account_line, card, cards, link, nameless
from tests.gui.desk import ACCOUNT
from tests.gui.hand import RecordingHand
from tests.gui.ribbon.shown import KILLED, away, opened, said
from tests.gui.test_order_list import order

Cards = dict[ConfirmationId, ApprovalCard]


def decided(number: int, told: str, state: ConfirmationState = ConfirmationState.REJECTED) -> Cards:
    return cards(card(number, state=state, told=told))


def test_what_came_meanwhile_is_told_until_it_has_been_read(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))
    assert said(ribbon) == ("calm", "离线期间：2 笔成交；1 笔委托被撤")
    ribbon.show_link(link())  # a later line takes nothing away unread
    assert said(ribbon)[0] == "calm"
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))  # the same words after another absence are news
    assert said(ribbon)[0] == "calm"


def test_of_several_absences_each_is_kept_until_it_was_read(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("2 笔成交"))
    ribbon.show_missed(away("账户 A1 已由 夜盘值班 接管", seconds=70))
    assert said(ribbon)[1] == "离线 70 s，期间：账户 A1 已由 夜盘值班 接管"
    assert ribbon.more_button.text() == "未读 2 条"
    ribbon.read_button.click()
    assert said(ribbon)[1] == "离线期间：2 笔成交"


def test_the_difference_stands_before_what_was_left_unread_and_a_later_rejection_before_both(ribbon: Ribbon) -> None:
    ribbon.show_link(link(person=MAKER))
    ribbon.note(("副本重建了。",))
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.show_approvals(decided(1, PASSED, ConfirmationState.CONSUMED))
    ribbon.show_missed(away("账户 A1 已被一键停止"))
    assert said(ribbon)[1] == "离线期间：账户 A1 已被一键停止"
    assert ribbon.more_button.text() == "未读 3 条"
    ribbon.show_approvals(decided(2, REJECTION))
    seen = []
    while ribbon.isVisible():
        seen.append(said(ribbon)[1])
        ribbon.read_button.click()
    assert seen == [REJECTION, "离线期间：账户 A1 已被一键停止", "副本重建了。", PASSED]


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
def test_what_was_unread_when_the_desk_was_closed_is_unread_when_it_is_opened_again(
    ribbon: Ribbon, qtbot: QtBot, look: Look, hand: RecordingHand
) -> None:
    # Given a rejection that stood behind a kill, and an absence, both unread at the end
    kept: list[Unread] = []
    ribbon.unread_changed.connect(kept.append)
    ribbon.show_accounts({ACCOUNT: KILLED})
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))
    # When another window opens on what was kept, and learns what happened while there was none
    again = opened(qtbot, look, hand)
    kept_again: list[Unread] = []
    again.unread_changed.connect(kept_again.append)
    since = 1_763_717_400_000_000_000  # 2025-11-21 17:30 in Shanghai
    missed = Missed(seconds=50, sentences=("3 笔成交",), since=since)
    again.show_messages(Drained(unread=kept[-1], missed=(missed,), notices=("本机副本已损坏",)))
    # Then all of it is unread, the newest first,
    assert [row.accessibleName().partition(" ")[2] for row in again.list.rows] == [
        "本机副本已损坏",
        "离线期间（本机时钟 11-21 17:30 起）：3 笔成交",
        "离线期间：2 笔成交；1 笔委托被撤",
        REJECTION,
    ]
    # until it was read, which is kept as well.
    again.show_approvals(decided(1, REJECTION))
    assert again.more_button.text() == "未读 5 条"
    again.more_button.click()
    again.list.read_button.click()
    assert said(again) == ("", "")
    assert kept_again[-1] == Unread()


def test_what_is_about_an_account_that_was_taken_away_goes_unread(ribbon: Ribbon) -> None:
    other = AccountId("另一户")
    kept: list[Unread] = []
    ribbon.unread_changed.connect(kept.append)
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_approvals(decided(1, REJECTION))
    missed = Missed(seconds=5, sentences=("2 笔成交",), accounts=frozenset({ACCOUNT}))
    theirs = Missed(seconds=5, sentences=("1 笔成交",), accounts=frozenset({other}))
    ribbon.show_messages(Drained(missed=(missed, theirs), notices=("本机副本已损坏",), taken=(ACCOUNT,)))
    assert [one.sentences for one in kept[-1].messages] == [("1 笔成交",), ("本机副本已损坏",)]
    assert kept[-1].passed_over == 0


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
def test_what_was_missed_is_reached_behind_a_kill_that_stands_and_is_said_after_it(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_accounts({ACCOUNT: KILLED})
    assert not ribbon.more_button.isVisible()
    ribbon.show_missed(away("2 笔成交", "1 笔委托被撤"))
    assert said(ribbon)[0] == "red"
    assert (ribbon.more_button.isVisible(), ribbon.more_button.text()) == (True, "未读 2 条")
    assert not ribbon.read_button.isVisible()
    ribbon.more_button.click()
    assert ribbon.list.isVisible()
    assert [row.text.text() for row in ribbon.list.rows] == ["2 笔成交\n1 笔委托被撤"]
    assert nameless(ribbon.list) == []
    QTest.keyClick(ribbon.list.area, Qt.Key.Key_Escape)
    assert not ribbon.list.isVisible()
    ribbon.show_accounts({ACCOUNT: account_line()})
    assert said(ribbon) == ("calm", "离线期间：2 笔成交；1 笔委托被撤")


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
def test_a_line_that_does_not_fit_opens_a_list_with_every_sentence(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_missed(away("短"))
    assert not ribbon.more_button.isVisible()
    ribbon.read_button.click()
    ribbon.show_missed(away("很长的一句话" * 20))
    assert ribbon.more_button.isVisible()
    QTest.keyClick(ribbon.more_button, Qt.Key.Key_Space)
    assert ribbon.list.isVisible()
    ribbon.list.read_button.click()
    assert not ribbon.list.isVisible()
    assert said(ribbon) == ("", "")


def test_a_link_that_comes_and_goes_all_night_is_counted_beyond_what_anybody_reads(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    for number in range(MOST + 2):
        ribbon.show_missed(away(f"{number} 笔成交"))
    assert said(ribbon)[1].endswith(f"：{MOST + 1} 笔成交")
    assert ribbon.more_button.text() == f"未读 {MOST + 1} 条"
    for _ in range(MOST):
        ribbon.read_button.click()
    assert said(ribbon)[1] == "更早 2 次离线期间的变化不再逐条列出，请看「事件」"
    assert ribbon.more_button.text() == "未读 1 条"
    ribbon.read_button.click()
    assert not ribbon.isVisible()


REJECTION = "风控主管驳回 买开 TA505 190 手 @5694：价格不合适"
PASSED = "风控主管批准 买开 TA505 20 手 @5694，已报出"


def test_the_maker_reads_who_decided_what_and_several_wait_in_their_order(ribbon: Ribbon) -> None:
    ribbon.show_link(link(person=MAKER))
    ribbon.show_approvals(cards(card(1), card(2)))
    assert said(ribbon) == ("", "")
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))
    assert said(ribbon) == ("orange", REJECTION)
    assert ribbon.more_button.text() == "未读 2 条"
    ribbon.read_button.click()
    assert said(ribbon) == ("calm", PASSED)
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")


def test_what_was_decided_before_this_desk_was_opened_or_is_not_for_its_person_is_no_message(ribbon: Ribbon) -> None:
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_approvals(cards(card(2)))
    ribbon.show_approvals(decided(2, ""))
    assert said(ribbon) == ("", "")


def test_an_approval_that_goes_on_to_an_end_is_one_message(ribbon: Ribbon) -> None:
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_approvals(decided(1, "正在执行", ConfirmationState.APPROVED))
    ribbon.show_approvals(decided(1, PASSED, ConfirmationState.CONSUMED))
    assert said(ribbon) == ("calm", PASSED)
    ribbon.show_approvals(decided(1, PASSED, ConfirmationState.CONSUMED))
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")


def test_a_decision_that_the_difference_of_an_absence_names_is_not_said_beside_it(ribbon: Ribbon) -> None:
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_missed(away(f"C1 {REJECTION}", f"C2 {PASSED}", about=(1, 2)))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))
    assert said(ribbon)[1].startswith("离线期间：C1 ")
    ribbon.read_button.click()
    assert said(ribbon) == ("", "")


def test_a_double_click_reads_one_message_away_and_not_the_next(qtbot: QtBot, look: Look, hand: RecordingHand) -> None:
    ribbon = opened(qtbot, look, hand, calm_ms=60_000)
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))
    ribbon.read_button.click()
    ribbon.read_button.click()
    assert said(ribbon) == ("calm", PASSED)


def test_a_press_meant_for_one_message_does_not_read_away_another_that_took_its_place(
    qtbot: QtBot, look: Look, hand: RecordingHand
) -> None:
    ribbon = opened(qtbot, look, hand, calm_ms=60_000)
    ribbon.show_approvals(cards(card(1)))
    ribbon.show_missed(away("3 笔成交"))
    ribbon.show_approvals(decided(1, REJECTION))
    ribbon.read_button.click()
    assert REJECTION in said(ribbon)[1]


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
@pytest.mark.parametrize("calm_ms", [0, 60_000])
def test_what_comes_while_the_list_is_open_is_read_away_only_after_it_stood_in_sight(
    qtbot: QtBot, look: Look, hand: RecordingHand, calm_ms: int
) -> None:
    ribbon = opened(qtbot, look, hand, calm_ms=calm_ms)
    ribbon.show_approvals(cards(card(1), card(2)))
    ribbon.note(("旧的发件箱已换新",))
    for number in range(30):
        ribbon.show_missed(away(f"{number} 笔成交"))
    ribbon.more_button.click()
    ribbon.show_approvals(decided(1, REJECTION))  # on top, in sight
    ribbon.note(("记录库已重建",))
    ribbon.show_approvals(decided(2, PASSED, ConfirmationState.CONSUMED))  # at the end, out of sight
    for _ in range(6):
        QApplication.processEvents()
    ribbon.list.read_button.click()
    out_of_sight = [PASSED]
    unread = ["记录库已重建", REJECTION, *out_of_sight] if calm_ms else out_of_sight
    assert [row.text.text() for row in ribbon.list.rows] == unread
    assert ribbon.list.isVisible()
    QApplication.processEvents()
    ribbon.list.read_button.click()  # of the same double click
    assert (said(ribbon) == ("", "")) is (calm_ms == 0)


def failed(number: int) -> Drained:
    line = order(number, OrderState.REJECTED, told=f"买开 rb2505 {number} 手 @3215 被交易所拒绝：资金不足")
    others = order(9, OrderState.REJECTED)  # of a strategy: nobody is told
    return Drained(orders={one.order: one for one in (line, others)})


def test_an_own_order_that_the_exchange_refuses_is_told_once_until_it_has_been_read(ribbon: Ribbon) -> None:
    ribbon.show_messages(failed(1))  # of the copy on disk
    ribbon.show_link(link())
    ribbon.show_messages(failed(2))  # what came while the desk was away is told together
    assert said(ribbon) == ("", "")
    ribbon.show_messages(failed(3))
    assert said(ribbon) == ("orange", "买开 rb2505 3 手 @3215 被交易所拒绝：资金不足")
    ribbon.read_button.click()
    for number in (1, 2, 3):
        ribbon.show_messages(failed(number))
    assert said(ribbon) == ("", "")


def test_a_refusal_of_an_account_that_may_not_be_seen_any_more_is_taken_away(ribbon: Ribbon) -> None:
    ribbon.show_link(link())
    ribbon.show_messages(Drained())
    ribbon.show_messages(failed(1))
    assert said(ribbon)[0] == "orange"
    ribbon.show_messages(Drained(taken=(ACCOUNT,)))
    assert said(ribbon) == ("", "")
