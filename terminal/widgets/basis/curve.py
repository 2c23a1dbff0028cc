"""Draw the curve of a basis in two parts: what stands is painted once and kept, what still moves is painted each frame.

Only the newest column changes from frame to frame. A few columns before it belong to the moving part too, so that the
standing one is seldom renewed; it is compared and not told, so whatever changes in it is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem

from terminal.widgets.basis.graph_library import pg

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from terminal.widgets.basis.pyramid import Floats, Outline

FINE: Final = 600  # points up to which the line is drawn thick and smooth
WIDTH: Final = 1.6
MOVING: Final = 4  # points, and up to as many again; even, so that no column is parted


class _Line(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph ships no types
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None) -> None:
        """Draw a smooth line in pixels: a thick one under a scale that bounces between two values takes Qt seconds."""
        if not self.opts["antialias"]:
            super().paint(painter, option, widget)
            return
        to = painter.worldTransform()
        x, y = self.getData()
        x, y = (x * to.m11() + to.dx()).tolist(), (y * to.m22() + to.dy()).tolist()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.opts["pen"])
        painter.drawLines([QLineF(*ends) for ends in zip(x, y, x[1:], y[1:], strict=False)])
        painter.restore()


class Curve:
    """Hold the line; `items` belong into the plot, in this order."""

    def __init__(self) -> None:
        self._settled, self._moving = _Line(skipFiniteCheck=True), _Line(skipFiniteCheck=True)
        self._settled.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.items = self._settled, self._moving
        self._ink = ""
        self._fine = False

    @property
    def points(self) -> tuple[Floats, Floats]:
        """Return what is drawn: steps and yuan."""
        (x, y), (moving_x, moving_y) = (item.getData() for item in self.items)
        return np.concatenate((x[:-1], moving_x)), np.concatenate((y[:-1], moving_y))

    def clear(self) -> None:
        """Draw nothing."""
        for item in self.items:
            item.setData([], [])

    def paint(self, ink: str) -> None:
        """Draw in this colour."""
        self._ink = ink
        for item in self.items:
            item.setPen(pg.mkPen(ink, width=WIDTH if self._fine else 1))

    def show(self, outline: Outline, last: int, value: float) -> None:
        """Draw an outline that ends in this step, at this value."""
        x, y = _zigzag(outline, last, value)
        fine = len(x) <= FINE
        if fine != self._fine:
            self._fine = fine
            self.paint(self._ink)
        cut = max(0, (len(x) // MOVING - 1) * MOVING)
        known = self._settled.getData()
        as_drawn = self._settled.opts["antialias"] == fine
        if not (as_drawn and np.array_equal(x[: cut + 1], known[0]) and np.array_equal(y[: cut + 1], known[1])):
            self._settled.setData(x[: cut + 1], y[: cut + 1], antialias=fine)
        self._moving.setData(x[cut:], y[cut:], antialias=fine)


def _zigzag(outline: Outline, last: int, value: float) -> tuple[Any, Any]:
    if outline.low is outline.high:
        return outline.x, outline.low
    # Up in one column and down in the next: a line that came back in each would be twice as long to draw. At the end
    # the value itself, for a line that ends at an extreme lies.
    x, y = np.empty(2 * len(outline.x) + 1), np.empty(2 * len(outline.x) + 1)
    x[0:-1:2] = x[1::2] = outline.x
    y[0:-1:2], y[1::2] = outline.low, outline.high
    y[2:-1:4], y[3::4] = outline.high[1::2], outline.low[1::2]
    x[-1], y[-1] = last, value
    return x, y
