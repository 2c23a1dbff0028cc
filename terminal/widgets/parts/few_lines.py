"""Show a sentence that may need more than one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from terminal.widgets.parts.figures import MINUS
from terminal.widgets.parts.line_break import NEVER_FIRST, NO_BREAK, whole_moments

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

PAUSES: Final = "，；：、） "  # where a line had better end


class FewLines(QLabel):
    """Show a sentence on up to `most` lines; the whole is in its tool tip.

    It takes another line when it needs it and gives it back only with another width or status: what changes with
    every price must not push the cards below up and down under the cursor.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
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
        lines = self._lines(at_pauses=True)
        return lines if lines[-1] == self._cut_short(lines[-1]) else self._lines(at_pauses=False)

    def _lines(self, *, at_pauses: bool) -> list[str]:
        lines: list[str] = []
        rest = whole_moments(self.whole)
        while len(lines) < self._most - 1 and self._is_too_wide(rest):
            end = self._end(rest, at_pauses=at_pauses)
            lines.append(rest[:end])
            rest = rest[end:].lstrip()
        return [*lines, rest if at_pauses else self._cut_short(rest)]

    def _end(self, rest: str, *, at_pauses: bool) -> int:
        # The first guess leaves little to measure: shaping is what costs.
        fits = max(1, len(rest) * self.width() // self.fontMetrics().horizontalAdvance(rest))
        while fits > 1 and self._is_too_wide(rest[:fits]):
            fits -= 1
        while fits < len(rest) and not self._is_too_wide(rest[: fits + 1]):
            fits += 1
        pause = fits
        while pause and (rest[pause - 1] not in PAUSES or rest[pause : pause + 1] in tuple(NEVER_FIRST)):
            pause -= 1
        if at_pauses and 2 * pause > fits:
            return pause
        whole = fits
        while whole > 1 and (_is_one(rest[whole - 1], rest[whole]) or rest[whole] in NEVER_FIRST):
            whole -= 1
        return whole if 2 * whole > fits else fits

    def _cut_short(self, line: str) -> str:
        return self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, self.width())

    def _is_too_wide(self, text: str) -> bool:
        return self.fontMetrics().horizontalAdvance(text) > self.width()


def _is_one(before: str, after: str) -> bool:
    # A number or a contract's code that is torn in two reads as another one.
    return all((char.isascii() and not char.isspace()) or char in {MINUS, NO_BREAK} for char in (before, after))
