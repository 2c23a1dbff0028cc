"""Give a window that comes back to a size the layout it had there, also when the program is started again.

Theory. Qt gives the room a window wins to the last panels and takes it from all of them in proportion, so that every
there-and-back again costs the grid a column. What is kept is what stood at a size once everything had come to rest. It
belongs to where the panels were: one that is moved, floated or closed makes all of it old, until it is back where it
was. A separator that was dragged belongs to its size. At a size that is new the layout of the nearest one is put on,
where that is nearer than the size the window comes from: what it had to give up when it was small it gets again.

While the program runs, Qt takes the room of a bar that comes from the panels and gives it back as it was. A state that
is put on at a start with other bars than it was kept with gives it to the last panels for good, so it is kept with the
height of the bars, too, and put back when they have it again. A separator that is dragged makes those others old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

FORMAT: Final = 3  # of a kept state; 2 could hold panels that float together, which Qt loses hold of
REST_MS: Final = 250
MOST: Final = 8  # sizes, the latest
MOST_PLACES: Final = 4  # ways the panels stood, the latest
LEAST_USEFUL: Final = 240  # pixels of height a panel that is docked again gets where the window has them
Sized = tuple[int, int, int, bytes]  # width, height, that of the bars, and Qt's words for what stood there
STIRS: Final = frozenset({QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide})


class _Size(NamedTuple):
    width: int
    height: int
    bars: int

    @property
    def of_window(self) -> tuple[int, int]:
        return self.width, self.height

    def away(self, other: _Size) -> int:
        return abs(self.width - other.width) + abs(self.height - other.height)


class SizeMemory(QObject):
    """Watch a window and its panels."""

    def __init__(self, window: QMainWindow, bars: QWidget, panels: Sequence[QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._bars, self._panels = window, bars, tuple(panels)
        self._kept: dict[_Size, QByteArray] = {}  # the latest size last
        self._elsewhere: dict[frozenset[object], dict[_Size, QByteArray]] = {}  # kept while panels stood otherwise
        self._where: frozenset[object] | None = None  # the panels were when everything came to rest
        self._floated: frozenset[QDockWidget] = frozenset()  # likewise
        self._widths: dict[_Size, dict[QDockWidget, int]] = {}  # of what was in front, however the panels stood
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
            panel.topLevelChanged.connect(self._stir)
            panel.dockLocationChanged.connect(self._stir)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again when something has moved."""
        if event.type() in STIRS:
            if event.type() == QEvent.Type.Resize and watched is self._window:
                self._meet()  # Qt has laid the window out anew by now
            self._timer.start()
        elif event.type() == QEvent.Type.Close and watched is not self._window:
            self._timer.start()
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
        self._where = None
        self._elsewhere.clear()
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
        is_back = self._turn()
        kept = self._found(size)
        self._kept.pop(size, None)
        is_new = last is None or size.of_window != last.of_window or size in self._expected
        if kept is None and (is_back or (is_new and last is not None)):
            kept = self._nearest(size, None if is_back else last)
        floating = frozenset(panel for panel in self._panels if panel.isFloating() and panel.isVisible())
        # Were one put back while a panel floats, that panel would go where it was.
        if kept is not None and not floating and (is_back or (size != last and is_new)):
            self._put_back(kept)
        elif floating and is_new and last is not None:
            self._share_out(size, last)
        self._give_room(self._floated - floating)
        self._floated = floating
        places: set[object] = {one.geometry().getRect() for one in self._in_front()}
        if size == last and self._places is not None and places != self._places and not is_back:
            self._drop(size)
        self._size, self._places, self._is_fresh = size, places, False
        self._expected.discard(size)
        self._kept[size] = window.saveState(FORMAT)
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        self._widths.pop(size, None)
        self._widths[size] = {panel: panel.width() for panel in self._in_front() if not panel.isFloating()}
        if len(self._widths) > MOST:
            del self._widths[next(iter(self._widths))]

    def _turn(self) -> bool:
        """Take what was kept for where the panels are now; return whether they are back there."""
        before, now = self._where, self._standing()
        self._where = now
        if before is None or before == now:
            return False
        self._elsewhere.pop(before, None)
        self._elsewhere[before] = self._kept
        if len(self._elsewhere) > MOST_PLACES:
            del self._elsewhere[next(iter(self._elsewhere))]
        self._kept = self._elsewhere.pop(now, {})
        self._expected.clear()
        return bool(self._kept)

    def _standing(self) -> frozenset[object]:
        # Which panels share a place and which of the places lies left of, or above, which: no size is in it.
        window = self._window
        groups: dict[frozenset[str], QRect] = {}
        for panel in self._panels:
            if panel.isFloating() or panel.isHidden():
                continue
            tabs = [panel, *window.tabifiedDockWidgets(panel)]
            shown = next((one for one in tabs if not one.visibleRegion().isEmpty()), panel)
            groups[frozenset(one.objectName() for one in tabs)] = shown.geometry()
        places = list(groups.items())
        found: set[object] = {
            (one, other, other_place.left() > place.right(), other_place.top() > place.bottom())
            for one, place in places
            for other, other_place in places
            if one != other
        }
        found.update(one for one, _ in places)
        return frozenset(found)

    def _nearest(self, size: _Size, last: _Size | None) -> QByteArray | None:
        near = min(self._kept, key=size.away, default=None)
        if near is None or (last is not None and size.away(near) >= size.away(last)):
            return None
        return self._kept[near]

    def _share_out(self, size: _Size, last: _Size) -> None:
        # A panel that floats forbids to put a state back; what is docked gets its share of the width all the same.
        near = min(self._widths, key=size.away, default=last)
        if size.away(near) < size.away(last):
            shown = [panel for panel in self._in_front() if panel in self._widths[near] and not panel.isFloating()]
            widths = [self._widths[near][panel] * size.width // near.width for panel in shown]
            self._window.resizeDocks(shown, widths, Qt.Orientation.Horizontal)

    def _give_room(self, docked: frozenset[QDockWidget]) -> None:
        for panel in docked & frozenset(self._in_front()):
            column = [one for one in self._in_front() if one.x() == panel.x() and one is not panel]
            lacks, there = LEAST_USEFUL - panel.height(), sum(one.height() for one in column)
            if lacks > 0 and there > lacks:
                heights = [one.height() * (there - lacks) // there for one in column]
                self._window.resizeDocks([panel, *column], [LEAST_USEFUL, *heights], Qt.Orientation.Vertical)

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

    def _stir(self) -> None:
        if not self._is_putting_back:
            self._timer.start()
