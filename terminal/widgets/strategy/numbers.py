"""Let a person type an exact number: a decimal with its unit, never a binary float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QWidget

from terminal.widgets.parts.figures import MINUS

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QResizeEvent, QWheelEvent

PLACES: Final = 6  # the finest a person types; what a plan wrote finer is shown as it is
MOST_DIGITS: Final = 10
PAGE: Final = 5

_DECIMAL: Final = re.compile(rf"{MINUS}?\d{{0,{MOST_DIGITS}}}(?:\.\d{{0,{PLACES}}})?")
_WHOLE: Final = re.compile(rf"{MINUS}?\d{{0,8}}")
_MEANT: Final = str.maketrans({"-": MINUS, "－": MINUS, "。": ".", "．": ".", ",": None, "，": None, " ": None})


class NumberBox(QAbstractSpinBox):
    """Hold a decimal; `edited` tells that a person changed it. With `whole` it takes whole numbers only.

    What is typed snaps to `step` where `snaps` is set; what is put in by the program stays exactly as it is. A field of
    what may be zero, and may be none at all, says with `may_be_blank` what it means without a number.
    """

    edited = Signal()

    def __init__(self, name: str, unit: str = "", *, whole: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = QLabel(unit, self)  # before anything sends a change event, which places it
        self._unit_text, self._zero = unit, ""
        self._whole = whole
        self._value = Decimal(0)
        self.step = Decimal(1)
        self.snaps = False
        self.blank = False
        self.must_be_filled = True  # whether a blank field is one that a person has still to fill
        self.setAccessibleName(f"{name}（{unit}）" if unit else name)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setMinimumWidth(56)
        self._unit.setObjectName("fieldUnit")
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.lineEdit().textEdited.connect(self._take)
        self.editingFinished.connect(self._show)
        self._show()

    @property
    def value(self) -> Decimal:
        """Return the number; while the field is blank it is the last one."""
        return self._value

    @property
    def given(self) -> Decimal | None:
        """Return the number, `None` while the field is blank."""
        return None if self.blank else self._value

    def put(self, value: Decimal | int | None) -> None:
        """Show a number, or none, without telling anybody."""
        self._value = Decimal(0) if value is None else Decimal(value)
        self.blank = value is None
        if self.blank:
            self.lineEdit().clear()
        self._show()

    def may_be_blank(self, meaning: str) -> None:
        """Say in the field, while there is no number in it, what that means."""
        self.must_be_filled = False
        self.lineEdit().setPlaceholderText(meaning)
        self.setToolTip("；".join(filter(None, (self.toolTip(), f"空着 = {meaning}"))))
        self.put(None)

    def say_zero(self, meaning: str) -> None:
        """Say in the place of the unit what zero means, while it stands there: `0 = 不限`."""
        self._zero = meaning
        self.setToolTip("；".join(filter(None, (self.toolTip(), f"0 = {meaning}"))))
        self._say_unit()

    def textFromValue(self, value: Decimal) -> str:
        """Return a number as the field shows it, with the U+2212 minus."""
        return f"{value:f}".replace("-", MINUS)

    def valueFromText(self, text: str) -> Decimal | None:
        """Return the number a text means, or `None` where it means none yet."""
        text = text.translate(_MEANT)
        if not any(character.isdigit() for character in text):
            return None
        return Decimal(text.replace(MINUS, "-"))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Turn the signs of a keyboard into those of the screen, and refuse what is no part of a number."""
        meant = text.translate(_MEANT)
        if not (_WHOLE if self._whole else _DECIMAL).fullmatch(meant):
            return QValidator.State.Invalid, text, position
        known = self.valueFromText(meant) is not None
        state = QValidator.State.Acceptable if known else QValidator.State.Intermediate
        return state, meant, position - (len(text) - len(meant))

    def stepBy(self, steps: int) -> None:
        """Move by steps; a page is five of them."""
        if abs(steps) > PAGE:
            steps = PAGE if steps > 0 else -PAGE
        moved = self._value + steps * self.step
        self.put(self._snapped(moved) if self.snaps else moved)
        self.selectAll()
        self.edited.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Allow both ways: a sentence under the field says what is too much."""
        flag = QAbstractSpinBox.StepEnabledFlag
        return flag.StepUpEnabled | flag.StepDownEnabled

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only the field a person is in: scrolling past one must not change a price."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the number, so that typing replaces it."""
        super().focusInEvent(event)
        self.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the unit at the right edge, inside the frame."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the places when the style changes."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._place()

    def _place(self) -> None:
        # A styled box without buttons leaves its line edit one pixel (Qt 6.11): it gets its room here.
        self.lineEdit().setGeometry(self.rect().adjusted(1, 1, -1, -1))
        width = self._unit.sizeHint().width()
        room = width + 8 if self._unit.text() else 6
        self.lineEdit().setTextMargins(4, 0, room, 0)
        self._unit.setGeometry(self.width() - width - 9, 0, width, self.height())

    def _take(self, text: str) -> None:
        value = self.valueFromText(text)
        self.blank = value is None
        if value is not None:
            self._value = self._snapped(value) if self.snaps else value
        self._say_unit()
        self.edited.emit()

    def _say_unit(self) -> None:
        text = f"= {self._zero}" if self._zero and not self.blank and self._value == 0 else self._unit_text
        if text != self._unit.text():
            self._unit.setText(text)
            self._place()

    def _show(self) -> None:
        self._say_unit()
        if not self.blank:
            self.lineEdit().setText(self.textFromValue(self._value))

    def _snapped(self, value: Decimal) -> Decimal:
        return (value / self.step).to_integral_value(rounding=ROUND_HALF_UP) * self.step
