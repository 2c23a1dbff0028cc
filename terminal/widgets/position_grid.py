"""Show the positions of the account, one side of a contract a row, in either view of profit."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut

from terminal.domain.fees import ZERO
from terminal.domain.ids import InstrumentId
from terminal.domain.instrument import Instrument
from terminal.domain.order import HedgeFlag, Side
from terminal.domain.terms import Term
from terminal.domain.view import Quote
from terminal.engine.mailbox import Book, PositionLine
from terminal.widgets import figures
from terminal.widgets.empty_state import EmptyState
from terminal.widgets.foot import Foot
from terminal.widgets.grid import Grid
from terminal.widgets.icons import Sign
from terminal.widgets.panel import Panel
from terminal.widgets.rows import Column, Kind, Number, Rows, Tone, tone_of
from terminal.widgets.segments import Segments

if TYPE_CHECKING:
    from terminal.widgets.look import Look

BY_DAY, BY_TRADE = range(2)
NEAR_EXPIRY_DAYS: Final = 10
FLAGS: Final = {
    HedgeFlag.SPECULATION: Term.SPECULATION,
    HedgeFlag.ARBITRAGE: Term.ARBITRAGE,
    HedgeFlag.HEDGE: Term.HEDGE,
}


class PositionRow(NamedTuple):
    """Hold one row: the lots, and what is known of their contract."""

    line: PositionLine
    instrument: Instrument | None
    quote: Quote | None

    @property
    def key(self) -> tuple[InstrumentId, Side, HedgeFlag]:
        """Return what tells this row from every other."""
        return self.line.instrument, self.line.side, self.line.flag

    @property
    def last(self) -> int | None:
        """Return the last price in ticks."""
        return self.quote.last if self.quote else None

    @property
    def change(self) -> int | None:
        """Return 涨跌 in ticks."""
        if self.quote is None or self.quote.last is None or self.quote.pre_settlement is None:
            return None
        return self.quote.last - self.quote.pre_settlement


def _name(row: PositionRow) -> str:
    return row.instrument.name if row.instrument else row.line.instrument


def _side(row: PositionRow) -> str:
    return Term.LONG if row.line.side is Side.BUY else Term.SHORT


def _last(row: PositionRow) -> str:
    return figures.price(row.last, row.instrument) if row.instrument else figures.ABSENT


def _average(row: PositionRow, value: Number | None) -> str:
    # An average lies between ticks: one decimal more than the price has.
    places = figures.decimals(row.instrument.tick) + 1 if row.instrument else 1
    return figures.number(value, places)


def _expiry(row: PositionRow) -> str:
    days = row.line.days_to_expiry
    return figures.ABSENT if days is None else f"{days} 天"


def _expiry_tone(row: PositionRow) -> Tone:
    days = row.line.days_to_expiry
    return Tone.DIM if days is None else Tone.WARN if days <= NEAR_EXPIRY_DAYS else Tone.QUIET


def _change_tone(row: PositionRow) -> Tone:
    return tone_of(row.change) if row.change is not None else Tone.PLAIN


def _change_rate(row: PositionRow) -> str:
    return figures.signed_share(row.change, row.quote.pre_settlement if row.quote else None)


def _change_millionths(row: PositionRow) -> int | None:
    before = row.quote.pre_settlement if row.quote else None
    return None if row.change is None or not before else row.change * 1_000_000 // before


DAY_PROFIT: Final[Column[PositionRow]] = Column(
    Term.POSITION_PROFIT,
    94,
    lambda row: figures.signed(row.line.day_profit),
    tone=lambda row: tone_of(row.line.day_profit),
    number=lambda row: row.line.day_profit,
    tip="盯市：今仓对开仓价，昨仓对昨结算",
)
TRADE_PROFIT: Final[Column[PositionRow]] = Column(
    Term.FLOATING_PROFIT,
    94,
    lambda row: figures.signed(row.line.trade_profit),
    tone=lambda row: tone_of(row.line.trade_profit),
    number=lambda row: row.line.trade_profit,
    tip="逐笔：全部持仓对各自的开仓价",
)
COLUMNS: Final[tuple[Column[PositionRow], ...]] = (
    Column(Term.INSTRUMENT, 104, _name, kind=Kind.NAME),
    Column(
        Term.SIDE,
        44,
        _side,
        kind=Kind.PILL,
        tone=lambda row: Tone.UP if row.line.side is Side.BUY else Tone.DOWN,
    ),
    Column(Term.LOTS, 52, lambda row: figures.number(row.line.lots), number=lambda row: row.line.lots, tip="持仓手数"),
    Column(
        Term.TODAY_YESTERDAY,
        66,
        lambda row: f"{row.line.today}/{row.line.yesterday}",
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.today,
        tip="今仓 / 昨仓，手",
    ),
    Column(
        Term.CLOSABLE,
        52,
        lambda row: figures.number(row.line.closable),
        tone=lambda row: Tone.QUIET if row.line.closable == row.line.lots else Tone.WARN,
        number=lambda row: row.line.closable,
        tip="未被在途平仓委托占用的手数",
    ),
    Column(
        Term.OPEN_PRICE,
        82,
        lambda row: _average(row, row.line.open_price),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.open_price,
    ),
    Column(
        Term.POSITION_PRICE,
        82,
        lambda row: _average(row, row.line.position_price),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.position_price,
        tip="昨仓按昨结算，今仓按开仓价",
    ),
    Column(Term.LAST, 74, _last, tone=_change_tone, number=lambda row: row.last, flash=lambda row: row.last),
    Column(Term.CHANGE_RATE, 70, _change_rate, tone=_change_tone, number=_change_millionths),
    DAY_PROFIT,
    Column(
        Term.MARGIN,
        88,
        lambda row: figures.number(row.line.margin),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.margin,
    ),
    Column(Term.HEDGE_FLAG, 50, lambda row: FLAGS[row.line.flag], kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(
        Term.EXPIRY,
        58,
        _expiry,
        tone=_expiry_tone,
        number=lambda row: row.line.days_to_expiry,
        tip="距最后交易日的交易日数",
    ),
)
PROFIT: Final = COLUMNS.index(DAY_PROFIT)


class PositionGrid(Panel):
    """Show one account's positions; `by_trade` tells that the other view of profit was chosen."""

    by_trade = Signal(bool)

    def __init__(self, look: Look) -> None:
        super().__init__("positions", Term.POSITIONS, look)
        self.rows: Rows[PositionRow] = Rows(COLUMNS, self)
        self.grid = Grid(self.rows, look, name=Term.POSITIONS)
        self.foot = Foot((Term.TOTAL, Term.LONG, Term.SHORT, Term.POSITION_PROFIT, Term.MARGIN))
        self.body.addWidget(self.grid, 1)
        self.body.addWidget(self.foot)
        self.view = Segments(
            (Term.BY_DAY, Term.BY_TRADE),
            name="盈亏口径",
            tips=("逐日盯市：持仓盈亏（Ctrl+T 切换）", "逐笔对冲：浮动盈亏（Ctrl+T 切换）"),
        )
        self.view.chosen.connect(self._show_view)
        self.title.add(self.view)
        self.flip = QShortcut(QKeySequence("Ctrl+T"), self)
        self.flip.activated.connect(lambda: self.view.choose(1 - self.view.index))
        self.empty = EmptyState(
            self.grid.viewport(),
            look,
            sign=Sign.GRID,
            title="尚无持仓",
            text="委托成交之后，持仓会自动出现在这里：方向、今昨、可平、均价、盈亏与保证金。",
            next_step="下一步：在右侧「基差走势」选择品种，看现货与期货相差多少。",
        )
        self._quotes: dict[InstrumentId, Quote] = {}
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._book: Book | None = None
        self._show_totals()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names and ticks."""
        self._instruments = {instrument.id: instrument for instrument in instruments}
        self._show_rows()

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes."""
        self._quotes |= quotes
        for line in self._book.positions if self._book else ():
            if line.instrument in quotes:
                row = self._row(line)
                self.rows.put(row.key, row)

    def show_book(self, book: Book | None) -> None:
        """Show an account's positions; `None` shows none."""
        self._book = book
        self._show_rows()
        self._show_totals()

    def summary(self) -> str:
        """Return what is held as one text."""
        lines = self._book.positions if self._book else ()
        held = "、".join(
            f"{_name(self._row(line))} {Term.LONG if line.side is Side.BUY else Term.SHORT} {line.lots} 手"
            for line in lines
        )
        return f"{Term.POSITIONS} {held}" if held else self.empty.title.text()

    def _row(self, line: PositionLine) -> PositionRow:
        return PositionRow(line, self._instruments.get(line.instrument), self._quotes.get(line.instrument))

    def _show_rows(self) -> None:
        rows = [self._row(line) for line in (self._book.positions if self._book else ())]
        shown: dict[Hashable, PositionRow] = {row.key: row for row in rows}
        self.rows.replace(shown)
        self.empty.setVisible(not shown)

    def _show_view(self, view: int) -> None:
        self.rows.retitle(PROFIT, TRADE_PROFIT if view == BY_TRADE else DAY_PROFIT)
        self._show_totals()
        self.by_trade.emit(view == BY_TRADE)

    def _show_totals(self) -> None:
        lines = self._book.positions if self._book else ()
        contracts = len({line.instrument for line in lines})
        lots = sum(line.lots for line in lines)
        self.title.note(f"{contracts} 个合约 · {figures.number(lots)} 手" if lines else "")
        self.foot.setVisible(bool(lines))
        if self._book is None:
            return
        by_trade, money = self.view.index == BY_TRADE, self._book.money
        profit = self._book.floating_profit if by_trade else money.position_profit
        self.foot.name(3, Term.FLOATING_PROFIT if by_trade else Term.POSITION_PROFIT)
        long = sum((line.lots for line in lines if line.side is Side.BUY), 0)
        for place, (text, tone) in enumerate(
            (
                (f"{contracts} 个合约", Tone.PLAIN),
                (f"{figures.number(long)} 手", Tone.PLAIN),
                (f"{figures.number(lots - long)} 手", Tone.PLAIN),
                (figures.signed(profit), tone_of(profit) if profit != ZERO else Tone.PLAIN),
                (figures.number(money.margin), Tone.PLAIN),
            )
        ):
            self.foot.show_value(place, text, tone)
