"""Let a person fill in a wish that is typed: of a contract off exchange, of spot, of a stock.

A form asks the runner, while it is filled in, what its wish would do, and shows the answer under its fields. It
stays open until the answer to what was sent: a no keeps what was typed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from terminal.domain.ids import AccountId
from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.toned import mark, show_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.commands import CommandBody
    from terminal.engine.screen import Preview

WIDTH: Final = 460
ASK_AFTER_MS: Final = 200
NUMBER: Final = re.compile(r"[-+]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?")


class Wrong(Exception):  # noqa: N818 - it is an answer, not an error
    """Carry the field that cannot be read, and the sentence about it."""

    def __init__(self, field: QWidget, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class WishForm(QDialog):
    """Show fields, the answer to what they say, and what sends; `asks` and `sends` give the wish."""

    asks = Signal(object)
    sends = Signal(object)

    def __init__(self, parent: QWidget, account: AccountId, title: str, send: str) -> None:
        super().__init__(parent)
        self._account = account
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumWidth(WIDTH)
        self.said = QLabel()
        self.said.setObjectName("decisionText")
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.send_button, self.leave_button = button(send, Weight.MAIN), button(Term.LEAVE_UNCHANGED)
        self.send_button.setEnabled(False)
        self.asked: CommandBody | None = None  # whose answer is shown, or waited for
        self._answer: Preview | None = None  # to what was asked
        self.is_sent = False
        self._sent: CommandBody | None = None  # what the fields said when it was sent
        self._told = ""  # what became of it, until a field is changed
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 14, 16, 14)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._captions: dict[QWidget, QLabel] = {}
        self._timer = QTimer(self, singleShot=True, interval=ASK_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        self.send_button.clicked.connect(self._send)
        self.leave_button.clicked.connect(self.reject)

    def wish(self) -> CommandBody:
        """Return what the fields say, or raise `Wrong`."""
        raise NotImplementedError

    def show_preview(self, preview: Preview) -> None:
        """Show what the wish that was asked about would do; an answer to what the fields no longer say is dropped."""
        if self.asked is None or self.is_sent:
            return
        self._answer = preview
        allowed = preview.verdict is not Verdict.DENY
        self.send_button.setEnabled(allowed)
        self._say("\n".join(text for text in (self._told, preview.sentence) if text), bad=not allowed)

    def refuse(self, sentence: str) -> None:
        """Take a no to what was sent; everything that was typed stays, and is asked about again."""
        self.is_sent, self._told = False, sentence
        self._say(sentence, bad=True)
        self._timer.start()

    def take_yes(self, sentence: str) -> None:
        """Take a yes to what was sent: close, unless the fields were changed since; these are asked about again."""
        if self._wish_or_none() == self._sent:
            self.close()
            return
        self._told = f"{sentence.rstrip('。')}；之后改动的还没有提交。"
        self._say(self._told, bad=False)
        self._timer.start()

    def over(self, wish: CommandBody, preview: Preview) -> CommandBody:
        """Return the wish as it is sent once a person has seen the answer to it."""
        return wish

    def line(self, caption: str, hint: str = "") -> QLineEdit:
        """Add a field to type in."""
        field = QLineEdit()
        field.setObjectName("ticketField")
        field.setPlaceholderText(hint)
        field.textChanged.connect(self._change)
        self._add(caption, field)
        return field

    def choice(self, caption: str, titles: Sequence[str]) -> QComboBox:
        """Add a field to choose in."""
        field = SteadyCombo()
        field.addItems(list(titles))
        field.currentIndexChanged.connect(self._change)
        self._add(caption, field)
        return field

    def finish(self, first: QWidget) -> None:
        """Put what sends under the fields, and the keyboard on the first of them."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.leave_button)
        row.addWidget(self.send_button)
        self._grid.addWidget(self.said, self._grid.rowCount(), 0, 1, 2)
        self._grid.addLayout(row, self._grid.rowCount(), 0, 1, 2)
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._change()

    def show_field(self, field: QWidget, *, shown: bool) -> None:
        """Show a field with its caption, or neither."""
        field.setVisible(shown)
        self._captions[field].setVisible(shown)

    def _add(self, caption: str, field: QWidget) -> None:
        label, row = QLabel(caption), self._grid.rowCount()
        label.setBuddy(field)
        field.setAccessibleName(caption)
        self._captions[field] = label
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)

    def _change(self) -> None:
        self.asked, self._answer, self.is_sent, self._told = None, None, False, ""
        self.send_button.setEnabled(False)
        self.rearrange()
        self._timer.start()

    def rearrange(self) -> None:
        """Show the fields that what is chosen asks for."""

    def _ask(self) -> None:
        wish = self._read(complain=False)
        self.asked, self._answer = wish, None
        self.send_button.setEnabled(False)
        if wish is not None:
            self.asks.emit(wish)

    def _send(self) -> None:
        wish = self._read(complain=True)
        answer = self._answer
        if wish is not None and wish == self.asked and answer is not None and not self.is_sent:
            self.is_sent, self._sent = True, wish
            self.send_button.setEnabled(False)
            self._say("正在提交…", bad=False)
            self.sends.emit(self.over(wish, answer))

    def _wish_or_none(self) -> CommandBody | None:
        try:
            return self.wish()
        except Wrong:
            return None

    def _read(self, *, complain: bool) -> CommandBody | None:
        for field in self._captions:
            mark(field, "wrong", "false")
        try:
            return self.wish()
        except Wrong as wrong:
            typed = isinstance(wrong.field, QLineEdit) and bool(wrong.field.text())
            if typed or complain:
                mark(wrong.field, "wrong", "true")
            self._say(wrong.sentence, bad=typed or complain)
            return None

    def _say(self, sentence: str, *, bad: bool) -> None:
        show_text(self.said, sentence, Tone.WARN if bad else Tone.PLAIN)
        self.said.setAccessibleName(sentence)


def amount(field: QLineEdit, caption: str) -> Decimal:
    """Return the number in a field, or raise `Wrong`; commas only part whole groups of three.

    A comma anywhere else is a slip, or a point of other countries: 1,5 is not fifteen.
    """
    text = field.text().strip().replace("−", "-")
    if not text:
        raise Wrong(field, f"请填{caption}。")
    if not NUMBER.fullmatch(text) or (text.startswith("-") and not Decimal(text.replace(",", ""))):
        raise Wrong(field, f"{caption}请填数字，如 3700；逗号只用来分千位，如 11,320,000。")
    return Decimal(text.replace(",", ""))


def words(field: QLineEdit, caption: str) -> str:
    """Return the text in a field, or raise `Wrong`."""
    text = field.text().strip()
    if not text:
        raise Wrong(field, f"请填{caption}。")
    return text
