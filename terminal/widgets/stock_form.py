"""Let a person state what was counted of a stock (登记库存): a series, a day, its tonnes, and where that comes from.

What stands already is corrected by stating the same day again: a new fact, and the old one stays on record.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt

from terminal.domain.days.calendar import natural_day
from terminal.domain.ids import AccountId, StockId
from terminal.domain.stock import StateStocks, StockReading, wrong_reading
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.widgets.otc.form import OtcForm, Wrong, amount, words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit, QWidget

    from terminal.domain.commands import CommandBody
    from terminal.domain.ids import CommandId
    from terminal.engine.mailbox import Drained
    from terminal.engine.screen import Hand, Preview, ResultLine

NO_ACCOUNT: Final = AccountId("")  # a stock is no account's
DIGITS: Final = 8  # of a day, yyyymmdd
LINES: Final = 2  # of the answer
ANY_TONNES: Final = Decimal(0)


class StockForm(OtcForm):
    """Ask for one reading; `today` is the natural day it may not be later than, 0 while nobody knows.

    In a night session that is not the trading day, of which nothing is counted yet.
    """

    def __init__(self, parent: QWidget, series: str, source: str, today: int) -> None:
        super().__init__(parent, NO_ACCOUNT, TargetTerm.STATE_STOCK, TargetTerm.STATE_STOCK)
        self.today = today
        self.series = self.line(TargetTerm.STOCK_SERIES, "与策略里写的相同，如 铁矿石港口库存")
        self.day = self.line(TargetTerm.STOCK_DAY, "如 20261127")
        self.tonnes = self.line(TargetTerm.STOCK_TONNES, "如 11,320,000")
        self.source = self.line(Term.SOURCE, "谁、何处，如 某资讯机构周报")
        self.series.setText(series)
        self.source.setText(source)
        self.day.setText(str(today) if today else "")
        # Room for what a reading replaces: a dialog that grows would move its buttons from under the hand.
        self.said.setMinimumHeight(LINES * self.said.fontMetrics().lineSpacing())
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.finish(self.tonnes if series else self.series)

    def wish(self) -> CommandBody:
        """Return the reading, or raise `Wrong`."""
        series, day = words(self.series, TargetTerm.STOCK_SERIES), _day(self.day)
        # The day first: it would be told of a number that is not filled in yet.
        self._refuse(self.day, StockReading(day=day, tonnes=ANY_TONNES))
        reading = StockReading(day=day, tonnes=amount(self.tonnes, TargetTerm.STOCK_TONNES))
        self._refuse(self.tonnes, reading)
        return StateStocks(series=StockId(series), readings=(reading,), source=words(self.source, Term.SOURCE))

    def over(self, wish: CommandBody, preview: Preview) -> CommandBody:
        """Return the reading over what stood when its answer was shown: nobody replaces what he has not seen."""
        return replace(wish, was=preview.stands) if isinstance(wish, StateStocks) else wish

    def _refuse(self, field: QLineEdit, reading: StockReading) -> None:
        wrong = wrong_reading(reading, self.today or reading.day)
        if wrong:
            raise Wrong(field, f"{wrong}，请改正。")


class StockDesk(QObject):
    """Open the form, and carry between it and the runner; series and source of the last one stand in the next."""

    def __init__(self, near: QWidget, hand: Hand) -> None:
        super().__init__(near)
        self._near = near
        self._hand = hand
        self._today = 0
        self._last = ("", "")
        self._asked: set[int] = set()
        self._sent: CommandId | None = None
        self.form: StockForm | None = None

    def open(self) -> None:
        """Open the form, or bring the open one to the front."""
        if self.form is None:
            form = self.form = StockForm(self._near.window(), *self._last, self._today)
            self._asked, self._sent = set(), None
            form.asks.connect(lambda wish: self._asked.add(self._hand.preview(wish)))
            form.sends.connect(self._send)
            form.destroyed.connect(lambda: self._forget(form))
            form.open()
        self.form.raise_()
        self.form.activateWindow()

    def take(self, drained: Drained) -> None:
        """Take the day, and the answers to what was asked and sent."""
        if drained.clock is not None:
            self._today = natural_day(drained.clock.at)
            if self.form is not None:
                self.form.today = self._today
        for request, preview in drained.previews.items():
            if self.form is not None and request in self._asked and request == max(self._asked):
                self.form.show_preview(preview)
        for line in drained.results:
            self._take_result(line)

    def _take_result(self, line: ResultLine) -> None:
        if line.command != self._sent or self.form is None:
            return
        self._sent = None
        if line.ok:
            self.form.take_yes(line.sentence)
        else:
            self.form.refuse(line.sentence)

    def _send(self, wish: CommandBody) -> None:
        if isinstance(wish, StateStocks):
            self._last = (str(wish.series), wish.source)
        self._sent = self._hand.send(wish)

    def _forget(self, form: StockForm) -> None:
        if self.form is form:
            self.form = None


def _day(field: QLineEdit) -> int:
    text = field.text().strip().replace("-", "")
    if not text:
        raise Wrong(field, f"请填{TargetTerm.STOCK_DAY}。")
    if len(text) != DIGITS or not text.isascii() or not text.isdigit():
        raise Wrong(field, f"{TargetTerm.STOCK_DAY}请填八位数字，如 20261127。")
    return int(text)
