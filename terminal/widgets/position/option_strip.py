"""Show the options that are held below the positions, and let a person exercise, abandon, or take a request back.

A press asks first what it would do: fee, what the lots become, money and margin afterwards, and when that stands there
a second press sends just what was previewed. Changing lots, row or 自对冲 asks anew. Until when the exchange takes
requests is counted down by the market clock. Nothing is shown to whom no options belong.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from terminal.domain.commands import RequestExercise, WithdrawExercise
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.engine.sentences.exercise import CHOICES
from terminal.engine.wording import short
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.cells import ROW_HEIGHT
from terminal.widgets.parts.grid import HEADER_HEIGHT, Grid
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.rows import Rows
from terminal.widgets.parts.step_field import LOTS, StepField
from terminal.widgets.parts.toned import mark
from terminal.widgets.position.option_columns import OPTION_COLUMNS, OptionRow, row_text

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, CommandId
    from terminal.engine.book.lines import Book
    from terminal.engine.book.option_line import OptionLine, RequestLine
    from terminal.engine.mailbox import Drained
    from terminal.engine.screen import Hand, Preview, ResultLine
    from terminal.widgets.dress.look import Look

MOST_ROWS: Final = 3  # in sight; more scroll
NONE_CHOSEN: Final = "▲ 先选中一行多头期权"
NOTHING_ASKED: Final = "▲ 这份期权没有可撤销的申请"
Body = RequestExercise | WithdrawExercise
SOON: Final = 1_800 * SECOND_NS


class OptionStrip(QFrame):
    """Hold the table and its acts; `shown` tells that it came or went."""

    shown = Signal(bool)

    def __init__(self, look: Look, hand: Hand) -> None:
        super().__init__()
        self.setObjectName("optionStrip")
        self._hand = hand
        self._account: AccountId | None = None
        self._books: dict[AccountId, Book] = {}
        self._lines: dict[Hashable, OptionLine] = {}
        self._old = False
        self._at = 0
        self._body: Body | None = None  # what the question is about
        self._question: int | None = None
        self._answer: Preview | None = None
        self._sent: dict[CommandId, str] = {}
        self.rows: Rows[OptionRow] = Rows(OPTION_COLUMNS, self)
        self.grid = Grid(self.rows, look, name=Term.OPTION)
        self.name, self.hour, self.told, self.box = QLabel(Term.OPTION), QLabel(), QLabel(), QWidget()
        self.lots = StepField(f"{Term.OPTION}{Term.LOTS}", LOTS)
        self.nets = QCheckBox(Term.SELF_CLOSE)
        self.exercise = button(Term.EXERCISE, name=f"{Term.EXERCISE}：先预览")
        self.abandon = button(Term.ABANDON, name=f"{Term.ABANDON}：先预览")
        self.withdraw = button(Term.WITHDRAW_REQUEST, name=f"{Term.WITHDRAW_REQUEST}：先预览")
        self.confirm = button(Term.SUBMIT_REQUEST, Weight.MAIN)
        self.drop = button(Term.DROP_REQUEST)
        self._place()
        self._connect()
        self.setVisible(False)

    # --- what the window tells ----------------------------------------------------------------------------------------

    def take(self, drained: Drained, account: AccountId | None) -> None:
        """Take what was drained, for the account that is looked at."""
        changed = account != self._account or bool(drained.books) or drained.link is not None
        if account != self._account:
            self._account = account
            self._forget()
        self._books |= drained.books
        if drained.link is not None:
            self._old = drained.link.is_old
        if changed:
            self._show_lines()
        if drained.clock is not None:
            self._at = drained.clock.at
            self._show_hour()
        if self._question is not None and self._question in drained.previews:
            self._take_answer(drained.previews[self._question])
        self._take_results(drained.results)
        self.grid.flush()

    # --- acts ---------------------------------------------------------------------------------------------------------

    def want(self, choice: Choice) -> None:
        """Ask what exercising or abandoning the chosen lots would do."""
        line = self._chosen()
        if line is None or line.side is not Side.BUY or self._account is None:
            self._say(NONE_CHOSEN, "warn")
            return
        nets = self.nets.isChecked() and choice is Choice.EXERCISE and not line.cash_settled
        lots = int(self.lots.text() or 0)
        wish = ExerciseWish(instrument=line.instrument, flag=line.flag, lots=lots, choice=choice, self_close=nets)
        self._ask(RequestExercise(account=self._account, wish=wish))

    def want_back(self) -> None:
        """Ask what taking the latest standing request of the chosen row back would do."""
        line = self._chosen()
        standing = None if line is None else _standing(line)
        if standing is None or self._account is None:
            self._say(NONE_CHOSEN if line is None else NOTHING_ASKED, "warn")
            return
        self._ask(WithdrawExercise(account=self._account, request=standing.request))

    def submit(self) -> None:
        """Send exactly what was previewed."""
        body, answer = self._body, self._answer
        if body is None or answer is None or answer.verdict > Verdict.CONFIRM2:
            return
        what = _name(body)
        self._forget()
        self._sent[self._hand.send(body)] = what
        self._say(f"○ {what}：已发出，等待回答", "none")

    # --- inside -------------------------------------------------------------------------------------------------------

    def _place(self) -> None:
        # The acts stand above the table: the panel may be too low for all of it.
        head, foot, box = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self.box)
        for row in (head, foot):
            row.setSpacing(8)
        head.setContentsMargins(PADDING, 4, PADDING, 4)
        box.setContentsMargins(PADDING, 2, PADDING, 6)
        box.setSpacing(4)
        self.name.setObjectName("panelName")
        for label in (self.hour, self.told):
            label.setObjectName("footNote")
        self.told.setWordWrap(True)
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.lots.setFixedWidth(56)
        for part in (self.name, self.hour):
            head.addWidget(part)
        head.addStretch(1)
        head.addWidget(QLabel(Term.LOTS))
        for one in (self.lots, self.nets, self.exercise, self.abandon, self.withdraw):
            head.addWidget(one)
        foot.addStretch(1)
        foot.addWidget(self.drop)
        foot.addWidget(self.confirm)
        box.addWidget(self.told)
        box.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.box)
        column.addWidget(self.grid)
        self.confirm.setVisible(False)
        self.drop.setVisible(False)

    def _connect(self) -> None:
        self.exercise.clicked.connect(lambda: self.want(Choice.EXERCISE))
        self.abandon.clicked.connect(lambda: self.want(Choice.ABANDON))
        self.withdraw.clicked.connect(self.want_back)
        self.confirm.clicked.connect(self.submit)
        self.drop.clicked.connect(self._forget)
        self.lots.textEdited.connect(lambda _: self._forget())
        self.lots.stepped.connect(self._step)
        self.nets.toggled.connect(lambda _: self._forget())
        self.grid.selectionModel().currentRowChanged.connect(lambda *_: self._show_chosen())

    def _step(self, steps: int) -> None:
        line = self._chosen()
        most = max(line.free, 1) if line is not None else 1
        self.lots.show_text(str(min(max(int(self.lots.text() or 0) + steps, 1), most)))
        self._forget()

    def _show_lines(self) -> None:
        book = None if self._account is None else self._books.get(self._account)
        lines: dict[Hashable, OptionLine] = {
            (one.instrument, one.side, one.flag): one for one in (book.options if book is not None else ())
        }
        self._lines = lines
        self.rows.replace({key: OptionRow(line, self._old) for key, line in lines.items()})
        self.grid.setFixedHeight(HEADER_HEIGHT + ROW_HEIGHT * min(max(len(lines), 1), MOST_ROWS) + 2)
        is_shown = bool(lines)
        if is_shown is self.isHidden():
            self.setVisible(is_shown)
            self.shown.emit(is_shown)
        if is_shown and self._chosen() is None:
            self.grid.selectRow(0)
        self._show_hour()

    def _chosen(self) -> OptionLine | None:
        index = self.grid.currentIndex()
        return self._lines.get(self.rows.key(index.row())) if index.isValid() else None

    def _show_chosen(self) -> None:
        self._forget()
        line = self._chosen()
        if line is not None:
            self.lots.show_text(str(max(line.free, 1)))
            self.nets.setEnabled(not line.cash_settled)
            self._say(row_text(line), "none")
        self._show_hour()

    def _show_hour(self) -> None:
        line = self._chosen()
        until = None if line is None else line.until
        if line is None or until is None:
            text, tone = ("交易所到期自动行权，不接受申请" if line is not None else ""), "none"
        elif self._at >= until:
            text, tone = "本交易日的申请已截止", "none"
        else:
            left = (until - self._at) // SECOND_NS
            text = f"申请截止还有 {left // 3600}:{left // 60 % 60:02}:{left % 60:02}"
            tone = "warn" if line.is_last_day and until - self._at <= SOON else "none"
        if line is not None and line.is_last_day:
            text = f"今天到期 · {text}"
        if self.hour.text() != text:
            self.hour.setText(text)
        mark(self.hour, "verdict", tone)

    def _ask(self, body: Body) -> None:
        self._forget()
        self._body = body
        self._question = self._hand.preview(body)
        self._say(f"○ {_name(body)}：正在预览", "none")

    def _take_answer(self, answer: Preview) -> None:
        self._question, self._answer = None, answer
        may = answer.verdict <= Verdict.CONFIRM2
        shape, tone = ("■", "deny") if not may else ("▲", "warn") if answer.verdict > Verdict.ALLOW else ("●", "none")
        self._say("\n".join(filter(None, (f"{shape} {answer.sentence}", " · ".join(answer.details)))), tone)
        self.confirm.setVisible(may)
        self.drop.setVisible(True)

    def _take_results(self, results: tuple[ResultLine, ...]) -> None:
        for line in results:
            asked = self._sent.pop(line.command, None)
            if asked is not None:
                waits = line.code == "CONFIRM2"  # for a second person
                shape, tone = ("■", "deny") if not line.ok else ("▲", "warn") if waits else ("●", "none")
                self._say(f"{shape} {asked}：{line.sentence}", tone)

    def _forget(self) -> None:
        self._body = self._answer = self._question = None
        self.confirm.setVisible(False)
        self.drop.setVisible(False)
        self._say("", "none")

    def _say(self, text: str, verdict: str) -> None:
        self.told.setText(text)
        self.told.setAccessibleName(text)
        self.box.setVisible(bool(text))
        mark(self.told, "verdict", verdict)


def _standing(line: OptionLine) -> RequestLine | None:
    return next((one for one in reversed(line.requests) if one.stands), None)


def _name(body: Body) -> str:
    if isinstance(body, WithdrawExercise):
        return f"{Term.WITHDRAW_REQUEST} {body.request}"
    wish = body.wish
    return f"{short(wish.instrument)} {CHOICES[wish.choice]} {wish.lots} 手"
