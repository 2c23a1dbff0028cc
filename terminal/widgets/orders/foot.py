"""Hold the foot of the order list: how many rows, what was just said, and the buttons that take back.

Buttons of a view stand there while it is looked at and nothing else moves for them: the sentence gives the room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton

from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from terminal.domain.words.terms import Term

Act = tuple["Term", str, Callable[[], None]]  # text, tip, what a press does


class OrderFoot(QFrame):
    """Show them."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panelFoot")
        self.count, self.told = QLabel(), QLabel()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(PADDING, 4, PADDING, 4)
        self._row.setSpacing(8)
        for label in (self.count, self.told):
            label.setObjectName("footNote")
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row.addWidget(self.count)
        self._row.addWidget(self.told, 1)

    def add(self, acts: Iterable[Act]) -> tuple[QToolButton, ...]:
        """Add a button for each act, and return them."""
        made = []
        for text, tip, act in acts:
            button = QToolButton()
            button.setObjectName("footButton")
            button.setText(text)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(act)
            self._row.addWidget(button)
            made.append(button)
        return tuple(made)

    def tell(self, text: str, verdict: str) -> None:
        """Say one sentence; `verdict` tones it."""
        self.told.setText(text)
        self.told.setToolTip(text)
        self.told.setAccessibleName(text)
        mark(self.told, "verdict", verdict)
