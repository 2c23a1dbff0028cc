"""List the reversals (反手) of an account that are not over, each with what a person can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from terminal.domain.words.terms import Term
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from terminal.engine.book.lines import ReversalLine


class PositionTasks(QFrame):
    """Show them below the positions; `finish` and `give_up` tell the number of the one whose button was pressed."""

    finish = Signal(str)
    give_up = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panelFoot")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(PADDING, 4, PADDING, 4)
        self._column.setSpacing(4)
        self.rows: list[_Row] = []
        self.refusal = QLabel()  # why the last one could not be given up
        self.refusal.setObjectName("footNote")
        self.refusal.setWordWrap(True)
        mark(self.refusal, "verdict", "deny")
        self.refusal.hide()
        self._column.addWidget(self.refusal)
        self._lines: tuple[ReversalLine, ...] = ()
        self._may = (False, False)
        self.hide()

    def show_lines(self, lines: tuple[ReversalLine, ...]) -> None:
        """Show these, in the order they began."""
        if lines == self._lines:
            return
        self._lines = lines
        while len(self.rows) < len(lines):
            row = _Row()
            row.finish_button.clicked.connect(lambda _=False, row=row: self.finish.emit(row.reversal))
            row.give_up_button.clicked.connect(lambda _=False, row=row: self.give_up.emit(row.reversal))
            self.rows.append(row)
            self._column.addWidget(row)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(lines))
            if place < len(lines):
                row.show_line(lines[place])
        self._allow()
        self.setVisible(bool(lines))

    def allow(self, *, finish: bool, give_up: bool) -> None:
        """Take what this person may do here now."""
        self._may = finish, give_up
        self._allow()

    def say(self, refusal: str) -> None:
        """Say why the last one could not be given up; empty when it could."""
        self.refusal.setText(refusal)
        self.refusal.setVisible(bool(refusal))

    def line(self, reversal: str) -> ReversalLine | None:
        """Return the line of a number, `None` where it is over."""
        return next((one for one in self._lines if one.reversal == reversal), None)

    def _allow(self) -> None:
        finish, give_up = self._may
        for row, line in zip(self.rows, self._lines, strict=False):
            row.finish_button.setEnabled(finish and line.is_unfinished)
            row.give_up_button.setEnabled(give_up)


class _Row(QFrame):
    def __init__(self) -> None:
        super().__init__()
        self.reversal = ""
        self.sentence = QLabel()
        self.sentence.setObjectName("footNote")
        self.sentence.setWordWrap(True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.finish_button, self.give_up_button = (
            QPushButton(word) for word in (Term.FINISH_REVERSAL, Term.GIVE_UP_REVERSAL)
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.sentence, 1)
        for button in (self.finish_button, self.give_up_button):
            button.setObjectName("quietButton")
            button.setAutoDefault(False)
            row.addWidget(button)
        self.finish_button.setToolTip("按此刻的价格平掉还没平的、开出平掉而没开的；先看清再发送")
        self.give_up_button.setToolTip("撤回它还在委托的，不再开仓")

    def show_line(self, line: ReversalLine) -> None:
        """Show one."""
        self.reversal = line.reversal
        shape = "▲ " if line.is_unfinished else ""
        self.sentence.setText(f"{shape}{line.sentence}")
        mark(self.sentence, "verdict", "warn" if line.is_unfinished else "none")
        for button in (self.finish_button, self.give_up_button):
            button.setAccessibleName(f"{button.text()} {line.reversal}")
