from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.domain.commands import TakeAccount
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId
from terminal.domain.orders.order import Side
from terminal.engine.mailbox import Clock
from terminal.engine.screen import LinkState
from terminal.widgets.account.seat import Seat
from terminal.widgets.account.take_over import CONFIRM_MS, TakeOver
from terminal.widgets.dress.look import Look
from terminal.widgets.window.status_line import StatusLine
from terminal.widgets.window.top_bar import TopBar
from tests.gui.control_desk import CHECKER, MAKER, account_line, link, nameless
from tests.gui.desk import ACCOUNT, DAY, NOW, REBAR, Desk, book, line
from tests.gui.hand import RecordingHand
from tests.gui.mouse import double_click
from tests.gui.ticket_stage import hold_unmarked


@pytest.fixture
def hand() -> RecordingHand:
    return RecordingHand()


@pytest.fixture
def top(qtbot: QtBot, look: Look, hand: RecordingHand) -> TopBar:
    made = TopBar(look, hand)
    made.resize(1440, made.height())
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.show_accounts((ACCOUNT, AccountId("套利账户")), ACCOUNT)
    made.show_link(link())
    return made


def seat_of(top: TopBar) -> Seat:
    assert top.seat is not None
    return top.seat


def test_the_bar_says_who_sits_here_and_who_holds_the_account(top: TopBar) -> None:
    seat = seat_of(top)
    top.show_account(account_line(holder=MAKER))
    assert (seat.person.text(), seat.holder.text()) == ("李薇 · 交易员、复核员", "账户由 张敏 持有")
    top.show_account(account_line())
    assert seat.holder.text() == "账户尚无人持有"
    top.show_account(account_line(holder=CHECKER, device="PC-2"))
    assert seat.holder.text() == "账户由您持有"
    assert not seat.take_button.isVisible()
    top.show_account(account_line(holder=CHECKER, device="PC-9"))
    assert seat.holder.text() == "您在 PC-9 持有"
    assert seat.take_button.isVisible()


def test_an_account_is_taken_by_two_presses(top: TopBar, hand: RecordingHand) -> None:
    seat = seat_of(top)
    top.show_account(account_line(holder=MAKER))
    seat.take_button.click()
    assert hand.sent == []
    assert seat.take_button.text() == "再按一次接管"
    seat.take_button.click()
    assert hand.sent == [TakeAccount(account=ACCOUNT)]
    assert not seat.take_button.isEnabled()
    top.show_results(hand.answer(ok=False, code="NO_ROLE", sentence="您没有接管权限。"))
    assert seat.take_button.isEnabled()
    assert seat.holder.text() == "您没有接管权限。"
    top.show_account(account_line(holder=CHECKER, device="PC-2"))
    assert seat.holder.text() == "账户由您持有"


def test_the_second_press_is_asked_for_with_what_it_voids(qtbot: QtBot, top: TopBar, hand: RecordingHand) -> None:
    seat, parked = seat_of(top), replace(account_line(holder=MAKER), parked_by_others=2)
    top.resize(1920, top.height())
    top.show_account(parked)
    holder = seat.holder.text()
    QApplication.processEvents()
    place = seat.take_button.mapTo(top, QPoint(0, 0))
    with qtbot.waitSignal(seat.take_button.warned):
        seat.take_button.click()
    assert seat.take_button.text() == "再按 · 作废 2 项"
    # It is about to be pressed again.
    qtbot.waitUntil(lambda: seat.take_button.mapTo(top, QPoint(0, 0)) == place)
    said = "接管会作废他人 2 项待复核"
    assert (seat.holder.text(), seat.take_button.accessibleDescription()) == (said, said)
    assert seat.holder.property("tone") == "warn"
    top.show_account(replace(parked, parked_by_others=1))
    assert seat.holder.text() == "接管会作废他人 1 项待复核"
    top.show_account(replace(parked, parked_by_others=0))
    assert seat.holder.text() == holder
    top.show_account(parked)
    seat.take_button.click()
    assert hand.sent == [TakeAccount(account=ACCOUNT)]
    assert seat.holder.text() == holder


@pytest.mark.parametrize("came", ["a holder", "another", "nothing"])
def test_taking_over_is_offered_again_where_its_answer_was_lost(qtbot: QtBot, hand: RecordingHand, came: str) -> None:
    button = TakeOver(hand, patience_ms=50)
    qtbot.addWidget(button)
    button.show_link(link())
    button.show_account(account_line(holder=MAKER))
    button.click()
    button.click()
    assert (button.text(), button.isEnabled()) == ("已送出", False)
    with qtbot.waitSignal(button.answered) as late:
        match came:
            case "a holder":  # this desk, and then whoever took it back: the answer was lost
                button.show_account(account_line(holder=CHECKER, device="PC-2"))
                button.show_account(account_line(holder=MAKER))
            case "another":
                button.show_account(account_line(holder=MAKER, device="PC-7"))
            case _:
                qtbot.waitUntil(button.isEnabled)
        assert (button.text(), button.isEnabled()) == ("接管", True)
        button.show_results(hand.answer(sentence="已接管账户"))  # very late, and told all the same
    assert late.args[0].sentence == "已接管账户"


def test_a_double_click_and_a_held_key_on_taking_over_only_ask(top: TopBar, hand: RecordingHand) -> None:
    button = seat_of(top).take_button
    top.show_account(account_line(holder=MAKER))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    double_click(button)
    assert (hand.sent, button.text()) == ([], "再按一次接管")
    top.show_account(None)
    top.show_account(account_line(holder=MAKER))
    button.setFocus()
    hold_unmarked(Qt.Key.Key_Space, 10)
    assert (hand.sent, button.text()) == ([], "再按一次接管")


def test_after_taking_over_the_keyboard_goes_on_to_nothing_that_stands_beside_it(
    top: TopBar, hand: RecordingHand
) -> None:
    button = seat_of(top).take_button
    top.show_account(account_line(holder=MAKER))
    button.setFocus()
    for _ in range(2):
        QTest.keyClick(button, Qt.Key.Key_Space)
    assert hand.sent == [TakeAccount(account=ACCOUNT)]
    assert QApplication.focusWidget() is None


def test_the_second_press_must_come_soon(qtbot: QtBot, hand: RecordingHand) -> None:
    seat = Seat(hand, confirm_ms=1)
    qtbot.addWidget(seat)
    seat.show_link(link())
    seat.show_account(account_line())
    seat.take_button.click()
    qtbot.waitUntil(lambda: seat.take_button.text() == "接管", timeout=2_000)
    seat.take_button.click()
    assert hand.sent == []
    assert CONFIRM_MS == 5_000


def test_looking_at_another_account_withdraws_the_first_press(top: TopBar, hand: RecordingHand) -> None:
    seat = seat_of(top)
    top.show_account(account_line())
    seat.take_button.click()
    top.show_account(None)
    top.show_account(account_line())
    seat.take_button.click()
    assert hand.sent == []


@pytest.mark.parametrize(
    ("state", "roles"), [(LinkState.OFFLINE, (Role.TRADER,)), (LinkState.LIVE, (Role.CHECKER, Role.RISK))]
)
def test_only_a_trader_with_a_runner_may_take(top: TopBar, state: LinkState, roles: tuple[Role, ...]) -> None:
    top.show_link(link(state, roles=roles))
    top.show_account(account_line())
    assert not seat_of(top).take_button.isVisible()


def test_the_kill_switch_follows_the_account_looked_at(top: TopBar) -> None:
    kill = top.kill
    assert kill is not None
    assert kill.button.isEnabled()
    assert kill._wanted == (ACCOUNT,)
    with_signal: list[str] = []
    top.account.connect(with_signal.append)
    top.accounts.activated.emit(1)
    assert with_signal == ["套利账户"]
    assert kill._wanted == (AccountId("套利账户"),)


def test_every_control_of_the_bar_has_a_name(top: TopBar) -> None:
    top.show_account(account_line())
    assert nameless(top) == []


def test_the_status_line_says_how_runner_and_gateway_stand(qtbot: QtBot, look: Look) -> None:
    status = StatusLine(look)
    qtbot.addWidget(status)
    status.show()
    assert not status.runner.isVisible()
    status.show_clock(Clock(at=NOW, trading_day=DAY, updates=1))
    status.show_link(link())
    status.show_account(account_line())
    assert (status.runner.text(), status.runner_lamp.well) == ("本机运行器 已同步 · 28 ms", True)
    assert (status.gateway.text(), status.gateway_lamp.well) == ("交易通道 已连接", True)
    assert status.holder.text() == "账户尚无人持有"
    status.show_account(account_line(linked=False))
    assert (status.gateway.text(), status.gateway_lamp.well) == ("交易通道 断开", False)
    status.show_account(None)
    assert not status.gateway.isVisible()


def test_a_cut_is_said_of_market_runner_and_gateway_alike(qtbot: QtBot, look: Look) -> None:
    status = StatusLine(look)
    qtbot.addWidget(status)
    status.show_clock(Clock(at=NOW, trading_day=DAY, updates=1))
    status.show_account(account_line())
    status.show_link(link(LinkState.OFFLINE, offline_s=3))
    told = (status.state.text(), status.runner.text(), status.gateway.text())
    assert told == ("行情中断（离线）", "本机运行器 离线 3 s", "交易通道 未知")
    assert not any(lamp.well for lamp in (status.lamp, status.runner_lamp, status.gateway_lamp))
    status.show_link(link(LinkState.OFFLINE, offline_s=9))
    status.show_clock(None)
    assert status.runner.text() == "本机运行器 离线 9 s"
    status.show_link(link())
    assert (status.state.text(), status.gateway.text()) == ("行情已连接", "交易通道 已连接")


def test_who_holds_the_account_stands_whole_on_top_and_at_the_foot_of_a_small_screen(desk: Desk) -> None:
    desk.open_market()
    desk.mailbox.post_link(link())
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 30, 100)))
    held = replace(account_line(holder=MAKER, device="operator@vm-c0a860-12"), holder_name="夜盘值班")
    desk.mailbox.post_account(held)
    desk.frames(2)
    desk.window.resize(1366, 740)
    QApplication.processEvents()
    assert desk.window.top.seat is not None
    for label in (desk.window.top.seat.holder, desk.window.status.holder):
        assert label.text() == "账户由 夜盘值班 持有"
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())
        assert "operator@vm-c0a860-12" in label.toolTip()
