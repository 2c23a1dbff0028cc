"""Give a window that comes back to a size the layout it had there, also when the program is started again.

Theory. Qt gives the room a window wins to the last panels and takes it from all of them in proportion, so that every
there-and-back again costs the grid a column. What is kept is what stood at a size once everything had come to rest. A
panel that was moved, floated or closed since makes all of it old; a separator that was dragged belongs to its size.

While the program runs, Qt takes the room of a bar that comes from the panels and gives it back as it was. A state that
is put on at a start with other bars than it was kept with gives it to the last panels for good, so it is kept with the
height of the bars, too, and put back when they have it again. A separator that is dragged makes those others old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

FORMAT: Final = 3  # of a kept state; 2 could hold panels that float together, which Qt loses hold of
REST_MS: Final = 250
MOST: Final = 8  # sizes, the latest
Sized = tuple[int, int, int, bytes]  # width, height, that of the bars, and Qt's words for what stood there
STIRS: Final = frozenset({QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide})


class _Size(NamedTuple):
    width: int
    height: int
    bars: int

    @property
    def of_window(self) -> tuple[int, int]:
        return self.width, self.height


class SizeMemory(QObject):
    """Watch a window and its panels."""

    def __init__(self, window: QMainWindow, bars: QWidget, panels: Sequence[QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._bars, self._panels = window, bars, tuple(panels)
        self._kept: dict[_Size, QByteArray] = {}  # the latest size last
        self._size: _Size | None = None  # where everything came to rest last
        self._places: set[object] | None = None  # and how the panels stood there, once they did
        self._expected: set[_Size] = set()  # kept before the program started, and not come to yet
        self._is_fresh = False  # from `expect` until the window rests
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
            if event.type() == QEvent.Type.Resize and watched is self._window:
                self._meet()  # Qt has laid the window out anew by now
            self._timer.start()
        elif event.type() == QEvent.Type.Close and watched is not self._window:
            self._forget()
        return False

    def known(self) -> tuple[Sized, ...]:
        """Return what stands at which size, the present one last."""
        now = self._now()
        others = {size: state for size, state in self._kept.items() if size != now}
        states = {**others, now: self._window.saveState(FORMAT)}
        return tuple((*size, bytes(state.data())) for size, state in states.items())

    def expect(self, known: Iterable[Sized]) -> None:
        """Put a state back when the window has the size it stood at, now or as soon as it does."""
        self._kept = {_Size(width, height, bars): QByteArray(state) for width, height, bars, state in known}
        self._size, self._expected, self._is_fresh = None, set(self._kept), True
        self._meet()

    def _meet(self) -> None:
        size = self._now()
        kept = self._found(size)
        if self._is_fresh and kept is not None:
            self._put_back(kept)
            self._size, self._places = size, None

    def _found(self, size: _Size) -> QByteArray | None:
        # With other bars is still nearer than what Qt makes of another size of the window.
        others = [state for one, state in self._kept.items() if one.of_window == size.of_window]
        return self._kept.get(size, others[-1] if others else None)

    def _now(self) -> _Size:
        return _Size(self._window.width(), self._window.height(), self._bars.height())

    def rest(self) -> None:
        """Keep the layout of this size, or put back the one it had when the window left it."""
        window = self._window
        if not window.isVisible() or window.isMinimized():
            return
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start()
            return
        size, last = self._now(), self._size
        kept = self._found(size)
        self._kept.pop(size, None)
        is_new = last is None or size.of_window != last.of_window or size in self._expected
        floats = any(panel.isFloating() for panel in self._panels if panel.isVisible())
        if kept is not None and size != last and is_new and not floats:  # one that floats would go where it was
            self._put_back(kept)
        places: set[object] = {one.geometry().getRect() for one in self._in_front()}
        if size == last and self._places is not None and places != self._places:
            self._drop(size)
        self._size, self._places, self._is_fresh = size, places, False
        self._expected.discard(size)
        self._kept[size] = window.saveState(FORMAT)
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]

    def _drop(self, dragged: _Size) -> None:
        for size in [one for one in self._kept if one.of_window == dragged.of_window]:
            del self._kept[size]
            self._expected.discard(size)

    def _in_front(self) -> list[QDockWidget]:
        return [panel for panel in self._panels if not panel.visibleRegion().isEmpty()]

    def _put_back(self, kept: QByteArray) -> None:
        in_front = self._in_front()
        self._is_putting_back = True
        self._window.restoreState(kept, FORMAT)
        self._is_putting_back = False
        for panel in in_front:  # which tab is in front belongs to no size
            panel.raise_()

    def _forget(self) -> None:
        if not self._is_putting_back:
            self._kept.clear()
            self._timer.start()
