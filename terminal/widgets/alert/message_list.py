"""List everything unread, over the window, each sentence whole; the keyboard scrolls, Esc goes back.

What comes while the list is open takes its place in it, and has to have stood in sight for a moment before the button
reads it away with the rest: a press on its way was meant for what stood there before.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from terminal.engine.unread import Message
from terminal.widgets.alert.level_mark import COLOURS, LevelMark
from terminal.widgets.parts.buttons import button
from terminal.widgets.parts.popup_list import PopupList
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from terminal.widgets.dress.look import Look

WIDTH: Final = 760
TALLEST: Final = 460
UNREAD: Final = "未读"
READ_ALL: Final = "全部知道了"


class MessageRow(QFrame):
    """Show one message with a line of its own for each sentence."""

    def __init__(self, message: Message, look: Look) -> None:
        super().__init__()
        self.setObjectName("alertRow")
        word, begins = QLabel(message.word), QLabel(message.begins.rstrip("："))
        word.setObjectName("alertWord")
        mark(word, "level", COLOURS[message.level])
        begins.setObjectName("alertAdvice")
        self.text = QLabel("\n".join(message.sentences))
        self.text.setObjectName("alertText")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(2, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(LevelMark(look, message.level), 0, 0)
        grid.addWidget(word, 0, 1, top)
        if message.begins:
            grid.addWidget(begins, 0, 2, top)
        grid.addWidget(self.text, 1 if message.begins else 0, 2, top)
        self.setAccessibleName(f"{message.word} {message.line}")


class MessageList(PopupList[MessageRow]):
    """List what is unread; `read` gives the messages that were seen when it was pressed."""

    read = Signal(tuple)

    def __init__(self, owner: QWidget, look: Look, *, calm_ms: int) -> None:
        self.read_button = button(READ_ALL)
        super().__init__(owner, self.read_button, width=WIDTH, tallest=TALLEST)
        self._look = look
        self._calm_ms = calm_ms
        self._shown: tuple[Message, ...] = ()
        self._opened: Counter[Message] = Counter()  # what it was opened with
        self._came: dict[Message, QElapsedTimer] = {}  # while it is open
        self.area.setAccessibleName(UNREAD)
        self.area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.read_button.clicked.connect(self._read)

    def show_messages(self, messages: tuple[Message, ...]) -> None:
        """Show these, in their order; with none the list goes."""
        if messages == self._shown:
            return
        self._shown = messages
        self._came = {one: self._came.get(one) or _begun() for one in messages if one not in self._opened}
        self.replace([MessageRow(message, self._look) for message in messages])
        self.title.setText(f"{UNREAD} {sum(len(one.sentences) for one in messages)} 条")
        self.setAccessibleName(self.title.text())
        self.settle()

    def open_at(self, corner: QPoint) -> None:
        """Open with the upper right corner there and the keyboard in the list."""
        self._opened, self._came = Counter(self._shown), {}
        super().open_at(corner)
        self.area.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back on Esc: nothing was read."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _read(self) -> None:
        # What it was opened with was seen as it was then; since then it may have grown.
        seen, before = [*self._opened.elements()], self._opened.copy()
        for message, row in zip(self._shown, self.rows, strict=True):
            came = self._came.get(message)
            if before[message] > 0:
                before[message] -= 1
            elif came is not None and came.hasExpired(self._calm_ms) and not row.visibleRegion().isEmpty():
                seen.append(message)
        self._opened.clear()
        self._came = {message: _begun() for message in self._shown}  # what is left moves up under a double click
        self.read.emit(tuple(seen))


def _begun() -> QElapsedTimer:
    timer = QElapsedTimer()
    timer.start()
    return timer
