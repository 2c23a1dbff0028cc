"""An order that waits for a second person is edited in the ticket: what is sent takes its place, or nothing is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from terminal.domain.commands import CommandBody, EditOrder, SubmitOrder
from terminal.domain.ids import AccountId, ConfirmationId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Verdict
from terminal.engine.screen import ApprovalCard
from terminal.widgets.ticket.fields import PriceMode, Ticket
from terminal.widgets.ticket.send_guard import CHANGED_MS
from tests.gui.control_desk import card, cards, link
from tests.gui.desk import ACCOUNT, COPPER, REBAR, Desk
from tests.gui.test_small_screens import LEAST, SMALL, USUAL, in_sight, stand
from tests.gui.ticket_stage import ENTER, ME, Stage

MINE = card(10, maker=ME, may_decide=False)
assert MINE.terms is not None
TERMS = MINE.terms
LESS = replace(TERMS, lots=300)
EDITED = EditOrder(account=ACCOUNT, confirmation=MINE.confirmation, terms=LESS)


def decided(state: ConfirmationState, outcome: str) -> dict[ConfirmationId, ApprovalCard]:
    return {MINE.confirmation: replace(MINE, state=state, outcome=outcome)}


def edit(stage: Stage, lots: int | None = 300) -> None:
    """Begin to edit, and ask for other lots."""
    stage.ticket.show_approvals(cards(MINE))
    stage.ticket.edit(MINE)
    if lots is not None:
        type_lots(stage, lots)


def type_lots(stage: Stage, lots: int) -> None:
    field = stage.ticket.form.lots
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, str(lots))


def send(stage: Stage, verdict: Verdict = Verdict.CONFIRM2) -> None:
    stage.answer(verdict=verdict)
    stage.now += CHANGED_MS
    stage.ticket.send_button.click()


def told(stage: Stage) -> str:
    return stage.ticket.results.text()


def test_the_maker_has_their_order_filled_in_beside_taking_it_back(desk: Desk) -> None:
    window = desk.window
    stand(desk, window.approvals, USUAL)
    me = link().person
    desk.mailbox.post_approval(replace(MINE, maker=me))
    desk.mailbox.post_approval(replace(card(11, maker=me), terms=None, may_decide=False))
    desk.mailbox.post_approval(card(12))
    desk.frames(2)
    bar, seen = window.approvals.decision, {}
    for _ in range(3):
        bar.next_wanted.emit()
        seen[window.approvals.shown] = (bar.edit_button.isVisibleTo(window), bar.withdraw_button.isVisibleTo(window))
    assert seen == {"C10": (True, True), "C11": (False, True), "C12": (False, False)}
    while window.approvals.shown != MINE.confirmation:
        bar.next_wanted.emit()
    QApplication.processEvents()
    bar.edit_button.click()
    ticket = window.ticket
    assert ticket.form.ticket == Ticket(
        instrument=REBAR, side=Side.BUY, offset=Offset.OPEN, lots=490, mode=PriceMode.FIXED, price=Decimal(3215)
    )
    assert ticket.editing.text() == "正在修改 C10（Esc 放弃；没有写过理由）：买开 螺纹钢2505 500 手"
    desk.mailbox.post_approval(replace(MINE, maker=me, reason="船期提前"))
    desk.frames(2)
    bar.edit_button.click()
    assert ticket.editing.text() == "正在修改 C10（Esc 放弃；理由照旧）：买开 螺纹钢2505 500 手"
    assert ticket.editing.toolTip().endswith("Esc 放弃修改，C10 照旧等待。理由照旧：船期提前")
    assert ticket.editing.isVisible()
    assert desk.hand.sent == []


def test_what_is_sent_stands_in_its_place_and_was_asked_about_as_that(stage: Stage) -> None:
    edit(stage)
    send(stage)
    assert stage.hand.foreseen[-1] == EDITED
    assert not [body for body in stage.hand.foreseen if isinstance(body, SubmitOrder)]
    assert stage.hand.sent == [EDITED]
    assert not stage.ticket.reason.isVisible()  # why it is wanted was said of the first, and holds on
    stage.now += CHANGED_MS
    stage.ticket.send_button.click()
    assert stage.hand.sent == [EDITED]
    assert stage.ticket.send_button.text() == "等待回答"


def test_it_says_whose_place_it_takes_and_sends_nothing_that_is_the_same(stage: Stage) -> None:
    edit(stage, None)
    assert stage.ticket.send_button.text() == "没有改动"
    assert stage.ticket.answer.sentence.text() == "和 C10 一样，没有改动；改好任意一栏再送出，Esc 放弃修改。"
    stage.now += CHANGED_MS
    stage.ticket.send_button.click()
    assert stage.hand.sent == []
    type_lots(stage, 300)
    stage.answer(verdict=Verdict.CONFIRM2)
    assert stage.ticket.send_button.text() == "修改 C10 · 买开 300 手"


def test_a_press_on_its_way_when_it_begins_sends_nothing(stage: Stage) -> None:
    edit(stage)
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.ticket.send_button.click()
    assert stage.hand.sent == []
    assert "能否下单刚刚变了" in told(stage)


def test_it_ends_when_the_other_one_is_taken_whichever_is_told_first(stage: Stage) -> None:
    edit(stage)
    send(stage)
    stage.ticket.show_approvals(decided(ConfirmationState.SUPERSEDED, "制单人已修改，请看新的复核"))
    assert "修改没有生效" not in told(stage)
    (line,) = stage.hand.answer(code="CONFIRM2", sentence="需复核：超限")
    parked = card(11, maker=ME)
    stage.ticket.show_results((replace(line, confirmation=parked.confirmation),))
    stage.ticket.show_approvals(cards(parked))
    assert not stage.ticket.editing.isVisible()
    assert stage.ticket.send_button.text() == "已提交复核"  # the same is not submitted a second time by habit
    type_lots(stage, 290)
    send(stage)
    assert stage.hand.sent == [EDITED, SubmitOrder(terms=replace(TERMS, lots=290))]


def test_what_needs_nobody_else_is_sent_once_as_well(stage: Stage) -> None:
    edit(stage, 5)
    send(stage, Verdict.ALLOW)
    send(stage, Verdict.ALLOW)
    assert stage.hand.sent == [replace(EDITED, terms=replace(TERMS, lots=5))]
    stage.ticket.show_results(stage.hand.answer(sentence="已报单"))
    assert not stage.ticket.editing.isVisible()


def test_after_a_no_it_is_edited_on(stage: Stage) -> None:
    edit(stage)
    send(stage)
    stage.ticket.show_results(stage.hand.answer(ok=False, code="UNANSWERED", sentence="还没有回答。"))
    assert stage.ticket.send_button.text() == "等待回答"
    stage.ticket.show_results(stage.hand.answer(ok=False, code="POSITION_LIMIT", sentence="超出限仓。"))
    assert stage.ticket.editing.isVisible()
    assert "■ 修改 C10 · 买开 rb2505 300 手 @3215 未执行：超出限仓。" in told(stage)
    type_lots(stage, 200)
    send(stage)
    assert stage.hand.sent == [EDITED, replace(EDITED, terms=replace(TERMS, lots=200))]


@pytest.mark.parametrize(
    "state", [ConfirmationState.CONSUMED, ConfirmationState.REJECTED, ConfirmationState.SUPERSEDED]
)
def test_it_ends_when_the_order_is_decided_meanwhile_and_the_fields_stay(
    stage: Stage, state: ConfirmationState
) -> None:
    edit(stage)
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.now += CHANGED_MS
    stage.ticket.show_approvals(decided(state, "王强已驳回：时机不合适"))
    assert not stage.ticket.editing.isVisible()
    assert "▲ C10 已有结果：王强已驳回：时机不合适；修改没有生效" in told(stage)
    assert stage.ticket.form.ticket.lots == 300
    assert stage.ticket.send_button.text() == "已有结果"
    for _ in range(3):  # meant for the order that was edited, however late, and whatever is answered
        stage.ticket.send_button.click()
        stage.answer(verdict=Verdict.CONFIRM2)
        stage.now += 2 * CHANGED_MS
    assert stage.hand.sent == []
    assert "要另下一笔新的，请先改动任意一栏，再改回来" in stage.ticket.answer.sentence.text()
    QTest.keyClick(stage.ticket.form.lots, Qt.Key.Key_Up)
    QTest.keyClick(stage.ticket.form.lots, Qt.Key.Key_Down)
    send(stage)
    assert stage.hand.foreseen[-1] == SubmitOrder(terms=LESS)
    assert stage.hand.sent == [SubmitOrder(terms=LESS)]


def test_escape_leaves_it_with_the_fields_as_they_were(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.SELL, Offset.OPEN, None, 3)
    before = stage.ticket.form.ticket
    edit(stage)
    stage.answer(verdict=Verdict.CONFIRM2)
    QTest.keyClick(stage.ticket.form.lots, Qt.Key.Key_Escape)
    assert stage.ticket.form.ticket == before
    assert not stage.ticket.editing.isVisible()
    send(stage, Verdict.ALLOW)
    (sent,) = stage.hand.sent
    assert isinstance(sent, SubmitOrder)
    assert sent.terms.instrument == COPPER


def test_another_contract_or_account_is_another_order(stage: Stage) -> None:
    edit(stage)
    stage.ticket.fill(REBAR, Side.BUY, None, Decimal(3210), None)
    assert stage.ticket.editing.isVisible()
    stage.ticket.fill(COPPER, Side.SELL, Offset.OPEN, None, 3)
    assert not stage.ticket.editing.isVisible()
    assert "▲ 不再修改 C10：换了合约或账户，它照旧等待" in told(stage)
    edit(stage)
    stage.ticket.show_account(AccountId("另一账户"))
    assert not stage.ticket.editing.isVisible()
    stage.ticket.edit(MINE)
    assert not stage.ticket.editing.isVisible()
    assert "请先在窗口上方选择这个账户" in told(stage)


def test_what_would_be_two_orders_takes_the_place_of_none(stage: Stage) -> None:
    edit(stage)
    stage.ticket.fill(REBAR, Side.SELL, Offset.CLOSE, Decimal(3215), 300)
    asked = replace(LESS, side=Side.SELL)
    parts = [replace(asked, offset=one, lots=150) for one in (Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY)]
    stage.answer(*parts)
    assert stage.ticket.send_button.text() == "要分两笔"
    stage.now += CHANGED_MS
    stage.ticket.send_button.click()
    assert stage.hand.sent == []


def test_the_keyboard_is_in_the_lots_and_enter_walks_to_the_button(stage: Stage) -> None:
    edit(stage, None)
    focus = QApplication.focusWidget()
    assert focus is stage.ticket.form.lots
    QTest.keyClicks(focus, "300")
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.now += CHANGED_MS
    for _ in range(3):
        stage.press(ENTER)
    wanted: list[CommandBody] = [EDITED]
    assert stage.hand.sent == wanted


@pytest.mark.parametrize("size", [LEAST, SMALL, USUAL])
def test_the_line_and_the_fields_are_in_sight(desk: Desk, size: tuple[int, int]) -> None:
    ticket = desk.window.ticket
    stand(desk, ticket, size)
    ticket.edit(MINE)
    QApplication.processEvents()
    shown: tuple[QLineEdit, ...] = (ticket.form.lots, ticket.form.price)
    for widget in (*shown, ticket.editing, ticket.send_button):
        assert in_sight(widget, ticket)
    assert ticket.editing.painted == ticket.editing.text()
