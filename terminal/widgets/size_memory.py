"""Give a window that comes back to a size the layout it had there: maximising and restoring change nothing.

Theory. Qt gives the room a window wins to the last panels and takes it from all of them in proportion, so that every
there-and-back again costs the grid a column. What is kept is what stood at a size once everything had come to rest. A
panel that was moved, floated or closed since makes all of it old; a separator that was dragged belongs to its size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QDockWidget, QMainWindow

REST_MS: Final = 250
MOST: Final = 8  # sizes, the latest
STIRS: Final = frozenset({QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide})


class SizeMemory(QObject):
    """Watch a window and its panels."""

    def __init__(self, window: QMainWindow, panels: Sequence[QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._panels = window, tuple(panels)
        self._kept: dict[tuple[int, int], QByteArray] = {}  # the latest size last
        self._size: tuple[int, int] | None = None  # where everything came to rest last
        self._is_putting_back = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self.rest)
        window.installEventFilter(self)
        for panel in self._panels:
            panel.installEventFilter(self)
            panel.topLevelChanged.connect(self._forget)
            panel.dockLocationChanged.connect(self._forget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again when something has moved."""
        if event.type() in STIRS:
            self._timer.start()
        elif event.type() == QEvent.Type.Close and watched is not self._window:
            self._forget()
        return False

    def rest(self) -> None:
        """Keep the layout of this size, or put back the one it had when the window left it."""
        window = self._window
        if not window.isVisible() or window.isMinimized():
            return
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start()
            return
        size = (window.width(), window.height())
        kept = self._kept.pop(size, None)
        floats = any(panel.isFloating() for panel in self._panels if panel.isVisible())
        if kept is not None and size != self._size and not floats:  # one that floats would go where it was
            self._put_back(kept)
        self._size = size
        self._kept[size] = window.saveState()
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]

    def _put_back(self, kept: QByteArray) -> None:
        in_front = [panel for panel in self._panels if not panel.visibleRegion().isEmpty()]
        self._is_putting_back = True
        self._window.restoreState(kept)
        self._is_putting_back = False
        for panel in in_front:  # which tab is in front belongs to no size
            panel.raise_()

    def _forget(self) -> None:
        if not self._is_putting_back:
            self._kept.clear()
            self._timer.start()
