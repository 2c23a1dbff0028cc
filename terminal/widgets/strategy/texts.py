"""Let a person type a moment or a volume curve as text; what the program puts in stays exactly as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

T = TypeVar("T")


class TextBox(QLineEdit, Generic[T]):
    """Hold a value that is typed as text; `edited` tells that a person typed.

    While what is typed cannot be read, `unread` is true and the value is the empty one.
    """

    edited = Signal()

    def __init__(
        self,
        name: str,
        empty: T,
        *,
        read: Callable[[str], T | None],
        write: Callable[[T], str],
        example: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._empty = empty
        self._read = read
        self._write = write
        self._value = empty
        self.unread = False
        self.setAccessibleName(name)
        self.setPlaceholderText(example)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(56)
        self.textEdited.connect(self._take)
        self.editingFinished.connect(self._tidy)

    @property
    def value(self) -> T:
        """Return what is typed, as far as it can be read."""
        return self._value

    def put(self, value: T) -> None:
        """Show a value without telling anybody."""
        self._value, self.unread = value, False
        self.setText(self._write(value))
        self.setCursorPosition(0)

    def take(self, text: str) -> None:
        """Take a text as if a person had typed it."""
        self.setText(text)
        self._take(text)
        self._tidy()

    def _take(self, text: str) -> None:
        read = self._empty if not text.strip() else self._read(text)
        self.unread = read is None
        self._value = self._empty if read is None else read
        self.edited.emit()

    def _tidy(self) -> None:
        if not self.unread:
            self.setText(self._write(self._value))
