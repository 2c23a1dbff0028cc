"""Have a button that must be held, so that nobody sets it off by a slip, and that paints how far the hold is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QPushButton

from terminal.widgets.parts.held_key import BELIEVED_MS, HeldKey

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from terminal.widgets.dress.look import Look

PAINT_MS: Final = 25


class HoldButton(QPushButton):
    """Fire once when it has been held by the mouse or by Space; there is room for each of the `texts` it may show.

    `begin`, `see_press` and `see_release` let other keys hold it; `let_go` tells that nothing holds it any more,
    `too_short` that it was let go before it fired, and `missed` that it was pressed while it `is_barred`.
    """

    fired = Signal()
    let_go = Signal()
    missed = Signal()
    too_short = Signal()

    def __init__(self, look: Look, texts: tuple[str, ...], *, hold_ms: int) -> None:
        super().__init__(texts[0])
        self._look = look
        self._texts = texts
        self._hold_ms = hold_ms
        self._held = QElapsedTimer()
        self.is_barred = False
        self.wavers = False  # let go, or only a repeat of the key: it does not fire before that is known
        self._tick = QTimer(self)
        self._tick.setInterval(min(PAINT_MS, hold_ms))
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._advance)
        self._keys, self._waver = HeldKey(), QTimer(self)
        self._waver.setSingleShot(True)
        self._waver.setInterval(BELIEVED_MS)
        self._waver.timeout.connect(self.cancel)
        self.pressed.connect(self.begin)
        self.released.connect(self.cancel)

    @property
    def progress(self) -> float:
        """Return how much of the hold is done, 0 to 1."""
        return min(1.0, self._held.elapsed() / self._hold_ms) if self._tick.isActive() else 0.0

    def begin(self) -> None:
        """Begin to hold, where the button works."""
        if self.is_barred:
            self.missed.emit()
        elif self.isEnabled() and not self._tick.isActive():
            self._held.start()
            self._tick.start()
            self.update()

    def cancel(self) -> None:
        """Let go; nothing happens unless it has fired already."""
        was_held = self._tick.isActive()
        self._stop()
        if was_held:
            self.too_short.emit()

    def _stop(self) -> None:
        self._tick.stop()
        self._waver.stop()
        self.wavers = False
        self.update()
        self.let_go.emit()

    def see_press(self, event: QKeyEvent) -> bool:
        """Take a press of a key that may hold it already; return whether a finger made it."""
        if self._keys.repeats(event):
            self.wavers = False
            self._waver.stop()
            return False
        if self.wavers:
            self.cancel()  # a finger again: the hold begins anew
        return True

    def see_release(self, event: QKeyEvent) -> None:
        """Take a release, and believe it when no press of the same instant follows."""
        self._keys.let_go(event)
        if event.timestamp() == 0:
            self.cancel()
        elif not event.isAutoRepeat():
            self.wavers = True
            self._waver.start()  # the press of a repeat may be under way

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hold by Space, which Qt would let go and press again where it does not know a repeat."""
        if event.key() != Qt.Key.Key_Space:
            super().keyPressEvent(event)
        elif self.see_press(event):
            self.begin()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Let Space go."""
        if event.key() == Qt.Key.Key_Space:
            self.see_release(event)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go: the release of a key is told elsewhere from here on."""
        super().focusOutEvent(event)
        if not self.isDown():  # the mouse holds on
            self.cancel()

    def sizeHint(self) -> QSize:
        """Return room for the longest of its texts, so that nothing moves while it is held."""
        hint = super().sizeHint()
        return QSize(hint.width() - self.fontMetrics().horizontalAdvance(self.text()) + self._widest(), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint how far the hold is."""
        super().paintEvent(event)
        done = self.progress
        if done:
            painter = QPainter(self)
            ground = QColor(self._look.tokens.red)
            ground.setAlphaF(0.35)
            inner = self.rect().adjusted(1, 1, -1, -1)
            painter.fillRect(QRect(inner.topLeft(), QSize(round(inner.width() * done), inner.height())), ground)
            painter.end()

    def _advance(self) -> None:
        if self._held.elapsed() >= self._hold_ms and not self.wavers:
            self._stop()
            self.fired.emit()
        self.update()

    def _widest(self) -> int:
        return max(self.fontMetrics().horizontalAdvance(text) for text in self._texts)
