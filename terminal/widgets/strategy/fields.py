"""Put a caption over a control and the sentence of its fault below it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from terminal.domain.ids import InstrumentId
from terminal.domain.products.instrument import Instrument, Kind
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from collections.abc import Mapping


COLUMNS: Final = 3
GAP: Final = 10

Choice = TypeVar("Choice", bound=StrEnum)


class ChoiceBox(SteadyCombo):
    """Offer a few words; `edited` tells that a person took another one."""

    edited = Signal()

    def __init__(
        self, name: str, choices: Mapping[Choice, str] | None = None, *, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(56)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, word in (choices or {}).items():
            self.addItem(word, value.value)
        self.activated.connect(lambda _: self.edited.emit())

    @property
    def value(self) -> str:
        """Return the value taken, empty where there is none."""
        return str(self.currentData() or "")

    def put(self, value: str) -> None:
        """Take a value without telling anybody."""
        self.setCurrentIndex(self.findData(str(value)))

    def take(self, value: str) -> None:
        """Take a value as if a person had."""
        self.put(value)
        self.edited.emit()


class ContractBox(ChoiceBox):
    """Offer the listed contracts of some kinds, futures unless said otherwise, and keep one that is not listed."""

    def __init__(
        self, name: str, *, parent: QWidget | None = None, kinds: frozenset[Kind] = frozenset({Kind.FUTURE})
    ) -> None:
        super().__init__(name, parent=parent)
        self._kinds = kinds
        self.setMaxVisibleItems(16)
        self.setPlaceholderText("请选择")

    @property
    def instrument(self) -> InstrumentId:
        """Return the contract taken, empty where there is none."""
        return InstrumentId(self.value)

    def put(self, value: str) -> None:
        """Take a contract without telling anybody."""
        if value and self.findData(value) < 0:
            self.addItem(f"{short_code(InstrumentId(value))} 不在行情中", value)
        super().put(value)

    def show_instruments(self, instruments: dict[InstrumentId, Instrument]) -> None:
        """Offer these contracts, the one taken stays."""
        kept = self.value
        self.clear()
        for instrument in instruments.values():
            if instrument.kind in self._kinds:
                self.addItem(f"{short_code(instrument.id)} {instrument.product_name}", instrument.id)
        self.put(kept)


def fix(control: QWidget, why: str) -> None:
    """Close a control and say why as its tooltip; empty opens it again, with the tooltip it had."""
    if control.property("tip") is None:
        control.setProperty("tip", control.toolTip())
    control.setEnabled(not why)
    control.setToolTip(why or control.property("tip"))


class Field(QWidget):
    """Hold one control with its caption and what is wrong with it."""

    def __init__(self, caption: str, control: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.control = control
        self.caption, self.fault = QLabel(caption), QLabel()
        self.caption.setObjectName("fieldCaption")
        self.caption.setBuddy(control)
        self.fault.setObjectName("fieldFault")
        self.fault.setWordWrap(True)
        self.fault.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self.caption, control, self.fault):
            column.addWidget(widget)
        column.addStretch(1)

    def fix(self, why: str) -> None:
        """Close the field and say why, or open it."""
        fix(self.control, why)
        self.caption.setToolTip(why)

    def say(self, fault: str) -> None:
        """Say what is wrong, or nothing."""
        if fault != self.fault.text():
            self.fault.setText(fault)
            self.control.setAccessibleDescription(fault)
        self.fault.setVisible(bool(fault))
        mark(self.control, "wrong", "true" if fault else "false")


class FieldRows(QGridLayout):
    """Lay fields side by side in rows of equal columns; one that is not shown leaves no hole."""

    def __init__(self, fields: list[Field]) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(GAP)
        self.setVerticalSpacing(8)
        self.shown: list[Field] = []
        self.arrange(fields)
        for column in range(COLUMNS):
            self.setColumnStretch(column, 1)
            self.setColumnMinimumWidth(column, 1)

    def arrange(self, fields: list[Field]) -> None:
        """Give these fields the places, in order; the others are hidden by whoever leaves them out."""
        if fields == self.shown:
            return
        for field in self.shown:
            self.removeWidget(field)
        for place, field in enumerate(fields):
            self.addWidget(field, place // COLUMNS, place % COLUMNS)
        self.shown = list(fields)


def in_columns(fields: list[Field]) -> FieldRows:
    """Return the fields side by side in rows of equal columns."""
    return FieldRows(fields)


def short_code(instrument: InstrumentId) -> str:
    """Return a contract's code without its exchange.

    >>> short_code(InstrumentId("SHFE.rb2505"))
    'rb2505'
    """
    return instrument.partition(".")[2] or instrument
