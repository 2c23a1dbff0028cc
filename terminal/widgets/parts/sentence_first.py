"""Lay a sentence and an advice side by side: who reads must know what stands before what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from terminal.widgets.parts.elided import Elided, Shortened

GAP: Final = 8
LEAST_ADVICE: Final = 72  # pixels: less of an advice tells nothing


class SentenceFirst(QWidget):
    """Tell the sentence whole, and of the advice what has room beside it.

    Where even the sentence has no room, the advice is told whole if it leaves the `first` so many pixels, else left
    out; the tool tip has both.
    """

    def __init__(self, sentence: Shortened, advice: Elided, *, first: int) -> None:
        super().__init__()
        self._sentence, self._advice, self._first = sentence, advice, first
        for part in (sentence, advice):
            part.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def say(self, sentence: str, short: str, advice: str) -> None:
        """Change both; `short` is painted where the sentence has no room."""
        self._sentence.say_either(sentence, short)
        self._advice.say(advice)
        for part in (self, self._sentence, self._advice):
            part.setToolTip(f"{sentence}\n{advice}")
        self.updateGeometry()
        self._place()

    def sizeHint(self) -> QSize:
        """Return room for both, whole."""
        sentence, advice = self._sentence.sizeHint(), self._advice.sizeHint()
        return QSize(sentence.width() + GAP + advice.width(), max(sentence.height(), advice.height()))

    def minimumSizeHint(self) -> QSize:
        """Return the least room, however long the texts are."""
        return QSize(self._advice.minimumSizeHint().width(), self._advice.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the room anew."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        metrics = self._sentence.fontMetrics()
        room, advised = self.width(), self._advice.sizeHint().width()
        whole = self._sentence.sizeHint().width()
        if whole > room - GAP - advised:  # it need not be told with every name
            whole = max(metrics.horizontalAdvance(self._sentence.short) + 1, min(whole, room - GAP - advised))
        beside = room - GAP - advised  # what an advice told whole would leave
        if whole > room - GAP - LEAST_ADVICE:  # it loses its end in any case
            whole = beside if beside >= self._first else room
        told = min(whole, room)
        left = room - GAP - told
        self._sentence.setGeometry(QRect(0, 0, told, self.height()))
        self._advice.setGeometry(QRect(told + GAP, 0, max(min(left, advised), 0), self.height()))
        self._advice.setVisible(left >= min(advised, LEAST_ADVICE))
