"""Take why an order is wanted, in the maker's words, where a second person will have to decide on it.

The line stands while the order as it is filled in needs another person, and while somebody writes in it: an answer that
is other for a moment takes nobody's words away. It never takes the keyboard by itself, and what it says is sent with
the order it stands beside, and with no other one.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import LONGEST_TEXT, visible_part
from terminal.widgets.parts.contract_finder import ENTER
from terminal.widgets.parts.held_key import HeldKey

OPTIONAL: Final = "给复核人看的理由，可不填"


class TicketReason(QWidget):
    """Hold the line; `walked` tells that an Enter left it, `finished` that it asks for the send button."""

    walked = Signal()
    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._needed = False
        self._about: object = None
        self._held = HeldKey()
        caption, self.edit = QLabel(Term.MAKERS_REASON), QLineEdit()
        caption.setObjectName("fieldCaption")
        caption.setBuddy(self.edit)
        self.edit.setObjectName("reasonEdit")
        self.edit.setMaxLength(LONGEST_TEXT)
        self.edit.setPlaceholderText(OPTIONAL)
        self.edit.setAccessibleName(Term.MAKERS_REASON)
        self.edit.setAccessibleDescription(OPTIONAL)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(caption)
        row.addWidget(self.edit, 1)
        self.edit.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """Return what goes with the order, fit for a record; empty where nothing is asked."""
        return "" if self.isHidden() else visible_part(self.edit.text()).strip()  # what is pasted may hold line ends

    def show_needed(self, *, needed: bool) -> None:
        """Take whether the order as it is filled in needs a second person."""
        self._needed = needed
        self._show()

    def show_about(self, about: object) -> None:
        """Take what is ordered, and for whom: the words were about the one before."""
        if about != self._about:
            self._about = about
            self.clear()

    def clear(self) -> None:
        """Ask nothing until it is needed again."""
        self.edit.clear()
        self.show_needed(needed=False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Walk on with Enter, once for a held key; go where it is left and not needed."""
        if isinstance(event, QKeyEvent) and event.key() in ENTER:
            if event.type() is QEvent.Type.KeyRelease:
                self._held.let_go(event)
            elif event.type() is QEvent.Type.KeyPress:
                if not self._held.repeats(event):
                    self.walked.emit()
                    self.finished.emit()
                return True
        elif event.type() is QEvent.Type.FocusOut and not self._needed:
            self.hide()
        return super().eventFilter(watched, event)

    def _show(self) -> None:
        self.setVisible(self._needed or self.edit.hasFocus())
