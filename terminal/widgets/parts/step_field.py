"""Let a person type a number, or step it with the arrow keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent

FAR: Final = 5  # steps of the page keys
STEPS: Final = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: FAR, Qt.Key.Key_PageDown: -FAR}
LOTS: Final = r"[0-9]{0,6}"
PRICE: Final = r"[0-9]{0,8}(\.[0-9]{0,4})?"
SIGNED: Final = rf"-?{PRICE}"


class StepField(QLineEdit):
    """Hold a number as text; `stepped` tells by how many steps a key moves it, `textEdited` what was typed."""

    stepped = Signal(int)

    def __init__(self, name: str, pattern: str) -> None:
        super().__init__()
        self.setObjectName("ticketField")
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._pattern = pattern
        self.setValidator(QRegularExpressionValidator(QRegularExpression(pattern), self))
        # A Chinese input method would swallow the letters that choose a price.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)

    def take(self, pattern: str) -> None:
        """Let numbers of this form be typed from now on."""
        if pattern != self._pattern:
            self._pattern = pattern
            self.setValidator(QRegularExpressionValidator(QRegularExpression(pattern), self))

    def show_text(self, text: str) -> None:
        """Show a number, and leave the cursor alone where it stands already; what is marked stays marked."""
        if text != self.text():
            is_marked = self.hasSelectedText()
            self.setText(text)
            if is_marked:  # whoever is about to type over the old number types over the new one
                self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step on the arrow and page keys."""
        steps = STEPS.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
            return
        event.accept()
        self.stepped.emit(steps)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark everything, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.selectAll()
