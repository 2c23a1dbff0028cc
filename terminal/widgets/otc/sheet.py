"""Show the open contracts of an account that no exchange lists (场外), beside the window: worth, tonnes, last day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout

from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.terms import Term
from terminal.engine.otc.wording import contract_title
from terminal.widgets.account.title import account_title
from terminal.widgets.otc.booking import BookingForm
from terminal.widgets.otc.ending import EndingForm
from terminal.widgets.otc.marking import MarkForm
from terminal.widgets.otc.rows import COLUMNS, NOTHING
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.empty_state import EmptyState, unknown
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.rows import Rows, Tone
from terminal.widgets.parts.toned import show_text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.ids import CommandId
    from terminal.domain.otc_commands import OtcWish
    from terminal.engine.otc.line import OtcLine
    from terminal.engine.screen import Preview, ResultLine
    from terminal.widgets.dress.look import Look
    from terminal.widgets.otc.contracts import OtcContracts
    from terminal.widgets.parts.wish_form import WishForm

SIZE: Final = (1_320, 420)
LEAST: Final = (620, 280)


class OtcSheet(QDialog):
    """Show the contracts of the account that is looked at; the window goes on being used."""

    def __init__(self, parent: QWidget, look: Look, kept: OtcContracts) -> None:
        super().__init__(parent)
        self._kept = kept
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(OtcTerm.OTC_CONTRACTS)
        self.setAccessibleName(OtcTerm.OTC_CONTRACTS)
        self.form: WishForm | None = None
        self._asked: dict[int, WishForm] = {}
        self._sent: CommandId | None = None
        self._told = ""
        self.title, self.sentence = QLabel(), QLabel()
        self.title.setObjectName("alertText")
        self.sentence.setObjectName("decisionText")
        for label in (self.title, self.sentence):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.book_button = button(f"{OtcTerm.BOOK}…", Weight.MAIN, name=OtcTerm.BOOK)
        self.mark_button = button(f"{OtcTerm.MARK}…", name=OtcTerm.MARK)
        self.end_button = button(f"{Term.ENDINGS}…", name=Term.ENDINGS)
        self.rows: Rows[OtcLine] = Rows(COLUMNS)
        self.grid = Grid(self.rows, look, name=OtcTerm.OTC_CONTRACTS)
        self.rows.setParent(self.grid)
        title, text, next_step = NOTHING
        self.empty = EmptyState(self.grid.viewport(), look, sign=Sign.LIST, title=title, text=text, next_step=next_step)
        self._lay_out()
        self.grid.selectionModel().currentChanged.connect(self._render)
        self.grid.doubleClicked.connect(self._mark)
        self.book_button.clicked.connect(self._book)
        self.mark_button.clicked.connect(self._mark)
        self.end_button.clicked.connect(self._end)

    def refresh(self) -> None:
        """Show what is known; the row that is looked at stays."""
        account = self._kept.account
        lines = () if account is None else self._kept.lines.get(account, ())
        self.rows.replace({line.terms.number: line for line in lines})
        self.empty.say(*(unknown(self._kept.link) or NOTHING))
        self.empty.setVisible(not lines)
        self._render()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Give a form the answer to what it asked."""
        for request, preview in previews.items():
            form = self._asked.pop(request, None)
            if form is not None and form is self.form:
                form.show_preview(preview)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Close the form whose wish was taken; leave one open that was refused."""
        for line in results:
            if line.command != self._sent:
                continue
            self._sent = None
            if self.form is not None and not line.ok:
                self.form.refuse(line.sentence)
                continue
            self._told = line.sentence
            if self.form is not None:
                self.form.take_yes(line.sentence)
        self._render()

    @property
    def chosen(self) -> OtcLine | None:
        """Return the contract that is looked at."""
        index = self.grid.currentIndex()
        return self.rows.row(index.row()) if index.isValid() and index.row() < self.rows.rowCount() else None

    def _render(self) -> None:
        account, line, why_not = self._kept.account, self.chosen, self._kept.why_not
        known = None if account is None else self._kept.accounts.get(account)
        self.title.setText("" if account is None else account_title(account, "" if known is None else known.name))
        self.book_button.setEnabled(not why_not)
        self.mark_button.setEnabled(line is not None and not why_not)
        self.end_button.setEnabled(line is not None and not why_not and not line.waits)
        for one in (self.book_button, self.mark_button, self.end_button):
            one.setToolTip(why_not)
        waits = "" if line is None or not line.waits else f"；{Term.ENDINGS}等待复核（{line.waits}）"
        of_line = "" if line is None else f"{contract_title(line.terms)}，计入 {line.terms.group}{waits}"
        said = " · ".join(text for text in (self._told, why_not, of_line) if text)
        show_text(self.sentence, said, Tone.WARN if why_not else Tone.PLAIN)

    def _book(self) -> None:
        account = self._kept.account
        if account is not None and not self._kept.why_not:
            known = self._kept.accounts.get(account)
            groups = () if known is None else known.hedge_groups
            self._open(BookingForm(self, account, groups, self._kept.instruments))

    def _mark(self) -> None:
        if self.chosen is not None and not self._kept.why_not:
            self._open(MarkForm(self, self.chosen))

    def _end(self) -> None:
        if self.chosen is not None and not self._kept.why_not and not self.chosen.waits:
            self._open(EndingForm(self, self.chosen))

    def _open(self, form: WishForm) -> None:
        self.form, self._told = form, ""
        form.asks.connect(lambda wish: self._ask(form, wish))
        form.sends.connect(self._send)
        form.destroyed.connect(self._forget)
        form.open()

    def _ask(self, form: WishForm, wish: OtcWish) -> None:
        self._asked = {self._kept.hand.preview(wish): form}  # an answer to what was asked before is nobody's

    def _send(self, wish: OtcWish) -> None:
        self._sent = self._kept.hand.send(wish)

    def _forget(self) -> None:
        self.form = None
        self._asked.clear()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        for one in (self.end_button, self.mark_button, self.book_button):
            top.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.grid, 1)
        column.addWidget(self.sentence)
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
