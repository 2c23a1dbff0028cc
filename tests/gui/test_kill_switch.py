from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.commands import Kill
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId
from terminal.domain.words.risk import Scope
from terminal.engine.screen import LinkState
from terminal.widgets.alert.kill_switch import HOLD_MS, UNREACHABLE, KillSwitch
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import link, nameless
from tests.gui.desk import ACCOUNT
from tests.gui.hand import RecordingHand

HOLD = 80
OTHER = AccountId("套利账户")
CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


class Room:
    """Hold a window with the switch and a field with the keyboard."""

    def __init__(self, qtbot: QtBot, look: Look, *, hold_ms: int) -> None:
        self.hand = RecordingHand()
        self.window = QWidget()
        self.field = QLineEdit()
        self.field.setAccessibleName("别处的输入框")
        self.kill = KillSwitch(look, self.hand, hold_ms=hold_ms)
        column = QVBoxLayout(self.window)
        column.addWidget(self.field)
        column.addWidget(self.kill)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        self.field.setFocus()
        self.kill.show_link(link())
        self.kill.show_accounts((ACCOUNT, OTHER), ACCOUNT)


@pytest.fixture
def room(qtbot: QtBot, look: Look) -> Room:
    return Room(qtbot, look, hold_ms=HOLD)


@pytest.fixture
def slow_room(qtbot: QtBot, look: Look) -> Room:
    return Room(qtbot, look, hold_ms=60_000)


def test_holding_the_button_stops_the_account_looked_at_once(qtbot: QtBot, room: Room) -> None:
    QTest.mousePress(room.kill.button, LEFT)
    assert room.hand.sent == []
    qtbot.waitUntil(lambda: bool(room.hand.sent), timeout=2_000)
    qtbot.wait(2 * HOLD)  # held on: nothing more
    QTest.mouseRelease(room.kill.button, LEFT)
    assert room.hand.sent == [Kill(account=ACCOUNT, scope=Scope(), reason="人工一键停止")]
    assert room.kill.button.text() == "已送出"
    room.kill.show_results(room.hand.answer(sentence="已停止：新开仓被禁止，平仓可以，正在撤单"))
    assert room.kill.button.text() == "已停止"
    assert HOLD_MS == 1_000


def test_a_tap_says_in_place_that_it_must_be_held_and_by_which_keys(qtbot: QtBot, slow_room: Room) -> None:
    kill = slow_room.kill
    width = kill.button.sizeHint().width()
    QTest.mouseClick(kill.button, LEFT)
    assert slow_room.hand.sent == []
    assert kill.button.text() == "按住一秒"
    assert kill.button.sizeHint().width() == width
    said = "没有停止：按住 1 秒（或按住 Ctrl+Shift+K）停止 主账户：禁止新开仓并撤单，平仓可以"
    assert QToolTip.text() == said
    kill._hint.setInterval(1)
    QTest.mouseClick(kill.button, LEFT)
    qtbot.waitUntil(lambda: kill.button.text() == "一键停止")


def test_a_tap_does_not_take_away_that_a_stop_failed(qtbot: QtBot, room: Room) -> None:
    kill = room.kill
    QTest.mousePress(kill.button, LEFT)
    qtbot.waitUntil(lambda: bool(room.hand.sent), timeout=2_000)
    QTest.mouseRelease(kill.button, LEFT)
    assert kill.button.text() == "已送出"  # held long enough: nobody is asked to hold it
    kill.show_results(room.hand.answer(ok=False, code="OFFLINE", sentence="离线，没有送出。"))
    kill._hint.setInterval(1)
    QTest.mouseClick(kill.button, LEFT)
    qtbot.waitUntil(lambda: not kill._hint.isActive())
    assert (kill.button.text(), kill.button.toolTip()) == ("停止未成", "离线，没有送出。")


def test_letting_go_early_does_nothing(qtbot: QtBot, room: Room) -> None:
    QTest.mousePress(room.kill.button, LEFT)
    QTest.mouseRelease(room.kill.button, LEFT)
    QTest.mouseClick(room.kill.button, LEFT)
    qtbot.wait(2 * HOLD)
    assert room.hand.sent == []
    assert room.kill.button.progress == 0


def test_the_progress_of_the_hold_is_shown(qtbot: QtBot, slow_room: Room) -> None:
    button = slow_room.kill.button
    before = button.grab().toImage()
    QTest.mousePress(button, LEFT)
    button._held.restart()
    qtbot.waitUntil(lambda: 0 < button.progress < 1, timeout=2_000)
    button._hold_ms = 2 * max(1, button._held.elapsed())  # as if half of it were done
    assert button.grab().toImage() != before
    QTest.mouseRelease(button, LEFT)
    assert button.progress == 0


def test_the_chord_held_anywhere_stops_too(qtbot: QtBot, room: Room) -> None:
    QTest.keyPress(room.field, Qt.Key.Key_K, CHORD)
    qtbot.waitUntil(lambda: bool(room.hand.sent), timeout=2_000)
    QTest.keyRelease(room.field, Qt.Key.Key_K, CHORD)
    assert len(room.hand.sent) == 1
    assert room.field.text() == ""


def test_the_chord_works_behind_a_box_that_wants_an_answer(room: Room, qapp: QApplication) -> None:
    box = QMessageBox(room.kill)
    button = box.addButton("取消", QMessageBox.ButtonRole.RejectRole)
    box.open()
    for _ in range(2):  # the focus goes away and comes back; offscreen nobody moves it
        qapp.focusChanged.emit(None, button)
    (chord,) = box.findChildren(QShortcut, "killChord")
    assert chord.key().toString() == "Ctrl+Shift+K"
    chord.activated.emit()
    assert room.kill.button._tick.isActive()
    box.close()


@pytest.mark.parametrize("let_go", [Qt.Key.Key_K, Qt.Key.Key_Shift, Qt.Key.Key_Control])
def test_the_chord_let_go_early_does_nothing(qtbot: QtBot, room: Room, let_go: Qt.Key) -> None:
    QTest.keyPress(room.field, Qt.Key.Key_K, CHORD)
    assert room.kill.button._tick.isActive()
    QTest.keyRelease(room.field, let_go, CHORD)
    qtbot.wait(2 * HOLD)
    assert room.hand.sent == []


def say(room: Room, kind: QEvent.Type, at: int) -> None:
    event = QKeyEvent(kind, Qt.Key.Key_K, CHORD, "", False)
    event.setTimestamp(at)
    QCoreApplication.sendEvent(room.field, event)


def space(room: Room, kind: QEvent.Type, at: int) -> None:
    event = QKeyEvent(kind, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", False)
    event.setTimestamp(at)
    QCoreApplication.sendEvent(room.kill.button, event)


def test_a_held_space_stops_once_also_where_qt_takes_its_repeats_for_presses(qtbot: QtBot, slow_room: Room) -> None:
    button = slow_room.kill.button
    space(slow_room, QEvent.Type.KeyPress, 5_000)
    begun = button._held.msecsSinceReference()
    for at in (5_500, 5_540, 5_580):
        space(slow_room, QEvent.Type.KeyRelease, at)
        space(slow_room, QEvent.Type.KeyPress, at)
        assert button._tick.isActive()
        assert button._held.msecsSinceReference() == begun  # it goes on from where it was
    button._hold_ms = 1
    qtbot.waitUntil(lambda: len(slow_room.hand.sent) == 1, timeout=2_000)
    for at in (5_620, 5_660):  # held on: nothing more
        space(slow_room, QEvent.Type.KeyRelease, at)
        space(slow_room, QEvent.Type.KeyPress, at)
    assert not button._tick.isActive()
    space(slow_room, QEvent.Type.KeyRelease, 5_700)
    qtbot.waitUntil(lambda: not button.wavers, timeout=2_000)
    assert len(slow_room.hand.sent) == 1


def test_a_space_that_is_let_go_early_stops_nothing(qtbot: QtBot, room: Room) -> None:
    room.kill.button.setFocus()
    space(room, QEvent.Type.KeyPress, 5_000)
    space(room, QEvent.Type.KeyRelease, 5_010)
    qtbot.wait(2 * HOLD)
    QTest.keyClick(room.kill.button, Qt.Key.Key_Space)
    qtbot.wait(2 * HOLD)
    assert room.hand.sent == []


def test_a_space_is_let_go_where_the_keyboard_leaves_the_button(qtbot: QtBot, room: Room) -> None:
    room.kill.button.setFocus()
    space(room, QEvent.Type.KeyPress, 5_000)
    room.field.setFocus()
    qtbot.wait(2 * HOLD)
    assert room.hand.sent == []


def test_a_chord_held_on_after_the_stop_holds_nothing_anew(qtbot: QtBot, slow_room: Room) -> None:
    button = slow_room.kill.button
    QTest.keyPress(slow_room.field, Qt.Key.Key_K, CHORD)
    button._hold_ms = 1
    qtbot.waitUntil(lambda: len(slow_room.hand.sent) == 1, timeout=2_000)
    for at in (5_000, 5_040):
        say(slow_room, QEvent.Type.KeyRelease, at)
        say(slow_room, QEvent.Type.ShortcutOverride, at)
        for chord in slow_room.kill.findChildren(QShortcut, "killChord"):
            chord.activated.emit()
    assert not button._tick.isActive()


def test_a_repeat_that_qt_takes_for_a_release_and_a_press_is_still_a_hold(qtbot: QtBot, slow_room: Room) -> None:
    QTest.keyPress(slow_room.field, Qt.Key.Key_K, CHORD)
    for at in (5_000, 5_040):
        say(slow_room, QEvent.Type.KeyRelease, at)
        assert slow_room.kill.button._tick.isActive()  # it goes on from where it was
        slow_room.kill.button._hold_ms = 1  # over by now, but nobody knows yet whether it was let go
        slow_room.kill.button._advance()
        assert slow_room.hand.sent == []
        slow_room.kill.button._hold_ms = 60_000
        say(slow_room, QEvent.Type.KeyPress, at)
    slow_room.kill.button._hold_ms = 1
    qtbot.waitUntil(lambda: len(slow_room.hand.sent) == 1, timeout=2_000)


def test_a_key_that_is_really_let_go_is_believed_a_moment_later(qtbot: QtBot, slow_room: Room) -> None:
    QTest.keyPress(slow_room.field, Qt.Key.Key_K, CHORD)
    say(slow_room, QEvent.Type.KeyRelease, 5_000)
    qtbot.waitUntil(lambda: not slow_room.kill.button._tick.isActive(), timeout=2_000)
    assert slow_room.hand.sent == []


def test_every_account_is_stopped_with_one_wish_each_and_only_this_once(qtbot: QtBot, room: Room) -> None:
    room.kill.every.setChecked(True)
    room.kill.reason.setText("交易所异常")
    assert room.kill.button.text() == "全部停止"
    QTest.mousePress(room.kill.button, LEFT)
    qtbot.waitUntil(lambda: bool(room.hand.sent), timeout=2_000)
    QTest.mouseRelease(room.kill.button, LEFT)
    assert room.hand.sent == [Kill(account=account, scope=Scope(), reason="交易所异常") for account in (ACCOUNT, OTHER)]
    assert room.kill.one.isChecked()
    assert room.kill.reason.text() == "人工一键停止"


@pytest.mark.parametrize("state", [LinkState.OFFLINE, LinkState.CONNECTING, LinkState.REFUSED, LinkState.ENDED])
def test_without_a_runner_a_press_is_answered_at_once_with_where_to_go_instead(
    qtbot: QtBot, room: Room, state: LinkState
) -> None:
    said: list[str] = []
    room.kill.unreachable.connect(said.append)
    QTest.mousePress(room.kill.button, LEFT)
    room.kill.show_link(link(state))
    qtbot.wait(2 * HOLD)
    assert said == []  # a hold that was under way ends, and is no press
    QTest.mouseRelease(room.kill.button, LEFT)
    QTest.keyPress(room.field, Qt.Key.Key_K, CHORD)
    assert said == [UNREACHABLE]
    QTest.keyRelease(room.field, Qt.Key.Key_K, CHORD)
    QTest.mouseClick(room.kill.button, LEFT)
    assert said == [UNREACHABLE] * 2
    assert "hengduo kill" in UNREACHABLE
    assert (room.kill.button.text(), room.kill.button.toolTip()) == ("停止未成", UNREACHABLE)
    qtbot.wait(2 * HOLD)
    assert room.hand.sent == []
    room.kill.show_link(link())
    assert room.kill.button.text() == "一键停止"


def test_a_desk_that_may_only_look_pulls_it_all_the_same_while_the_runner_hears_it(qtbot: QtBot, room: Room) -> None:
    room.kill.show_link(replace(link(LinkState.REFUSED, sentence="运行器的版本比本程序新"), is_heard=True))
    assert room.kill.button.isEnabled()
    QTest.mousePress(room.kill.button, LEFT)
    qtbot.waitUntil(lambda: bool(room.hand.sent), timeout=2_000)
    QTest.mouseRelease(room.kill.button, LEFT)
    assert room.hand.sent == [Kill(account=ACCOUNT, scope=Scope(), reason="人工一键停止")]


def test_it_works_while_older_facts_still_arrive_and_for_every_role_but_a_viewer(qtbot: QtBot, room: Room) -> None:
    room.kill.show_link(link(LinkState.CATCHING_UP, roles=(Role.CHECKER,)))
    QTest.mousePress(room.kill.button, LEFT)
    qtbot.waitUntil(lambda: bool(room.hand.sent), timeout=2_000)
    QTest.mouseRelease(room.kill.button, LEFT)
    room.kill.show_link(link(roles=(Role.VIEWER,)))
    assert not room.kill.button.isEnabled()


def test_a_stop_that_failed_is_said(qtbot: QtBot, room: Room) -> None:
    QTest.mousePress(room.kill.button, LEFT)
    qtbot.waitUntil(lambda: bool(room.hand.sent), timeout=2_000)
    QTest.mouseRelease(room.kill.button, LEFT)
    room.kill.show_results(room.hand.answer(ok=False, code="UNANSWERED", sentence="还没有回答。"))
    assert room.kill.button.text() == "未获回答"
    room.kill.show_results(room.hand.answer(ok=False, code="NO_ROLE", sentence="没有一键停止权限。"))
    assert room.kill.button.text() == "停止未成"
    assert room.kill.button.toolTip() == "没有一键停止权限。"
    assert not room.kill._forget.isActive()  # it stays said


def test_every_control_of_the_switch_has_a_name(room: Room) -> None:
    assert nameless(room.window) == []
    assert room.kill.button.accessibleName() == "一键停止 主账户"
