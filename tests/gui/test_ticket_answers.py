"""Only what the latest answer foresaw is sent, and only once."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.instrument import Reference
from terminal.domain.words.risk import Finding, Verdict
from terminal.widgets.ticket.send_guard import CHANGED_MS
from tests.gui.desk import COPPER, DAY, ORE, REBAR
from tests.gui.ticket_stage import ENTER, Stage, quote


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
    assert (button.text(), button.property("side")) == ("等待回答", "blocked")
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 主账户-00000007"))
    assert (button.text(), button.property("side")) == ("正在核算…", "blocked")


def test_an_order_of_unknown_fate_is_not_sent_again_before_a_field_is_another(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    stage.ticket.show_results(stage.hand.answer(ok=False, code="UNANSWERED", sentence="请勿重复下达"))
    for _ in range(2):
        stage.answer()
        stage.now += 10 * CHANGED_MS
        stage.ticket.send_button.click()
    assert len(stage.hand.orders) == 1
    assert "要另下一笔，请改动任意一栏" in stage.ticket.answer.sentence.text()
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 主账户-00000007"))
    stage.answer()
    stage.now += 10 * CHANGED_MS
    stage.ticket.send_button.click()
    assert len(stage.hand.orders) == 2


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


def test_a_second_click_of_the_same_hand_sends_nothing_also_when_the_price_has_moved(stage: Stage) -> None:
    stage.ready()
    stage.ticket.send_button.click()
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 主账户-00000007"))
    stage.ticket.show_quotes({REBAR: quote(3215, 3216)})
    stage.answer()
    stage.now += 600
    stage.ticket.send_button.click()
    assert len(stage.hand.orders) == 1
    assert "同样的委托刚刚送出" in stage.ticket.results.text()
    stage.now += 600  # once more, on purpose
    stage.ticket.send_button.click()
    assert len(stage.hand.orders) == 2


def test_another_order_goes_out_within_the_second(stage: Stage) -> None:
    stage.ready()
    stage.ticket.send_button.click()
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 主账户-00000007"))
    QTest.keyClick(stage.ticket.form.lots, Qt.Key.Key_Up)
    stage.answer()
    stage.now += 600
    stage.ticket.send_button.click()
    assert [order.lots for order in stage.hand.orders] == [2, 3]
