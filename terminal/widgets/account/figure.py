"""Show one figure of the account under its caption, and how it came about: under the mouse, and where Tab leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QFrame, QLabel, QToolTip, QVBoxLayout

from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.toned import show_text

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent

_BY_KEY: Final = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
}
_TELL: Final = {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class AccountFigure(QFrame):
    """Hold caption and value; `explain` is asked when somebody looks, and again while they look and it changes."""

    def __init__(self, caption: str, explain: Callable[[], str]) -> None:
        super().__init__()
        self.setObjectName("accountFigure")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._explain = explain
        self._told: tuple[str, QPoint] | None = None  # what stands beside the figure, and where
        self.caption = QLabel(caption)
        self.caption.setObjectName("figureCaption")
        self.value = QLabel(figures.ABSENT)
        self.value.setObjectName("figureValue")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 6)
        column.setSpacing(0)
        for label in (self.caption, self.value):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            column.addWidget(label)
        self.show_value(figures.ABSENT, Tone.DIM)

    def show_value(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Change the figure; screen readers hear it with its caption."""
        if show_text(self.value, text, tone):
            # The room it once had it keeps: what stands beside it is pressed, and must not wander with the digits.
            self.value.setMinimumWidth(max(self.value.minimumWidth(), self.value.sizeHint().width()))
        self.setAccessibleName(f"{self.caption.text()} {text}")

    def explain_again(self) -> None:
        """Have an explanation that somebody is reading follow the figures."""
        if self.hasFocus():
            self.setAccessibleDescription(self._explain())
        if self._told is not None and QToolTip.isVisible() and QToolTip.text() == self._told[0]:
            self._tell(self._told[1])

    def event(self, event: QEvent) -> bool:
        """Explain the figure under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._tell(event.globalPos())
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Explain the figure that the keyboard has come to."""
        super().focusInEvent(event)
        if event.reason() in _BY_KEY:
            QTimer.singleShot(0, self, self._tell_below)  # the focus that is just coming would take it away again

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the explanation away."""
        super().focusOutEvent(event)
        self._told = None
        QToolTip.hideText()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Explain once more at Enter or Space; other keys are the window's."""
        if event.key() in _TELL and not event.isAutoRepeat():
            self._tell_below()
        else:
            event.ignore()

    def _tell_below(self) -> None:
        if not self.hasFocus():
            return
        text = self._tell(self.mapToGlobal(QPoint(0, self.height() // 2)))
        self.setAccessibleDescription(text)

    def _tell(self, where: QPoint) -> str:
        text = self._explain()
        self._told = (text, where)
        QToolTip.showText(where, text, self)
        return text
