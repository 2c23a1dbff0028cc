"""Ask for a reason where one stands, without a dialog: a few ready ones, free words, confirm and back."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import LONGEST_TEXT, visible_part
from terminal.widgets.parts.buttons import Weight, button

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

BETWEEN: Final = "："  # a ready reason and the words beside it
BACK: Final = "返回"
MISSING: Final = "请选择或写下原因"
UNWRITTEN: Final = "请写下原因"


class ReasonField(QWidget):
    """Hold the question; `given` tells the reason, `left` that the person thought better of it (Esc does too).

    Enter gives nothing: the reason is given by the button, or by whoever calls `give` for a key of its own. With
    ready reasons free words are optional, except beside `Term.REASON_OTHER`, which words alone stand for; without,
    they are what is asked for. `judged` tells that the reason may be another now. Whatever the field takes is fit for a
    record, a ready reason in front of it included. It begins empty: nobody gives a reason that they have not put there.
    """

    given = Signal(str)
    left = Signal()
    judged = Signal()

    def __init__(self, verb: str, *, codes: tuple[str, ...] = (), by_tab: bool = True) -> None:
        super().__init__()
        self._codes = QButtonGroup(self)
        self.edit = QLineEdit()
        self.edit.setObjectName("reasonEdit")
        self.edit.setMaxLength(LONGEST_TEXT - max((len(code) + len(BETWEEN) for code in codes), default=0))
        self.edit.setPlaceholderText(f"写下{verb}的原因，才能{Term.ACKNOWLEDGE}" if not codes else "补充说明")
        self.edit.setAccessibleName(f"{verb}的原因")
        self.confirm = button(f"{Term.ACKNOWLEDGE}{verb}", Weight.DANGER, by_tab=by_tab)
        self.back = button(BACK, name=f"{BACK}，不{verb}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        if codes:
            column.addLayout(self._offer(verb, codes))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.edit, 1)
        row.addWidget(self.back)
        row.addWidget(self.confirm)
        column.addLayout(row)
        self.confirm.clicked.connect(self.give)
        self.back.clicked.connect(self.left)
        self.edit.textEdited.connect(self._take_words)
        self.edit.textChanged.connect(self._judge)
        self._codes.idToggled.connect(self._judge)
        for before, after in pairwise((self.edit, *self._codes.buttons(), self.back)):
            QWidget.setTabOrder(before, after)
        self._judge()

    @property
    def reason(self) -> str:
        """Return the reason as it stands, empty while one is missing."""
        words = visible_part(self.edit.text()).strip()  # what is pasted may hold line ends
        taken = self._codes.checkedButton()
        if not self._codes.buttons():
            return words
        if taken is None:
            return ""
        code = taken.text()
        if words:
            return f"{code}{BETWEEN}{words}"
        return "" if code == Term.REASON_OTHER else code

    def ask(self) -> None:
        """Begin anew, with the keyboard in the free words."""
        self._codes.setExclusive(False)
        for code in self._codes.buttons():
            code.setChecked(False)
        self._codes.setExclusive(True)
        for code in self._codes.buttons():
            code.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Qt had taken it from all but the one that was chosen
        self.edit.clear()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def rest(self) -> None:
        """Hide the question; the keyboard goes nowhere, for the next in line may be any button."""
        focused = self.focusWidget()
        if focused is not None:
            focused.clearFocus()
        self.hide()

    def choose(self, place: int) -> None:
        """Take a ready reason as if a person had."""
        self._codes.button(place).setChecked(True)

    def give(self) -> None:
        """Give the reason, unless it is missing."""
        if self.reason:
            self.given.emit(self.reason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the question on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _take_words(self, words: str) -> None:
        if words.strip() and self._codes.checkedButton() is None:
            for code in self._codes.buttons():
                code.setChecked(code.text() == Term.REASON_OTHER)

    def _offer(self, verb: str, codes: tuple[str, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for place, code in enumerate(codes):
            choice = QToolButton()
            choice.setText(code)
            choice.setCheckable(True)
            choice.setProperty("choice", "true")
            choice.setAccessibleName(f"{verb}：{code}")
            choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._codes.addButton(choice, place)
            row.addWidget(choice)
        row.addStretch(1)
        return row

    def _judge(self) -> None:
        reason = self.reason
        self.confirm.setEnabled(bool(reason))
        missing = "" if reason else MISSING if self._codes.buttons() else UNWRITTEN
        self.confirm.setToolTip(missing)
        self.confirm.setAccessibleDescription(missing)
        self.judged.emit()
