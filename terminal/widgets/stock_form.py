"""Let a person state what was counted of a stock (登记库存): a series, a day, its tonnes, and where that comes from.

What stands already is corrected by stating the same day again: a new fact, and the old one stays on record.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from PySide6.QtCore import Qt

from terminal.domain.days.calendar import natural_day
from terminal.domain.ids import AccountId, StockId
from terminal.domain.stock import StateStocks, StockReading, wrong_reading
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.widgets.parts.carrier import Carrier
from terminal.widgets.parts.wish_form import WishForm, Wrong, amount, words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit, QWidget

    from terminal.domain.commands import CommandBody
    from terminal.engine.mailbox import Drained
    from terminal.engine.screen import Hand, Preview

NO_ACCOUNT: Final = AccountId("")  # a stock is no account's
DIGITS: Final = 8  # of a day, yyyymmdd
LINES: Final = 2  # of the answer
ANY_TONNES: Final = Decimal(0)


class StockForm(WishForm):
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


class StockDesk(Carrier[StockForm]):
    """Open the form, and carry between it and the runner; series and source of the last one stand in the next."""

    def __init__(self, near: QWidget, hand: Hand) -> None:
        super().__init__(hand)
        self._near = near
        self._today = 0
        self._last = ("", "")

    def show(self) -> None:
        """Open the form, or bring the open one to the front."""
        if self.form is None:
            form = StockForm(self._near.window(), *self._last, self._today)
            form.sends.connect(self._remember)
            self.open(form)
        if self.form is not None:
            self.form.raise_()
            self.form.activateWindow()

    def take(self, drained: Drained) -> None:
        """Take the day, and the answers to what was asked and sent."""
        if drained.clock is not None:
            self._today = natural_day(drained.clock.at)
            if self.form is not None:
                self.form.today = self._today
        self.show_previews(drained.previews)
        self.show_results(drained.results)

    def _remember(self, wish: CommandBody) -> None:
        if isinstance(wish, StateStocks):
            self._last = (str(wish.series), wish.source)


def _day(field: QLineEdit) -> int:
    text = field.text().strip().replace("-", "")
    if not text:
        raise Wrong(field, f"请填{TargetTerm.STOCK_DAY}。")
    if len(text) != DIGITS or not text.isascii() or not text.isdigit():
        raise Wrong(field, f"{TargetTerm.STOCK_DAY}请填八位数字，如 20261127。")
    return int(text)
