"""Place what is said of a moment of a chart where it hides least: on the other side of the line it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF, QRectF, QSize

SIDE: Final = 10  # pixels to the edges of the chart
TOP: Final = 6


def beside(size: QSize, spot: QPointF, chart: QRectF) -> QPoint:
    """Return where a readout of this size stands: across the chart from the spot, and below it or above, whole.

    >>> from PySide6.QtCore import QPointF, QRectF, QSize
    >>> beside(QSize(100, 20), QPointF(80, 15), QRectF(0, 0, 400, 120))
    PySide6.QtCore.QPoint(290, 94)
    >>> beside(QSize(300, 20), QPointF(300, 100), QRectF(0, 0, 400, 120))
    PySide6.QtCore.QPoint(10, 6)
    """
    right, bottom = int(chart.right()) - SIDE - size.width(), int(chart.bottom()) - TOP - size.height()
    left, top = int(chart.left()) + SIDE, int(chart.top()) + TOP
    x = left if spot.x() >= chart.center().x() else right
    y = top if spot.y() >= chart.center().y() else bottom
    return QPoint(max(x, left), max(y, top))
