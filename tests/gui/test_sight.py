from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from terminal.domain.commands import ApproveOrder
from terminal.widgets.approval.panel import ApprovalPanel
from terminal.widgets.dress.look import Look
from terminal.widgets.parts.panel import STEP, Panel, stepped_off
from terminal.widgets.parts.sight import aside, covers, is_seen
from terminal.widgets.ticket.send_guard import CHANGED_MS
from tests.gui.control_desk import card, cards, link
from tests.gui.desk import NOW, Desk
from tests.gui.hand import RecordingHand
from tests.gui.mouse import double_click
from tests.gui.ticket_stage import ENTER, Stage

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
SCREEN = QRect(0, 0, 1366, 768)
ALT = Qt.KeyboardModifier.AltModifier


def cover(panel: Panel, look: Look, window: QMainWindow) -> Panel:
    """Put another panel of the window exactly over one, as floating one does that shares its tabs."""
    other = Panel("other", "策略", look)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, other)
    other.setFloating(True)
    other.setGeometry(QRect(panel.mapToGlobal(QPoint(0, 0)), panel.size()))
    other.show()
    window.activateWindow()
    QApplication.processEvents()
    return other


@dataclass(frozen=True)
class Desktop:
    hand: RecordingHand
    window: QMainWindow
    panel: ApprovalPanel


@pytest.fixture
def desktop(qtbot: QtBot, look: Look) -> Desktop:
    hand, window = RecordingHand(), QMainWindow()
    panel = ApprovalPanel(look, hand, arm_ms=1)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
    window.resize(700, 600)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    panel.show_link(link())
    panel.show_now(NOW)
    panel.show_approvals(cards(card(1)))
    return Desktop(hand, window, panel)


def test_an_order_does_not_leave_from_a_ticket_under_a_floating_panel(stage: Stage, look: Look) -> None:
    stage.window.resize(500, 700)
    stage.ready()
    other = cover(stage.ticket, look, stage.window)
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert stage.hand.sent == []
    assert not other.frameGeometry().intersects(QRect(stage.ticket.mapToGlobal(QPoint(0, 0)), stage.ticket.size()))
    assert "没有发送" in stage.ticket.results.text()
    stage.now += CHANGED_MS
    stage.answer()
    stage.press(ENTER)
    assert len(stage.hand.orders) == 1  # it is in sight now


def test_an_order_does_not_leave_from_a_ticket_behind_another_tab(stage: Stage, look: Look) -> None:
    other = Panel("other", "复核", look)
    stage.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, other)
    stage.window.tabifyDockWidget(stage.ticket, other)
    stage.ticket.raise_()
    QApplication.processEvents()
    stage.ready()
    other.raise_()  # as a new item for approval does, while somebody types
    QApplication.processEvents()
    stage.press(ENTER)
    assert stage.hand.sent == []
    assert is_seen(stage.ticket)


def test_a_card_under_a_floating_panel_is_not_signed(desktop: Desktop, look: Look, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: desktop.panel.decision.armed)
    other = cover(desktop.panel, look, desktop.window)
    QTest.keyClick(desktop.window, Qt.Key.Key_A, ALT)
    assert desktop.hand.sent == []
    assert is_seen(desktop.panel)
    assert other.isVisible()
    qtbot.waitUntil(lambda: desktop.panel.decision.armed)
    QTest.keyClick(desktop.window, Qt.Key.Key_A, ALT)
    assert [type(one) for one in desktop.hand.sent] == [ApproveOrder]


def test_a_card_that_comes_under_a_floating_panel_is_not_armed(desktop: Desktop, look: Look, qtbot: QtBot) -> None:
    other = cover(desktop.panel, look, desktop.window)
    desktop.panel.show_approvals(cards(card(2)))
    desktop.panel.decision.show_sight(seen=False)
    desktop.panel.decision.show_sight(seen=True)
    qtbot.wait(30)
    assert not desktop.panel.decision.armed
    other.move(other.pos() + QPoint(desktop.panel.width() + 40, 0))
    qtbot.waitUntil(lambda: desktop.panel.decision.armed)


def test_a_panel_floated_by_its_button_steps_off_its_dock_and_comes_back(desk: Desk, qtbot: QtBot) -> None:
    panel = desk.window.strategies
    button = panel.title.float_button
    docked = panel.mapToGlobal(QPoint(0, 0))
    assert button.toolTip() == "浮动：策略"
    button.click()
    moved = panel.frameGeometry().topLeft() - docked
    assert panel.isFloating()
    assert moved.manhattanLength() >= STEP
    assert panel.screen().availableGeometry().contains(panel.frameGeometry())
    assert (button.toolTip(), button.accessibleName()) == ("放回原处：策略", "放回原处：策略")
    assert panel.title.property("floats") == "yes"
    double_click(panel.title, QPoint(60, 10))
    qtbot.waitUntil(lambda: not panel.isFloating())
    assert button.toolTip() == "浮动：策略"


def test_the_key_of_a_panel_uncovers_it(desk: Desk, look: Look) -> None:
    desk.window.panels.bring(desk.window.ticket)
    QApplication.processEvents()
    cover(desk.window.ticket, look, desk.window)
    assert covers(desk.window.ticket)
    desk.window.panels.bring(desk.window.ticket)
    assert is_seen(desk.window.ticket)


@pytest.mark.parametrize(
    ("frame", "there", "wanted"),
    [
        (QRect(860, 340, 460, 380), QRect(900, 300, 460, 400), QRect(440, 340, 460, 380)),  # to the left of it
        (QRect(10, 340, 460, 380), QRect(0, 300, 460, 400), QRect(460, 340, 460, 380)),
        (QRect(0, 100, 1366, 200), QRect(0, 250, 1366, 300), QRect(0, 50, 1366, 200)),
        (QRect(0, 0, 1366, 768), QRect(0, 0, 1366, 768), None),
    ],
)
def test_where_what_covers_a_panel_goes(frame: QRect, there: QRect, wanted: QRect | None) -> None:
    assert aside(frame, there, [SCREEN]) == wanted


def test_a_panel_in_a_corner_steps_to_the_inside() -> None:
    assert stepped_off(QRect(860, 340, 500, 400), SCREEN) == QRect(820, 300, 500, 400)
    assert stepped_off(QRect(0, 100, 500, 400), SCREEN) == QRect(40, 140, 500, 400)


GARBAGE = """
import gc
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from terminal.widgets.parts import sight

application = QApplication([])
own = QWidget()
for turn in range(120):
    gc.collect()
    gc.disable()
    for _ in range(40):
        window = QWidget()
        window.itself = window
        QComboBox(window).view()  # Qt makes its list, so that reading the windows has something to allocate
    gc.set_threshold(gc.get_count()[0] + 2 + turn % 60, 10, 10)
    gc.enable()
    sight.covers(own)
    gc.set_threshold(700, 10, 10)
print("sound")
"""


def test_a_collection_of_garbage_in_between_frees_no_window_that_is_looked_at() -> None:
    # In a process of its own: without the guard it dies.
    played = subprocess.run([sys.executable, "-c", GARBAGE], capture_output=True, text=True, timeout=120, check=False)
    assert (played.returncode, played.stdout.strip()) == (0, "sound"), played.stderr[-500:]
