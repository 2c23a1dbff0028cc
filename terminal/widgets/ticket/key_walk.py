"""Walk through the fields of an order with Enter, and choose where its price comes from by a letter.

One set of keys for every place where an order is filled in. A held key walks one step. The letters choose everywhere
but in a field that types letters, which is not watched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from terminal.widgets.parts.contract_finder import ENTER
from terminal.widgets.parts.held_key import HeldKey
from terminal.widgets.ticket.fields import PriceMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MODE_KEYS: Final = {
    Qt.Key.Key_D: PriceMode.COUNTER,
    Qt.Key.Key_P: PriceMode.QUEUE,
    Qt.Key.Key_L: PriceMode.LAST,
    Qt.Key.Key_Z: PriceMode.UPPER,
    Qt.Key.Key_X: PriceMode.LOWER,
}
_BARE: Final = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier, Qt.KeyboardModifier.ShiftModifier)


class KeyWalk(QObject):
    """Watch the keys of fields.

    `walk` is told the field an Enter was pressed in, `choose` the price mode of a letter where it is offered; `other`
    takes any other bare key, and says whether it was taken.
    """

    def __init__(
        self,
        parent: QObject,
        *,
        walk: Callable[[QObject], None],
        choose: Callable[[PriceMode], None],
        offered: Iterable[PriceMode] = tuple(PriceMode),
        other: Callable[[QObject, QKeyEvent], bool] = lambda _watched, _event: False,
    ) -> None:
        super().__init__(parent)
        self._walk, self._choose, self._other = walk, choose, other
        self._modes = {key: mode for key, mode in MODE_KEYS.items() if mode in set(offered)}
        self._held = HeldKey()

    def watch(self, *fields: QObject) -> None:
        """Watch these fields from now on."""
        for field in fields:
            field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that walk and that choose."""
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() is QEvent.Type.KeyRelease:
            self._held.let_go(event)
        if event.type() is not QEvent.Type.KeyPress:
            return False
        key = Qt.Key(event.key())
        if key in ENTER:
            if not self._held.repeats(event):
                self._walk(watched)
            return True
        if event.modifiers() not in _BARE or self._held.repeats(event):
            return False
        if key in self._modes:
            self._choose(self._modes[key])
            return True
        return self._other(watched, event)
