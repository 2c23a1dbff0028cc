"""Press what sends, once per press of a key, however long it is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton

from terminal.widgets.parts.contract_finder import ENTER
from terminal.widgets.parts.held_key import HeldKey

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


class SendButton(QPushButton):
    """Tell of a key's press once; `keyed` is Enter or Space, `clicked` the mouse."""

    keyed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._held = HeldKey()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter and Space; a repeat of a held key is nothing."""
        if event.key() not in (*ENTER, Qt.Key.Key_Space):
            super().keyPressEvent(event)
            return
        event.accept()
        if not self._held.repeats(event):
            self.keyed.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Keep Qt from clicking when Space is let go."""
        self._held.let_go(event)
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
