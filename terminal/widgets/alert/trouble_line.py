"""Say under a kill switch that stands what else a person must know: both have to be read, and neither waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from terminal.domain.words.risk import Level
from terminal.widgets.alert.level_mark import LevelMark
from terminal.widgets.parts.few_lines import FewLines
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from terminal.widgets.dress.look import Look

MOST: Final = 3  # lines: the longest sentence with what to do, in the narrowest window


class TroubleLine(QFrame):
    """Hold a sentence with its shape and word; hidden while there is none."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("troubleLine")
        self._shape = LevelMark(look, Level.ORANGE)
        self._word = QLabel()
        self._word.setObjectName("ribbonWord")
        self.text = FewLines(MOST)
        self.text.setObjectName("ribbonText")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 8)
        row.setSpacing(8)
        row.addWidget(self._shape, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._word, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        self.hide()

    @property
    def said(self) -> str:
        """Return the sentence, or nothing."""
        return self.text.whole

    def say(self, word: str, sentence: str, level: Level) -> None:
        """Show a sentence; an empty one hides the line."""
        self._shape.show_level(level)
        self._word.setText(word)
        mark(self._word, "level", "red" if level is Level.RED else "orange")
        self.text.say(sentence)
        self.setVisible(bool(sentence))
