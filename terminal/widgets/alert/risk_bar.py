"""Say across the window what stands against the account: how many, the worst in a sentence, and what to do now.

With nothing to say the bar is a thin calm line. A person may fold it while the worst is yellow; at orange and above it
cannot be folded, and one that was folded opens again. Counts are shown by shape, word and colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QPoint, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from terminal.domain.commands import Acknowledgement
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, CommandId
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.screen import AccountLine, AlertLine, Hand, LinkLine, LinkState, ResultLine
from terminal.widgets.account.title import account_title
from terminal.widgets.alert.level_mark import ALARMS, COLOURS, WORDS, LevelMark
from terminal.widgets.alert.list import SENT, AlertList, show_standing
from terminal.widgets.parts.buttons import button
from terminal.widgets.parts.elided import Elided, Shortened
from terminal.widgets.parts.empty_state import BEHIND_MARK, unknown
from terminal.widgets.parts.sentence_first import SentenceFirst
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from terminal.widgets.dress.look import Look

HEIGHT: Final = 38
FOLDED_HEIGHT: Final = 28
CALM_HEIGHT: Final = 3
FIRST: Final = 400  # pixels of a sentence: where an advice leaves it less, the sentence is told first
NARROW: Final = 1_100  # pixels: a bar that has less shows no counts of nothing
CALM: Final = "没有告警"
CALM_MS: Final = 600  # what comes to stand where something else stood is not confirmed by the click meant for that
OFFLINE: Final = "没有连上运行器，确认送不到。"
CATCHING_UP: Final = "正在补齐记录，补齐后再确认。"
ONLY_LOOKS: Final = "您在该账户只能查看，不能确认告警。"


class Chip(QFrame):
    """Count the alerts of one level."""

    def __init__(self, look: Look, level: Level) -> None:
        super().__init__()
        self.setObjectName("alertChip")
        self.level = level
        self._mark = LevelMark(look, level)
        self._word, self._count = QLabel(WORDS[level]), QLabel()
        self._word.setObjectName("alertWord")
        self._count.setObjectName("alertCount")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(5)
        row.addWidget(self._mark)
        row.addWidget(self._word)
        row.addSpacing(12)
        row.addWidget(self._count)
        self.show_count(0)

    def show_count(self, count: int) -> None:
        """Change the count; none is said quietly."""
        self._count.setText(str(count))
        self._mark.show_level(self.level, quiet=not count)
        for widget in (self, self._word, self._count):
            mark(widget, "level", COLOURS[self.level] if count else "")
        self.setAccessibleName(f"{WORDS[self.level]} {count} 条")


class RiskBar(QFrame):
    """Hold counts, the worst alert, and what a person can do; `calm_ms` is how long one stands before that.

    `differences` tells the account whose statement somebody wants to look at.
    """

    differences = Signal(str)

    def __init__(self, look: Look, hand: Hand, *, calm_ms: int = CALM_MS) -> None:
        super().__init__()
        self.setObjectName("riskBar")
        self._hand = hand
        self._calm_ms, self._since_other = calm_ms, QElapsedTimer()
        self._spoken: tuple[str, Level] | None = None
        self._alerts: tuple[AlertLine, ...] = ()
        self._names: dict[AccountId, str] = {}
        self._sent: dict[CommandId, Acknowledgement] = {}
        self._at = 0
        self._link: LinkLine | None = None
        self.folded = False
        self.chips = {level: Chip(look, level) for level in ALARMS}
        self._word = QLabel()
        self._word.setObjectName("alertWord")
        self.sentence, self.advice = Shortened("alertText"), Elided("alertAdvice")
        self._words = SentenceFirst(self.sentence, self.advice, first=FIRST)
        self.age = QLabel()
        self.age.setObjectName("alertAge")
        self.fold_button = button(Term.FOLD, name=f"{Term.FOLD}{Term.RISK_BAR}")
        self.unfold_button = button(Term.UNFOLD, name=f"{Term.UNFOLD}{Term.RISK_BAR}")
        self.all_button = button(Term.SEE_ALL, name=f"{Term.SEE_ALL}：{Term.ALL_ALERTS}")
        self.differences_button = button(Term.SEE_DIFFERENCES, name=f"{Term.SEE_DIFFERENCES}：{Term.STATEMENT_CHECK}")
        self.acknowledge_button = button(Term.ACKNOWLEDGE)
        self.unfold_button.setProperty("small", "true")
        self.list = AlertList(self, look)
        self._lay_out()
        self.fold_button.clicked.connect(self.fold)
        self.unfold_button.clicked.connect(self._unfold)
        self.all_button.clicked.connect(self._open_list)
        self.acknowledge_button.clicked.connect(self._acknowledge_worst)
        self.differences_button.clicked.connect(self._see_differences)
        self.list.acknowledged.connect(self._acknowledge)
        self.list.differences.connect(self.differences)
        self._show()

    @property
    def worst(self) -> AlertLine | None:
        """Return the alert the bar speaks of: the worst, of those what nobody has seen, and the oldest among these."""
        return min(self._alerts, key=lambda line: line.rank, default=None)

    @property
    def may_fold(self) -> bool:
        """Return whether the bar may be folded: never at orange or above."""
        return self.worst is not None and self.worst.level <= Level.YELLOW

    @property
    def _old(self) -> bool:
        return self._link is not None and self._link.is_old

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner can be reached, and on which accounts this person may do more than look."""
        before, self._link = self._link, link
        if before is None or (before.state, before.roles) != (link.state, link.roles):
            self._show()

    def show_alerts(self, alerts: tuple[AlertLine, ...]) -> None:
        """Show everything that stands now."""
        self._alerts = tuple(sorted(alerts, key=lambda line: line.rank))
        waiting = {line.acknowledge for line in alerts}
        self._sent = {command: body for command, body in self._sent.items() if body in waiting}
        self.folded = self.folded and self.may_fold
        self._show()

    def show_names(self, lines: dict[AccountId, AccountLine]) -> None:
        """Take what accounts are called: where there are several, an alert names its own."""
        before = dict(self._names)
        self._names |= {account: line.name for account, line in lines.items()}
        if self._names != before:
            self._show()

    def show_now(self, at: int) -> None:
        """Say how long the alert has stood; `at` is the market clock."""
        self._at = at
        if self.worst is not None:
            show_standing(self.age, self.worst, at, old=self._old)
        if self.list.isVisible():
            self.list.show_now(at, old=self._old)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of an acknowledgement; one that failed can be given again."""
        for result in results:
            if not result.ok and result.code != "UNANSWERED" and self._sent.pop(result.command, None) is not None:
                self.acknowledge_button.setToolTip(result.sentence)
                self._show()

    def fold(self) -> None:
        """Fold the bar, where that is allowed."""
        self.folded = self.may_fold
        self._show()

    def show_all(self) -> None:
        """Open the list of everything that stands, also where nothing does."""
        self._open_list()

    def summary(self) -> str:
        """Return what stands as one text."""
        if self.worst is None:
            not_known = unknown(self._link)
            return f"{not_known[0]}，不知道有没有告警" if not_known else CALM
        counts = " ".join(f"{WORDS[level]} {count}" for level, count in self._counts().items() if count)
        return f"{counts}：{self._said(self.worst)}"

    def _said(self, line: AlertLine) -> str:
        # With one account in the house there is none it could be taken for.
        account, link = line.account, self._link
        of_when = f"{BEHIND_MARK}：" if link and link.is_behind else ""
        if self._names.keys() <= {account}:
            return f"{of_when}{line.sentence}"
        return f"{of_when}{account_title(account, self._names.get(account, ''))}：{line.sentence}"

    def _said_shortly(self, line: AlertLine) -> str:
        # The level stands before it as a word already, and a number is enough to tell accounts apart.
        what = line.sentence.removeprefix(f"{WORDS.get(line.level, '')}：")
        account = "" if self._names.keys() <= {line.account} else f"{line.account}："
        return f"{account}{what}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the sentence where there is little."""
        super().resizeEvent(event)
        if (event.oldSize().width() >= NARROW) != (event.size().width() >= NARROW):
            self._show()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        for chip in self.chips.values():
            row.addWidget(chip)
        row.addSpacing(8)
        for widget in (self._word, self._words, self.age):
            row.addWidget(widget)
        row.addStretch(1)
        for control in (self.fold_button, self.unfold_button, self.all_button, self.differences_button):
            row.addWidget(control)
        row.addWidget(self.acknowledge_button)

    def _counts(self) -> dict[Level, int]:
        return {level: sum(line.level is level for line in self._alerts) for level in ALARMS}

    def _show(self) -> None:
        worst = self.worst
        open_ = worst is not None and not self.folded
        spoken = (worst.key, worst.level) if worst is not None and open_ else None
        if spoken != self._spoken:
            self._spoken = spoken
            self._since_other.start()
        self.setFixedHeight(HEIGHT if open_ else FOLDED_HEIGHT if worst else CALM_HEIGHT)
        mark(self, "level", COLOURS[worst.level] if worst else "")
        mark(self, "folded", "true" if self.folded else "false")
        for level, count in self._counts().items():
            self.chips[level].show_count(count)
            self.chips[level].setFixedHeight(HEIGHT - 14 if open_ else FOLDED_HEIGHT - 8)
            self.chips[level].setVisible((open_ and self.width() >= NARROW) or (worst is not None and count > 0))
        for widget in (self._word, self._words, self.age, self.all_button):
            widget.setVisible(open_)
        self.differences_button.setVisible(open_ and worst is not None and worst.of_statement)
        self.fold_button.setVisible(open_ and self.may_fold)
        self.unfold_button.setVisible(worst is not None and self.folded)
        if worst is not None:
            self._word.setText(WORDS.get(worst.level, ""))
            mark(self._word, "level", COLOURS[worst.level])
            self._words.say(self._said(worst), self._said_shortly(worst), worst.advice)
        self._show_acknowledgement(worst, open_=open_)
        self.list.show_alerts(self._alerts, self._sent.values(), self._barred, self._names)
        self.setAccessibleName(f"{Term.RISK_BAR}：{self.summary()}")
        self.setAccessibleDescription(worst.advice if worst else "")
        self.show_now(self._at)

    def _show_acknowledgement(self, worst: AlertLine | None, *, open_: bool) -> None:
        sent = worst is not None and worst.acknowledge in self._sent.values()
        self.acknowledge_button.setVisible(open_ and worst is not None and worst.acknowledge is not None)
        barred = self._barred(worst) if worst is not None else ""
        self.acknowledge_button.setEnabled(not sent and not barred)
        if barred:
            self.acknowledge_button.setToolTip(barred)
        elif self._link is not None and self.acknowledge_button.toolTip() in {OFFLINE, CATCHING_UP, ONLY_LOOKS}:
            self.acknowledge_button.setToolTip("")
        self.acknowledge_button.setText(SENT if sent else Term.ACKNOWLEDGE)
        if worst is not None:
            self.acknowledge_button.setAccessibleName(f"{Term.ACKNOWLEDGE}：{worst.sentence}")

    def _barred(self, line: AlertLine) -> str:
        link = self._link
        if link is None:
            return ""
        if link.state is not LinkState.LIVE:
            return CATCHING_UP if link.is_behind else OFFLINE
        return "" if set(link.roles.get(line.account, ())) - {Role.VIEWER} else ONLY_LOOKS

    def _unfold(self) -> None:
        self.folded = False
        self._show()

    def _open_list(self) -> None:
        self.list.show_now(self._at, old=self._old)
        self.list.open_at(self.mapToGlobal(QPoint(self.width() - 12, self.height())))

    def _see_differences(self) -> None:
        if self.worst is not None:
            self.differences.emit(self.worst.account)

    def _acknowledge_worst(self) -> None:
        if self.worst is not None and self._since_other.elapsed() >= self._calm_ms:
            self._acknowledge(self.worst.key)

    def _acknowledge(self, key: str) -> None:
        line = next((line for line in self._alerts if line.key == key), None)
        body = None if line is None or self._barred(line) else line.acknowledge
        if body is None or body in self._sent.values():
            return
        self._sent[self._hand.send(body)] = body
        self._show()
