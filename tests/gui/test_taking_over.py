"""An account is taken over from the ticket by two presses, and none of them, nor the next, orders anything."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from terminal.domain.commands import TakeAccount
from terminal.domain.fact.facts import Role
from terminal.domain.ids import DeviceId, PersonId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Verdict
from terminal.engine.screen import LinkState
from terminal.widgets.ticket.send_guard import CHANGED_MS, REST_MS
from terminal.widgets.ticket.ticket import OrderTicket
from tests.gui.desk import ACCOUNT, REBAR
from tests.gui.mouse import double_click
from tests.gui.ticket_stage import ENTER, HERE, LINE, LINK, ME, Stage, hold, hold_unmarked

WANG = msgspec.structs.replace(LINE, holder=PersonId("wang"), holder_name="王", holder_device=DeviceId("PC-9"))
MINE = msgspec.structs.replace(LINE, holder=ME, holder_device=HERE)


def center(widget: QWidget) -> QPoint:
    return widget.mapTo(widget.window(), widget.rect().center())


def click_at(stage: Stage, place: QPoint) -> QWidget:
    """Click whatever stands at a place of the window, and say what it was."""
    QApplication.processEvents()
    hit = stage.window.childAt(place)
    assert hit is not None
    QTest.mouseClick(hit, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hit.mapFrom(stage.window, place))
    return hit


def taken(stage: Stage) -> None:
    """Tell the ticket that the account is its own now, with a new answer at hand."""
    stage.ticket.show_results(stage.hand.answer(sentence="已接管账户 主账户，原由 王 操作"))
    stage.ticket.show_account_line(MINE)
    stage.answer()


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # said of lists, offscreen
def test_space_pressed_again_and_again_on_taking_over_takes_and_never_sends(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_account_line(WANG)
    stage.ticket.take_button.setFocus()
    stage.press(Qt.Key.Key_Space)
    assert stage.hand.sent == []
    stage.press(Qt.Key.Key_Space)
    assert stage.hand.sent == [TakeAccount(account=ACCOUNT)]
    assert QApplication.focusWidget() is stage.ticket.form.finder
    taken(stage)
    for _ in range(3):
        stage.press(Qt.Key.Key_Space)
        stage.now += 600
    assert stage.hand.orders == []


def test_what_taking_over_voids_is_said_beside_the_button_that_asks_for_the_second_press(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_account_line(msgspec.structs.replace(WANG, parked_by_others=3))
    stage.ticket.take_button.click()
    assert stage.ticket.results.text() == "▲ 接管会作废他人 3 项待复核"
    assert stage.ticket.take_button.text() == "再按 · 作废 3 项"
    stage.ticket.take_button.click()
    assert stage.ticket.results.text() == ""
    assert stage.hand.sent == [TakeAccount(account=ACCOUNT)]


@pytest.mark.parametrize("unmarked", [False, True])
def test_a_key_held_on_taking_over_only_asks(stage: Stage, unmarked: bool) -> None:
    stage.ready()
    stage.ticket.show_account_line(WANG)
    stage.ticket.take_button.setFocus()
    if unmarked:
        hold_unmarked(Qt.Key.Key_Space, 10)
    else:
        hold(stage.ticket.take_button, Qt.Key.Key_Space, 10)
    assert (stage.hand.sent, stage.ticket.take_button.text()) == ([], "再按一次接管")


def test_clicks_at_the_place_of_taking_over_never_meet_the_button_that_sends(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_account_line(WANG)
    QApplication.processEvents()
    place, before = center(stage.ticket.take_button), stage.ticket.take_button.geometry()
    assert click_at(stage, place) is stage.ticket.take_button
    assert stage.ticket.take_button.geometry() == before
    assert click_at(stage, place) is stage.ticket.take_button
    assert stage.hand.sent == [TakeAccount(account=ACCOUNT)]
    taken(stage)
    stage.ticket.fill(REBAR, Side.SELL, Offset.CLOSE, None, 800)
    stage.ticket.ask()
    parts = (
        msgspec.structs.replace(stage.hand.asked[-1], offset=offset, lots=400)
        for offset in (Offset.CLOSE_YESTERDAY, Offset.CLOSE_TODAY)
    )
    stage.answer(*parts, verdict=Verdict.CONFIRM2)
    assert stage.ticket.send_button.text() == "提交复核 · 卖平昨 400 手 + 卖平今 400 手"
    for _ in range(3):
        stage.now += 600
        hit = click_at(stage, place)
        assert hit is not stage.ticket.send_button
        assert not isinstance(hit, QAbstractButton)
    assert stage.hand.orders == []
    assert not stage.ticket.send_button.geometry().contains(before.center())


def test_a_double_click_on_taking_over_is_one_press(stage: Stage) -> None:
    stage.ticket.show_account_line(WANG)
    button = stage.ticket.take_button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    double_click(button)
    assert (stage.hand.sent, button.text()) == ([], "再按一次接管")


OFFLINE = msgspec.structs.replace(LINK, state=LinkState.OFFLINE, may_order=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda ticket: (ticket.show_account_line(WANG), ticket.show_account_line(MINE)),
        lambda ticket: (ticket.show_link(OFFLINE), ticket.show_link(LINK)),
        lambda ticket: ticket.show_link(msgspec.structs.replace(LINK, roles={ACCOUNT: (Role.TRADER, Role.RISK)})),
    ],
    ids=["holder", "link", "roles"],
)
def test_after_any_change_of_who_may_order_the_button_rests_a_second_and_says_so(
    stage: Stage, change: Callable[[OrderTicket], object]
) -> None:
    stage.ready()
    change(stage.ticket)
    stage.answer()
    stage.ticket.send_button.setFocus()
    for _ in range(2):
        stage.now += CHANGED_MS // 2 - 1
        QTest.keyClick(stage.ticket.send_button, ENTER)
        stage.ticket.send_button.click()
    assert stage.hand.orders == []
    assert stage.ticket.results.text() == "▲ 没有发送：能否下单刚刚变了，看清后再按一次"
    stage.now += CHANGED_MS
    QTest.keyClick(stage.ticket.send_button, ENTER)
    assert len(stage.hand.orders) == 1


@pytest.mark.parametrize("unmarked", [False, True])
def test_a_key_held_through_a_change_of_who_may_order_sends_nothing_also_after_the_rest(
    stage: Stage, unmarked: bool
) -> None:
    stage.ready()
    stage.ticket.show_account_line(WANG)
    stage.ticket.show_account_line(MINE)
    stage.answer()
    stage.ticket.send_button.setFocus()

    def pass_time() -> None:
        stage.now += REST_MS

    if unmarked:
        hold_unmarked(ENTER, 10, between=pass_time)
    else:
        hold(stage.ticket.send_button, ENTER, 10, between=pass_time)
    assert stage.hand.orders == []


def test_what_was_said_of_a_taking_over_is_gone_when_somebody_takes_it_back(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_account_line(WANG)
    stage.ticket.take_button.click()
    stage.ticket.take_button.click()
    taken(stage)
    assert stage.ticket.results.text() == "● 接管：已接管账户 主账户，原由 王 操作"
    stage.ticket.show_account_line(WANG)
    assert stage.ticket.results.text() == ""


def test_what_was_carried_out_here_is_not_said_under_another_holder(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_account_line(MINE)
    stage.answer()
    stage.now += CHANGED_MS
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 1"))
    assert stage.ticket.results.text() == "● 买开 rb2505 2 手 @3215：已报单 1"
    stage.ticket.show_account_line(WANG)
    assert stage.ticket.results.text() == ""


def test_a_taking_over_that_was_refused_says_why(stage: Stage) -> None:
    stage.ticket.show_account_line(WANG)
    stage.ticket.take_button.click()
    stage.ticket.take_button.click()
    stage.ticket.show_results(stage.hand.answer(ok=False, code="NO_ROLE", sentence="您没有接管权限。"))
    assert stage.ticket.results.text() == "■ 接管 未执行：您没有接管权限。"
    assert stage.ticket.take_button.isEnabled()


def test_what_was_carried_out_before_a_cut_is_not_said_after_it(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 1"))
    assert stage.ticket.results.text() == "● 买开 rb2505 2 手 @3215：已报单 1"
    stage.ticket.show_link(OFFLINE)
    stage.ticket.show_link(LINK)
    assert stage.ticket.results.text() == ""
