"""Say at the window's foot what is connected, how fast it is, and which moment the market is at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QPoint
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from terminal.domain.terms import Term
from terminal.widgets import figures
from terminal.widgets.rows import Tone
from terminal.widgets.toned import show_text

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from terminal.engine.mailbox import Clock
    from terminal.widgets.look import Look

RATE_MS: Final = 1_000  # over how long the rate is taken
SILENT_MS: Final = 10_000  # a market that says nothing for so long is said to be silent


class Lamp(QWidget):
    """Show a state by shape and colour: a disc while all is well, a triangle otherwise."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setFixedSize(12, 12)
        self._look = look
        self.well = False
        look.changed.connect(self.update)

    def light(self, *, well: bool) -> None:
        """Change the state."""
        if well is not self.well:
            self.well = well
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shape."""
        tokens = self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(tokens.down if self.well else tokens.yellow))
        if self.well:
            painter.drawEllipse(2, 2, 8, 8)
        else:
            painter.drawPolygon([QPoint(6, 1), QPoint(11, 10), QPoint(1, 10)])
        painter.end()


class StatusLine(QFrame):
    """Hold the state of the link on the left; rate, trading day and market clock on the right."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.lamp = Lamp(look)
        self.state, self.market, self.rate, self.day, self.clock = (QLabel() for _ in range(5))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 14, 0)
        row.setSpacing(6)
        row.addWidget(self.lamp)
        row.addWidget(self.state)
        row.addStretch(1)
        for label in (self.market, self.rate, self.day, self.clock):
            row.addWidget(label)
            row.addSpacing(14)
        for label in (self.state, self.market, self.rate, self.day, self.clock):
            label.setObjectName("statusText")
        self._name = ""
        self._stopped = False
        self._seen: Clock | None = None
        self._counted = 0
        self._since = QElapsedTimer()
        self._heard = QElapsedTimer()
        self.per_second: float | None = None
        self._say("正在打开行情…", well=False)

    def show_market(self, name: str) -> None:
        """Name the market."""
        self._name = name
        show_text(self.market, f"{Term.MARKET} {name}")

    def show_clock(self, clock: Clock | None) -> None:
        """Take the market clock where there is a new one; called once per frame."""
        if clock is not None:
            self._heard.start()
            self._seen = clock
            show_text(self.day, f"{Term.TRADING_DAY} {figures.day(clock.trading_day)}")
            show_text(self.clock, f"{Term.MARKET_CLOCK} {figures.clock(clock.at)}")
        if self._seen is None or self._stopped:
            return
        self._take_rate(self._seen.updates)
        self.show_silence(self._heard.elapsed())

    def show_silence(self, silent_ms: int) -> None:
        """Say whether the market speaks; `silent_ms` is how long ago it did."""
        if silent_ms > SILENT_MS:
            self._say(f"行情已静默 {silent_ms // 1000} 秒", well=False)
        else:
            self._say("行情已连接", well=True)

    def stop(self, sentence: str) -> None:
        """Say that nothing comes any more."""
        self._stopped = True
        self._say(f"行情已停止：{sentence}", well=False)

    def summary(self) -> str:
        """Return rate, trading day and market clock as one text."""
        return " ".join(label.text() for label in (self.rate, self.day, self.clock) if label.text())

    def _take_rate(self, updates: int) -> None:
        if not self._since.isValid():
            self._since.start()
            self._counted = updates
            return
        passed = self._since.elapsed()
        if passed >= RATE_MS:
            self.per_second = (updates - self._counted) * 1000 / passed
            self._counted = updates
            self._since.start()
            show_text(self.rate, f"{Term.QUOTES} {self.per_second:,.0f} 条/秒")

    def _say(self, text: str, *, well: bool) -> None:
        show_text(self.state, text, Tone.PLAIN)
        self.lamp.light(well=well)
        self.lamp.setAccessibleName(text)
