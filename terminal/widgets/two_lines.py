"""Show a sentence that may need a second line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

PAUSES: Final = "，；：、） "  # where a line had better end


class TwoLines(QLabel):
    """Show a sentence on up to two lines; the whole is in its tool tip.

    It takes the second line when it needs it and gives it back only with another width or status: what changes with
    every price must not push the cards below up and down under the cursor.
    """

    def __init__(self) -> None:
        super().__init__()
        self.whole = ""
        self._taken = 1
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, sentence: str, *, afresh: bool = False) -> None:
        """Change the sentence; `afresh` lets go of a line it does not need."""
        if sentence != self.whole or afresh:
            self.whole = sentence
            self.setToolTip(sentence)
            self._cut(afresh=afresh)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew where the width has changed."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._cut(afresh=True)

    def changeEvent(self, event: QEvent) -> None:
        """Cut anew in another font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._cut(afresh=True)

    def _cut(self, *, afresh: bool) -> None:
        lines = self._broken()
        self.setText("\n".join(lines))
        self._taken = len(lines) if afresh else max(self._taken, len(lines))
        self.setFixedHeight(self._taken * self.fontMetrics().lineSpacing())

    def _broken(self) -> list[str]:
        # A label breaks a line where it likes; ours has to know where, for the last one is cut short.
        metrics, width = self.fontMetrics(), self.width()
        first, rest = "", self.whole
        whole = metrics.horizontalAdvance(rest)
        if whole > width:
            fits = len(rest) * width // whole  # a guess that measures little: shaping is what costs
            while fits > 1 and metrics.horizontalAdvance(rest[:fits]) > width:
                fits -= 1
            pause = max(rest.rfind(mark, 0, fits) for mark in PAUSES) + 1
            end = pause if 2 * pause > fits else max(fits, 1)
            first, rest = rest[:end], rest[end:]
        last = metrics.elidedText(rest.lstrip(), Qt.TextElideMode.ElideRight, width)
        return [first, last] if first else [last]
