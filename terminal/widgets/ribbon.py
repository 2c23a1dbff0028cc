"""Say in one line across the window that something is wrong and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from terminal.widgets.icons import Sign, pixmap

if TYPE_CHECKING:
    from terminal.widgets.look import Look


class Ribbon(QFrame):
    """Stay hidden until there is a sentence; shape, word and colour say what it is."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("ribbon")
        self.setFixedHeight(38)
        self._look = look
        self._shape = QLabel()
        word = QLabel("注意")
        word.setObjectName("ribbonWord")
        self.text = QLabel()
        self.text.setObjectName("ribbonText")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        for widget in (self._shape, word, self.text):
            row.addWidget(widget)
        row.addStretch(1)
        look.changed.connect(self._draw)
        self._draw()
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence."""
        self.text.setText(sentence)
        self.text.setToolTip(sentence)
        self.setAccessibleName(f"注意：{sentence}")
        self.show()

    def _draw(self) -> None:
        self._shape.setPixmap(pixmap(Sign.TRIANGLE, self._look.tokens.orange, ratio=self.devicePixelRatioF()))
