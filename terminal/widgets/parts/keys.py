"""Tell a letter that is meant for a field from one that looks for a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

FIELDS: Final = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox)  # where a letter is a letter


def is_typed_outside_fields(event: QKeyEvent) -> bool:
    """Return whether a key is a letter or digit that no field is waiting for."""
    held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    return not held and event.text().isalnum() and not isinstance(QApplication.focusWidget(), FIELDS)
