"""Show an alarm level by shape, word and colour: a red square, an orange triangle, a yellow disc.

Up is red on a Chinese screen, so colour alone never says that something is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from terminal.widgets.dress.look import Look

ALARMS: Final = (Level.RED, Level.ORANGE, Level.YELLOW)  # worst first
WORDS: Final = {Level.RED: Term.RED, Level.ORANGE: Term.ORANGE, Level.YELLOW: Term.YELLOW}
# What the tokens and the style sheet call a level.
COLOURS: Final = {Level.RED: "red", Level.ORANGE: "orange", Level.YELLOW: "yellow", Level.NORMAL: ""}
SIZE: Final = 12


class LevelMark(QWidget):
    """Paint the shape of a level; a `quiet` one is there but says nothing now."""

    def __init__(self, look: Look, level: Level) -> None:
        super().__init__()
        self.setFixedSize(SIZE, SIZE)
        self._look = look
        self.level = level
        self._quiet = False
        look.changed.connect(self.update)

    def show_level(self, level: Level, *, quiet: bool = False) -> None:
        """Change the level."""
        if (level, quiet) != (self.level, self._quiet):
            self.level, self._quiet = level, quiet
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shape."""
        tokens = self._look.tokens
        colour = "text_3" if self._quiet or self.level is Level.NORMAL else COLOURS[self.level]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(tokens, colour)))
        match self.level:
            case Level.RED:
                painter.drawRect(2, 2, 8, 8)
            case Level.ORANGE:
                painter.drawPolygon([QPoint(6, 1), QPoint(11, 10), QPoint(1, 10)])
            case _:
                painter.drawEllipse(2, 2, 8, 8)
        painter.end()
