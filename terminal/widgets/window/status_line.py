"""Say at the window's foot what is connected, how fast it is, and which moment the market is at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QPoint
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkLine, LinkState
from terminal.widgets.account.holding import holder_tip, holder_words
from terminal.widgets.parts import figures
from terminal.widgets.parts.elided import Elided
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.toned import show_text

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from terminal.engine.mailbox import Clock
    from terminal.engine.screen import AccountLine
    from terminal.widgets.dress.look import Look

RATE_MS: Final = 1_000  # over how long the rate is taken
STANDS: Final = "行情停住（只能看）"  # it comes, and is not shown beside what is old
SILENT_MS: Final = 10_000  # a market that says nothing for so long is said to be silent
STATES: Final = {
    LinkState.CONNECTING: "正在连接",
    LinkState.CATCHING_UP: "正在补齐",
    LinkState.LIVE: "已同步",
    LinkState.OFFLINE: Term.OFFLINE,
    LinkState.REFUSED: "拒绝连接",
    LinkState.ENDED: "连接已停止",
}


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
    """Hold market, runner, gateway and holder on the left; rate, trading day and market clock on the right.

    Runner and gateway are not spoken of before something is known of them.
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.lamp, self.runner_lamp, self.gateway_lamp = Lamp(look), Lamp(look), Lamp(look)
        self.state, self.market, self.rate, self.day, self.clock = (QLabel() for _ in range(5))
        self.runner, self.gateway = QLabel(), QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 14, 0)
        row.setSpacing(6)
        for lamp, label in (
            (self.lamp, self.state),
            (self.runner_lamp, self.runner),
            (self.gateway_lamp, self.gateway),
        ):
            row.addWidget(lamp)
            row.addWidget(label)
            row.addSpacing(14)
        for hidden in (self.runner_lamp, self.runner, self.gateway_lamp, self.gateway):
            hidden.hide()
        self.holder = Elided("statusText")
        row.addWidget(self.holder)
        row.addStretch(1)
        for label in (self.market, self.rate, self.day, self.clock):
            row.addWidget(label)
            row.addSpacing(14)
        for label in (self.state, self.runner, self.gateway, self.market, self.rate, self.day, self.clock):
            label.setObjectName("statusText")
        self._name = ""
        self._stopped = False
        self._seen: Clock | None = None
        self._counted = 0
        self._since = QElapsedTimer()
        self._heard = QElapsedTimer()
        self._link: LinkLine | None = None
        self._linked_since = QElapsedTimer()  # since the link was last told
        self._account: AccountLine | None = None
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
        if self._offline:
            self._show_link()  # it counts
        if self._seen is None or self._stopped:
            return
        self._take_rate(self._seen.updates)
        self.show_silence(self._heard.elapsed())

    def show_link(self, link: LinkLine) -> None:
        """Take how the desk stands to its runner; the market and the gateway are seen through it."""
        self._link = link
        self._linked_since.start()
        self._show_link()
        self._show_gateway()
        self._show_holder()
        if self._stopped:
            return
        if self._heard.isValid():
            self.show_silence(self._heard.elapsed())
        elif link.state is LinkState.REFUSED:
            self._say("行情未打开：见上方提示", well=False)

    def show_account(self, line: AccountLine | None) -> None:
        """Take whether the account looked at is linked to its exchange, and who holds it."""
        self._account = line
        self._show_gateway()
        self._show_holder()

    def show_silence(self, silent_ms: int) -> None:
        """Say whether the market speaks; `silent_ms` is how long ago it did."""
        if self._link is not None and self._link.is_old:
            behind = self._link.state is LinkState.CATCHING_UP
            cut = "行情待补齐" if behind else f"行情中断（{Term.OFFLINE}）"
            self._say(STANDS if self._link.is_heard else cut, well=False)
        elif silent_ms > SILENT_MS:
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

    @property
    def _offline(self) -> bool:
        return self._link is not None and self._link.state is LinkState.OFFLINE

    def _show_link(self) -> None:
        link = self._link
        if link is None:
            return
        text = f"{link.runner} {link.short or STATES[link.state]}"
        if link.state is LinkState.OFFLINE:
            text = f"{text} {link.offline_s + self._linked_since.elapsed() // 1000} s"
        elif link.state is LinkState.LIVE and link.latency_ms is not None:
            text = f"{text} · {link.latency_ms:.0f} ms"
        _tell(self.runner_lamp, self.runner, text, well=link.state is LinkState.LIVE)
        self.runner.setToolTip(link.sentence)

    def _show_gateway(self) -> None:
        line = self._account
        if line is None:
            for widget in (self.gateway_lamp, self.gateway):
                widget.hide()
            return
        if self._link is not None and self._link.state is not LinkState.LIVE:
            _tell(self.gateway_lamp, self.gateway, f"{Term.GATEWAY} 未知", well=False)
            return
        _tell(
            self.gateway_lamp, self.gateway, f"{Term.GATEWAY} {'已连接' if line.linked else '断开'}", well=line.linked
        )
        self.gateway.setToolTip(line.why_closed)

    def _show_holder(self) -> None:
        line = self._account
        self.holder.say(holder_words(self._link, line) if line else "")
        self.holder.setToolTip(holder_tip(line) if line else "")

    def _take_rate(self, updates: int) -> None:
        if not self._since.isValid():
            self._since.start()
            self._counted = updates
            return
        passed = self._since.elapsed()
        if passed >= RATE_MS:
            self.per_second = max(updates - self._counted, 0) * 1000 / passed  # a new runner counts from nothing
            self._counted = updates
            self._since.start()
            show_text(self.rate, f"{Term.QUOTES} {self.per_second:,.0f} 条/秒")

    def _say(self, text: str, *, well: bool) -> None:
        show_text(self.state, text, Tone.PLAIN)
        self.lamp.light(well=well)
        self.lamp.setAccessibleName(text)


def _tell(lamp: Lamp, label: QLabel, text: str, *, well: bool) -> None:
    show_text(label, text)
    lamp.light(well=well)
    lamp.setAccessibleName(text)
    for widget in (lamp, label):
        widget.show()
