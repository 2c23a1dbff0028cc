"""Paint the cells of a table: one rectangle and one text each, three times cheaper than Qt's own delegate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from terminal.widgets.dress.look import BODY, HEADER, Look, font
from terminal.widgets.parts.rows import Cell, Kind, Row, Rows, Tone

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

ROW_HEIGHT: Final = 28
PADDING: Final = 10
TIGHT: Final = 2
PILL_WIDTH, PILL_HEIGHT, PILL_RADIUS = 24, 18, 4

_SELECTED: Final = QStyle.StateFlag.State_Selected


class CellPainter(QStyledItemDelegate):
    """Paint the cells of one model in the colours of the look."""

    def __init__(self, rows: Rows[Row], look: Look, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._look = look
        self._font = font(BODY)
        self._metrics = QFontMetrics(self._font)
        self._pill_font = font(HEADER)
        self._take_colours()
        look.changed.connect(self._take_colours)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        place, column = index.row(), index.column()
        rows = self._rows
        cell, kind = rows.cell(place, column), rows.columns[column].kind
        rect = option.rect
        if option.state & _SELECTED:
            painter.fillRect(rect, self._selected)
        elif place % 2:
            painter.fillRect(rect, self._zebra)
        if kind is Kind.PILL:
            self._paint_pill(painter, QRectF(rect), cell)
            return
        wash = rows.wash(place, column)
        if wash is not None:
            painter.fillRect(rect.adjusted(2, 1, 0, -1), self._washes[wash])
        painter.setFont(self._font)
        painter.setPen(self._inks[cell.tone])
        # A name may lose its end; a number may not, and may use the room on its left.
        inner, text = rect.adjusted(PADDING if kind is Kind.NAME else TIGHT, 0, -PADDING, 0), cell.text
        if kind is Kind.NAME:
            text = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, kind.value, text)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size a cell needs."""
        text = self._rows.cell(index.row(), index.column()).text
        width = self._metrics.horizontalAdvance(text)
        return QSize(width + 2 * PADDING, ROW_HEIGHT)

    def _paint_pill(self, painter: QPainter, rect: QRectF, cell: Cell) -> None:
        if not cell.text:
            return
        pill = QRectF(0, 0, PILL_WIDTH, PILL_HEIGHT)
        pill.moveCenter(rect.center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._washes[cell.tone])
        painter.drawRoundedRect(pill, PILL_RADIUS, PILL_RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setFont(self._pill_font)
        painter.setPen(self._inks[cell.tone])
        painter.drawText(pill, Kind.PILL.value, cell.text)

    def _take_colours(self) -> None:
        tokens = self._look.tokens
        self._zebra, self._selected = QColor(tokens.zebra), QColor(tokens.selected)
        self._inks = {tone: QColor(getattr(tokens, tone.value)) for tone in Tone}
        quiet = QColor(tokens.hover)
        self._washes = dict.fromkeys(Tone, quiet) | {
            Tone.UP: QColor(tokens.up_wash),
            Tone.DOWN: QColor(tokens.down_wash),
            Tone.WARN: QColor(tokens.orange_wash),
        }
