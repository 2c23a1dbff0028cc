"""List every alert that stands, over the window, each with what to do and its own acknowledgement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QWidget

from terminal.domain.words.terms import Term
from terminal.engine.screen import AlertLine
from terminal.risk.levels import ESCALATES_SECONDS
from terminal.widgets.account.title import account_title
from terminal.widgets.alert.level_mark import COLOURS, WORDS, LevelMark
from terminal.widgets.parts import figures
from terminal.widgets.parts.buttons import button
from terminal.widgets.parts.popup_list import PopupList
from terminal.widgets.parts.toned import mark, show_text

if TYPE_CHECKING:
    from terminal.domain.commands import Acknowledgement
    from terminal.domain.ids import AccountId
    from terminal.widgets.dress.look import Look

WIDTH: Final = 720
TALLEST: Final = 420
MOST: Final = 60  # rows at once; the rest is counted
SENT: Final = "已送出"
UNSEEN: Final = f"{ESCALATES_SECONDS} 秒未确认"


class AlertRow(QFrame):
    """Show one alert; `acknowledged` and `differences` tell that its buttons were pressed."""

    acknowledged = Signal()
    differences = Signal()

    def __init__(self, line: AlertLine, name: str, look: Look) -> None:
        super().__init__()
        self.setObjectName("alertRow")
        self.line = line
        word = QLabel(WORDS.get(line.level, ""))
        word.setObjectName("alertWord")
        mark(word, "level", COLOURS[line.level])
        self.age = QLabel()
        self.age.setObjectName("alertAge")
        where = f"{Term.ACCOUNT} {account_title(line.account, name)}"
        sentence, advice = QLabel(line.sentence), QLabel(f"{line.advice}　{where}".strip())
        sentence.setObjectName("alertText")
        advice.setObjectName("alertAdvice")
        for label in (sentence, advice):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.button: QPushButton | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(2, 1)
        grid.addWidget(LevelMark(look, line.level), 0, 0)
        grid.addWidget(word, 0, 1)
        grid.addWidget(sentence, 0, 2)
        grid.addWidget(advice, 1, 2)
        grid.addWidget(self.age, 0, 3)
        if line.acknowledge is not None:
            self.button = button(Term.ACKNOWLEDGE, name=f"{Term.ACKNOWLEDGE}：{line.sentence}")
            self.button.clicked.connect(self.acknowledged)
            grid.addWidget(self.button, 0, 4, 2, 1)
        if line.of_statement:
            see = button(Term.SEE_DIFFERENCES, name=f"{Term.SEE_DIFFERENCES}：{line.sentence}")
            see.clicked.connect(self.differences)
            grid.addWidget(see, 0, 5, 2, 1)
        self.setAccessibleName(f"{WORDS.get(line.level, '')} {line.sentence} {line.advice}")

    def show_now(self, at: int, *, old: bool = False) -> None:
        """Say how long it has stood."""
        show_standing(self.age, self.line, at, old=old)

    def show_sent(self, *, sent: bool, barred: str) -> None:
        """Say whether its acknowledgement is on the way, or why it cannot be given."""
        if self.button is not None:
            self.button.setEnabled(not sent and not barred)
            self.button.setToolTip(barred)
            self.button.setText(SENT if sent else Term.ACKNOWLEDGE)


class AlertList(PopupList[AlertRow]):
    """List the alerts; `acknowledged` tells the key of one, `differences` whose statement is asked for."""

    acknowledged = Signal(str)
    differences = Signal(str)

    def __init__(self, owner: QWidget, look: Look) -> None:
        self._more = QLabel()
        self._more.setObjectName("alertAdvice")
        super().__init__(owner, self._more, width=WIDTH, tallest=TALLEST)
        self.setAccessibleName(Term.ALL_ALERTS)
        self._look = look
        self._names: dict[AccountId, str] = {}
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_alerts(
        self,
        alerts: tuple[AlertLine, ...],
        sent: Collection[Acknowledgement],
        barred: Callable[[AlertLine], str],
        names: Mapping[AccountId, str],
    ) -> None:
        """Show these, in their order; `sent` names those whose acknowledgement is on the way.

        `barred` says why this person cannot acknowledge one; empty where they can. `names` are those of accounts.
        """
        if tuple(row.line for row in self.rows) != alerts[:MOST] or names != self._names:
            self._names = dict(names)
            self._rebuild(alerts[:MOST])
        for row in self.rows:
            row.show_sent(sent=row.line.acknowledge in sent, barred=barred(row.line))
        self.title.setText(f"{Term.ALL_ALERTS} {len(alerts)}")
        hidden = len(alerts) - MOST
        self._more.setText(f"另有 {hidden} 条未列出" if hidden > 0 else "" if alerts else "没有告警")
        self.settle()

    def show_now(self, at: int, *, old: bool = False) -> None:
        """Say how long each has stood."""
        for row in self.rows:
            row.show_now(at, old=old)

    def _rebuild(self, alerts: tuple[AlertLine, ...]) -> None:
        rows = [AlertRow(line, self._names.get(line.account, ""), self._look) for line in alerts]
        for row in rows:
            row.acknowledged.connect(lambda key=row.line.key: self.acknowledged.emit(key))
            row.differences.connect(lambda account=row.line.account: self._open_differences(account))
        self.replace(rows)

    def _open_differences(self, account: AccountId) -> None:
        self.hide()
        self.differences.emit(account)


def lasting(line: AlertLine, at: int, *, old: bool = False) -> str:
    """Return how long an alert has stood, or nothing where nobody knows since when; before it who has seen it, if any.

    `old` says that nothing is known since the link was cut.
    """
    age = f"{Term.BEFORE_CUT if old else ''}已 {figures.age(at - line.since)}" if at and line.since else ""
    return " · ".join(part for part in (UNSEEN if line.is_escalated(at) else line.seen, age) if part)


def show_standing(label: QLabel, line: AlertLine, at: int, *, old: bool = False) -> None:
    """Show that, louder where nobody has seen it for too long."""
    show_text(label, lasting(line, at, old=old))
    mark(label, "escalated", "true" if line.is_escalated(at) else "false")
