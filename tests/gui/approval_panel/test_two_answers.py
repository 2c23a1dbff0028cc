"""Of two who decide at once the first wins, and the other is told: on the card, or wherever they look by then."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from terminal.domain.commands import RejectOrder
from terminal.domain.orders.confirmation import ConfirmationState
from tests.gui.approval_panel.room import ALT, Room
from tests.gui.control_desk import card, cards, link, name
from tests.gui.desk import Desk

LOST = "C1 已批准并执行（王强），复核只能使用一次，您这次的决定没有生效。"
SENT = replace(card(1), state=ConfirmationState.CONSUMED, outcome="王强已通过，已报出", checker_name="王强")


def reject(room: Room) -> None:
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    room.panel.decision.reason.choose(0)
    room.press(Qt.Key.Key_R, ALT)
    assert isinstance(room.hand.sent[-1], RejectOrder)


def lose(room: Room) -> None:
    room.panel.show_results(room.hand.answer(ok=False, code="NOT_PENDING", sentence=LOST))


def test_a_decision_that_came_second_says_so_on_the_card_until_another_is_looked_at(room: Room) -> None:
    panel = room.panel
    panel.show_approvals(cards(card(1), card(2)))
    reject(room)
    panel.show_approvals(cards(SENT))
    assert (panel.shown, room.bar_text) == (name(1), "")
    lose(room)
    assert room.bar_text == f"▲ {LOST}"
    assert panel.decision.text.property("tone") == "warn"
    panel.show_approvals(cards(SENT))
    panel.show_now(SENT.expires_at)  # a later second
    assert room.bar_text == f"▲ {LOST}"
    panel.decision.next_button.click()
    assert panel.shown == name(2)
    assert LOST not in room.bar_text


def test_it_says_so_where_nothing_waits_any_more(room: Room) -> None:
    panel = room.panel
    panel.show_approvals(cards(card(1)))
    reject(room)
    lose(room)  # the answer may come before what became of the card
    panel.show_approvals(cards(SENT))
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == f"▲ {LOST}"
    assert panel.empty.title.property("tone") == "warn"
    assert panel.empty.text.text() == "买开 螺纹钢2505 491 手：王强已通过，已报出。"
    told: list[str] = []
    panel.lost.connect(told.append)
    panel.show_approvals(cards(card(2)))  # which takes its place, whether it was read or not
    assert (panel.shown, told) == (name(2), [LOST])
    panel.show_approvals(cards(replace(card(2), state=ConfirmationState.EXPIRED, outcome="超过复核时限")))
    assert panel.empty.title.property("tone") == ""


@pytest.mark.parametrize("others", [0, 1])
def test_whoever_was_still_writing_the_reason_is_told_that_it_was_not_sent(room: Room, others: int) -> None:
    panel = room.panel
    panel.show_approvals(cards(card(1), *(card(2 + number) for number in range(others))))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    assert panel.decision.reason.isVisible()
    panel.show_approvals(cards(SENT))
    said = room.bar_text if others else panel.empty.title.text()
    assert said == "▲ C1 已先有结果，您正在写的驳回没有送出。"
    room.press(Qt.Key.Key_R, ALT)
    assert room.hand.sent == []
    panel.show_approvals(cards(card(9)))
    panel.decision.next_wanted.emit()
    assert "没有送出" not in room.bar_text


@pytest.mark.parametrize("others", [0, 1])
def test_whoever_was_writing_is_told_that_the_maker_changed_the_order_and_what(room: Room, others: int) -> None:
    panel, old, new = room.panel, card(1), card(3)
    assert old.terms is not None
    terms = replace(old.terms, lots=old.terms.lots - 1, price=old.terms.price + 2)
    panel.show_approvals(cards(old, *(card(2 + number) for number in range(others))))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    told: list[str] = []
    panel.lost.connect(told.append)
    edited = replace(old, state=ConfirmationState.SUPERSEDED, outcome="制单人已修改，请看新的复核")
    heir = replace(new, terms=terms, requested_at=old.requested_at + 5)
    panel.show_approvals(cards(edited, heir))
    lots, price = old.terms.lots, old.terms.price
    said = f"C1 已由制单人改为 C3（手数 {lots} → {lots - 1}，价格 {price} → {price + 2}），您正在写的驳回没有送出。"
    assert told == [said]
    room.press(Qt.Key.Key_R, ALT)
    assert room.hand.sent == []


def test_a_decision_that_was_used_and_gone_stale_is_told_by_its_card_alone(room: Room) -> None:
    panel = room.panel
    panel.show_approvals(cards(card(1), card(2)))
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    panel.show_approvals(cards(replace(SENT, state=ConfirmationState.STALE, outcome="李薇已通过，但情况已变化")))
    panel.show_results(room.hand.answer(ok=False, code="STALE", sentence="价格变动超过允许的漂移。"))
    assert room.bar_text == ""


def test_whoever_has_gone_on_is_told_in_the_ribbon(desk: Desk) -> None:
    panel = desk.window.approvals
    desk.open_market()
    desk.mailbox.post_link(link())
    for one in (card(1), card(2)):
        desk.mailbox.post_approval(one)
    desk.frames(2)
    panel.decision.approved.emit()
    panel.decision.next_wanted.emit()
    assert panel.shown == name(2)
    desk.mailbox.post_approval(SENT)
    desk.mailbox.post_result(desk.hand.answer(ok=False, code="NOT_PENDING", sentence=LOST)[0])
    desk.frames(2)
    QApplication.processEvents()
    assert desk.window.ribbon.text.text() == LOST
    assert desk.window.ribbon.read_button.isVisibleTo(desk.window)
