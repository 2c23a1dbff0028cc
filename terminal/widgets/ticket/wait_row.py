"""Let a person say when an order goes out (条件): at once, or when up to four conditions hold, all of them or any.

One choice beside the others of the ticket. Below stand, while they are needed, the fields of the first condition, the
conditions added to it, and at what price and how long the order waits. Good till a day (有效至) offers trading days and
no other: a day on which the exchanges are closed cannot be chosen.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from terminal.domain.days.calendar import to_date
from terminal.domain.errors import UserError
from terminal.domain.orders.conditional import MOST_PARTS, Validity, WhenShort
from terminal.domain.orders.order import Offset
from terminal.domain.products.instrument import Kind
from terminal.domain.words.terms import Term
from terminal.engine.conditional.wording import WHEN_SHORT
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.step_field import StepField
from terminal.widgets.ticket.condition import JOINS, LASTING, Join, Wait
from terminal.widgets.ticket.expected import WHENS, AnyExpected, Expected, When, turned
from terminal.widgets.ticket.fields import PriceMode, Ticket
from terminal.widgets.ticket.part_row import TicketPartRow, combo

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.products.instrument import Instrument

TICKS: Final = r"-?[0-9]{0,3}"
SHORT_PROMPT: Final = f"{Term.CLOSABLE}不足时…"
DAY_PROMPT: Final = "选交易日…"
MOST_DAYS: Final = 250  # trading days ahead that are offered
WEEKDAYS: Final = "一二三四五六日"
ADDED: Final = {when: term for when, term in WHENS.items() if when is not When.AT_ONCE}


class AddedRow(QWidget):
    """Hold a condition added to the first: its kind, a button that takes it away, and its fields."""

    def __init__(self, place: int) -> None:
        super().__init__()
        name = f"{Term.CONDITION} {place}"
        self.choice = combo(name, {when: f"{name} {term}" for when, term in ADDED.items()})
        self.remove = QPushButton("移除")
        self.remove.setObjectName("quietButton")
        self.remove.setAutoDefault(False)
        self.remove.setAccessibleName(f"移除{name}")
        self.row = TicketPartRow(name)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.choice, 1)
        self.head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self.head)
        column.addWidget(self.row)


class TicketWaitRow(QWidget):
    """Hold one `Wait`; `changed` tells that a person changed it. `choice` stands elsewhere, among the ticket's own."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.wait = Wait()
        self._ticket = Ticket()
        self._instrument: Instrument | None = None
        self._listed: tuple[Instrument, ...] = ()
        self._calendar: Calendar | None = None
        self._trading_day = 0
        self._offered_days: tuple[int, ...] = ()
        self.choice = combo(Term.CONDITION, {when: f"{Term.CONDITION} {term}" for when, term in WHENS.items()})
        self.first = TicketPartRow(Term.CONDITION)
        self.price, self.clock = self.first.price, self.first.clock
        self.added = tuple(AddedRow(place + 2) for place in range(MOST_PARTS - 1))
        self.join, self.add = combo(f"{Term.CONDITION}连接", JOINS), QPushButton(f"＋ {Term.ADD_CONDITION}")
        self.added[0].head.insertWidget(0, self.join)  # between the first condition and what is joined to it
        self.add.setObjectName("quietButton")
        self.add.setAutoDefault(False)
        self.add.setAccessibleName(Term.ADD_CONDITION)
        self.ticks, self.day = StepField("超价跳数", TICKS), SteadyCombo()
        self.validity = combo(f"{Term.CONDITION}{Term.TIME_CONDITION}", LASTING)
        self.day.setAccessibleName(Term.GOOD_TILL_DAY)
        self.day.setPlaceholderText(DAY_PROMPT)
        self.day.setToolTip("到这个交易日收盘失效；只列交易日，不晚于合约的最后交易日")
        self.when_short = combo(SHORT_PROMPT, WHEN_SHORT)
        self.when_short.setPlaceholderText(SHORT_PROMPT)
        self.ticks.setPlaceholderText("超价 0 跳")
        self._lay_out()
        self._connect()
        self.show_wait(Wait())

    def fields(self) -> tuple[QWidget, ...]:
        """Return every field in which a letter is no part of what is filled in, for whoever watches their keys."""
        added = (field for one in self.added for field in (one.choice, *one.row.fields()))
        return (self.choice, *self.first.fields(), *added, self.join, self.ticks, self.validity, self.when_short)

    def show_wait(self, wait: Wait) -> None:
        """Show other fields; tells nobody."""
        self.wait = wait
        for box, value in (
            *((self.choice, wait.when), (self.join, wait.join)),
            *((self.validity, wait.validity), (self.when_short, wait.when_short)),
        ):
            box.setCurrentIndex(-1 if value is None else box.findData(value))
        self.first.show_part(wait)
        for added, part in zip(self.added, wait.more, strict=False):
            added.choice.setCurrentIndex(added.choice.findData(part.when))
            added.row.show_part(part)
        if _ticks(self.ticks.text()) != wait.ticks:
            self.ticks.show_text(str(wait.ticks) if wait.ticks else "")
        self._show_day()
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

    def show_contract(self, instrument: Instrument | None) -> None:
        """Take the ticket's contract as it is listed."""
        if instrument != self._instrument:
            self._instrument = instrument
            self._offer()

    def offer(self, listed: tuple[Instrument, ...], trading_day: int) -> None:
        """Take what the market lists, and the trading day: what is over is not offered."""
        self._listed = tuple(one for one in listed if one.expiry is None or one.expiry >= trading_day)
        self._trading_day = trading_day
        self._offer()

    def show_calendar(self, calendar: Calendar) -> None:
        """Take the trading days."""
        self._calendar = calendar
        self._offer()

    def choose(self, when: When) -> None:
        """Wait for this from now on, and tell it."""
        self.show_wait(self._with_the_only_spot(self.wait.turned(when)))
        self.changed.emit()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.first)
        for one in self.added:
            column.addWidget(one)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.ticks, self.validity, self.day, self.when_short):
            row.addWidget(widget, 1)
        column.addLayout(row)
        column.addWidget(self.add, alignment=Qt.AlignmentFlag.AlignLeft)
        walk = [*self.first.walk(), self.join]
        for one in self.added:
            walk += [one.choice, one.remove, *one.row.walk()]
        walk += [self.ticks, self.validity, self.day, self.when_short, self.add]
        for before, after in pairwise(walk):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        self.choice.activated.connect(lambda place: self.choose(When(self.choice.itemData(place))))
        self.first.changed.connect(lambda: self._change(**msgspec.structs.asdict(self.first.part)))
        for place, one in enumerate(self.added):
            one.choice.activated.connect(lambda _, place=place: self._turn_added(place))
            one.row.changed.connect(lambda place=place: self._put_added(place, self.added[place].row.part))
            one.remove.clicked.connect(lambda _, place=place: self._remove(place))
        self.add.clicked.connect(self._add)
        self.join.activated.connect(lambda place: self._change(join=Join(self.join.itemData(place))))
        self.ticks.textEdited.connect(lambda text: self._change(ticks=_ticks(text)))
        self.ticks.stepped.connect(lambda steps: self._change(ticks=max(-99, min(99, self.wait.ticks + steps))))
        self.validity.activated.connect(lambda place: self._change(validity=Validity(self.validity.itemData(place))))
        self.day.activated.connect(lambda place: self._change(last_day=int(self.day.itemData(place))))
        self.when_short.activated.connect(
            lambda place: self._change(when_short=WhenShort(self.when_short.itemData(place)))
        )

    def _change(self, **fields: object) -> None:
        self.show_wait(msgspec.structs.replace(self.wait, **fields))
        self.changed.emit()

    def _add(self) -> None:
        if len(self.wait.more) < len(self.added):
            place = len(self.wait.more)
            self._change(more=(*self.wait.more, Expected(when=When.PRICE)))
            self.added[place].choice.setFocus()

    def _turn_added(self, place: int) -> None:
        when = When(self.added[place].choice.currentData())
        self._put_added(place, self._with_the_only_spot(turned(self.wait.more[place], when)))

    def _put_added(self, place: int, part: Expected) -> None:
        more = list(self.wait.more)
        more[place] = part
        self._change(more=tuple(more))

    def _remove(self, place: int) -> None:
        self._change(more=(*self.wait.more[:place], *self.wait.more[place + 1 :]))
        self.add.setFocus()

    def _with_the_only_spot(self, part: AnyExpected) -> AnyExpected:
        if part.when is not When.BASIS or part.other is not None or self._instrument is None:
            return part
        spots = [one for one in self._listed if one.kind is Kind.SPOT and one.code == self._instrument.code]
        return msgspec.structs.replace(part, other=spots[0].id) if len(spots) == 1 else part

    def _offer(self) -> None:
        for row in (self.first, *(one.row for one in self.added)):
            row.show_contract(self._instrument, self._listed)
        self._show_day()

    def _days(self) -> tuple[int, ...]:
        calendar, known = self._calendar, self._instrument
        if calendar is None or known is None or not self._trading_day or self.wait.validity is not Validity.GTD:
            return ()
        last = calendar.last if known.expiry is None else min(known.expiry, calendar.last)
        try:
            return calendar.trading_days(self._trading_day, last)[:MOST_DAYS]
        except UserError:
            return ()  # a trading day outside the table: the runner has said so

    def _show_day(self) -> None:
        days, day = self._days(), self.wait.last_day
        if days != self._offered_days:
            self._offered_days = days
            self.day.clear()
            for one in days:
                date = to_date(one)
                self.day.addItem(f"{date.isoformat()} 周{WEEKDAYS[date.weekday()]}", one)
        self.day.setCurrentIndex(-1 if day is None else self.day.findData(day))

    def _show_needed(self) -> None:
        wait, ticket = self.wait, self._ticket
        self.first.setVisible(wait.when not in (When.AT_ONCE, When.OPENING))
        for place, one in enumerate(self.added):
            one.setVisible(place < len(wait.more))
        for widget, needed in (
            (self.join, bool(wait.more)),
            (self.add, len(wait.more) < len(self.added)),
            (self.day, wait.validity is Validity.GTD),
            (self.ticks, ticket.mode is PriceMode.COUNTER),
            (self.when_short, ticket.offset is Offset.CLOSE),
        ):
            widget.setVisible(needed)
        self.setVisible(wait.waits)


def _ticks(text: str) -> int:
    return int(text) if any(sign.isdigit() for sign in text) else 0
