"""A decision is made on purpose, once, on the card that was looked at, by somebody who may."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.domain.commands import ApproveOrder, WithdrawOrder
from terminal.domain.fact.facts import Role
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.engine.screen import LinkState
from terminal.widgets.approval.decision_bar import ARM_MS
from terminal.widgets.dress.look import Look
from tests.gui.approval_panel.room import ALT, Room, hold
from tests.gui.control_desk import MAKER, card, cards, link, name
from tests.gui.desk import ACCOUNT, Desk

LONG_MS = 60_000  # longer than any test


@pytest.fixture
def slow_room(qtbot: QtBot, look: Look) -> Room:
    return Room(qtbot, look, arm_ms=LONG_MS)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_send_nothing_wherever_tab_leads(room: Room, key: Qt.Key) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    decision = room.panel.decision
    for button in (decision.approve_button, decision.reject_button, decision.next_button):
        assert button.focusPolicy() == Qt.FocusPolicy.NoFocus
        assert not button.isDefault()
    for control in (room.panel.title.float_button, room.panel.title.close_button):
        control.hide()  # Space may well move the panel
    room.panel.waiting_grid.setFocus()
    for _ in range(12):
        room.press(key)
        room.press(Qt.Key.Key_Tab)
    assert room.hand.sent == []


def test_a_card_that_pops_up_under_a_typing_hand_cannot_be_approved(slow_room: Room) -> None:
    slow_room.field.setFocus()
    QTest.keyClicks(slow_room.field, "rb25")
    slow_room.panel.show_approvals(cards(card(1)))
    QTest.keyClicks(slow_room.field, "05")
    slow_room.press(Qt.Key.Key_A, ALT)
    slow_room.press(Qt.Key.Key_Return)
    QTest.mouseClick(slow_room.panel.decision.approve_button, Qt.MouseButton.LeftButton)
    assert slow_room.hand.sent == []
    assert slow_room.field.text() == "rb2505"
    assert slow_room.window.focusWidget() is slow_room.field
    assert ARM_MS == 1_000


def test_alt_a_sends_one_approval_with_the_hash_of_the_card(room: Room) -> None:
    room.panel.show_approvals(cards(card(1, order_hash="f00d")))
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == [
        ApproveOrder(account=ACCOUNT, confirmation=name(1), order_hash="f00d", signature=""),
    ]
    assert room.bar_text == "已送出，等待运行器回答…"


def test_another_card_rests_before_it_can_be_approved(room: Room) -> None:
    room.panel.show_approvals(cards(card(1), card(2)))
    room.arm()
    room.panel.decision.next_button.click()
    assert room.panel.shown == name(2)
    assert not room.panel.decision.armed
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == []
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    assert [body.confirmation for body in room.hand.sent if isinstance(body, ApproveOrder)] == [name(2)]


def test_a_held_approval_approves_one_card_and_not_the_one_that_comes_after_it(room: Room) -> None:
    decision = room.panel.decision
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.field.setFocus()
    QTest.keyPress(room.field, Qt.Key.Key_A, ALT)
    assert len(room.hand.sent) == 1
    room.panel.show_approvals(cards(card(1, state=ConfirmationState.CONSUMED, outcome="已报出")))
    room.panel.show_approvals(cards(card(2)))
    room.arm()
    hold(room, Qt.Key.Key_A, decision.approve_key, 5_000)
    assert len(room.hand.sent) == 1
    QTest.keyRelease(room.field, Qt.Key.Key_A, ALT)
    room.press(Qt.Key.Key_A, ALT)  # a finger's
    assert [body.confirmation for body in room.hand.sent if isinstance(body, ApproveOrder)] == [name(1), name(2)]


def test_a_price_beyond_the_allowed_drift_is_not_approved_but_can_be_rejected(room: Room) -> None:
    room.panel.show_approvals(cards(card(1, drift=10)))
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == []
    assert room.panel.card.drift.value.property("tone") == "warn"
    assert "+10 跳" in room.bar_text
    assert room.panel.decision.reject_button.isEnabled()


@pytest.mark.parametrize(
    ("state", "roles", "may_decide", "said"),
    [
        (LinkState.OFFLINE, (Role.CHECKER,), True, "离线，不能复核；连上运行器后再决定。"),
        (LinkState.LIVE, (Role.TRADER,), False, "您在账户 主账户 没有复核权限。"),
        (LinkState.LIVE, (Role.CHECKER,), False, "这一项不能由您复核。"),
    ],
)
def test_who_may_not_decide_is_told_why_instead_of_buttons(
    room: Room, state: LinkState, roles: tuple[Role, ...], may_decide: bool, said: str
) -> None:
    room.panel.show_link(link(state, roles=roles))
    room.panel.show_approvals(cards(card(1, may_decide=may_decide)))
    decision = room.panel.decision
    assert room.bar_text == said
    assert not decision.approve_button.isVisible()
    assert not decision.reject_button.isVisible()
    assert not decision.withdraw_button.isVisible()
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == []


def test_the_maker_sees_their_own_and_may_take_it_back(room: Room) -> None:
    room.panel.show_link(link(person=MAKER))
    room.panel.show_approvals(cards(card(1, may_decide=False)))
    assert room.bar_text == "这是您提交的，须由另一人复核。"
    room.panel.decision.withdraw_button.click()
    assert room.hand.sent == [WithdrawOrder(account=ACCOUNT, confirmation=name(1))]
    assert not room.panel.decision.withdraw_button.isVisible()


def test_a_refused_decision_says_so_and_can_be_made_again(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    room.panel.show_results(room.hand.answer(ok=False, code="UNANSWERED", sentence="还没有回答。"))
    assert room.bar_text == "还没有回答。"
    assert not room.panel.decision.approve_button.isVisible()
    room.panel.show_results(room.hand.answer(ok=False, code="BAD_SIGNATURE", sentence="签名不符。"))
    assert room.bar_text == "签名不符。"
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    assert len(room.hand.sent) == 2


def test_attention_is_called_once_for_what_this_person_may_decide(room: Room) -> None:
    called: list[str] = []
    room.panel.attention.connect(called.append)
    room.panel.show_approvals(cards(card(1), card(2, may_decide=False), card(3, state=ConfirmationState.REJECTED)))
    room.panel.show_approvals(cards(card(1)))
    room.panel.restart()
    room.panel.show_approvals(cards(card(1), card(4)))
    assert called == ["C1", "C4"]


def test_the_way_to_the_next_one_never_stands_where_one_approves(room: Room) -> None:
    room.panel.show_approvals(cards(card(1), card(2)))
    bar = room.panel.decision
    QApplication.processEvents()
    approves = bar.approve_button.geometry()
    room.panel.show_approvals(cards(replace(card(1), state=ConfirmationState.CONSUMED, outcome="已批准并报出")))
    QApplication.processEvents()
    assert bar.next_button.isVisible()
    assert not bar.next_button.geometry().intersects(approves)
    assert bar.next_button.geometry().right() < bar.text.mapTo(bar, bar.text.rect().topLeft()).x() + 1


def test_a_card_behind_another_tab_does_not_arm(desk: Desk, qtbot: QtBot) -> None:
    panel = desk.window.approvals
    desk.open_market()
    desk.mailbox.post_link(link())
    desk.mailbox.post_approval(card(1))
    desk.frames(2)  # it comes to the front by itself
    desk.window.panels.bring(desk.window.ticket)
    qtbot.wait(ARM_MS + 200)
    assert not panel.decision.armed
    desk.window.panels.bring(panel)
    assert not panel.decision.armed
    qtbot.waitUntil(lambda: panel.decision.armed, timeout=ARM_MS * 3)
