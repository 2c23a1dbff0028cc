from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from terminal.domain.commands import SaveDocument, SubmitOrder, TakeAccount
from terminal.domain.confirmation import ConfirmationState
from terminal.domain.ids import CommandId, DeviceId, InstrumentId, PersonId
from terminal.domain.instrument import Reference
from terminal.domain.order import HedgeFlag, Offset, OrderTerms, Side, TimeCondition
from terminal.domain.risk_words import Finding, Verdict
from terminal.domain.terms import Term
from terminal.engine.screen import Document, LinkState, ResultLine
from terminal.widgets.send_guard import REST_MS, SETTLE_MS
from terminal.widgets.ticket_fields import PriceMode
from tests.gui.control_desk import card, cards
from tests.gui.desk import ACCOUNT, COPPER, DAY, ORE, REBAR
from tests.gui.ticket_stage import ENTER, HERE, LINE, LINK, ME, Stage, hold, hold_unmarked, quote

# --- the keyboard alone ---------------------------------------------------------------------------------------------


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
    stage.now += REST_MS
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


# --- fields ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "buys", "sells"),
    [
        (Qt.Key.Key_D, 3215, 3214),
        (Qt.Key.Key_P, 3214, 3215),
        (Qt.Key.Key_L, 3214, 3214),
        (Qt.Key.Key_Z, 3456, 3456),
        (Qt.Key.Key_X, 3010, 3010),
    ],
)
def test_one_letter_chooses_where_the_price_comes_from(stage: Stage, key: Qt.Key, buys: int, sells: int) -> None:
    found = {}
    for side in Side:
        stage.fill(side=side)
        QTest.keyClick(stage.ticket.form.lots, key)
        stage.ticket.ask()
        found[side] = stage.hand.asked[-1].price
    assert found == {Side.BUY: Decimal(buys), Side.SELL: Decimal(sells)}
    assert stage.ticket.form.lots.text() == "2"


def test_a_price_mode_follows_the_market_and_a_typed_price_does_not(stage: Stage) -> None:
    stage.fill()
    form = stage.ticket.form
    stage.ticket.show_quotes({REBAR: quote(3220, 3221)})
    assert (form.price.text(), form.price_now) == ("3221", Decimal(3221))
    form.price.setFocus()
    form.price.selectAll()
    QTest.keyClicks(form.price, "3200")
    stage.ticket.show_quotes({REBAR: quote(3230, 3231)})
    assert (form.ticket.mode, form.price.text(), form.price_now) == (PriceMode.FIXED, "3200", Decimal(3200))


def test_arrow_and_page_keys_move_the_price_by_ticks(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.BUY)
    price = stage.ticket.form.price
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(price, key)
    assert stage.ticket.form.price_now == Decimal(73_920 + 4 * 10)
    for _ in range(2):
        QTest.keyClick(price, Qt.Key.Key_PageDown)
    assert price.text() == "73860"


def test_lots_never_step_below_one_and_an_empty_field_is_no_order(stage: Stage) -> None:
    stage.fill(lots=3)
    lots = stage.ticket.form.lots
    QTest.keyClick(lots, Qt.Key.Key_PageDown)
    assert lots.text() == "1"
    lots.clear()
    QTest.keyClick(lots, Qt.Key.Key_Backspace)
    lots.textEdited.emit("")
    assert stage.ticket.send_button.text() == "先填手数"


def test_a_price_named_for_one_contract_is_not_taken_over_to_another(stage: Stage) -> None:
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, Decimal(3200), 1)
    assert stage.ticket.form.ticket.mode is PriceMode.FIXED
    stage.ticket.fill(COPPER, Side.BUY)
    assert stage.ticket.form.price_now == Decimal(73_920)


def test_closing_by_day_is_offered_only_where_the_exchange_knows_it(stage: Stage) -> None:
    buttons = stage.ticket.form.offsets.buttons()
    stage.fill(Offset.CLOSE_TODAY)
    assert [button.isEnabled() for button in buttons] == [True] * 4
    stage.ticket.fill(ORE, Side.SELL)
    assert [button.isEnabled() for button in buttons] == [True, True, False, False]
    assert stage.ticket.form.ticket.offset is Offset.CLOSE


def test_flag_and_time_condition_are_part_of_the_order(stage: Stage) -> None:
    stage.fill()
    form = stage.ticket.form
    for combo, value in ((form.flags, HedgeFlag.HEDGE), (form.times, TimeCondition.FOK)):
        combo.activated.emit(combo.findData(value))
    stage.ticket.ask()
    asked = stage.hand.asked[-1]
    assert (asked.hedge_flag, asked.time_condition) == (HedgeFlag.HEDGE, TimeCondition.FOK)


def test_filling_from_elsewhere_never_sends(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.SELL, Offset.CLOSE, Decimal(73_900), 4)
    form = stage.ticket.form
    assert (form.finder.text(), form.lots.text(), form.price.text()) == ("cu2502", "4", "73900")
    assert (form.ticket.side, form.ticket.offset) == (Side.SELL, Offset.CLOSE)
    assert stage.hand.sent == []


# --- asking ---------------------------------------------------------------------------------------------------------


def test_a_change_is_asked_about_soon_and_many_changes_once(stage: Stage, qtbot: QtBot) -> None:
    stage.fill()
    for _ in range(5):
        QTest.keyClick(stage.ticket.form.lots, Qt.Key.Key_Up)
    assert stage.hand.asked == []
    qtbot.waitUntil(lambda: bool(stage.hand.asked))
    assert [(one.lots, one.price) for one in stage.hand.asked] == [(7, Decimal(3215))]
    assert stage.hand.split == [True]


def test_an_answer_to_an_older_question_is_ignored(stage: Stage) -> None:
    stage.fill()
    stage.ticket.ask()
    stale = stage.preview(stage.hand.asked[-1])
    QTest.keyClick(stage.ticket.form.lots, Qt.Key.Key_Up)
    stage.ticket.ask()
    stage.ticket.show_previews({stale.request: stale})
    assert stage.ticket.answer.word.text() == "正在核算…"
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert stage.hand.sent == []


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_a_search_stands_when_the_market_is_told_again(stage: Stage, reference: Reference) -> None:
    stage.ready()
    finder = stage.ticket.form.finder
    finder.setFocus()
    finder.selectAll()
    QTest.keyClicks(finder, "cu")
    stage.ticket.show_instruments(tuple(reference.instrument(name, DAY) for name in (REBAR, COPPER, ORE)))
    assert (finder.text(), finder.search, finder.popup.isVisible()) == ("cu", "cu", True)
    assert stage.ticket.send_button.text() == "先选合约"
    QTest.keyClick(finder.popup, ENTER)
    assert stage.ticket.form.ticket.instrument == COPPER


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_a_candidate_that_is_no_longer_listed_is_not_taken(stage: Stage, reference: Reference) -> None:
    stage.ready()
    finder = stage.ticket.form.finder
    finder.setFocus()
    finder.selectAll()
    QTest.keyClicks(finder, "cu")
    stage.ticket.show_instruments((reference.instrument(REBAR, DAY),))
    QTest.keyClick(finder, ENTER)
    assert (stage.ticket.form.ticket.instrument, finder.search) == (REBAR, "cu")


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_another_contract_that_is_filled_in_closes_the_list_of_the_search(stage: Stage) -> None:
    finder = stage.ticket.form.finder
    finder.setFocus()
    QTest.keyClicks(finder, "r")
    stage.ticket.fill(ORE, take_keyboard=False)
    assert (finder.text(), finder.search, finder.popup.isVisible()) == ("i2505", None, False)
    QTest.keyClick(finder, ENTER)
    assert stage.ticket.form.ticket.instrument == ORE
    finder.setText("zz")
    stage.ticket.fill(ORE)
    assert finder.search is None


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_a_right_code_that_is_typed_in_full_is_never_asked_for_in_full(stage: Stage) -> None:
    stage.ready()
    finder = stage.ticket.form.finder
    finder.setFocus()
    finder.selectAll()
    QTest.keyClicks(finder, "cu2502")
    stage.rest()
    said = stage.ticket.answer.accessibleName()
    assert ("按 Enter 选定" in said, "请输入完整代码" in said) == (True, False)
    QTest.keyClick(finder.popup, ENTER)
    assert stage.ticket.form.ticket.instrument == COPPER


def test_an_answer_about_another_price_does_not_let_send(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_quotes({REBAR: quote(3215, 3216)})
    stage.press(ENTER)
    assert stage.hand.sent == []
    assert "可以发送" in stage.ticket.answer.word.text()  # the words stay until the new answer is there
    assert stage.ticket.results.text() == "▲ 没有发送：行情或合约刚变，正在重新核算；看清后再按一次"
    stage.answer()
    stage.press(ENTER)
    assert [one.price for one in stage.hand.orders] == [Decimal(3216)]


def test_nothing_is_sent_of_the_old_contract_while_another_is_looked_for(stage: Stage) -> None:
    stage.ready()
    finder = stage.ticket.form.finder
    for typed in ("zzqq", "lwg"):
        finder.setFocus()
        finder.setText(typed)
        stage.ticket.send_button.setFocus()
        stage.rest()
        assert stage.ticket.send_button.text() == "先选合约"
        assert f"“{typed}”还没有选定" in stage.ticket.answer.accessibleName()
        assert "行情里没有这个代码" in stage.ticket.answer.accessibleName()
        assert "回到 rb2505" in stage.ticket.answer.accessibleName()
        assert not stage.ticket.draft_button.isEnabled()
        QTest.mouseClick(stage.ticket.send_button, Qt.MouseButton.LeftButton)
    finder.setFocus()
    finder.clear()
    stage.rest()
    QTest.mouseClick(stage.ticket.send_button, Qt.MouseButton.LeftButton)  # leaves the field, which goes back
    assert (finder.text(), stage.hand.sent) == ("rb2505", [])
    stage.answer()
    stage.rest()
    QTest.mouseClick(stage.ticket.send_button, Qt.MouseButton.LeftButton)
    assert len(stage.hand.sent) == 1


@pytest.mark.parametrize(("verdict", "text"), [(Verdict.LOCK, "限制开仓"), (Verdict.DENY, "不能发送")])
def test_after_a_refusal_no_button_is_armed_while_the_answer_to_a_moved_price_is_under_way(
    stage: Stage, verdict: Verdict, text: str
) -> None:
    stage.fill()
    stage.answer(verdict=verdict)
    stage.ticket.show_quotes({REBAR: quote(3215, 3216)})
    button = stage.ticket.send_button
    assert (button.text(), button.property("side")) == (text, "blocked")


def test_a_button_that_may_send_keeps_its_words_while_the_answer_to_a_moved_price_is_under_way(stage: Stage) -> None:
    stage.fill()
    stage.answer(verdict=Verdict.CONFIRM2)
    words = stage.ticket.send_button.text()
    assert words == "提交复核 · 买开 2 手"
    stage.ticket.show_quotes({REBAR: quote(3215, 3216)})
    assert (stage.ticket.send_button.text(), stage.ticket.send_button.property("side")) == (words, "BUY")


def test_what_is_sent_once_is_not_offered_again_before_a_new_answer(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    button = stage.ticket.send_button
    assert (button.text(), button.property("side")) == ("正在核算…", "blocked")


def test_the_line_says_what_happens_what_it_costs_and_every_finding(stage: Stage) -> None:
    stage.fill()
    findings = tuple(
        Finding(control="C1", code="X", verdict=verdict, value="1", limit="2", sentence=sentence)
        for verdict, sentence in ((Verdict.WARN, "套保比例将到 98%。"), (Verdict.DENY, "超出限仓 300 手。"))
    )
    stage.answer(verdict=Verdict.DENY, findings=findings)
    answer = stage.ticket.answer
    assert answer.word.text() == "■ 拒绝"
    assert answer.property("verdict") == "deny"
    assert [label.text() for label in answer.findings] == ["■ 超出限仓 300 手。", "● 套保比例将到 98%。"]
    assert [label.property("verdict") for label in answer.findings] == ["deny", "warn"]
    shown = {caption: label.text() for caption, label in answer.values.items()}
    assert shown == {"合约价值": "64,300", "保证金": "8,359", "手续费": "6.43", "今/昨": "—"}


def test_a_close_of_both_days_sends_exactly_the_two_orders_that_were_shown(stage: Stage) -> None:
    stage.fill(Offset.CLOSE, lots=8, side=Side.SELL)
    stage.ticket.ask()
    asked = stage.hand.asked[-1]
    parts = tuple(
        msgspec.structs.replace(asked, offset=offset, lots=lots)
        for offset, lots in ((Offset.CLOSE_YESTERDAY, 5), (Offset.CLOSE_TODAY, 3))
    )
    stage.answer(*parts)
    assert stage.ticket.answer.values["今/昨"].text() == "平昨 5 · 平今 3"
    assert stage.ticket.send_button.text() == "卖平昨 5 手 + 卖平今 3 手"
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert stage.hand.orders == list(parts)


def test_a_close_with_nothing_to_close_is_not_sent(stage: Stage) -> None:
    stage.fill(Offset.CLOSE)
    stage.ticket.ask()
    empty = stage.preview()
    stage.ticket.show_previews({empty.request: empty})
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert stage.ticket.send_button.text() == "无可平仓"
    assert stage.hand.sent == []


def test_what_was_sent_is_not_sent_again_on_the_same_answer(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    stage.press(ENTER)
    assert len(stage.hand.sent) == 1


# --- when nothing may be sent ---------------------------------------------------------------------------------------


def blocked(stage: Stage) -> tuple[str, str]:
    """Return what button and line say after every way to send was tried in vain."""
    stage.ticket.ask()
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    stage.rest()
    stage.ticket.send_button.click()
    assert stage.hand.sent == []
    return stage.ticket.send_button.text(), stage.ticket.answer.sentence.text()


def test_offline_nothing_is_sent_and_the_ticket_says_so(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_link(
        msgspec.structs.replace(
            LINK, state=LinkState.OFFLINE, may_order=False, offline_s=12, sentence="离线 12 秒，策略由运行器执行"
        )
    )
    assert blocked(stage) == ("离线", "离线 12 秒，策略由运行器执行，不能下单。")
    stage.ticket.show_link(LINK)
    stage.answer()
    assert stage.ticket.send_button.text() == "买开 2 手"


def test_a_person_who_may_not_order_is_told_why(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_link(msgspec.structs.replace(LINK, may_order=False, sentence="已连接本机运行器"))
    assert blocked(stage) == ("没有权限", "不能下单：您在任何账户都没有交易员权限，请由交易员下单。")


def test_without_a_contract_nothing_is_asked(stage: Stage) -> None:
    assert blocked(stage)[0] == "先选合约"
    assert stage.hand.asked == []


def test_without_a_price_nothing_is_asked(stage: Stage) -> None:
    stage.ticket.show_quotes({REBAR: quote(None, None)})
    stage.fill()
    assert blocked(stage) == ("没有价格", "行情里没有对手价，请另选价格方式，或直接输入价格。")
    assert stage.hand.asked == []


def test_a_price_off_the_grid_is_refused_before_it_is_asked(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.BUY, Offset.OPEN, Decimal(73_925), 1)
    assert blocked(stage)[0] == "价格不对"
    assert stage.hand.asked == []


def test_a_contract_that_is_not_listed_cannot_be_ordered(stage: Stage) -> None:
    stage.ticket.fill(InstrumentId("SHFE.zn2502"), Side.BUY)
    assert blocked(stage) == ("合约未列出", "合约 SHFE.zn2502 不在当前市场里，请另选合约。")


@pytest.mark.parametrize(("verdict", "text"), [(Verdict.LOCK, "限制开仓"), (Verdict.DENY, "不能发送")])
def test_a_final_verdict_blocks_with_its_reason(stage: Stage, verdict: Verdict, text: str) -> None:
    stage.fill()
    stage.answer(verdict=verdict)
    assert blocked(stage) == (text, "超出限仓。")


def test_before_the_answer_nothing_is_sent(stage: Stage) -> None:
    stage.fill()
    assert blocked(stage) == ("正在核算…", "")
    assert stage.ticket.send_button.property("side") == "blocked"
    assert stage.ticket.answer.word.text() == "正在核算…"


@pytest.mark.parametrize(("person", "device"), [(PersonId("wang"), HERE), (ME, DeviceId("PC-9"))])
def test_an_account_held_elsewhere_is_taken_over_before_it_is_ordered_for(
    stage: Stage, person: PersonId, device: DeviceId
) -> None:
    stage.ready()
    assert not stage.ticket.take_button.isVisible()
    held = msgspec.structs.replace(LINE, holder=person, holder_name="王", holder_device=device)
    stage.ticket.show_account_line(held)
    assert blocked(stage) == ("他人持有", f"账户由 王 在 {device} 持有；要在这里下单，请先接管。")
    stage.ticket.take_button.click()
    assert (stage.hand.sent, stage.ticket.take_button.text()) == ([], "再按一次接管")
    stage.ticket.take_button.click()
    assert stage.hand.sent == [TakeAccount(account=ACCOUNT)]
    stage.ticket.show_account_line(msgspec.structs.replace(LINE, holder=ME, holder_device=HERE))
    assert not stage.ticket.take_button.isVisible()
    stage.answer()
    assert stage.ticket.send_button.text() == "买开 2 手"


# --- what became of it ----------------------------------------------------------------------------------------------


def test_an_order_for_two_persons_says_so_on_the_button_and_waits_afterwards(stage: Stage) -> None:
    stage.fill()
    stage.answer(verdict=Verdict.CONFIRM2)
    assert stage.ticket.send_button.text() == "提交复核 · 买开 2 手"
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    body = SubmitOrder(terms=stage.hand.orders[0])
    assert stage.ticket.results.text() == "○ 买开 2 手：已发出，等待回答"
    stage.ticket.show_results(
        (ResultLine(command=CommandId("c1"), body=body, ok=True, code="CONFIRM2", sentence="编号 C-7"),)
    )
    assert stage.ticket.results.text() == "▲ 买开 2 手：等待主管复核。编号 C-7"


def test_what_became_of_an_order_that_waited_is_told_where_it_was_sent(stage: Stage) -> None:
    stage.fill()
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    body = SubmitOrder(terms=stage.hand.orders[0])
    waiting = card(7)
    parked = ResultLine(
        command=CommandId("c1"),
        body=body,
        ok=True,
        code="CONFIRM2",
        sentence="需复核：超限",
        confirmation=waiting.confirmation,
    )
    stage.ticket.show_results((parked,))
    stage.ticket.show_approvals(cards(waiting))
    assert "等待主管复核" in stage.ticket.results.text()
    gone = msgspec.structs.replace(waiting, state=ConfirmationState.EXPIRED, outcome="已过期，没有发出")
    stage.ticket.show_approvals(cards(gone))
    assert stage.ticket.results.text() == "■ 买开 2 手（C7）：已过期，没有发出"


@pytest.mark.parametrize(
    ("ok", "code", "text"),
    [
        (True, "OK", "● 买开 2 手：句子"),
        (False, "NO_ROLE", "■ 买开 2 手 未执行：句子"),
        (False, "UNANSWERED", "▲ 买开 2 手：还没有回答，先别重发。句子"),
    ],
)
def test_the_result_of_what_was_sent_is_told_in_the_ticket(stage: Stage, ok: bool, code: str, text: str) -> None:
    stage.ready()
    stage.press(ENTER)
    body = SubmitOrder(terms=stage.hand.orders[0])
    others = ResultLine(command=CommandId("other"), body=body, ok=False, code="X", sentence="别处的")
    own = ResultLine(command=CommandId("c1"), body=body, ok=ok, code=code, sentence="句子")
    stage.ticket.show_results((own, others))
    assert stage.ticket.results.text() == text


def test_a_result_under_way_is_not_lost_when_a_draft_is_saved_meanwhile(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    stage.rest()
    stage.ticket.draft_button.click()
    body = SubmitOrder(terms=stage.hand.orders[0])
    stage.ticket.show_results((ResultLine(command=CommandId("c1"), body=body, ok=False, code="X", sentence="太大。"),))
    assert stage.ticket.results.text() == "■ 买开 2 手 未执行：太大。\n○ 存草稿：已发出，等待回答"


# --- drafts ---------------------------------------------------------------------------------------------------------


def drafts(stage: Stage) -> list[str]:
    return [row.load.text() for row in stage.ticket.drafts.rows]


def test_a_draft_is_saved_listed_loaded_removed_and_brought_back(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.SELL, Offset.CLOSE, Decimal(73_900), 4)
    saved = stage.ticket.form.ticket
    stage.rest()
    stage.ticket.draft_button.click()
    body = msgspec.json.encode(saved).decode()
    assert stage.hand.sent == [SaveDocument(name="draft:1", base_version=0, body=body)]
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=1, body=body)})
    assert drafts(stage) == ["卖平 沪铜2502 4 手 @73900"]
    stage.fill()
    stage.ticket.drafts.rows[0].load.click()
    assert stage.ticket.form.ticket == saved
    stage.ticket.drafts.rows[0].remove.click()
    assert stage.hand.sent[1:] == [SaveDocument(name="draft:1", base_version=1, body="")]
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=2, body="")})
    assert drafts(stage) == []
    stage.ticket.drafts.undo.click()
    assert stage.hand.sent[2:] == [SaveDocument(name="draft:1", base_version=2, body=body)]
    assert stage.hand.orders == []


def test_a_new_draft_takes_the_first_free_name_over_its_last_version(stage: Stage) -> None:
    stage.ticket.show_documents(
        {
            "draft:1": Document(name="draft:1", version=3, body='{"lots":2}'),
            "draft:2": Document(name="draft:2", version=5, body=""),
            "layout": Document(name="layout", version=1, body="{}"),
        }
    )
    assert drafts(stage) == ["买开 未选合约 2 手 对手价"]
    stage.fill()
    stage.rest()
    stage.ticket.draft_button.click()
    assert [(body.name, body.base_version) for body in stage.hand.sent if isinstance(body, SaveDocument)] == [
        ("draft:2", 5)
    ]


def test_a_draft_nobody_can_read_is_listed_and_can_only_be_removed(stage: Stage) -> None:
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=1, body='{"lots":"viele"}')})
    row = stage.ticket.drafts.rows[0]
    assert not row.load.isEnabled()
    assert row.remove.isEnabled()


# --- everyone -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [QAbstractButton, QComboBox, QLineEdit, QAbstractItemView])
def test_every_control_of_the_ticket_has_a_name(stage: Stage, kind: type[QWidget]) -> None:
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=1, body='{"lots":2}')})
    controls = [
        one
        for one in stage.ticket.findChildren(kind)
        if not one.objectName().startswith("qt_") and not one.inherits("QComboBoxListView")  # named by its box
    ]
    controls += [stage.ticket.form.finder.popup] if kind is QAbstractItemView else []
    nameless = []
    for control in controls:
        face = QAccessible.queryAccessibleInterface(control)
        if face is None or not face.text(QAccessible.Text.Name):
            nameless.append(f"{type(control).__name__} {control.objectName()} in {control.parent()}")
    assert controls
    assert nameless == []


def test_a_contract_that_is_not_listed_yet_keeps_the_lots_that_were_asked_for(
    stage: Stage, reference: Reference
) -> None:
    stage.ticket.show_instruments(())
    stage.fill(Offset.CLOSE_TODAY)
    stage.ticket.show_instruments((reference.instrument(REBAR, DAY),))
    assert stage.ticket.form.ticket.offset is Offset.CLOSE_TODAY


def test_a_close_of_one_book_says_which_lots_go_first(stage: Stage) -> None:
    stage.ticket.fill(ORE, Side.SELL, Offset.CLOSE, None, 4)
    stage.answer()
    assert stage.ticket.answer.values[Term.TODAY_AND_YESTERDAY].text() == "平 4（先昨后今）"
    stage.fill(Offset.CLOSE, 4)
    asked = stage.hand.asked[-1]
    stage.answer(msgspec.structs.replace(asked, instrument=REBAR, offset=Offset.CLOSE_YESTERDAY, lots=4))
    assert stage.ticket.answer.values[Term.TODAY_AND_YESTERDAY].text() == "平昨 4"
