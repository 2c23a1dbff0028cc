"""Draw the few signs of the desk: strokes on a 16 x 16 field, coloured when they are drawn."""

from __future__ import annotations

from enum import Enum
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_STROKE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="{colour}" '
    'stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">{path}</svg>'
)
# The rudder's wheel and the balance beam in one: 衡 and 舵.
_LOGO: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="{colour}"/>'
    '<g fill="none" stroke="#FFFFFF" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">'
    '<circle cx="16" cy="16" r="6.5"/><path d="M16 4.5v23M4.5 16h23"/>'
    '<path d="M8.2 8.2l2.6 2.6M21.2 21.2l2.6 2.6M23.8 8.2l-2.6 2.6M10.8 21.2l-2.6 2.6"/></g></svg>'
)


class Sign(Enum):
    """Name a sign by its strokes."""

    FLOAT = '<path d="M7 3.5H3.5v9h9V9"/><path d="M9.5 2.5h4v4M13.5 2.5L8 8"/>'
    PUT_BACK = '<path d="M7 3.5H3.5v9h9V9"/><path d="M12 8H8V4M8 8l5.5-5.5"/>'
    CLOSE = '<path d="M4.5 4.5l7 7M11.5 4.5l-7 7"/>'
    CHEVRON = '<path d="M4.5 6.5L8 10l3.5-3.5"/>'
    ARROW_UP = '<path d="M3 10.5L8 5l5 5.5"/>'
    ARROW_DOWN = '<path d="M3 5.5L8 11l5-5.5"/>'
    GRID = '<rect x="2.5" y="3" width="11" height="10" rx="1.2"/><path d="M2.5 6.5h11M6.5 6.5V13"/>'
    CURVE = '<path d="M2.5 2.5v11h11"/><path d="M5 10.5l2.6-3.4 2.2 1.8L13 4.5"/>'
    LIST = '<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01"/>'
    TRIANGLE = '<path d="M8 2.8l5.8 10.2H2.2z"/><path d="M8 6.6v3M8 11.4h.01"/>'


def icon(sign: Sign, colour: str, *, size: int = 16) -> QIcon:
    """Return a sign in a colour, sharp on screens of one and of two pixels per point."""
    made = QIcon()
    for ratio in (1, 2):
        made.addPixmap(pixmap(sign, colour, size=size, ratio=ratio))
    return made


def pixmap(sign: Sign, colour: str, *, size: int = 16, ratio: float = 1) -> QPixmap:
    """Return a sign in a colour."""
    return _drawn(_STROKE.format(colour=colour, path=sign.value), size, ratio)


def logo(colour: str, *, size: int, ratio: float = 2) -> QPixmap:
    """Return the mark of the program."""
    return _drawn(_LOGO.format(colour=colour), size, ratio)


def _drawn(svg: str, size: int, ratio: float) -> QPixmap:
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, drawn.width(), drawn.height()))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn
