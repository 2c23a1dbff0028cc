"""Show the positions of the account, one side of a contract a row, in either view of profit."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.terms import Term
from terminal.engine.book.lines import Book
from terminal.engine.prices.basis import Basis
from terminal.engine.prices.samples import SECOND
from terminal.engine.screen import AccountLine, Hand, LinkLine, Preview, ResultLine
from terminal.widgets.parts import figures
from terminal.widgets.parts.empty_state import BEHIND_MARK, FETCHING, NO_ACCOUNT, EmptyState, unknown
from terminal.widgets.parts.foot import Foot
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.panel import Panel
from terminal.widgets.parts.rows import Rows, Tone, tone_of
from terminal.widgets.parts.segments import Segments
from terminal.widgets.position.acts import PositionActs
from terminal.widgets.position.columns import (
    COLUMNS,
    DAY_PROFIT,
    GUARD_PLACE,
    PROFIT,
    TODAY_PLACE,
    TRADE_PROFIT,
    YESTERDAY_PLACE,
    Known,
    PositionRow,
    name_of,
    side_of,
)

if TYPE_CHECKING:
    from terminal.domain.view import Quote
    from terminal.widgets.dress.look import Look

BY_DAY, BY_TRADE = range(2)
EMPTY: Final = (
    "尚无持仓",
    "委托成交之后，持仓会自动出现在这里：方向、今昨、可平、均价、盈亏与保证金。",
    "下一步：在右侧「基差走势」选择品种，看现货与期货相差多少。",
)


class PositionGrid(Panel):
    """Show one account's positions; `by_trade` tells that the other view of profit was chosen.

    Rows, title and totals are of one moment, that of the account's book: the quote a row shows is the one its profit
    was reckoned at. What is done with the chosen row (平仓, 锁仓, 反手) is asked and sent in a strip below the grid.
    `close_wanted` tells what a double-click asks to close: instrument, side of the position, offset, lots (of today's,
    yesterday's or all, by the column) that can be closed and that are held, and hedge flag. Nothing is sent by it.
    """

    by_trade = Signal(bool)
    close_wanted = Signal(str, object, object, int, int, object)

    def __init__(self, look: Look, hand: Hand, *, clock: Callable[[], int] | None = None) -> None:
        super().__init__("positions", Term.POSITIONS, look)
        self.rows: Rows[PositionRow] = Rows(COLUMNS, self)
        self.grid = Grid(self.rows, look, name=Term.POSITIONS)
        self.foot = Foot((Term.TOTAL, Term.LONG, Term.SHORT, Term.POSITION_PROFIT, Term.MARGIN))
        self.body.addWidget(self.grid, 1)
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
        self.acts = PositionActs(self, self.grid, self._known.instruments, hand, clock=clock)
        self.acts.strip.opened.connect(self._show_totals)
        self.acts.strip.closed.connect(self._show_totals)
        self.body.addWidget(self.foot)
        self._show_totals()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names and ticks."""
        self._known.instruments.clear()
        self._known.instruments.update((instrument.id, instrument) for instrument in instruments)
        self.rows.repaint_all()

    def show_spot(self, sample: Basis) -> None:
        """Take the latest spot price of a product; each contract's own price is taken from it."""
        before, self._known.basis[sample.product] = self._known.basis.get(sample.product), sample
        if before is not None and (before.spot_price, before.spot_until) == (sample.spot_price, sample.spot_until):
            return
        for name in self._held:
            instrument = self._known.instruments.get(name)
            if instrument is not None and instrument.product == sample.product:
                for key in self._held[name]:
                    self.rows.touch(key)

    def show_now(self, at: int) -> None:
        """Let both legs of each basis grow old with the market clock."""
        before, self._known.at = self._known.at, at
        if at // SECOND != before // SECOND:
            for key in self._keys:
                self.rows.touch(key)

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner is heard; while it is not, what follows from prices is grey and said to be old."""
        before, self._link = self._link, link
        self.acts.show_link(link)
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
        self.acts.show_book(book)

    def show_account_line(self, line: AccountLine) -> None:
        """Take how the account stands."""
        self.acts.show_account_line(line)

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes, for the price of what is done with a position."""
        self.acts.show_quotes(quotes)

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take what would come of what is about to be done."""
        self.acts.show_previews(previews)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of what was sent from here."""
        self.acts.show_results(results)

    def _say_empty(self) -> None:
        known = (NO_ACCOUNT if self._alone else FETCHING) if self._book is None else EMPTY
        self.empty.say(*(unknown(self._link) or known))

    def summary(self) -> str:
        """Return what is held as one text."""
        lines = self._book.positions if self._book else ()
        held = "、".join(
            f"{name_of(row)} {side_of(row)} {row.line.lots} 手"
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
        self.grid.show_column(GUARD_PLACE, shown=any(row.line.guard for row in shown.values()))
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
        self.foot.setVisible(bool(lines) and self.acts.strip.isHidden())  # the strip takes its room
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
