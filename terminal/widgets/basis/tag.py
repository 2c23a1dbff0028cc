"""Tag the last value of a curve at the axis: text on a ground filled with its tone.

It is part of the scene and not a label over it: a label that moves has the plot beneath painted a second time.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from terminal.widgets.dress.look import AXIS, Look, font
from terminal.widgets.parts.rows import Tone

PADDING: Final = 5.0
HEIGHT: Final = 18.0
RADIUS: Final = 3.0
TEXTS: Final = 56.0  # from the left side of the tag to the end of the axis


class LastTag(QGraphicsItem):
    """Show one short text; its position is the middle of its left side."""

    def __init__(self, look: Look, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._look = look
        self._font = font(AXIS, bold=True)
        self._metrics = QFontMetricsF(self._font)
        self._width = 0.0
        self._tone = Tone.PLAIN
        self._covered: list[float] = []
        self.text = ""
        self.setZValue(1)  # above the axis

    def show_text(self, text: str, tone: Tone) -> None:
        """Change text and tone."""
        if (text, tone) == (self.text, self._tone):
            return
        self.prepareGeometryChange()
        self.text, self._tone = text, tone
        self._width = self._metrics.horizontalAdvance(text) + 2 * PADDING
        self.update()

    def cover(self, below: list[float]) -> None:
        """Paint over the texts of the axis that stand so far below the middle, pixels."""
        if below != self._covered:
            self._covered = below
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the ground and the texts that may be painted over."""
        return QRectF(0.0, -2 * HEIGHT, max(self._width, TEXTS), 4 * HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill the ground and write the text."""
        tokens = self._look.tokens
        for below in self._covered:
            painter.fillRect(QRectF(0.0, below - HEIGHT / 2, TEXTS, HEIGHT), QColor(tokens.panel))
        box = QRectF(0.0, -HEIGHT / 2, self._width, HEIGHT)
        ground = {Tone.UP: tokens.up, Tone.DOWN: tokens.down}.get(self._tone, tokens.text_3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.setFont(self._font)
        painter.setPen(QColor(tokens.on_tag))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self.text)
