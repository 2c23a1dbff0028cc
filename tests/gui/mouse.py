"""Press a mouse as a person does."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

LEFT = Qt.MouseButton.LeftButton


def double_click(on: QWidget, at: QPoint | None = None) -> None:
    """Double-click, in the middle where no place is named, and let go: Qt's own holds the button down for ever."""
    spot = on.rect().center() if at is None else at
    QTest.mouseDClick(on, LEFT, pos=spot)
    QTest.mouseRelease(on, LEFT, pos=spot)
