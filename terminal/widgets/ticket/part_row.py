"""Let a person fill in one condition: only the fields its kind needs are seen.

The second leg of a spread and the spot of a basis are chosen from what the market lists, the ticket's own product
first: nothing can be chosen that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.conditional import Quoted, Way
from terminal.domain.products.instrument import Kind
from terminal.domain.words.terms import Term
from terminal.engine.conditional.wording import QUOTED, SPREADS
from terminal.engine.wording import short
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.step_field import PRICE, SIGNED, StepField
from terminal.widgets.ticket.expected import DIFFERENCES, Expected, When, clock_of
from terminal.widgets.ticket.fields import typed

if TYPE_CHECKING:
    from enum import StrEnum

    from terminal.domain.products.instrument import Instrument

COEFFICIENT: Final = r"[0-9]{0,4}(\.[0-9]{0,4})?"
WAYS: Final = {Way.AT_OR_ABOVE: "≥", Way.AT_OR_BELOW: "≤"}
EVEN: Final = {Way.AT_OR_ABOVE: "不亏", Way.AT_OR_BELOW: "不再盈利"}
CROSSED: Final = {quoted: term for quoted, term in SPREADS.items() if quoted is not Quoted.LAST}
CROSSED_TIP: Final = (
    "卖出价差：本合约买价减另一腿卖价，卖出这个价差能得到的；买入价差：本合约卖价减另一腿买价。"
    "两腿都有一分钟内的买卖价才算。"
)
BASIS_TIP: Final = (
    "基差 = 现货 − 期货；这里选用期货的哪个价。期货要有一分钟内的买卖价，现货是本日或上一交易日报的才算。"
)

_Value = TypeVar("_Value", bound="StrEnum")


class TicketPartRow(QWidget):
    """Hold one `Expected`; `changed` tells that a person changed it."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.part = Expected()
        self._instrument: Instrument | None = None
        self._offered: tuple[Instrument, ...] = ()
        self.quoted = combo(f"{name}{Term.QUOTES}", QUOTED)
        self.crossed = combo(f"{name}{Term.SPREAD}", CROSSED)
        self.crossed.setToolTip(CROSSED_TIP)
        self.other, self.coefficient = SteadyCombo(), StepField(f"{name}系数", COEFFICIENT)
        self.other.setAccessibleName(f"{name}另一腿")
        self.other.setMaxVisibleItems(16)
        self.coefficient.setToolTip("另一腿的系数：价差 = 本合约 − 系数 × 另一腿")
        self.way = combo(f"{name}{Term.SIDE}", WAYS)
        self.price, self.highest = StepField(f"{name}价", PRICE), StepField(f"{name}区间上限", PRICE)
        self.value = StepField(f"{name}价差", SIGNED)
        self.clock = QLineEdit()
        self.price.setPlaceholderText("条件价")
        self.highest.setPlaceholderText("上限")
        self.coefficient.setPlaceholderText("系数")
        self.clock.setObjectName("ticketField")
        self.clock.setPlaceholderText("14:55:00")
        self.clock.setAccessibleName(f"{name}时间")
        self.clock.setMaxLength(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget, share in (
            *((self.other, 4), (self.coefficient, 2), (self.quoted, 3), (self.crossed, 3), (self.way, 2)),
            *((self.value, 3), (self.price, 3), (self.highest, 3), (self.clock, 3)),
        ):
            row.addWidget(widget, share)
        self._connect()
        self.show_part(Expected())

    def fields(self) -> tuple[QWidget, ...]:
        """Return every field in which a letter is no part of what is filled in."""
        return (
            *(self.quoted, self.crossed, self.coefficient, self.way),
            *(self.value, self.price, self.highest, self.clock),
        )

    def walk(self) -> tuple[QWidget, ...]:
        """Return every field from left to right."""
        return (
            *(self.other, self.coefficient, self.quoted, self.crossed, self.way),
            *(self.value, self.price, self.highest, self.clock),
        )

    def show_part(self, part: Expected) -> None:
        """Show other fields; tells nobody."""
        before, self.part = self.part.when, part
        if part.when is not before and part.when in DIFFERENCES:
            self._offer()
        for box, value in ((self.quoted, part.quoted), (self.crossed, part.quoted), (self.way, part.way)):
            box.setCurrentIndex(box.findData(value))
        self._show_other()
        for field, number in (
            *((self.price, part.price), (self.value, part.price)),
            *((self.highest, part.highest), (self.coefficient, part.coefficient)),
        ):
            if typed(field.text()) != number:  # what is typed of it so far, like a minus, stays
                field.show_text("" if number is None else f"{number:f}")
        if part.clock is None and clock_of(self.clock.text()) is not None:
            self.clock.clear()
        elif part.clock is not None and clock_of(self.clock.text()) != part.clock:
            self.clock.setText(f"{part.clock // 3600:02}:{part.clock // 60 % 60:02}:{part.clock % 60:02}")
        self._show_needed()

    def show_contract(self, instrument: Instrument | None, offered: tuple[Instrument, ...]) -> None:
        """Take the ticket's contract and what else the market lists."""
        if (instrument, offered) != (self._instrument, self._offered):
            self._instrument, self._offered = instrument, offered
            if self.part.when in DIFFERENCES:  # a market lists hundreds, and the field is not seen otherwise
                self._offer()
                self._show_other()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.quoted.activated.connect(lambda place: self._change(quoted=Quoted(self.quoted.itemData(place))))
        self.crossed.activated.connect(lambda place: self._change(quoted=Quoted(self.crossed.itemData(place))))
        self.way.activated.connect(lambda place: self._change(way=Way(self.way.itemData(place))))
        self.other.activated.connect(lambda place: self._change(other=InstrumentId(self.other.itemData(place))))
        self.price.textEdited.connect(lambda text: self._change(price=typed(text)))
        self.value.textEdited.connect(lambda text: self._change(price=typed(text)))
        self.highest.textEdited.connect(lambda text: self._change(highest=typed(text)))
        self.coefficient.textEdited.connect(lambda text: self._change(coefficient=typed(text)))
        self.clock.textEdited.connect(lambda text: self._change(clock=clock_of(text)))

    def _change(self, **fields: Quoted | Way | Decimal | int | str | None) -> None:
        self.show_part(msgspec.structs.replace(self.part, **fields))
        self.changed.emit()

    def _offer(self) -> None:
        own = self._instrument
        self.other.clear()
        if own is None:
            return
        spots = self.part.when is When.BASIS
        for one in _beside(own, self._offered, spots=spots):
            self.other.addItem(short(one.id), one.id)
        self.other.setPlaceholderText("选现货" if spots else "减哪个合约")

    def _show_other(self) -> None:
        name = self.part.other
        if name is not None and self.other.findData(name) < 0:
            self.other.addItem(short(name), name)  # of an order that waits already: the runner says if it may not be
        self.other.setCurrentIndex(-1 if name is None else self.other.findData(name))

    def _show_needed(self) -> None:
        when = self.part.when
        names = EVEN if when is When.BREAK_EVEN else WAYS
        for place in range(self.way.count()):
            self.way.setItemText(place, names[Way(self.way.itemData(place))])
        self.value.setPlaceholderText(str(Term.BASIS if when is When.BASIS else Term.SPREAD))
        self.quoted.setToolTip(BASIS_TIP if when is When.BASIS else self.quoted.accessibleName())
        for widget, needed in (
            (self.other, when in DIFFERENCES),
            (self.coefficient, when is When.SPREAD),
            (self.quoted, when in (When.PRICE, When.RANGE, When.BASIS)),
            (self.crossed, when is When.SPREAD),
            (self.way, when in (When.PRICE, When.BREAK_EVEN, *DIFFERENCES)),
            (self.value, when in DIFFERENCES),
            (self.price, when in (When.PRICE, When.RANGE)),
            (self.highest, when is When.RANGE),
            (self.clock, when is When.TIME),
        ):
            widget.setVisible(needed)


def _beside(own: Instrument, offered: Iterable[Instrument], *, spots: bool) -> list[Instrument]:
    if spots:
        return [one for one in offered if one.kind is Kind.SPOT and one.code == own.code]
    others = [
        one for one in offered if one.kind is Kind.FUTURE and one.id != own.id and one.quote_unit == own.quote_unit
    ]
    return sorted(others, key=lambda one: (one.product != own.product, one.id))


def combo(name: str, choices: Mapping[_Value, str]) -> SteadyCombo:
    """Return a combo box of these choices."""
    made = SteadyCombo()
    made.setAccessibleName(name)
    made.setToolTip(name)
    for value, text in choices.items():
        made.addItem(text, value)
    return made
