"""Ask or tell somebody who closes the window, in the dress of the window.

Enter presses the answer that has the keyboard, which is the one meant most until somebody moves on; Esc and the cross
of the frame give no answer. Each strategy has a line of its own: a name that is torn in two reads as another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from terminal.domain.words.risk import Level
from terminal.widgets.alert.level_mark import LevelMark
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.elided import Elided

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QShowEvent
    from PySide6.QtWidgets import QPushButton, QWidget

    from terminal.widgets.dress.look import Look

WIDTH: Final = 460
MOST: Final = 6  # names; of the others their number is said

Meaning = tuple[str, str]
"""What can be answered, and what comes of it."""


class LeavingBox(QDialog):
    """Stand over a window, which lives on, until it has been answered; `answer` adds what can be said to it."""

    def __init__(
        self,
        window: QWidget,
        look: Look,
        *,
        title: str,
        heading: str,
        names: Sequence[str] = (),
        meanings: Sequence[Meaning] = (),
        note: str = "",
        is_warning: bool = False,
    ) -> None:
        super().__init__(window)
        self.setObjectName("leavingBox")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        shown = list(names) if len(names) <= MOST else [*names[: MOST - 1], f"另有 {len(names) - MOST + 1} 个"]
        said = [heading, "、".join(names), *(f"{word}：{what}" for word, what in meanings), note]
        self._said = "\n".join(part for part in said if part)
        self.setAccessibleName(heading)
        self.setAccessibleDescription(self._said.removeprefix(heading).strip())
        self._answers = QHBoxLayout()
        self._answers.setSpacing(8)
        self._answers.addStretch(1)
        self._buttons: list[QPushButton] = []
        self._main: QPushButton | None = None
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addLayout(_head(look, heading, is_warning=is_warning))
        if shown:
            column.addLayout(_rows(shown))
        if meanings:
            column.addLayout(_table(meanings))
        if note:
            column.addWidget(_words("cardText", note))
        column.addSpacing(4)
        column.addLayout(self._answers)
        self.setFixedWidth(WIDTH)

    def text(self) -> str:
        """Return all that is said."""
        return self._said

    def buttons(self) -> list[QPushButton]:
        """Return the answers that can be given, as they stand."""
        return list(self._buttons)

    def answer(self, text: str, weight: Weight, act: Callable[[], object], *, apart: bool = False) -> None:
        """Add an answer on the right, or `apart` from the others on the left; the box closes with it."""
        made = button(text, weight)
        made.setAutoDefault(True)  # here Enter is meant for what has the keyboard
        made.clicked.connect(self.accept)
        made.clicked.connect(act)
        if apart:
            self._answers.insertWidget(0, made)
        else:
            self._answers.addWidget(made)
        self._buttons.append(made)
        if weight is Weight.MAIN:
            made.setDefault(True)
            self._main = made

    def showEvent(self, event: QShowEvent) -> None:
        """Give the keyboard to the answer that is meant most."""
        super().showEvent(event)
        # Qt would take the height that fits the width it likes best, and sentences are cut off at this one.
        self.setFixedHeight(self._column.totalHeightForWidth(WIDTH))
        if self._main is not None:
            self._main.setFocus(Qt.FocusReason.TabFocusReason)


def _head(look: Look, heading: str, *, is_warning: bool) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    if is_warning:
        row.addWidget(LevelMark(look, Level.ORANGE), alignment=Qt.AlignmentFlag.AlignVCenter)
    row.addWidget(_words("cardTitle", heading), 1)
    return row


def _rows(names: Sequence[str]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    for name in names:
        line = Elided("leavingName")
        line.say(name)
        column.addWidget(line)
    return column


def _table(meanings: Sequence[Meaning]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(1, 1)
    for row, (word, what) in enumerate(meanings):
        caption = QLabel(word)
        caption.setObjectName("leavingChoice")
        grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_words("leavingText", what), row, 1)
    return grid


def _words(name: str, text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
