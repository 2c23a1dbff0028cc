"""Let one press of a key send one order.

Four ways a press sends what nobody meant: the key is held down and repeats, it bounces, it was meant for another window
and the focus jumped, or it was meant for what stood there a moment ago: who may order has changed under the finger. A
repeat is ignored where the key arrives; here the other three are refused. Any Enter inside the ticket counts for the
bounce, also one that only walked to the next field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject
from PySide6.QtWidgets import QApplication, QWidget

REST_MS: Final = 300  # between two presses
SETTLE_MS: Final = 150  # from the focus coming in to the first press that counts
CHANGED_MS: Final = 1_000  # from a change of who may order to the first press that counts


def stopwatch() -> Callable[[], int]:
    """Return a count of ms that never goes back, whatever is done to the machine's clock."""
    watch = QElapsedTimer()
    watch.start()
    return watch.elapsed


class SendGuard:
    """Judge presses by their instants; `clock` counts ms from anywhere."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._focused: int | None = None
        self._inside = False
        self._pressed: int | None = None
        self._changed: int | None = None

    @property
    def now(self) -> int:
        """Return its clock, in ms."""
        return self._clock()

    def come_in(self) -> None:
        """Note that the focus came in."""
        self._focused = self._clock()

    def leave(self) -> None:
        """Note that the focus left."""
        self._focused = None

    def follow(self, *, inside: bool) -> None:
        """Take whether the focus is inside now."""
        if inside and not self._inside:
            self.come_in()
        elif not inside:
            self.leave()
        self._inside = inside

    def note_press(self) -> None:
        """Note a press that does not send."""
        self._pressed = self._clock()

    def note_change(self) -> None:
        """Note that who may order has changed, or what may be ordered again."""
        self._changed = self._clock()

    @property
    def is_unsettled(self) -> bool:
        """Return whether the last such change is too new for a press to be about what stands there now."""
        return self._changed is not None and self._clock() - self._changed < CHANGED_MS

    def allows_key(self) -> bool:
        """Return whether a key pressed now may send; the press is noted either way."""
        now = self._clock()
        settled = self._focused is not None and now - self._focused >= SETTLE_MS
        return self._rested(now) and settled

    def allows_click(self) -> bool:
        """Return whether a click may send now; it is noted either way."""
        return self._rested(self._clock())

    def _rested(self, now: int) -> bool:
        rested = self._pressed is None or now - self._pressed >= REST_MS
        self._pressed = now
        return rested and not self.is_unsettled


class FocusWatch(QObject):
    """Tell a guard of the focus that comes into a widget and leaves it, as long as the widget lives."""

    def __init__(self, guard: SendGuard, widget: QWidget) -> None:
        super().__init__(widget)
        self._guard, self._widget = guard, widget
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        self._guard.follow(inside=now is not None and self._widget.isAncestorOf(now))
