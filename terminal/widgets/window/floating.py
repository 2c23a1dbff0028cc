"""Keep panels that float off the bars of the window: the alert, the kill switch and the release stay in sight.

Theory. A panel that floats stands above its window, wherever it was put; over the bars it would hide a red alert and
the button that answers it. So it is moved below them as soon as it has come to rest there: after it was floated, moved
or enlarged, after the bars grew by an alert, and after a layout was put on. It is left alone while a button of the
mouse is down (that is somebody dragging) and wherever it covers nothing, on another screen for instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QRegion
from PySide6.QtWidgets import QApplication

from terminal.widgets.parts.sight import fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

REST_MS: Final = 250  # without a move; a person's hand rests shorter than that on its way
WATCHED: Final = frozenset({QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show})


class FloatingPanels(QObject):
    """Watch the panels of a window, and its bars."""

    def __init__(self, window: QMainWindow, bars: QWidget, panels: Sequence[QDockWidget]) -> None:
        super().__init__(window)
        self._window = window
        self._panels = tuple(panels)
        self._bars = bars
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self.clear_bars)
        for watched in (window, bars, *panels):
            watched.installEventFilter(self)
        for panel in panels:
            panel.topLevelChanged.connect(self._timer.start)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again when something has moved."""
        if event.type() in WATCHED and (watched in {self._window, self._bars} or self._floats(watched)):
            self._timer.start()
        return False

    def clear_bars(self) -> None:
        """Move every floating panel into sight and off the bars."""
        if not self._window.isVisible() or self._window.isMinimized():
            return
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start()
            return
        bars = QRect(self._bars.mapToGlobal(QPoint(0, 0)), self._bars.size())
        screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        for one in {panel.window() for panel in self._panels if panel.isVisible()} - {self._window}:
            stands = one.frameGeometry()
            seen = QRegion(stands).subtracted(_union(screens)).isEmpty()  # across two screens is in sight, too
            wanted = off(stands if seen else fitted(stands, screens), bars, screens, least=_least(one))
            if wanted != stands:
                one.setGeometry(_inside(one, wanted))

    def _floats(self, watched: QObject) -> bool:
        return any(panel is watched and panel.window() is not self._window for panel in self._panels)


def off(frame: QRect, bars: QRect, screens: Sequence[QRect], *, least: int) -> QRect:
    """Return a frame moved, and where it must be shrunk, below the bars; above them where below is no room."""
    if not frame.intersects(bars):
        return frame
    screen = next((one for one in screens if one.contains(bars.center())), None)
    if screen is None:
        return frame
    below = QRect(frame.left(), bars.bottom() + 1, frame.width(), frame.height())
    below.setHeight(min(below.height(), screen.bottom() - below.top() + 1))
    if below.height() >= min(least, frame.height()):
        return below
    above = QRect(frame.left(), screen.top(), frame.width(), frame.height())
    above.setHeight(min(above.height(), bars.top() - above.top()))
    return above if above.height() >= min(least, frame.height()) else frame


def _union(screens: Sequence[QRect]) -> QRegion:
    whole = QRegion()
    for screen in screens:
        whole = whole.united(screen)
    return whole


def _least(window: QWidget) -> int:
    return window.minimumSizeHint().height() + window.frameGeometry().height() - window.height()


def _inside(window: QWidget, frame: QRect) -> QRect:
    outer, inner = window.frameGeometry(), window.geometry()
    return frame.adjusted(
        inner.left() - outer.left(),
        inner.top() - outer.top(),
        inner.right() - outer.right(),
        inner.bottom() - outer.bottom(),
    )
