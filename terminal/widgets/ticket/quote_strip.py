"""Show the quote of the ticket's contract in two lines, so that a price is never chosen blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from terminal.domain.words.combination_terms import CombinationTerm
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Tone, tone_of
from terminal.widgets.parts.toned import show_text

LIMITS = f"{Term.LOWER_LIMIT}~{Term.UPPER_LIMIT}"

if TYPE_CHECKING:
    from terminal.domain.products.combination_quote import CombinationQuote
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote


class QuoteStrip(QFrame):
    """Show name, last, best prices with lots, and the day's limits."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("quoteStrip")
        self.name = QLabel()
        self.name.setObjectName("stripName")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 2)
        column.setSpacing(0)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(5)
            column.addLayout(row)
        first.addWidget(self.name)
        first.addStretch(1)
        self.captions: list[QLabel] = []
        self.values: list[QLabel] = []
        for caption in (Term.LAST, Term.BID, Term.ASK, LIMITS):
            title, value = QLabel(caption), QLabel(figures.ABSENT)
            title.setObjectName("stripCaption")
            value.setObjectName("stripValue")
            row = first if caption == LIMITS else second  # four in one line are wider than the panel
            row.addWidget(title)
            row.addWidget(value)
            if row is second:
                value.setContentsMargins(0, 0, 8, 0)  # its own, so that one that is hidden leaves no gap
            self.captions.append(title)
            self.values.append(value)
        second.addStretch(1)
        self.legs = QLabel()
        self.legs.setObjectName("stripCaption")
        self.legs.setToolTip("组合的买价 = 第一腿买价 − 第二腿卖价，卖价 = 第一腿卖价 − 第二腿买价；手数取两腿少的一边")
        self.legs.hide()
        column.addWidget(self.legs)
        self._derived = ""

    def show_legs(self, legs: tuple[tuple[Instrument, Quote | None], ...], combined: CombinationQuote | None) -> None:
        """Show what a combination's quote comes from, before the quote itself; nothing of any other contract."""
        self._derived = f" · {CombinationTerm.DERIVED}" if combined is not None and combined.derived else ""
        self.legs.setText("　".join(_leg_text(leg, quote) for leg, quote in legs))
        self.legs.setVisible(bool(legs))

    def show_quote(self, instrument: Instrument | None, quote: Quote | None, *, offline: bool = False) -> None:
        """Show a contract's quote, greyed and said to be old when offline; without one the strip says what to do."""
        old = f" · {Term.STALE}" if offline else ""
        self.name.setText(
            f"{instrument.name}{self._derived}{old}" if instrument else "先选合约：敲代码、名称或拼音首字母"
        )
        for place, labels in enumerate(zip(self.captions, self.values, strict=True)):
            # Of a derived quote without the last price, which it has not. Once each: shown and hidden leaves a gap.
            seen = instrument is not None and not (place == 0 and self._derived)
            for label in labels:
                label.setVisible(seen)
        if instrument is None:
            self.setAccessibleName(self.name.text())
            return
        before = quote.pre_settlement if quote else None

        def toned(ticks: int | None, lots: int | None = None) -> tuple[str, Tone]:
            text = figures.price(ticks, instrument)
            tone = Tone.DIM if ticks is None or offline else Tone.PLAIN if before is None else tone_of(ticks - before)
            return (f"{text}×{lots}" if ticks is not None and lots is not None else text), tone

        shown = (
            (toned(quote.last), toned(quote.bid, quote.bid_lots), toned(quote.ask, quote.ask_lots))
            if quote
            else (toned(None),) * 3
        )
        for label, (text, tone) in zip(self.values, shown, strict=False):
            show_text(label, text, tone)
        lower = figures.price(quote.lower_limit if quote else None, instrument)
        upper = figures.price(quote.upper_limit if quote else None, instrument)
        show_text(self.values[3], f"{lower}~{upper}", Tone.DIM)
        self.setAccessibleName(f"{self.name.text()} {' '.join(label.text() for label in self.values)}")


def _leg_text(leg: Instrument, quote: Quote | None) -> str:
    code = leg.id.partition(".")[2]
    if quote is None:
        return f"{code} {figures.ABSENT}"
    sides = ((quote.bid, quote.bid_lots), (quote.ask, quote.ask_lots))
    return f"{code} {' / '.join(f'{figures.price(ticks, leg)}×{lots}' for ticks, lots in sides)}"
