"""Show one line of text that may lose its end rather than push others out of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

LEAST = 24
MOST_KEPT = 90  # pixels: a name of seven characters


class Elided(QLabel):
    """Hold a text in full and paint as much of it as there is room for; the tool tip has all of it.

    Of what stands side by side, one that `keeps` so many pixels loses nothing of them before the others lost theirs.
    """

    def __init__(self, name: str, *, keeps: int = LEAST) -> None:
        super().__init__()
        self._keeps = keeps
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        """Change the text."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(text)

    @property
    def painted(self) -> str:
        """Return what is painted, as far as there is room."""
        return self.text()

    def minimumSizeHint(self) -> QSize:
        """Return the least size, however long the text is."""
        whole = super().minimumSizeHint()
        return QSize(max(LEAST, min(self._keeps, whole.width())), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text in the colour of the style sheet."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.painted, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class Shortened(Elided):
    """Paint a shorter text whole where the text has no room: what follows it is in the tool tip."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.short = ""

    def say_either(self, text: str, short: str) -> None:
        """Change the text, and what is painted of it where all of it has no room."""
        self.short = short
        self.say(text)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return the room of the shorter text."""
        metrics = self.fontMetrics()
        return QSize(min(metrics.horizontalAdvance(self.short) + 1, MOST_KEPT), super().minimumSizeHint().height())

    @property
    def painted(self) -> str:
        """Return what there is room for."""
        fits = self.fontMetrics().horizontalAdvance(self.text()) <= self.width()
        return self.text() if fits or not self.short else self.short


class WholeOrNothing(Elided):
    """Paint the text where all of it has room, else nothing: it is the first to give way."""

    def minimumSizeHint(self) -> QSize:
        """Return that no width is needed."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all of the text or none."""
        if self.fontMetrics().horizontalAdvance(self.text()) <= self.width():
            super().paintEvent(event)
