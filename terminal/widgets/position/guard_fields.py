"""Let a person fill in at what prices a position is left, at a loss and at a profit (止损止盈)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from terminal.domain.orders.conditional import WhenShort
from terminal.domain.words.terms import Term
from terminal.engine.conditional.wording import WHEN_SHORT
from terminal.widgets.parts.step_field import PRICE, StepField
from terminal.widgets.position.verbs import Exits
from terminal.widgets.ticket.fields import plain_price, typed
from terminal.widgets.ticket.part_row import combo
from terminal.widgets.ticket.wait_row import SHORT_PROMPT, TICKS

if TYPE_CHECKING:
    from terminal.domain.products.instrument import Instrument

MOST_TICKS: Final = 99


class GuardFields(QWidget):
    """Hold `Exits`; `changed` tells that a person changed them. An arrow key in an empty price begins at `last`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.exits = Exits()
        self.last: Decimal | None = None
        self._known: Instrument | None = None
        self.stop, self.take = StepField(Term.STOP_PRICE, PRICE), StepField(Term.TAKE_PROFIT, PRICE)
        self.ticks, self.when_short = StepField("超价跳数", TICKS), combo(SHORT_PROMPT, WHEN_SHORT)
        self.ticks.setToolTip("触发时按对手价再让几跳报出，限在涨跌停之内")
        self.when_short.setPlaceholderText(SHORT_PROMPT)
        self.when_short.setToolTip("触发时手数被别的平仓委托占着：先撤它们再平，或不报")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for caption, field, width in (
            (Term.STOP_LOSS, self.stop, 90),
            (Term.TAKE_PROFIT, self.take, 90),
            ("超价跳数", self.ticks, 46),
        ):
            label = QLabel(caption)
            label.setObjectName("fieldCaption")
            label.setBuddy(field)
            field.setMaximumWidth(width)
            row.addWidget(label)
            row.addWidget(field)
        row.addWidget(self.when_short)
        self.stop.textEdited.connect(lambda text: self._change(stop=typed(text)))
        self.take.textEdited.connect(lambda text: self._change(take=typed(text)))
        self.ticks.textEdited.connect(lambda text: self._change(ticks=int(typed(text) or 0)))
        self.stop.stepped.connect(lambda steps: self._change(stop=self._stepped(self.exits.stop, steps)))
        self.take.stepped.connect(lambda steps: self._change(take=self._stepped(self.exits.take, steps)))
        self.ticks.stepped.connect(
            lambda steps: self._change(ticks=max(-MOST_TICKS, min(MOST_TICKS, self.exits.ticks + steps)))
        )
        self.when_short.activated.connect(
            lambda place: self._change(when_short=WhenShort(self.when_short.itemData(place)))
        )

    def fields(self) -> tuple[QWidget, ...]:
        """Return the fields in the order Enter walks through them."""
        return self.stop, self.take, self.ticks, self.when_short

    def begin(self, known: Instrument | None) -> None:
        """Begin with nothing filled in."""
        self._known, self.exits = known, Exits()
        self._show()

    def _change(self, **fields: Decimal | int | WhenShort | None) -> None:
        self.exits = msgspec.structs.replace(self.exits, **fields)
        self._show()
        self.changed.emit()

    def _stepped(self, before: Decimal | None, steps: int) -> Decimal | None:
        begins = self.last if before is None else before
        if begins is None or self._known is None:
            return before
        return max(self._known.tick, begins + steps * self._known.tick)

    def _show(self) -> None:
        for field, price in ((self.stop, self.exits.stop), (self.take, self.exits.take)):
            if typed(field.text()) != price:  # what is being typed stays as it is typed
                field.show_text("" if price is None or self._known is None else plain_price(price, self._known))
        if typed(self.ticks.text()) != self.exits.ticks:
            self.ticks.show_text(str(self.exits.ticks))
        when = self.exits.when_short
        self.when_short.setCurrentIndex(-1 if when is None else self.when_short.findData(when))
