"""Let no press hit what has only just been pushed under the pointer.

Theory. An alert or a sentence that begins to stand makes the bars higher, and every panel below gives way by as much:
whoever was about to press one row would press the row above it, or the head of the table. What stands above everything
else cannot wait for a hand to rest, so the panels do move; but a press in them that comes sooner than a person can see
that they moved was meant for what stood there before, and does nothing. The bars themselves are pressed as ever.

Who reads message after message away presses one button again and again; with the last one the bar goes, and what was
below it stands under a pointer that has not moved. Such a hand is not aiming at that, and has longer to see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer
from PySide6.QtGui import QCursor, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

CALM_MS: Final = 500  # to see that all has moved, and to stop a finger that is on its way
STILL_MS: Final = 2_500  # for a pointer that rests where a bar went
STILL: Final = 6  # pixels a hand that presses again and again may slip
BUTTONS: Final = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease}
)


class SteadyHand(QObject):
    """Watch the height of the bars of a window, and take the presses below them for `calm_ms` after it changed."""

    def __init__(self, window: QMainWindow, bars: QWidget, *, calm_ms: int = CALM_MS) -> None:
        super().__init__(window)
        self._window, self._bars = window, bars
        self.calm_ms = calm_ms
        self._is_held = False  # a press that was taken: its release goes, too
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.timeout.connect(self._rest)
        self._left_at: QPoint | None = None  # where the pointer was on a bar that went
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.timeout.connect(self._rest)
        bars.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin when the bars change their height; take the presses that come too soon."""
        if watched is self._bars:
            if isinstance(event, QResizeEvent) and event.oldSize().height() != event.size().height():
                self._begin(QRect(QPoint(), event.oldSize()))
            return False
        if event.type() not in BUTTONS or not isinstance(watched, QWidget) or not self._is_pushed(watched):
            return False
        if event.type() is QEvent.Type.MouseButtonRelease:
            was_held, self._is_held = self._is_held, False
            self._rest()
            return was_held
        if self._is_still(event) or self._calm.isActive():
            self._is_held = True
            self._calm.start(self.calm_ms)  # the second half of a double click is meant for the same place
        return self._is_held

    def _begin(self, before: QRect) -> None:
        application = QApplication.instance()
        if application is not None and self._window.isVisible() and self.calm_ms:
            application.installEventFilter(self)
            self._calm.start(self.calm_ms)
            at = QCursor.pos()
            here = self._bars.mapFromGlobal(at)
            if before.contains(here) and not self._bars.rect().contains(here):
                self._left_at = at
                self._still.start(STILL_MS)

    def _is_still(self, event: QEvent) -> bool:
        if not self._still.isActive() or self._left_at is None or not isinstance(event, QMouseEvent):
            return False
        if (event.globalPosition().toPoint() - self._left_at).manhattanLength() > STILL:
            self._still.stop()  # the hand has moved: it aims at what it sees
            return False
        self._still.start(STILL_MS)
        return True

    def _rest(self) -> None:
        # Every event of the program passes here while it watches: no longer than it must.
        application = QApplication.instance()
        if application is not None and not (self._is_held or self._calm.isActive() or self._still.isActive()):
            application.removeEventFilter(self)

    def _is_pushed(self, watched: QWidget) -> bool:
        return watched.window() is self._window and not self._bars.isAncestorOf(watched)
