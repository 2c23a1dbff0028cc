"""Offer what can be done with the position chosen in the grid, each verb by a button and a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from terminal.domain.orders.order import Side
from terminal.domain.words.terms import Term
from terminal.widgets.parts.elided import Elided
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.toned import mark
from terminal.widgets.position.verbs import OF_POSITION, TIPS, WORDS, Verb
from terminal.widgets.strategy.fields import short_code

if TYPE_CHECKING:
    from terminal.engine.book.lines import PositionLine

NOTHING: Final = ("", "none")
CHOOSE: Final = "选中一行持仓，再平仓、锁仓、解锁、反手或挂止损止盈"


class PositionBar(QFrame):
    """Stand below the positions; `wanted` tells a verb that was pressed, whose strip then opens. Nothing is sent."""

    wanted = Signal(object)

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self.setObjectName("panelFoot")
        self.buttons: dict[Verb, QPushButton] = {}
        self.shortcuts: dict[Verb, QShortcut] = {}
        self._key: tuple[object, ...] | None = None  # of the position that was chosen last
        self._words = self._said = NOTHING
        self.note = Elided("footNote")
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING, 4, PADDING, 4)
        row.setSpacing(6)
        for verb in OF_POSITION:
            button = QPushButton(WORDS[verb])
            button.setObjectName("footButton")
            button.setAutoDefault(False)
            button.setAccessibleName(WORDS[verb])
            button.setToolTip(f"{verb.value}：{TIPS[verb]}")
            button.clicked.connect(lambda _=False, verb=verb: self.wanted.emit(verb))
            row.addWidget(button)
            self.buttons[verb] = button
            shortcut = QShortcut(QKeySequence(verb.value), panel)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(lambda verb=verb: self._press(verb))
            self.shortcuts[verb] = shortcut
        row.addWidget(self.note, 1)
        self.show_about(None, "")

    def show_about(self, line: PositionLine | None, barred: str, against: int = 0) -> None:
        """Take the chosen position, why nothing can be ordered about it, and the lots of the other side (锁仓)."""
        for verb, button in self.buttons.items():
            button.setEnabled(line is not None and not barred and (verb is not Verb.UNLOCK or against > 0))
        key = None if line is None else (line.instrument, line.side, line.flag)
        if key is not None and key != self._key:
            self._said, self._key = NOTHING, key
        self._words = _words(line, barred, against)
        self._show()

    def _show(self) -> None:
        (text, tone), (said, of_said) = self._words, self._said
        self.note.say(said or text)
        mark(self.note, "verdict", of_said if said else tone)

    def say(self, sentence: str, tone: str) -> None:
        """Say what became of the last verb, until another position is chosen."""
        self._said = (sentence, tone)
        self._show()

    def _press(self, verb: Verb) -> None:
        if self.buttons[verb].isEnabled():
            self.wanted.emit(verb)


def _words(line: PositionLine | None, barred: str, against: int) -> tuple[str, str]:
    if barred:
        return barred, "warn"
    if line is None:
        return CHOOSE, "none"
    side = Term.LONG if line.side is Side.BUY else Term.SHORT
    busy = f"，可平 {line.closable} 手" if line.closable != line.lots else ""
    locked = min(line.lots, against)
    busy += f"，{Term.LOCKED} {locked} 手" if locked else ""
    guard = f" · {line.guard}" if line.guard else ""
    return f"{short_code(line.instrument)} {side} {line.lots} 手{busy}{guard}", "none"
