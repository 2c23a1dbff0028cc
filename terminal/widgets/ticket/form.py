"""Hold the fields of the order ticket and the keys that fill them.

Enter walks 合约→买卖→开平→手数→价格 and then asks for the send button; a held key walks one step. D P L Z X choose
where the price comes from, everywhere but in the field that types a contract.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.kinds import LIMIT_ONLY, conditions_of
from terminal.domain.orders.order import HedgeFlag, Offset, Side, TimeCondition
from terminal.domain.words.terms import Term
from terminal.engine.screen import AccountLine, LinkLine
from terminal.widgets.parts.contract_finder import ContractFinder
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.segments import Segments
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.step_field import LOTS, PRICE, SIGNED, StepField
from terminal.widgets.parts.toned import mark
from terminal.widgets.ticket.fields import (
    FLAGS,
    KINDS,
    MODES,
    OFFSETS,
    SIDES,
    TIMES,
    PriceMode,
    Ticket,
    Usual,
    is_difference,
    plain_price,
    typed,
)
from terminal.widgets.ticket.key_walk import KeyWalk
from terminal.widgets.ticket.quote_strip import QuoteStrip
from terminal.widgets.ticket.settings import MOST_LOTS, TicketDefaults
from terminal.widgets.ticket.wait_row import TicketWaitRow

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.widgets.ticket.condition import Wait
    from terminal.widgets.ticket.settings import TicketSettings

SIDE_KEYS: Final = {Qt.Key.Key_1: Side.BUY, Qt.Key.Key_3: Side.SELL}
OFFSET_KEYS: Final = {
    Qt.Key.Key_1: Offset.OPEN,
    Qt.Key.Key_2: Offset.CLOSE_TODAY,
    Qt.Key.Key_3: Offset.CLOSE,
    Qt.Key.Key_4: Offset.CLOSE_YESTERDAY,
}
_SIDES, _OFFSETS, _MODES = tuple(SIDES), tuple(OFFSETS), tuple(MODES)
OFFSET_TIPS: Final = ("1 开仓", "3 平仓：今昨自动拆分", "2 只平今仓", "4 只平昨仓")
MODE_TIPS: Final = (
    "输入的价格，不跟行情",
    "D 对手价：买跟卖一，卖跟买一",
    "P 排队价：买跟买一，卖跟卖一",
    "L 最新价",
    "Z 涨停价",
    "X 跌停价",
    "市价：对手方有多少取多少，不劣于停板价",
    "最优价：只取对手方最好的一个价",
    "五档：取对手方最好的五个价",
)


class TicketForm(QWidget):
    """Hold one `Ticket`.

    `changed` tells that a person changed it, `picked` that it is about another contract, `walked` that an Enter went
    one field on, `finished` that it asks for the send button.
    """

    changed = Signal()
    picked = Signal(str)
    walked = Signal()
    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.ticket = Ticket()
        self.instrument: Instrument | None = None
        self.quote: Quote | None = None
        self._offline = False
        self._usual: tuple[AccountId, HedgeFlag] | None = None
        self._is_another = False  # another contract was picked, and is still to be shown
        self._own: set[str] = set()  # the fields a person filled in before there was a contract
        self._defaults = TicketDefaults()
        self.finder = ContractFinder()
        self.sides = Segments(
            tuple(SIDES.values()), name=Term.BUY_SELL, tips=("1 买", "3 卖"), tones=("up", "down"), wide=True
        )
        self.offsets = Segments(tuple(OFFSETS.values()), name=Term.OFFSET, tips=OFFSET_TIPS)
        self.lots = StepField(Term.LOTS, LOTS)
        self.price = StepField(Term.PRICE, PRICE)
        self.modes = Segments(
            tuple(name.removesuffix("价") if len(name) > 2 else name for name in MODES.values()),
            name=Term.PRICE_MODE,
            tips=MODE_TIPS,
        )
        self.flags, self.times = _combo(Term.HEDGE_FLAG, FLAGS), _combo(Term.TIME_CONDITION, TIMES)
        self.strip, self.waits = QuoteStrip(), TicketWaitRow()
        self._keys = KeyWalk(
            self, walk=self._walk_from, choose=lambda mode: self._change(mode=mode), other=self._take_key
        )
        self._lay_out()
        self._connect()
        self.refresh()

    @property
    def says(self) -> tuple[Ticket, Wait]:
        """Return all that was filled in: the order, and what it waits for."""
        return self.ticket, self.waits.wait

    @property
    def price_now(self) -> Decimal | None:
        """Return the price the order would carry now."""
        return self.ticket.price_at(self.quote, self.instrument) if self.instrument else None

    def terms(self, account: AccountId | None) -> OrderTerms | None:
        """Return the order an account would give now, `None` while there is no contract or no price."""
        instrument, price = self.instrument, self.price_now
        if account is None or instrument is None or price is None:
            return None
        return self.ticket.terms(account, instrument.id, price)

    def offer(self, listed: tuple[Instrument, ...], trading_day: int) -> None:
        """Take what the market lists, and the trading day: what is over is not offered."""
        self.finder.offer(listed, trading_day)
        self.waits.offer(listed, trading_day)

    def find_contract(self, typed: QKeyEvent) -> None:
        """Begin to look for a contract with a letter that was typed elsewhere."""
        self.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.finder.begin(typed)

    def show_instrument(self, instrument: Instrument | None, quote: Quote | None) -> None:
        """Take the contract the ticket is about, as it is listed, and its quote."""
        self.instrument, self.quote = instrument, quote
        self.price.take(SIGNED if is_difference(instrument) else PRICE)
        self.finder.renew(instrument)
        self.waits.show_contract(instrument)
        if self._is_another and instrument is not None:  # it was picked: begin with what its product is ordered in
            self._is_another = False
            self.ticket = msgspec.structs.replace(self.ticket, lots=self._defaults.lots_of(instrument))
        self.refresh()

    def show_quote(self, quote: Quote | None) -> None:
        """Take the latest quote of the ticket's contract."""
        self.quote = quote
        self._show_price()

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner is heard: while it is not, the quote is of before."""
        offline = link.is_old
        if offline != self._offline:
            self._offline = offline
            self._show_price()

    def fill(self, ticket: Ticket, instrument: Instrument | None, quote: Quote | None) -> None:
        """Show other fields; tells nobody."""
        self.ticket = ticket
        self.show_instrument(instrument, quote)

    def show_account(self, line: AccountLine | None) -> None:
        """Mark orders as this account usually does, when the ticket turns to it; what is chosen after that stays."""
        usual = None if line is None else (line.account, line.usual_flag)
        if usual != self._usual:
            self._usual = usual
            if line is not None:
                self.ticket = msgspec.structs.replace(self.ticket, hedge_flag=line.usual_flag)
                self.refresh()

    def refresh(self) -> None:
        """Show the ticket in its fields."""
        ticket, splits = self.ticket, self.instrument is not None and self.instrument.explicit_close_today
        for place, offset in enumerate(_OFFSETS):
            needs_split = offset in (Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY)
            self.offsets.allow(place, allowed=splits or not needs_split)
            # A contract that is not listed yet keeps what was asked: 平 instead would begin with yesterday's lots.
            if needs_split and self.instrument is not None and not splits and ticket.offset is offset:
                ticket = self.ticket = msgspec.structs.replace(ticket, offset=Offset.CLOSE)
        ticket = self._offer_modes()
        self.sides.mark(_SIDES.index(ticket.side))
        self.offsets.mark(_OFFSETS.index(ticket.offset))
        self.lots.show_text(str(ticket.lots) if ticket.lots else "")
        self.flags.setCurrentIndex(self.flags.findData(ticket.hedge_flag))
        self.times.setCurrentIndex(self.times.findData(ticket.time_condition))
        self._show_price()

    def take_settings(self, settings: TicketSettings) -> None:
        """Begin with these from now on; a ticket that was begun stays as it is."""
        self._defaults.settings = settings
        if self.ticket.instrument is None and not self._own:
            self.ticket = self.emptied()
            self.refresh()

    def usual_of(self, instrument: Instrument | None) -> Usual:
        """Return what an order of a contract begins with; lots and price mode chosen before it stay."""
        ticket, own = self.ticket, self._own if self.ticket.instrument is None else frozenset[str]()
        stays = "mode" in own and ticket.mode is not PriceMode.FIXED  # a price says nothing about a contract to come
        return Usual(
            mode=ticket.mode if stays else self._defaults.settings.price,
            lots=ticket.lots if "lots" in own else self._defaults.lots_of(instrument),
        )

    def emptied(self) -> Ticket:
        """Forget what was typed, and return a ticket with nothing filled in; flag and time condition stay."""
        self._own.clear()
        kept = self.ticket
        mode, lots = self._defaults.settings.price, self._defaults.lots_of(None)
        return Ticket(mode=mode, lots=lots, hedge_flag=kept.hedge_flag, time_condition=kept.time_condition)

    def revert(self) -> bool:
        """Begin anew with 开仓 after an order was sent, where the person wants it; return whether anything changed."""
        before, defaults = self.ticket, self._defaults
        if before.offset is Offset.OPEN and self.instrument is not None:
            defaults.note_opened(self.instrument, before.lots)
        if defaults.settings.reopens:
            lots, mode = defaults.lots_of(self.instrument), defaults.settings.price
            self.ticket = msgspec.structs.replace(before, offset=Offset.OPEN, mode=mode, price=None, lots=lots)
            self.refresh()
        return self.ticket != before

    # --- inside -------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, 6, PADDING, 0)
        column.setSpacing(6)
        for fields in (
            ((self.finder, Term.INSTRUMENT, 1), (self.sides, Term.BUY_SELL, 0), (self.offsets, Term.OFFSET, 0)),
            ((self.strip, "", 1),),
            ((self.lots, Term.LOTS, 2), (self.price, Term.PRICE, 3), (self.modes, Term.PRICE_MODE, 0)),
            ((self.flags, "", 1), (self.times, "", 1), (self.waits.choice, "", 1)),
            ((self.waits, "", 1),),
        ):
            row = QHBoxLayout()
            row.setSpacing(8)
            for widget, caption, stretch in fields:
                row.addLayout(_captioned(widget, caption), stretch)
            column.addLayout(row)

    def _connect(self) -> None:
        self.finder.picked.connect(self._pick)
        self.waits.changed.connect(self.changed)
        self.finder.entered.connect(lambda: self._walk_from(self.finder))
        self.sides.chosen.connect(lambda place: self._change(side=_SIDES[place]))
        self.offsets.chosen.connect(lambda place: self._change(offset=_OFFSETS[place]))
        self.modes.chosen.connect(self._choose_mode)
        self.lots.stepped.connect(self._step_lots)
        self.lots.textEdited.connect(lambda text: self._change(lots=int(text or 0)))
        self.price.stepped.connect(self._step_price)
        self.price.textEdited.connect(self._type_price)
        self.flags.activated.connect(lambda place: self._change(hedge_flag=HedgeFlag(self.flags.itemData(place))))
        self.times.activated.connect(
            lambda place: self._change(time_condition=TimeCondition(self.times.itemData(place)))
        )
        for widget in (
            *self.sides.buttons(),
            *self.offsets.buttons(),
            *self.modes.buttons(),
            *(self.lots, self.price, self.flags, self.times, *self.waits.fields()),
        ):
            self._keys.watch(widget)

    def _take_key(self, watched: QObject, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if watched in self.sides.buttons() and key in SIDE_KEYS:
            self._change(side=SIDE_KEYS[key])
            self.sides.focus()
            return True
        if watched in self.offsets.buttons() and key in OFFSET_KEYS:
            self._change(offset=OFFSET_KEYS[key])
            self.offsets.focus()
            return True
        # A slip on the keypad is no contract that is looked for: what is filled in stays.
        return event.text().isdigit() and watched in (*self.sides.buttons(), *self.offsets.buttons())

    def _walk_from(self, widget: QObject) -> None:
        self.walked.emit()
        if widget is self.finder:
            if self.instrument is None:
                return  # nothing to order yet
            self.sides.focus()
        elif widget in self.sides.buttons():
            self.offsets.focus()
        elif widget in self.offsets.buttons():
            self.lots.setFocus(Qt.FocusReason.TabFocusReason)
        elif widget is self.lots:
            self.price.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.finished.emit()

    def _change(self, **fields: Side | Offset | PriceMode | HedgeFlag | TimeCondition | int | Decimal | None) -> None:
        self._own |= fields.keys()
        self.ticket = msgspec.structs.replace(self.ticket, **fields)
        self.refresh()
        self.changed.emit()

    def _pick(self, instrument: str) -> None:
        before = self.ticket.instrument
        self._is_another = before != instrument and not (before is None and "lots" in self._own)
        self.ticket = self.ticket.filled(InstrumentId(instrument), self.usual_of(None))
        self.picked.emit(instrument)

    def _choose_mode(self, place: int) -> None:
        mode = _MODES[place]
        if mode is PriceMode.FIXED:
            self._change(mode=mode, price=self.price_now if self.price_now is not None else self.ticket.price)
        else:
            self._change(mode=mode)

    def _offer_modes(self) -> Ticket:
        # What the contract's exchange takes is known once the contract is listed.
        if self.instrument is not None and self.ticket.instrument == self.instrument.id:
            self.ticket = self.ticket.offered(self.instrument)
        kinds = LIMIT_ONLY if self.instrument is None else self.instrument.order_kinds
        self.modes.offer({_MODES.index(mode): bool(conditions_of(kinds, kind)) for mode, kind in KINDS.items()})
        combined = is_difference(self.instrument)
        self.modes.buttons()[_MODES.index(PriceMode.LAST)].setVisible(not combined)
        self.waits.choice.setEnabled(not combined or self.waits.wait.waits)  # a condition takes single contracts
        return self.ticket

    def _step_lots(self, steps: int) -> None:
        self._change(lots=min(MOST_LOTS, max(1, self.ticket.lots + steps)))

    def _step_price(self, steps: int) -> None:
        before = self.price_now
        if self.instrument is not None and before is not None:
            after = before + steps * self.instrument.tick
            least = after if is_difference(self.instrument) else self.instrument.tick
            self._change(mode=PriceMode.FIXED, price=max(least, after))

    def _type_price(self, text: str) -> None:
        self._own.add("price")
        self.ticket = msgspec.structs.replace(self.ticket, mode=PriceMode.FIXED, price=typed(text))
        self.modes.mark(_MODES.index(PriceMode.FIXED))  # what is being typed stays as it is typed
        self.changed.emit()

    def _show_price(self) -> None:
        self.modes.mark(_MODES.index(self.ticket.mode))
        self.waits.show_ticket(self.ticket)
        self.strip.show_quote(self.instrument, self.quote, offline=self._offline)
        follows = self.ticket.mode is not PriceMode.FIXED
        mark(self.price, "old", "true" if self._offline and follows else "false")
        price = self.price_now
        if self.ticket.mode is PriceMode.FIXED and price == typed(self.price.text()):
            return
        self.price.show_text(plain_price(price, self.instrument) if price is not None and self.instrument else "")


def _captioned(widget: QWidget, caption: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(1)
    if caption:
        label = QLabel(caption)
        label.setObjectName("fieldCaption")
        label.setBuddy(widget)
        column.addWidget(label)
    column.addWidget(widget)
    return column


def _combo(name: str, choices: dict[HedgeFlag, Term] | dict[TimeCondition, Term]) -> SteadyCombo:
    made = SteadyCombo()
    made.setAccessibleName(name)
    made.setToolTip(name)
    for value, term in choices.items():
        made.addItem(f"{value} {term}" if isinstance(value, TimeCondition) else term, value)
    return made
