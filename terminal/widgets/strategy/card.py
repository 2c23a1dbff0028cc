"""Show one strategy: what it does, how it stands, and the buttons that steer it.

Cards move when one above them grows. A click on a button that has not stood still for `STILL_MS` was meant for another:
it is not taken, and said not to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.words.spot_terms import SpotTerm
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.few_lines import FewLines
from terminal.widgets.parts.rows import Tone, tone_of
from terminal.widgets.parts.toned import mark, show_text
from terminal.widgets.strategy.fields import short_code
from terminal.widgets.strategy.words import ENDED, KINDS, kind_of, standing_of

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QMoveEvent

    from terminal.engine.screen import StrategyCard

STILL_MS: Final = 1_000
STOP_MS: Final = 5_000  # a second press within this time stops
SETTLE_MS: Final = 400  # presses closer than this are one double click
HANDED_BACK: Final = "持仓已交还账户"
PASSED_ON: Final = "已改绑"
SENTENCE, WARNING, FACTS = 4, 3, 2  # lines: as many as the longest takes on the smallest screen


class CardView(QFrame):
    """Hold one card; its signals tell what a person wants of the strategy."""

    selected = Signal()
    change = Signal()
    agree = Signal()
    spot = Signal()
    pause = Signal()
    resume = Signal()
    stop = Signal()
    passed_over = Signal()

    def __init__(self, card: StrategyCard, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("strategyCard")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.card = card
        self.pill, self.name, self.kind, self.profit = (QLabel() for _ in range(4))
        self.sentence, self.warning, self.facts = FewLines(SENTENCE), FewLines(WARNING), FewLines(FACTS)
        self.sentence.setObjectName("strategySentence")
        self.warning.setObjectName("strategyWarning")
        self.warning.hide()
        for label, name in (
            (self.pill, "strategyPill"),
            (self.name, "strategyName"),
            (self.kind, "strategyFact"),
            (self.facts, "strategyFact"),
            (self.profit, "strategyProfit"),
        ):
            label.setObjectName(name)
        self.bar, self.share = QProgressBar(), QLabel()
        self.share.setObjectName("strategyFact")
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setFixedSize(60, 5)
        self.change_button, self.rest_button, self.stop_button = (QPushButton() for _ in range(3))
        self.agree_button = QPushButton(TargetTerm.AGREE)
        self.spot_button = QPushButton(f"{SpotTerm.CONFIRM_SPOT}…")
        self.spot_button.setToolTip("现货买好或卖好之后说一声：吨数、成交价、合同号；停止了的策略也可以说不做了")
        self.stop_armed, self.settle = QTimer(self), QTimer(self)
        for timer, span in ((self.stop_armed, STOP_MS), (self.settle, SETTLE_MS)):
            timer.setSingleShot(True)
            timer.setInterval(span)
        self.stop_armed.timeout.connect(self.disarm)
        self._why = ("", "")
        self._old = False
        self._still = QElapsedTimer()  # since it was last moved
        self.buttons = (self.agree_button, self.spot_button, self.change_button, self.rest_button, self.stop_button)
        for button in self.buttons:
            button.installEventFilter(self)
        self._lay()
        self.agree_button.clicked.connect(self.agree)
        self.spot_button.clicked.connect(self.spot)
        self.change_button.clicked.connect(self.change)
        self.rest_button.clicked.connect(self._press_rest)
        self.stop_button.clicked.connect(self._press_stop)

    @property
    def armed(self) -> bool:
        """Return whether the next press stops the strategy."""
        return self.stop_armed.isActive()

    def show_card(self, card: StrategyCard) -> None:
        """Show a card."""
        if card.then is not self.card.then:
            self.stop_armed.stop()  # the next press would mean something else
        turned, self.card = card.status is not self.card.status, card
        shape, word, tone = standing_of(card.status, old=self._old)
        show_text(self.pill, f"{shape} {word}")
        mark(self.pill, "state", tone)
        show_text(self.name, card.strategy)
        show_text(self.kind, KINDS[kind_of(card.settings)])
        self.sentence.say(card.sentence, afresh=turned)
        mark(self.sentence, "tone", "dim" if self._old and card.status not in ENDED else "")
        self.warning.say(f"▲ {card.warning}" if card.warning else "", afresh=True)
        self.warning.setVisible(bool(card.warning))
        parts = (
            _holding(card),
            f"挂单 {card.working}",
            f"{Term.TODAY}{Term.COMMISSION} {figures.number(card.fees_today)}",
        )
        self.facts.say(" · ".join(parts), afresh=turned)
        profit = figures.signed(card.profit_today)
        tint = Tone.DIM if self._old or card.profit_today is None else tone_of(card.profit_today)
        show_text(self.profit, f"{Term.TODAY} {profit}", tint)
        self.profit.setToolTip("当日盈亏，按最新价，已扣手续费，元")
        rolls = card.progress is not None
        self.bar.setVisible(rolls)
        mark(self.bar, "old", "true" if self._old else "false")
        self.share.setVisible(rolls)
        if card.progress is not None:
            self.bar.setValue(int(card.progress * 1000))
            show_text(self.share, figures.percent(card.progress, 0))
        self.bar.setAccessibleName(f"{card.strategy} 进度 {self.share.text()}")
        self.setAccessibleName(
            f"{card.strategy} {self.kind.text()} {word}：{card.sentence}，{self.facts.whole}，当日盈亏 {profit}"
            + (f"，提醒：{card.warning}" if card.warning else "")
        )
        self._show_buttons()

    def show_age(self, *, old: bool) -> None:
        """Show whether the card is of before the link was cut: nothing on it is known to go on."""
        if old is not self._old:
            self._old = old
            self.show_card(self.card)

    def allow(self, why_not: str, why_not_rest: str) -> None:
        """Say why the strategy may not be changed or resumed, and why not brought to rest; empty where it may."""
        if (why_not, why_not_rest) != self._why:
            self._why = (why_not, why_not_rest)
            self._show_buttons()

    def choose(self, *, chosen: bool) -> None:
        """Show whether this is the card whose settings are in the form."""
        mark(self, "chosen", "true" if chosen else "false")

    def chain(self, before: QWidget) -> QWidget:
        """Take this card's place in the order of the Tab key, after another widget; return its last one."""
        for control in (self, *self.buttons):
            QWidget.setTabOrder(before, control)
            before = control
        return before

    def disarm(self) -> None:
        """Want two presses again."""
        self.stop_armed.stop()
        self._show_buttons()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select by Enter or space."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.selected.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select by a click."""
        super().mousePressEvent(event)
        self.selected.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take no click on a button that has just come under the cursor; the keyboard goes with its card."""
        clicks = event.type() in {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick}
        if clicks and self._still.isValid() and not self._still.hasExpired(STILL_MS):
            self.passed_over.emit()
            return True
        return super().eventFilter(watched, event)

    def moveEvent(self, event: QMoveEvent) -> None:
        """Rest where the card was moved to."""
        super().moveEvent(event)
        if event.pos().y() != event.oldPos().y():
            self.rest_anew()

    def rest_anew(self) -> None:
        """Take clicks only when the card has stood still for long enough from now."""
        self._still.start()

    def _lay(self) -> None:
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(self.pill)
        first.addWidget(self.name)
        first.addWidget(self.kind)
        first.addStretch(1)
        for button in self.buttons:
            button.setProperty("look", "small")
            first.addWidget(button)
        second.addWidget(self.sentence, 1)
        warned = QHBoxLayout()
        warned.addWidget(self.warning, 1)
        third.setSpacing(8)
        third.addWidget(self.facts, 1)
        third.addWidget(self.bar)
        third.addWidget(self.share)
        third.addWidget(self.profit)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 5, 8, 6)
        column.setSpacing(2)
        for row in (first, second, warned, third):
            column.addLayout(row)

    def _show_buttons(self) -> None:
        card, (why, why_rest) = self.card, self._why
        ended = card.status in ENDED
        resumes = card.status is StrategyStatus.PAUSED or card.then is Rest.PAUSED
        stopping = card.then is Rest.STOPPED
        if ended:
            self.stop_armed.stop()
        self.change_button.setText(Term.NEW_STRATEGY if ended else Term.MODIFY)
        self.rest_button.setText(Term.RESUME if resumes else Term.PAUSE)
        self.stop_button.setText("再按停止" if self.armed else Term.STOP)
        mark(self.stop_button, "look", "danger" if self.armed else "small")
        self.change_button.setToolTip("照此新建一个策略" if ended else "把参数放进下面的表单修改")
        self.rest_button.setToolTip((why if resumes else why_rest) or ("" if resumes else "挂单会撤回，持仓不动"))
        stops = "不再收尾，缺的不再由它补，立即停止" if stopping else "挂单会撤回，持仓不动"
        self.stop_button.setToolTip(why_rest or f"5 秒内再按一次停止：{stops}")
        self.rest_button.setEnabled(not (ended or stopping or (why if resumes else why_rest)))
        self.stop_button.setEnabled(not (ended or why_rest))
        self.rest_button.setVisible(not ended)
        self.stop_button.setVisible(not ended)
        number, proposed = card.proposal
        self.agree_button.setVisible(bool(number))
        self.agree_button.setEnabled(bool(number) and not why)
        self.agree_button.setToolTip(why or f"同意并报单：{proposed}")
        self.spot_button.setVisible(card.spot is not None)
        for button in self.buttons:
            button.setAccessibleName(f"{button.text()} {card.strategy}")

    def _press_rest(self) -> None:
        if self.card.status is StrategyStatus.PAUSED or self.card.then is Rest.PAUSED:
            self.resume.emit()
        else:
            self.pause.emit()

    def _press_stop(self) -> None:
        if self.settle.isActive():
            return
        self.settle.start()
        if self.armed:
            self.disarm()
            self.stop.emit()
        else:
            self.stop_armed.start()
            self._show_buttons()


def _holding(card: StrategyCard) -> str:
    held = [f"{short_code(name)} {figures.signed(lots)}" for name, lots in card.lots.items() if lots]
    if held:
        return f"{'、'.join(held)} 手"
    if not card.passed_on:
        return HANDED_BACK if card.handed_back else "空仓"
    passed_on = f"{PASSED_ON} {'、'.join(card.passed_on)}"
    return f"{passed_on}，其余{HANDED_BACK}" if card.handed_back else passed_on
