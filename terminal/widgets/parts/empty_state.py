"""Say what is not there yet, and what to do next, where a table would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from terminal.widgets.parts.icons import Sign, pixmap
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from terminal.engine.screen import LinkLine
    from terminal.widgets.dress.look import Look

ICON: Final = 40
EDGE: Final = 10  # pixels to the left and right

Words = tuple[str, str, str]
"""A title, a text, and what to do next."""

# What an empty list of a desk that is cut off says: it does not know that there is nothing.
UNKNOWN: Final = ("没有连上运行器", "连上之前，不知道现在有什么。", "原因和办法写在窗口上方。")
# What it says while older facts still arrive: what it holds is of a time long past.
BEHIND_MARK: Final = "补齐中，不是现状"
BEHIND: Final = ("正在补齐记录", "补齐之前，不知道现在有什么。", "")
# What it says where the runner is heard and this desk may only look.
LOOKS: Final = ("本工作台只能看", "停住以后的事，这里不知道。", "原因和办法写在窗口上方。")
# What it says until the first word of the runner's came: an empty account would be a statement, this is none.
FETCHING: Final = ("正在取回…", "账户的持仓和委托正在取回。", "")
# What it says to a person to whom the runner gives no account: nothing will come, however long one waits.
NO_ACCOUNT: Final = (
    "您没有可看的账户",
    "已连上运行器，但您在任何账户都没有权限，所以没有持仓和委托。",
    "下一步：请管理员在账户里给您加上权限，再重新打开本程序。",
)


def unknown(link: LinkLine | None) -> Words | None:
    """Return what an empty list says while what it shows is old; `None` while it is of now."""
    if link is None or not link.is_old:
        return None
    if link.is_behind:
        return BEHIND
    return LOOKS if link.is_heard else UNKNOWN


class EmptyState(QWidget):
    """Lie over another widget while that has nothing to show."""

    def __init__(self, over: QWidget, look: Look, *, sign: Sign, title: str, text: str, next_step: str) -> None:
        super().__init__(over)
        self._look = look
        self._sign = sign
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._icon = QLabel()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 0, EDGE, 0)
        column.setSpacing(6)
        column.addStretch(3)
        column.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(4)
        self.title, self.text, self.next_step = QLabel(), QLabel(), QLabel()
        for label, name in ((self.title, "emptyTitle"), (self.text, "emptyText"), (self.next_step, "emptyNext")):
            label.setObjectName(name)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addStretch(4)
        self._parts = (self._icon, self.next_step, self.text, self.title)
        self.say(title, text, next_step)
        over.installEventFilter(self)
        look.changed.connect(self._draw)
        self._draw()

    def say(self, title: str, text: str, next_step: str, *, warn: bool = False) -> None:
        """Change what is said, and whether its title warns."""
        mark(self.title, "tone", "warn" if warn else "")
        for label, words in ((self.title, title), (self.text, text), (self.next_step, next_step)):
            label.setText(words)
        self._fit()
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"{text}{next_step}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the size of what is covered."""
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
            self._fit()
        return False

    def _fit(self) -> None:
        # Half a line reads as nothing: what has no room goes, the picture first and the title last.
        for part in self._parts:
            part.setVisible(part is self._icon or bool(part.text()))
        for part in self._parts:
            if self._column.totalHeightForWidth(self.width()) <= self.height():
                return
            part.hide()

    def _draw(self) -> None:
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(pixmap(self._sign, self._look.tokens.strong_line, size=ICON, ratio=ratio))
