"""A whole order is given by the keyboard alone, and one key sends one order."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.engine.screen import Document
from terminal.widgets.ticket.once import HABIT_MS
from terminal.widgets.ticket.send_guard import REST_MS, SETTLE_MS
from tests.gui.desk import ACCOUNT, COPPER, REBAR
from tests.gui.ticket_stage import ENTER, Stage, hold, hold_unmarked


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # said of lists, offscreen
def test_a_whole_order_needs_nothing_but_the_keyboard(stage: Stage) -> None:
    form = stage.ticket.form
    QTest.keyClicks(form.finder, "lwg")
    stage.press(ENTER)
    stage.press(Qt.Key.Key_3)
    stage.press(ENTER)
    stage.press(Qt.Key.Key_1)
    stage.press(ENTER)
    assert QApplication.focusWidget() is form.lots
    for key in (Qt.Key.Key_PageUp, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        stage.press(key)
    stage.press(ENTER)
    stage.press(Qt.Key.Key_P)
    stage.press(Qt.Key.Key_Up)
    stage.press(ENTER)
    assert QApplication.focusWidget() is stage.ticket.send_button
    stage.answer()
    assert stage.hand.sent == []
    stage.press(ENTER)
    assert stage.hand.orders == [
        OrderTerms(account=ACCOUNT, instrument=REBAR, side=Side.SELL, offset=Offset.OPEN, lots=5, price=Decimal(3216))
    ]


def test_a_held_enter_sends_once(stage: Stage) -> None:
    stage.ready()

    def pass_time() -> None:
        stage.now += REST_MS
        stage.answer()  # the next order would be ready to go

    hold(stage.ticket.send_button, ENTER, 10, between=pass_time)
    assert len(stage.hand.sent) == 1


@pytest.mark.parametrize("key", [ENTER, Qt.Key.Key_Space])
def test_a_held_key_sends_once_also_where_qt_takes_its_repeats_for_presses(stage: Stage, key: Qt.Key) -> None:
    stage.ready()

    def pass_time() -> None:
        stage.now += REST_MS
        stage.answer()

    hold_unmarked(key, 10, between=pass_time)
    assert len(stage.hand.sent) == 1


@pytest.mark.parametrize("start", ["finder", "lots", "price"])
def test_an_unmarked_held_enter_walks_one_step_and_sends_nothing(stage: Stage, start: str) -> None:
    stage.fill()
    stage.answer()
    field: QWidget = getattr(stage.ticket.form, start)
    field.setFocus()
    stage.rest()

    def pass_time() -> None:
        stage.now += REST_MS + SETTLE_MS
        stage.answer()

    hold_unmarked(ENTER, 10, between=pass_time)
    form = stage.ticket.form
    wanted = {"finder": form.sides.buttons(), "lots": (form.price,), "price": (stage.ticket.send_button,)}
    assert QApplication.focusWidget() in wanted[start]
    assert stage.hand.sent == []


def test_an_enter_held_in_the_contract_walks_one_step_and_sends_nothing(stage: Stage) -> None:
    stage.fill()
    stage.answer()
    finder = stage.ticket.form.finder
    finder.setFocus()
    stage.rest()
    for repeat in range(30):
        focus = QApplication.focusWidget()
        assert focus is not None
        QCoreApplication.sendEvent(
            focus, QKeyEvent(QEvent.Type.KeyPress, ENTER, Qt.KeyboardModifier.NoModifier, "\r", repeat > 0)
        )
    assert QApplication.focusWidget() in stage.ticket.form.sides.buttons()
    assert stage.hand.sent == []


def test_a_key_that_bounces_sends_once_even_when_an_answer_came_between(stage: Stage) -> None:
    stage.ready()
    QTest.keyClick(stage.ticket.send_button, ENTER)
    stage.answer()
    stage.now += REST_MS - 1
    QTest.keyClick(stage.ticket.send_button, ENTER)
    assert len(stage.hand.sent) == 1
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 主账户-00000007"))
    stage.answer()
    stage.now += HABIT_MS
    QTest.keyClick(stage.ticket.send_button, ENTER)
    assert len(stage.hand.sent) == 2


def test_an_enter_that_walked_to_the_button_does_not_also_send(stage: Stage) -> None:
    stage.fill()
    stage.answer()
    stage.ticket.form.price.setFocus()
    stage.rest()
    QTest.keyClick(stage.ticket.form.price, ENTER)
    QTest.keyClick(stage.ticket.send_button, ENTER)
    assert stage.hand.sent == []


def test_an_enter_meant_for_another_place_does_not_send_when_the_focus_jumps_here(stage: Stage) -> None:
    stage.ready()
    stage.elsewhere.setFocus()
    stage.ticket.send_button.setFocus()
    stage.now += SETTLE_MS - 1
    QTest.keyClick(stage.ticket.send_button, ENTER)
    assert stage.hand.sent == []
    stage.rest()
    QTest.keyClick(stage.ticket.send_button, ENTER)
    assert len(stage.hand.sent) == 1


def test_a_double_click_on_the_button_sends_once(stage: Stage) -> None:
    stage.ready()
    QTest.mouseClick(stage.ticket.send_button, Qt.MouseButton.LeftButton)
    stage.answer()
    QTest.mouseClick(stage.ticket.send_button, Qt.MouseButton.LeftButton)
    assert len(stage.hand.sent) == 1


def test_space_on_the_button_obeys_the_same_rules_as_enter(stage: Stage) -> None:
    stage.ready()
    stage.now -= REST_MS + 1
    hold(stage.ticket.send_button, Qt.Key.Key_Space, 5)
    assert stage.hand.sent == []
    stage.rest()
    hold(stage.ticket.send_button, Qt.Key.Key_Space, 5)
    assert len(stage.hand.sent) == 1


def test_escape_never_sends_and_empties_the_ticket_with_an_undo(stage: Stage) -> None:
    stage.ready()
    form = stage.ticket.form
    before = form.ticket
    for widget in (stage.ticket.send_button, form.lots, form.price, form.sides.buttons()[0], form.finder):
        QTest.keyClick(widget, Qt.Key.Key_Escape)
        stage.rest()
    assert stage.hand.sent == []
    assert (form.ticket.instrument, form.finder.text()) == (None, "")
    stage.ticket.drafts.undo.click()
    assert form.ticket == before
    assert stage.hand.sent == []


@pytest.mark.parametrize("typed", ["finder", "lots"])
def test_an_undo_of_esc_does_not_outlive_what_was_typed_since(stage: Stage, typed: str) -> None:
    stage.fill(lots=7)
    stage.ticket.clear()
    assert stage.ticket.drafts.undo.isVisibleTo(stage.ticket)
    field: QWidget = getattr(stage.ticket.form, typed)
    QTest.keyClicks(field, "3")
    assert not stage.ticket.drafts.undo.isVisibleTo(stage.ticket)


def test_an_undo_of_esc_does_not_outlive_what_was_filled_in_since(stage: Stage) -> None:
    stage.ready()
    stage.ticket.clear()
    assert stage.ticket.drafts.undo.isVisibleTo(stage.ticket)
    stage.ticket.fill(COPPER, Side.SELL, Offset.CLOSE, Decimal(73_900), 4)
    assert not stage.ticket.drafts.undo.isVisibleTo(stage.ticket)


def test_a_draft_loaded_over_a_filled_ticket_can_be_taken_back(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.SELL, Offset.CLOSE, Decimal(73_900), 4)
    body = msgspec.json.encode(stage.ticket.form.ticket).decode()
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=1, body=body)})
    stage.ready()
    before = stage.ticket.form.ticket
    stage.ticket.drafts.rows[0].load.click()
    assert stage.ticket.form.ticket.instrument == COPPER
    stage.ticket.drafts.undo.click()
    assert stage.ticket.form.ticket == before
    assert stage.hand.sent == []
