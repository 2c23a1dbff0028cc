"""Seat a person before the panel of confirmations."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow
from pytestqt.qtbot import QtBot

from terminal.widgets.approval.panel import ApprovalPanel
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import link
from tests.gui.desk import NOW
from tests.gui.hand import RecordingHand

ALT = Qt.KeyboardModifier.AltModifier


class Room:
    """Hold a window with the panel and a field somebody may be typing in."""

    def __init__(self, qtbot: QtBot, look: Look, *, arm_ms: int) -> None:
        self.qtbot = qtbot
        self.hand = RecordingHand()
        self.window = QMainWindow()
        self.panel = ApprovalPanel(look, self.hand, arm_ms=arm_ms)
        self.field = QLineEdit()
        self.field.setAccessibleName("别处的输入框")
        self.window.setCentralWidget(self.field)
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.window.resize(1200, 800)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        self.panel.show_link(link())
        self.panel.show_now(NOW)

    @property
    def bar_text(self) -> str:
        return self.panel.decision.text.text()

    def arm(self) -> None:
        self.qtbot.waitUntil(lambda: self.panel.decision.armed, timeout=2_000)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focused = self.window.focusWidget() or self.window
        QTest.keyClick(focused, key, modifier)


def hold(room: Room, key: Qt.Key, shortcut: QShortcut, start: int) -> None:
    """Hold a chord on as X tells of it on a busy machine: pairs of release and press at one instant, none marked."""
    for at in range(start, start + 400, 40):
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride):
            event = QKeyEvent(kind, key, ALT, "", False)
            event.setTimestamp(at)
            QCoreApplication.sendEvent(room.field, event)
        shortcut.activated.emit()
