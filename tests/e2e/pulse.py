"""Feel the pulse of a window: how long it does nothing at most."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QTimer

FROZEN_MS = 1_500  # of a window whose machine is busy with other tests as well


class Pulse:
    """Measure the longest time in which the window did nothing."""

    def __init__(self) -> None:
        self.longest_ms = 0
        self._since = QElapsedTimer()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._since.start()
        self._timer.start(20)

    def _beat(self) -> None:
        self.longest_ms = max(self.longest_ms, self._since.restart())

    def end(self) -> None:
        self._timer.stop()
