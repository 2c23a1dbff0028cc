"""Show what a broker's statement says otherwise than our books, row by row (结算单核对), beside the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout

from terminal.domain.fact.statement import DifferingRow, Outcome, Subject, Verdict
from terminal.domain.ids import AccountId
from terminal.domain.words.terms import Term
from terminal.widgets.account.title import account_title
from terminal.widgets.parts import figures
from terminal.widgets.parts.buttons import button
from terminal.widgets.parts.empty_state import Words, unknown
from terminal.widgets.parts.figures import MINUS
from terminal.widgets.parts.ledger import Ledger, Shape
from terminal.widgets.parts.rows import Column, Kind, Tone
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.toned import show_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMainWindow

    from terminal.engine.screen import LinkLine
    from terminal.engine.statement.line import StatementLine
    from terminal.widgets.dress.look import Look
    from terminal.widgets.statement.compare import StatementImport

SIZE: Final = (1_060, 560)
LEAST: Final = (560, 320)
COPY: Final = QKeySequence.StandardKey.Copy
SUBJECTS: Final = {
    Subject.HEAD: Term.CLIENT,
    Subject.TRADE: Term.TRADES,
    Subject.ENDING: Term.ENDINGS,
    Subject.POSITION: Term.POSITIONS,
    Subject.FUNDS: Term.FUNDS,
}
OUTCOMES: Final = {
    Outcome.OURS_ONLY: ("←", Term.OURS_ONLY),
    Outcome.THEIRS_ONLY: ("→", Term.THEIRS_ONLY),
    Outcome.DIFFERS: ("◆", Term.DIFFERS),
    Outcome.MATCHED: ("", ""),
}
WHOLE: Final = frozenset({"整笔", "持仓"})  # fields that say no more than what they are of
NOTHING: Final = (
    "还没有对过结算单",
    "对账的结果会列在这里：哪一天、几处不符、差多少元、为什么。",
    "下一步：点右上方的“导入结算单…”；运行器在别的机器上时，在那里运行 hengduo reconcile（带 --hand-in）。",
)
NO_DIFFERENCE: Final = ("没有差异", "这一天读到的各项都相符。", "")


def _tone(row: DifferingRow, tone: Tone = Tone.PLAIN) -> Tone:
    return Tone.DIM if row.follows else tone


def _item(row: DifferingRow) -> str:
    return row.what if row.field in {*WHOLE, row.what} else f"{row.what} · {row.field}"


def _outcome(row: DifferingRow) -> str:
    shape, word = OUTCOMES[row.outcome]
    return f"{shape} {word}".strip()


COLUMNS: Final[tuple[Column[DifferingRow], ...]] = (
    Column(Term.KIND, 56, lambda row: SUBJECTS[row.subject], kind=Kind.NAME, tone=_tone),
    Column(Term.ITEM, 290, _item, kind=Kind.NAME, tone=_tone),
    Column(Term.RESULT, 104, _outcome, kind=Kind.NAME, tone=lambda row: _tone(row, Tone.WARN)),
    Column(Term.OURS, 118, lambda row: row.ours or figures.ABSENT, tone=_tone),
    Column(Term.STATEMENT, 118, lambda row: row.theirs or figures.ABSENT, tone=_tone),
    Column(
        Term.DIFFERENCE_YUAN,
        112,
        lambda row: figures.signed(row.yuan, 2),
        tone=_tone,
        number=lambda row: row.yuan,
        tip="结算单减我方；手数与价格的差额是它们所值的合约价值",
    ),
    Column(
        Term.CAUSE,
        230,
        lambda row: row.cause,
        kind=Kind.NAME,
        tone=lambda row: _tone(row, Tone.QUIET),
        tip="知道的才写；由别的差异引起、到分都对得上的行是灰色，不另计数",
    ),
)


class Shown(NamedTuple):
    """Hold one row under its place in the statement."""

    account: AccountId
    row: DifferingRow


class StatementSheet(QDialog):
    """Show one day's differences; the window goes on being used."""

    def __init__(self, window: QMainWindow, look: Look, importer: StatementImport) -> None:
        super().__init__(window)
        self.importer = importer
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("statementSheet")
        self.setWindowTitle(Term.STATEMENT_CHECK)
        self.setAccessibleName(Term.STATEMENT_CHECK)
        self._lines: list[StatementLine] = []
        self._names: dict[AccountId, str] = {}
        self._shown: StatementLine | None = None
        self._unknown: Words | None = None
        self.days = SteadyCombo()
        self.days.setAccessibleName(Term.TRADING_DAY)
        self.days.setMinimumWidth(320)
        self.sentence, self.more = QLabel(), QLabel()
        self.sentence.setObjectName("alertText")
        self.more.setObjectName("alertAdvice")
        for label in (self.sentence, self.more):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.ledger: Ledger[Shown, DifferingRow] = Ledger(
            Shape(Term.STATEMENT_CHECK, COLUMNS, lambda one: one.account, lambda one: one.row, NOTHING), look
        )
        self.copy_button = button(Term.COPY_AS_TEXT)
        self.import_button = button(f"{Term.IMPORT_STATEMENT}…", name=Term.IMPORT_STATEMENT)
        self.give_up_button = button(Term.GIVE_UP)
        self.progress = QLabel()
        self.progress.setObjectName("decisionText")
        self.progress.setWordWrap(True)
        self.progress.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.days.currentIndexChanged.connect(self._show)
        self.copy_button.clicked.connect(self._copy)
        self.import_button.clicked.connect(self.ask_for_file)
        self.give_up_button.clicked.connect(importer.cancel)
        importer.changed.connect(self._show_import)
        self.ledger.grid.installEventFilter(self)
        self._show_import()

    def show_lines(
        self, lines: dict[AccountId, tuple[StatementLine, ...]], names: dict[AccountId, str], link: LinkLine | None
    ) -> None:
        """Take what is known; the day that is looked at stays."""
        looked_at = self._line
        self._names = names
        # What holds an account comes first, then the latest day.
        self._lines = sorted(
            (line for of_account in lines.values() for line in of_account),
            key=lambda line: (not line.stands, -line.result.trading_day, line.account),
        )
        self._unknown = unknown(link)
        titles = [self._title(line) for line in self._lines]
        with QSignalBlocker(self.days):
            if titles != [self.days.itemText(at) for at in range(self.days.count())]:
                self.days.clear()
                self.days.addItems(titles)
            self.days.setEnabled(bool(titles))
            self.days.setCurrentIndex(self._place(looked_at))
        self._show()

    def choose(self, account: AccountId | None) -> None:
        """Look at the first of an account; `None`: stay, or look at what needs it most."""
        found = (at for at, line in enumerate(self._lines) if line.account == account)
        if account is not None:
            self.days.setCurrentIndex(next(found, self.days.currentIndex()))

    def ask_for_file(self) -> None:
        """Ask which statement to import, where this desk can and none is under way."""
        if self.importer.why_not or self.importer.runs:
            return
        dialog = QFileDialog(self, str(Term.IMPORT_STATEMENT))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["结算单 (*.txt)", "所有文件 (*)"])
        dialog.fileSelected.connect(lambda path: self.importer.start(Path(path)))
        dialog.open()

    def _show_import(self) -> None:
        importer = self.importer
        self.import_button.setEnabled(not importer.why_not and not importer.runs)
        self.import_button.setToolTip(importer.why_not)
        self.give_up_button.setVisible(importer.is_comparing)
        sentence = importer.sentence or importer.why_not
        self.progress.setVisible(bool(sentence))
        show_text(self.progress, sentence, Tone.WARN if importer.is_bad else Tone.PLAIN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Copy whole rows at Ctrl+C; Qt's table would copy one cell."""
        del watched
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.matches(COPY):
            self._copy()
            return True
        return False

    def as_text(self) -> str:
        """Return what is shown, or the rows that are marked, as lines of text with tabs between columns."""
        line, rows = self._line, self.ledger.rows
        if line is None:
            return ""
        places = [rows.place(key) for key in self.ledger.chosen()] or list(range(rows.rowCount()))
        table = [[str(column.title) for column in COLUMNS]]
        table += [
            [rows.cell(place, at).text.replace(MINUS, "-") for at in range(len(COLUMNS))]
            for place in places
            if place is not None
        ]
        head = [self._title(line), line.sentence, *self._details(line)]
        return "\n".join([*head, *("\t".join(cells) for cells in table)]) + "\n"

    @property
    def _line(self) -> StatementLine | None:
        at = self.days.currentIndex()
        return self._lines[at] if 0 <= at < len(self._lines) else None

    def _place(self, line: StatementLine | None) -> int:
        if line is not None:
            for at, one in enumerate(self._lines):
                if (one.account, one.result.trading_day) == (line.account, line.result.trading_day):
                    return at
        return 0 if self._lines else -1

    def _title(self, line: StatementLine) -> str:
        result = line.result
        state = {
            Verdict.CLEAN: "全部相符",
            Verdict.PARTIAL: "结算单不完整",
            Verdict.DIFFERS: f"{Term.DIFFERS} {result.differences or result.following} 处",
        }[result.verdict]
        held = f" · {Term.CLOSE_ONLY}" if line.stands else ""
        account = account_title(line.account, self._names.get(line.account, ""))
        return f"{account} · {figures.day(result.trading_day)} · {state}{held}"

    def _details(self, line: StatementLine) -> Iterator[str]:
        result = line.result
        yield f"{line.by} {figures.day_and_clock(line.at)} 交来；结算单 SHA-256 {result.digest}"
        if line.released:
            yield line.released
        if result.left_out:
            yield f"另有 {result.left_out} 处差异没有列出；hengduo reconcile 会打印全部。"
        for gap in result.not_compared:
            yield f"没有核对：{gap}"

    def _show(self) -> None:
        line = self._line
        self.copy_button.setEnabled(line is not None)
        self.sentence.setVisible(line is not None)
        self.more.setVisible(line is not None)
        self.ledger.empty.say(*(self._unknown or (NOTHING if line is None else NO_DIFFERENCE)))
        if line is None:
            self._shown = None
            self.ledger.restart()
            return
        self.sentence.setText(line.sentence)
        self.more.setText("\n".join(self._details(line)))
        if line == self._shown:  # what was marked stays marked
            return
        self._shown = line
        self.ledger.restart()
        # The newest of a ledger stands on top: the rows are given from the last to the first.
        rows = [Shown(line.account, row) for row in line.result.rows]
        self.ledger.take([(place, rows[place]) for place in reversed(range(len(rows)))])

    def _copy(self) -> None:
        text = self.as_text()
        if text:
            QGuiApplication.clipboard().setText(text)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.days)
        top.addStretch(1)
        for control in (self.give_up_button, self.import_button, self.copy_button):
            top.addWidget(control)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.progress)
        column.addWidget(self.sentence)
        column.addWidget(self.more)
        column.addWidget(self.ledger.grid, 1)
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
