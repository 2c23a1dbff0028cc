"""Show the positions of the account, one side of a contract a row, in either view of profit."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.instrument import Instrument
from terminal.domain.order import HedgeFlag, Offset, Side
from terminal.domain.terms import Term
from terminal.domain.view import Quote
from terminal.engine.books import Book, PositionLine
from terminal.engine.screen import LinkLine
from terminal.widgets import figures
from terminal.widgets.empty_state import BEHIND_MARK, FETCHING, NO_ACCOUNT, EmptyState, unknown
from terminal.widgets.foot import Foot
from terminal.widgets.grid import Grid
from terminal.widgets.icons import Sign
from terminal.widgets.panel import Panel
from terminal.widgets.rows import Column, Kind, Number, Rows, Tone, tone_of
from terminal.widgets.segments import Segments
from terminal.widgets.strategy_fields import short_code

if TYPE_CHECKING:
    from terminal.widgets.look import Look

BY_DAY, BY_TRADE = range(2)
NEAR_EXPIRY_DAYS: Final = 10
EMPTY: Final = (
    "尚无持仓",
    "委托成交之后，持仓会自动出现在这里：方向、今昨、可平、均价、盈亏与保证金。",
    "下一步：在右侧「基差走势」选择品种，看现货与期货相差多少。",
)
FLAGS: Final = {
    HedgeFlag.SPECULATION: Term.SPECULATION,
    HedgeFlag.ARBITRAGE: Term.ARBITRAGE,
    HedgeFlag.HEDGE: Term.HEDGE,
}


class Known:
    """Hold what is known of contracts and products; it changes while rows point at it."""

    def __init__(self) -> None:
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.spot: dict[ProductId, Decimal] = {}  # yuan per quotation unit
        self.offline = False  # nothing of it is of now


class PositionRow(NamedTuple):
    """Hold one row: the lots, and where the rest is looked up when the row is in sight.

    A book of two thousand rows comes several times a second and thirty of them are seen.
    """

    line: PositionLine
    known: Known

    @property
    def instrument(self) -> Instrument | None:
        """Return the contract."""
        return self.known.instruments.get(self.line.instrument)

    @property
    def quote(self) -> Quote | None:
        """Return the quote its profit was reckoned at."""
        return self.line.quote

    @property
    def basis(self) -> Decimal | None:
        """Return 现货 less this very contract, or `None` where either is not known."""
        instrument, last = self.instrument, self.last
        spot = None if instrument is None else self.known.spot.get(instrument.product)
        return None if instrument is None or last is None or spot is None else spot - last * instrument.tick

    @property
    def last(self) -> int | None:
        """Return the last price in ticks."""
        quote = self.quote
        return quote.last if quote else None

    @property
    def change(self) -> int | None:
        """Return 涨跌 in ticks."""
        quote = self.quote
        if quote is None or quote.last is None or quote.pre_settlement is None:
            return None
        return quote.last - quote.pre_settlement


def _name(row: PositionRow) -> str:
    instrument = row.instrument
    return instrument.name if instrument else short_code(row.line.instrument)  # with its exchange it would be cut


def _side(row: PositionRow) -> str:
    return Term.LONG if row.line.side is Side.BUY else Term.SHORT


def _last(row: PositionRow) -> str:
    instrument = row.instrument
    return figures.price(row.last, instrument) if instrument else figures.ABSENT


def _average(row: PositionRow, value: Number | None) -> str:
    # An average lies between ticks: one decimal more than the price has.
    instrument = row.instrument
    places = figures.decimals(instrument.tick) + 1 if instrument else 1
    return figures.number(value, places)


def _expiry(row: PositionRow) -> str:
    days = row.line.days_to_expiry
    return figures.ABSENT if days is None else f"{days} 天"


def _expiry_tone(row: PositionRow) -> Tone:
    days = row.line.days_to_expiry
    return Tone.DIM if days is None else Tone.WARN if days <= NEAR_EXPIRY_DAYS else Tone.QUIET


def _basis(row: PositionRow) -> str:
    basis = row.basis
    return figures.ABSENT if basis is None else figures.signed(basis, figures.decimals(basis))


def _change_tone(row: PositionRow) -> Tone:
    change = row.change
    return _grey(row, tone_of(change) if change is not None else Tone.PLAIN)


def _grey(row: PositionRow, tone: Tone) -> Tone:
    return Tone.DIM if row.known.offline else tone


def _change_rate(row: PositionRow) -> str:
    quote = row.quote
    return figures.signed_share(row.change, quote.pre_settlement if quote else None)


def _change_millionths(row: PositionRow) -> int | None:
    change, quote = row.change, row.quote
    before = quote.pre_settlement if quote else None
    return None if change is None or not before else change * 1_000_000 // before


DAY_PROFIT: Final[Column[PositionRow]] = Column(
    Term.POSITION_PROFIT,
    86,
    lambda row: figures.signed(row.line.day_profit),
    tone=lambda row: _grey(row, tone_of(row.line.day_profit)),
    number=lambda row: row.line.day_profit,
    tip="盯市：今仓对开仓价，昨仓对昨结算",
)
TRADE_PROFIT: Final[Column[PositionRow]] = Column(
    Term.FLOATING_PROFIT,
    86,
    lambda row: figures.signed(row.line.trade_profit),
    tone=lambda row: _grey(row, tone_of(row.line.trade_profit)),
    number=lambda row: row.line.trade_profit,
    tip="逐笔：全部持仓对各自的开仓价",
)
TODAY: Final[Column[PositionRow]] = Column(
    Term.TODAY_LOTS,
    44,
    lambda row: figures.number(row.line.today),
    tone=lambda row: Tone.QUIET if row.line.today else Tone.DIM,
    number=lambda row: row.line.today,
    tip="今天开的手数；双击平今（只有上期所和能源中心分今昨，其余交易所先平昨仓）",
)
YESTERDAY: Final[Column[PositionRow]] = Column(
    Term.YESTERDAY_LOTS,
    44,
    lambda row: figures.number(row.line.yesterday),
    tone=lambda row: Tone.QUIET if row.line.yesterday else Tone.DIM,
    number=lambda row: row.line.yesterday,
    tip="昨天及更早开的手数；双击平昨",
)
COLUMNS: Final[tuple[Column[PositionRow], ...]] = (
    Column(Term.INSTRUMENT, 90, _name, kind=Kind.NAME),
    Column(
        Term.SIDE,
        44,
        _side,
        kind=Kind.PILL,
        tone=lambda row: Tone.UP if row.line.side is Side.BUY else Tone.DOWN,
    ),
    Column(Term.LOTS, 44, lambda row: figures.number(row.line.lots), number=lambda row: row.line.lots, tip="持仓手数"),
    TODAY,
    YESTERDAY,
    Column(
        Term.CLOSABLE,
        44,
        lambda row: figures.number(row.line.closable),
        tone=lambda row: Tone.QUIET if row.line.closable == row.line.lots else Tone.WARN,
        number=lambda row: row.line.closable,
        tip="未被在途平仓委托占用的手数",
    ),
    Column(
        Term.OPEN_PRICE,
        70,
        lambda row: _average(row, row.line.open_price),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.open_price,
    ),
    Column(
        Term.POSITION_PRICE,
        70,
        lambda row: _average(row, row.line.position_price),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.position_price,
        tip="昨仓按昨结算，今仓按开仓价",
    ),
    Column(Term.LAST, 66, _last, tone=_change_tone, number=lambda row: row.last, flash=lambda row: row.last),
    Column(Term.CHANGE_RATE, 60, _change_rate, tone=_change_tone, number=_change_millionths),
    DAY_PROFIT,
    Column(
        Term.MARGIN,
        80,
        lambda row: figures.number(row.line.margin),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.margin,
    ),
    Column(
        Term.BASIS,
        52,
        _basis,
        tone=lambda row: _grey(row, tone_of(row.basis)),
        number=lambda row: row.basis,
        tip="现货 − 本行合约的最新价；「基差一览」减的是主力合约",
    ),
    Column(Term.HEDGE_FLAG, 46, lambda row: FLAGS[row.line.flag], kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(
        Term.EXPIRY,
        48,
        _expiry,
        tone=_expiry_tone,
        number=lambda row: row.line.days_to_expiry,
        tip="距最后交易日的交易日数",
    ),
)
PROFIT: Final = COLUMNS.index(DAY_PROFIT)


TODAY_PLACE, YESTERDAY_PLACE = COLUMNS.index(TODAY), COLUMNS.index(YESTERDAY)


class PositionGrid(Panel):
    """Show one account's positions; `by_trade` tells that the other view of profit was chosen.

    Rows, title and totals are of one moment, that of the account's book: the quote a row shows is the one its profit
    was reckoned at. `close_wanted` tells what a double-click asks to close: instrument, side of the position, offset,
    lots (of today's, yesterday's or all, by the column) that can be closed and that are held, and hedge flag. Nothing
    is sent by it.
    """

    by_trade = Signal(bool)
    close_wanted = Signal(str, object, object, int, int, object)

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
        title, text, next_step = FETCHING
        self.empty = EmptyState(self.grid.viewport(), look, sign=Sign.GRID, title=title, text=text, next_step=next_step)
        self.grid.doubleClicked.connect(lambda index: self._want_close(index.row(), index.column()))
        self._known = Known()
        self._link: LinkLine | None = None
        self._alone = False  # the runner gives this person no account
        self._keys: set[Hashable] = set()
        self._held: dict[InstrumentId, list[Hashable]] = {}
        self._book: Book | None = None
        self._show_totals()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names and ticks."""
        self._known.instruments.clear()
        self._known.instruments.update((instrument.id, instrument) for instrument in instruments)
        self.rows.repaint_all()

    def show_spot(self, product: ProductId, price: Decimal) -> None:
        """Take the latest spot price of a product; each contract's own price is taken from it."""
        if self._known.spot.get(product) == price:
            return
        self._known.spot[product] = price
        for name in self._held:
            instrument = self._known.instruments.get(name)
            if instrument is not None and instrument.product == product:
                for key in self._held[name]:
                    self.rows.touch(key)

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner is heard; while it is not, what follows from prices is grey and said to be old."""
        before, self._link = self._link, link
        self._alone = not link.is_old and not link.roles
        self._say_empty()
        if before is None or link.state is not before.state:
            self._known.offline = link.is_old
            self.rows.repaint_all()
            self._show_totals()

    def show_book(self, book: Book | None) -> None:
        """Show an account's positions; `None` says that they are not known yet."""
        self._book = book
        self._say_empty()
        self._show_rows()
        self._show_totals()

    def _say_empty(self) -> None:
        known = (NO_ACCOUNT if self._alone else FETCHING) if self._book is None else EMPTY
        self.empty.say(*(unknown(self._link) or known))

    def summary(self) -> str:
        """Return what is held as one text."""
        lines = self._book.positions if self._book else ()
        held = "、".join(
            f"{_name(row)} {_side(row)} {row.line.lots} 手"
            for row in (PositionRow(line, self._known) for line in lines)
        )
        return f"{Term.POSITIONS} {held}" if held else self.empty.title.text()

    def _want_close(self, place: int, column: int) -> None:
        line = self.rows.row(place).line
        offset, lots, held = {
            TODAY_PLACE: (Offset.CLOSE_TODAY, line.closable_today, line.today),
            YESTERDAY_PLACE: (Offset.CLOSE_YESTERDAY, line.closable_yesterday, line.yesterday),
        }.get(column, (Offset.CLOSE, line.closable, line.lots))
        self.close_wanted.emit(line.instrument, line.side, offset, lots, held, line.flag)

    def _show_rows(self) -> None:
        known = self._known
        shown: dict[Hashable, PositionRow] = {
            (line.instrument, line.side, line.flag): PositionRow(line, known)
            for line in (self._book.positions if self._book else ())
        }
        if shown.keys() != self._keys:
            self._keys = set(shown)
            self._held = {}
            for key, row in shown.items():
                self._held.setdefault(row.line.instrument, []).append(key)
        self.rows.replace(shown)
        self.empty.setVisible(not shown)

    def _show_view(self, view: int) -> None:
        self.rows.retitle(PROFIT, TRADE_PROFIT if view == BY_TRADE else DAY_PROFIT)
        self._show_totals()
        self.by_trade.emit(view == BY_TRADE)

    def _show_totals(self) -> None:
        lines = self._book.positions if self._book else ()
        contracts = len(self._held)
        long = short = 0
        for line in lines:
            if line.side is Side.BUY:
                long += line.today + line.yesterday
            else:
                short += line.today + line.yesterday
        lots = long + short
        behind = self._link is not None and self._link.is_behind
        old = f" · {BEHIND_MARK if behind else Term.QUOTES + Term.STALE}" if self._known.offline else ""
        self.title.note(f"{contracts} 个合约 · {figures.number(lots)} 手{old}" if lines else "")
        self.foot.setVisible(bool(lines))
        if self._book is None:
            return
        by_trade, money = self.view.index == BY_TRADE, self._book.money
        profit = self._book.profit(by_trade=by_trade)
        tone = Tone.DIM if self._known.offline or profit is None else tone_of(profit) if profit else Tone.PLAIN
        self.foot.name(3, Term.FLOATING_PROFIT if by_trade else Term.POSITION_PROFIT)
        for place, (text, shade) in enumerate(
            (
                (f"{contracts} 个合约", Tone.PLAIN),
                (f"{figures.number(long)} 手", Tone.PLAIN),
                (f"{figures.number(short)} 手", Tone.PLAIN),
                (figures.signed(profit), tone),
                (figures.number(money.margin), Tone.PLAIN),
            )
        ):
            self.foot.show_value(place, text, shade)
