"""A rejection needs a reason, ready or in words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from terminal.domain.commands import RejectOrder
from terminal.domain.words.typed_text import LONGEST_TEXT
from terminal.sync.texts import unfit_body
from terminal.widgets.approval.decision_bar import REASONS
from terminal.widgets.parts.reason_field import BETWEEN
from tests.gui.approval_panel.room import ALT, Room, hold
from tests.gui.control_desk import card, cards, name
from tests.gui.desk import ACCOUNT


def test_a_rejection_needs_a_reason(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    reason = room.panel.decision.reason
    assert reason.isVisible()
    assert not reason.confirm.isEnabled()
    room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_Return)
    assert room.hand.sent == []
    reason.choose(4)  # another reason wants words
    assert not reason.confirm.isEnabled()
    reason.edit.setText("等夜盘")
    room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_R, ALT)
    assert room.hand.sent == [
        RejectOrder(
            account=ACCOUNT, confirmation=name(1), order_hash="hash-1", signature="", reason="其他原因：等夜盘"
        ),
    ]


def test_a_rejection_is_given_by_the_keyboard_alone(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    for _ in range(2):  # also when one was chosen before
        assert QApplication.focusWidget() is room.panel.decision.reason.edit
        reached = []
        for key in (Qt.Key.Key_Tab, *[Qt.Key.Key_Right] * (len(REASONS) - 1)):
            room.press(key)
            focus = QApplication.focusWidget()
            reached.append(focus.text() if isinstance(focus, QToolButton) else "")
        assert tuple(reached) == REASONS
        room.press(Qt.Key.Key_Left)
        room.press(Qt.Key.Key_Space)
        room.press(Qt.Key.Key_Escape)
        room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_Tab)
    room.press(Qt.Key.Key_Right)
    room.press(Qt.Key.Key_Space)
    assert room.hand.sent == []
    assert room.bar_text == "再按 Alt+R 驳回 · Esc 返回"
    room.press(Qt.Key.Key_R, ALT)
    assert [body.reason for body in room.hand.sent if isinstance(body, RejectOrder)] == [REASONS[1]]


def test_words_alone_are_another_reason_and_none_at_all_is_said(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_R, ALT)
    assert room.bar_text.startswith("▲ 没有驳回：请选择或写下原因")
    assert room.panel.decision.text.property("tone") == "warn"
    QTest.keyClicks(room.panel.decision.reason.edit, "ye pan")
    assert room.bar_text == "再按 Alt+R 驳回 · Esc 返回"
    room.press(Qt.Key.Key_R, ALT)
    assert [body.reason for body in room.hand.sent if isinstance(body, RejectOrder)] == ["其他原因：ye pan"]


def test_escape_goes_back_from_the_reason_to_the_decision_and_sends_nothing(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    decision = room.panel.decision
    for tabs in (0, 2):
        room.press(Qt.Key.Key_R, ALT)
        assert decision.reason.isVisible()
        for _ in range(tabs):
            room.press(Qt.Key.Key_Tab)
        room.press(Qt.Key.Key_Space)
        room.press(Qt.Key.Key_Escape)
        assert not decision.reason.isVisible()
        assert decision.approve_button.isVisible()
    assert room.bar_text == "Alt+A 批准 · Alt+R 驳回"
    assert room.hand.sent == []


def test_the_longest_reason_the_field_takes_is_fit_for_a_record_whichever_ready_one_stands_in_front(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    reason = room.panel.decision.reason
    reason.edit.insert("等\n" + "　\u202e夜盘" * 300)
    for place in range(len(REASONS)):
        reason.choose(place)
        body = RejectOrder(
            account=ACCOUNT, confirmation=name(1), order_hash="hash-1", signature="", reason=reason.reason
        )
        assert unfit_body(body) == ""
        assert len(reason.reason) > LONGEST_TEXT // 3
    assert len(max(REASONS, key=len)) + len(BETWEEN) + reason.edit.maxLength() == LONGEST_TEXT


def test_a_held_rejection_asks_for_the_reason_and_does_not_give_it(room: Room) -> None:
    decision = room.panel.decision
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    decision.reason.choose(1)
    hold(room, Qt.Key.Key_R, decision.reject_key, 5_000)
    assert room.hand.sent == []
    assert decision.reason.isVisible()
    room.qtbot.waitUntil(lambda: not decision._chord._over.isActive(), timeout=2_000)
    room.press(Qt.Key.Key_R, ALT)
    assert len(room.hand.sent) == 1


def test_a_ready_reason_is_enough_and_one_may_think_better_of_it(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    decision = room.panel.decision
    decision.reject_button.click()
    decision.reason.choose(1)
    decision.reason.back.click()
    assert not decision.reason.isVisible()
    assert decision.approve_button.isVisible()
    decision.reject_button.click()
    assert not decision.reason.confirm.isEnabled()  # asked anew, nothing is chosen
    decision.reason.choose(1)
    decision.reason.confirm.click()
    assert [body.reason for body in room.hand.sent if isinstance(body, RejectOrder)] == ["手数过大"]
