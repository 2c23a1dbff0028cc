"""Whoever asks for a second person may say why, where the order is given, and is never made to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from terminal.domain.commands import SubmitOrder
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.typed_text import LONGEST_TEXT
from terminal.engine.screen import Preview
from terminal.widgets.ticket.send_guard import CHANGED_MS
from terminal.widgets.ticket.ticket import OrderTicket
from tests.gui.desk import COPPER, REBAR, Desk
from tests.gui.test_small_screens import LEAST, SMALL, USUAL, in_sight, stand
from tests.gui.ticket_stage import ENTER, Stage, hold, quote

WHY = "单笔 490 手超过 300 手；需由另一人复核，或减少手数。"


def needs_another(stage: Stage) -> None:
    stage.fill(lots=490)
    stage.answer(verdict=Verdict.CONFIRM2)


def test_the_reason_goes_with_the_order_and_with_no_other_one(stage: Stage) -> None:
    reason = stage.ticket.reason
    stage.fill(lots=490)
    assert not reason.isVisible()
    stage.answer()
    assert not reason.isVisible()
    stage.answer(verdict=Verdict.CONFIRM2)
    assert reason.isVisible()
    assert reason.edit.placeholderText() == "给复核人看的理由，可不填"
    reason.edit.insert(" 船期提前，先锁三月")
    reason.edit.setFocus()
    stage.press(ENTER)
    assert QApplication.focusWidget() is stage.ticket.send_button
    assert stage.hand.sent == []
    stage.press(ENTER)
    assert stage.hand.sent == [SubmitOrder(terms=stage.hand.asked[-1], reason="船期提前，先锁三月")]
    assert (reason.isVisible(), reason.edit.text()) == (False, "")
    stage.ticket.form.lots.setFocus()
    QTest.keyClicks(stage.ticket.form.lots, "480")
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.now += CHANGED_MS
    stage.ticket.send_button.click()
    assert [body.reason for body in stage.hand.sent if isinstance(body, SubmitOrder)] == ["船期提前，先锁三月", ""]


def test_it_is_about_one_contract(stage: Stage) -> None:
    needs_another(stage)
    reason = stage.ticket.reason
    reason.edit.setText("船期提前")
    stage.ticket.fill(REBAR, Side.BUY, None, None, 480)
    assert (reason.isVisible(), reason.edit.text()) == (True, "船期提前")
    stage.ticket.fill(COPPER, Side.BUY, None, None, 480)
    assert (reason.isVisible(), reason.edit.text()) == (False, "")
    needs_another(stage)
    reason.edit.setText("船期提前")
    stage.ticket.clear()
    assert (reason.isVisible(), reason.edit.text()) == (False, "")


def test_what_is_not_asked_is_not_said(stage: Stage) -> None:
    needs_another(stage)
    stage.ticket.reason.edit.setText("船期提前")
    stage.answer()
    assert not stage.ticket.reason.isVisible()
    stage.now += CHANGED_MS
    stage.ticket.send_button.click()
    assert stage.hand.sent == [SubmitOrder(terms=stage.hand.asked[-1])]


def test_it_takes_no_keyboard_and_loses_none_while_the_price_moves(stage: Stage) -> None:
    reason = stage.ticket.reason
    needs_another(stage)
    assert QApplication.focusWidget() is stage.ticket.form.lots
    reason.edit.setFocus()
    QTest.keyClicks(reason.edit, "dplzx")  # which choose a price everywhere else
    stage.ticket.show_quotes({REBAR: quote(3215, 3216)})
    assert reason.isVisible()
    stage.answer()  # at that price nobody else is needed
    assert reason.isVisible()
    assert QApplication.focusWidget() is reason.edit
    assert reason.edit.text() == "dplzx"
    stage.ticket.form.lots.setFocus()
    assert not reason.isVisible()


def test_a_held_enter_walks_out_of_it_and_sends_nothing(stage: Stage) -> None:
    needs_another(stage)
    stage.ticket.reason.edit.setFocus()
    stage.rest()
    hold(stage.ticket.reason.edit, ENTER, 5, between=stage.rest)
    assert QApplication.focusWidget() is stage.ticket.send_button
    assert stage.hand.sent == []


def test_tab_leads_to_it_from_the_fields_and_on_to_the_button(stage: Stage) -> None:
    needs_another(stage)
    stage.ticket.form.times.setFocus()
    passed: list[QWidget | None] = []
    while stage.ticket.send_button not in passed and len(passed) < 8:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        passed.append(QApplication.focusWidget())
    assert stage.ticket.reason.edit in passed[:-1]


def test_it_takes_what_is_fit_for_a_record(stage: Stage) -> None:
    needs_another(stage)
    edit = stage.ticket.reason.edit
    edit.insert("船" * (LONGEST_TEXT + 9))
    assert len(edit.text()) == LONGEST_TEXT
    edit.setText(" 船期\u202e提前\n ")
    assert stage.ticket.reason.text == "船期提前"


@pytest.mark.parametrize("size", [LEAST, SMALL, USUAL])
def test_it_moves_no_field_and_no_button_when_it_appears(desk: Desk, size: tuple[int, int]) -> None:
    ticket = desk.window.ticket
    stand(desk, ticket, size)
    ticket.fill(REBAR, Side.BUY, None, None, 490)
    answer(desk, Verdict.ALLOW)
    before = places(ticket)
    answer(desk, Verdict.CONFIRM2)
    assert ticket.reason.isVisible()
    assert in_sight(ticket.reason.edit, ticket)
    assert places(ticket) == before
    scroll = ticket.findChild(QScrollArea, "ticketScroll")
    assert scroll is not None
    for field in (ticket.form.lots, ticket.form.price):
        assert in_sight(field, scroll.viewport())
    for part in (ticket.answer.word, ticket.answer.sentence):
        assert in_sight(part, ticket.answer)


def answer(desk: Desk, verdict: Verdict) -> None:
    ticket = desk.window.ticket
    ticket.ask()
    request = len(desk.hand.foreseen)
    why = Finding(control="C2", code="ORDER_LOTS", verdict=verdict, value="490", limit="300", sentence=WHY)
    found = (why,) if verdict is Verdict.CONFIRM2 else ()
    said = "买开 螺纹钢2505 490 手 @3215 合约价值 ¥15,753,500 · 需复核"
    ticket.show_previews({request: Preview(request=request, verdict=verdict, sentence=said, findings=found)})
    QApplication.processEvents()


def places(ticket: OrderTicket) -> list[tuple[int, int]]:
    """Return how low the fields begin, and where the buttons do; the words of the one that sends are its own."""
    fields = [one.mapTo(ticket, QPoint(0, 0)).y() for one in (ticket.form.lots, ticket.form.price)]
    begun = [one.mapTo(ticket, QPoint(0, 0)) for one in (ticket.draft_button, ticket.take_button)]
    ends = ticket.send_button.mapTo(ticket, ticket.send_button.rect().bottomRight())
    return [(0, high) for high in fields] + [(point.x(), point.y()) for point in (*begun, ends)]
