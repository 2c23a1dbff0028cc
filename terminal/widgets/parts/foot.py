"""Sum a table up in a line below it."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.toned import show_text

HEIGHT: Final = 32


class Foot(QFrame):
    """Hold captions with their values."""

    def __init__(self, captions: tuple[str, ...]) -> None:
        super().__init__()
        self.setObjectName("panelFoot")
        self.setFixedHeight(HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING, 0, PADDING, 0)
        row.setSpacing(6)
        self._captions: list[QLabel] = []
        self._values: list[QLabel] = []
        for caption in captions:
            for text, name, kept in ((caption, "footCaption", self._captions), ("", "footValue", self._values)):
                label = QLabel(text)
                label.setObjectName(name)
                kept.append(label)
                row.addWidget(label)
            row.addSpacing(12)
        row.addStretch(1)

    def name(self, place: int, caption: str) -> None:
        """Change a caption."""
        self._captions[place].setText(caption)

    def show_value(self, place: int, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Change a value; screen readers hear it with its caption."""
        show_text(self._values[place], text, tone)
        self._values[place].setAccessibleName(f"{self._captions[place].text()} {text}")
