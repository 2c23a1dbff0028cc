"""Let a person say when an order goes out (条件): at once, or when a price, a time, the opening or break-even comes.

One choice beside the others of the ticket. Its own fields stand below while they are needed, and only those that the
choice needs: what it waits for, then at what price and how long.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeVar

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from terminal.domain.conditional import Quoted, Validity, Way, WhenShort
from terminal.domain.order import Offset
from terminal.domain.terms import Term
from terminal.engine.conditional_wording import QUOTED, WHEN_SHORT
from terminal.widgets.steady_combo import SteadyCombo
from terminal.widgets.step_field import PRICE, StepField
from terminal.widgets.ticket_condition import LASTING, WHENS, Wait, When, clock_of
from terminal.widgets.ticket_fields import PriceMode, Ticket

TICKS: Final = r"-?[0-9]{0,3}"
WAYS: Final = {Way.AT_OR_ABOVE: "≥", Way.AT_OR_BELOW: "≤"}
EVEN: Final = {Way.AT_OR_ABOVE: "不亏", Way.AT_OR_BELOW: "不再盈利"}
SHORT_PROMPT: Final = f"{Term.CLOSABLE}不足时…"

_Value = TypeVar("_Value", When, Quoted, Way, Validity, WhenShort)


class TicketWaitRow(QWidget):
    """Hold one `Wait`; `changed` tells that a person changed it. `choice` stands elsewhere, among the ticket's own."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.wait = Wait()
        self._ticket = Ticket()
        self.choice = _combo(Term.CONDITION, {when: f"{Term.CONDITION} {term}" for when, term in WHENS.items()})
        self.quoted = _combo(f"{Term.CONDITION}{Term.QUOTES}", QUOTED)
        self.way = _combo(f"{Term.CONDITION}{Term.SIDE}", WAYS)
        self.price, self.highest = StepField("条件价", PRICE), StepField("区间上限", PRICE)
        self.clock, self.ticks = QLineEdit(), StepField("超价跳数", TICKS)
        self.validity = _combo(f"{Term.CONDITION}{Term.TIME_CONDITION}", LASTING)
        self.when_short = _combo(SHORT_PROMPT, WHEN_SHORT)
        self.when_short.setPlaceholderText(SHORT_PROMPT)
        self.price.setPlaceholderText("条件价")
        self.highest.setPlaceholderText("上限")
        self.ticks.setPlaceholderText("超价 0 跳")
        self.clock.setObjectName("ticketField")
        self.clock.setPlaceholderText("14:55:00")
        self.clock.setAccessibleName("条件时间")
        self.clock.setMaxLength(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for fields in (
            (self.quoted, self.way, self.price, self.highest, self.clock),
            (self.ticks, self.validity, self.when_short),
        ):
            row = QHBoxLayout()
            row.setSpacing(8)
            for widget in fields:
                row.addWidget(widget, 1)
            column.addLayout(row)
        self._connect()
        self.show_wait(Wait())

    def fields(self) -> tuple[QWidget, ...]:
        """Return every field, for whoever watches their keys."""
        return (
            *(self.choice, self.quoted, self.way, self.price, self.highest, self.clock),
            *(self.ticks, self.validity, self.when_short),
        )

    def show_wait(self, wait: Wait) -> None:
        """Show other fields; tells nobody."""
        self.wait = wait
        for combo, value in (
            *((self.choice, wait.when), (self.quoted, wait.quoted), (self.way, wait.way)),
            *((self.validity, wait.validity), (self.when_short, wait.when_short)),
        ):
            combo.setCurrentIndex(-1 if value is None else combo.findData(value))
        for field, price in ((self.price, wait.price), (self.highest, wait.highest)):
            if price is None or _typed(field.text()) != price:
                field.show_text("" if price is None else f"{price:f}")
        if wait.clock is None and clock_of(self.clock.text()) is not None:
            self.clock.clear()
        if _ticks(self.ticks.text()) != wait.ticks:
            self.ticks.show_text(str(wait.ticks) if wait.ticks else "")
        self._show_needed()

    def show_ticket(self, ticket: Ticket) -> None:
        """Take what the ticket says: which fields are needed hangs on it, and a price is of one contract."""
        before, self._ticket = self._ticket, ticket
        if before == ticket:
            return
        if before.instrument != ticket.instrument:
            self.show_wait(self.wait.about_another())
        else:
            self._show_needed()

    def choose(self, when: When) -> None:
        """Wait for this from now on, and tell it."""
        self.show_wait(self.wait.turned(when))
        self.changed.emit()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.choice.activated.connect(lambda place: self.choose(When(self.choice.itemData(place))))
        self.quoted.activated.connect(lambda place: self._change(quoted=Quoted(self.quoted.itemData(place))))
        self.way.activated.connect(lambda place: self._change(way=Way(self.way.itemData(place))))
        self.price.textEdited.connect(lambda text: self._change(price=_typed(text)))
        self.highest.textEdited.connect(lambda text: self._change(highest=_typed(text)))
        self.clock.textEdited.connect(lambda text: self._change(clock=clock_of(text)))
        self.ticks.textEdited.connect(lambda text: self._change(ticks=_ticks(text)))
        self.ticks.stepped.connect(lambda steps: self._change(ticks=max(-99, min(99, self.wait.ticks + steps))))
        self.validity.activated.connect(lambda place: self._change(validity=Validity(self.validity.itemData(place))))
        self.when_short.activated.connect(
            lambda place: self._change(when_short=WhenShort(self.when_short.itemData(place)))
        )

    def _change(self, **fields: Quoted | Way | Decimal | int | Validity | WhenShort | None) -> None:
        self.show_wait(msgspec.structs.replace(self.wait, **fields))
        self.changed.emit()

    def _show_needed(self) -> None:
        when, ticket = self.wait.when, self._ticket
        names = EVEN if when is When.BREAK_EVEN else WAYS
        for place in range(self.way.count()):
            self.way.setItemText(place, names[Way(self.way.itemData(place))])
        for widget, needed in (
            (self.quoted, when in (When.PRICE, When.RANGE)),
            (self.way, when in (When.PRICE, When.BREAK_EVEN)),
            (self.price, when in (When.PRICE, When.RANGE)),
            (self.highest, when is When.RANGE),
            (self.clock, when is When.TIME),
            (self.ticks, ticket.mode is PriceMode.COUNTER),
            (self.when_short, ticket.offset is Offset.CLOSE),
        ):
            widget.setVisible(needed)
        self.setVisible(self.wait.waits)


def _typed(text: str) -> Decimal | None:
    return Decimal(text) if any(sign.isdigit() for sign in text) else None


def _ticks(text: str) -> int:
    return int(text) if any(sign.isdigit() for sign in text) else 0


def _combo(name: str, choices: Mapping[_Value, str]) -> SteadyCombo:
    made = SteadyCombo()
    made.setAccessibleName(name)
    made.setToolTip(name)
    for value, text in choices.items():
        made.addItem(text, value)
    return made
