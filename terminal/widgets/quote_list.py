"""List the quotes of the market, one contract a row."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Signal

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.view import Quote
from terminal.domain.words.combination_terms import CombinationTerm
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkLine
from terminal.widgets.combined_quotes import CombinedLine, CombinedQuotes
from terminal.widgets.parts import figures
from terminal.widgets.parts.empty_state import EmptyState
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.icons import Sign
from terminal.widgets.parts.panel import Panel
from terminal.widgets.parts.rows import Column, Number, Rows, Tone, tone_of
from terminal.widgets.parts.rows import Kind as Set
from terminal.widgets.parts.segments import Segments

if TYPE_CHECKING:
    from terminal.widgets.dress.look import Look

FUTURES, SPOTS, COMBINATIONS, EVERYTHING = range(4)
ORDERED: Final = frozenset({Kind.FUTURE, Kind.COMBINATION})
SIDES: Final[dict[str, Side]] = {Term.BID: Side.SELL, Term.ASK: Side.BUY}


class QuoteRow(NamedTuple):
    """Hold one row: the contract, its latest quote once there is one, and whether that is of before a cut."""

    instrument: Instrument
    quote: Quote | None
    offline: bool = False
    derived: bool = False  # from the quotes of both legs of a combination

    @property
    def last(self) -> int | None:
        """Return the last price in ticks."""
        return self.quote.last if self.quote else None

    @property
    def change(self) -> int | None:
        """Return 涨跌 = last less previous settlement, in ticks."""
        quote = self.quote
        return (
            None
            if quote is None or quote.last is None or quote.pre_settlement is None
            else (quote.last - quote.pre_settlement)
        )

    @property
    def change_millionths(self) -> int | None:
        """Return 涨跌幅 in millionths of the previous settlement."""
        change, before = self.change, self.quote.pre_settlement if self.quote else None
        return None if change is None or not before else change * 1_000_000 // before


def _tone(row: QuoteRow) -> Tone:
    if row.offline:
        return Tone.DIM
    return tone_of(row.change) if row.change is not None else (Tone.PLAIN if row.last is not None else Tone.DIM)


def _quiet(row: QuoteRow) -> Tone:
    return Tone.DIM if row.offline else Tone.QUIET


def _priced(title: Term, side: str, *, width: int = 76) -> Column[QuoteRow]:
    def ticks(row: QuoteRow) -> int | None:
        return None if row.quote is None else getattr(row.quote, side)

    def tone(row: QuoteRow) -> Tone:
        found, before = ticks(row), row.quote.pre_settlement if row.quote else None
        if found is None or row.offline:
            return Tone.DIM
        return Tone.PLAIN if before is None else tone_of(found - before)

    return Column(title, width, lambda row: figures.price(ticks(row), row.instrument), tone=tone, number=ticks)


def _counted(title: Term, side: str, *, width: int = 64) -> Column[QuoteRow]:
    def count(row: QuoteRow) -> int | None:
        return None if row.quote is None else getattr(row.quote, side)

    return Column(title, width, lambda row: figures.number(count(row) or None), tone=_quiet, number=count)


def _time(row: QuoteRow) -> str:
    return figures.clock(row.quote.exchange_at) if row.quote else figures.ABSENT


def _stamp(row: QuoteRow) -> Number | None:
    return row.quote.exchange_at if row.quote else None


COLUMNS: Final[tuple[Column[QuoteRow], ...]] = (
    Column(Term.INSTRUMENT, 118, lambda row: row.instrument.name, kind=Set.NAME),
    Column(
        Term.LAST,
        84,
        lambda row: str(CombinationTerm.DERIVED) if row.derived else figures.price(row.last, row.instrument),
        tone=_tone,
        number=lambda row: row.last,
        flash=lambda row: row.last,
        tip="推算：组合的买卖价由两腿的买卖价相减得出，没有最新价",
    ),
    Column(
        Term.CHANGE,
        68,
        lambda row: figures.signed_price(row.change, row.instrument),
        tone=_tone,
        number=lambda row: row.change,
        tip="最新价 − 昨结算",
    ),
    Column(
        Term.CHANGE_RATE,
        74,
        lambda row: figures.signed_share(row.change, row.quote.pre_settlement if row.quote else None),
        tone=_tone,
        number=lambda row: row.change_millionths,
        tip="涨跌 ÷ 昨结算",
    ),
    _priced(Term.BID, "bid"),
    _counted(Term.BID_LOTS, "bid_lots"),
    _priced(Term.ASK, "ask"),
    _counted(Term.ASK_LOTS, "ask_lots"),
    _counted(Term.VOLUME, "volume", width=78),
    _counted(Term.OPEN_INTEREST, "open_interest", width=84),
    Column(Term.TIME, 74, _time, tone=lambda _: Tone.DIM, number=_stamp),
)


class QuoteList(Panel):
    """Show the latest quotes; `picked` tells the contract of the row a person clicked or entered.

    `price_picked` tells a contract and the side that takes the price which was double-clicked: selling to the bid,
    buying from the ask.
    """

    picked = Signal(str)
    price_picked = Signal(str, object)

    def __init__(self, look: Look) -> None:
        super().__init__("quotes", Term.QUOTES, look)
        self.rows: Rows[QuoteRow] = Rows(COLUMNS, self)
        self.grid = Grid(self.rows, look, name=Term.QUOTES)
        self.body.addWidget(self.grid)
        self.filter = Segments(
            (Term.FUTURE, Term.SPOT, CombinationTerm.COMBINATION, Term.ALL), name=f"{Term.QUOTES}筛选"
        )
        self.filter.chosen.connect(self._show_kind)
        self.title.add(self.filter)
        self.empty = EmptyState(
            self.grid.viewport(),
            look,
            sign=Sign.LIST,
            title="等待行情",
            text="正在打开市场，第一笔报价到达后列在这里。",
            next_step="若迟迟没有，请看窗口底部的状态栏。",
        )
        self._known: dict[InstrumentId, QuoteRow] = {}
        self._combined = CombinedQuotes()
        self._trading_day = 0
        self._offline = False
        self.grid.doubleClicked.connect(lambda index: self._pick_price(index.row(), index.column()))
        # Not the current row: Qt makes the first one current by itself when the keyboard comes in.
        self.grid.clicked.connect(lambda index: self._pick(index.row()))
        self.grid.activated.connect(lambda index: self._pick(index.row()))

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """List these instruments, in this order, each from its first quote on."""
        self._known = {
            instrument.id: QuoteRow(instrument, self._known[instrument.id].quote, self._offline)
            if instrument.id in self._known
            else QuoteRow(instrument, None, self._offline)
            for instrument in instruments
            if instrument.kind is not Kind.COMBINATION
        }
        self._combined.list(instruments)
        self._show_kind()

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes."""
        fresh = False
        for name, quote in quotes.items():
            known = self._known.get(name)
            if known is not None:
                fresh = fresh or known.quote is None
                row = self._known[name] = QuoteRow(known.instrument, quote, self._offline)
                self.rows.put(name, row)
        self._combined.take(quotes)
        if self._shows_combinations:
            for name, line in self._combined.touched(quotes).items():
                fresh = fresh or self.rows.place(name) is None
                self.rows.put(name, self._combined_row(line))
        if fresh:
            self._show_kind()

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner is heard; while it is not, every quote is grey and said to be old."""
        offline = link.is_old
        if offline != self._offline:
            self._offline = offline
            self._known = {name: row._replace(offline=offline) for name, row in self._known.items()}
            self._show_kind()

    def show_day(self, trading_day: int) -> None:
        """Drop the contracts whose last trading day is over."""
        if trading_day != self._trading_day:
            self._trading_day = trading_day
            self._show_kind()

    def summary(self) -> str:
        """Return how much is quoted as one text."""
        return f"{sum(row.quote is not None for row in self._known.values())} 个报价"

    def _show_kind(self) -> None:
        kind = {FUTURES: Kind.FUTURE, SPOTS: Kind.SPOT}.get(self.filter.index)
        shown: dict[Hashable, QuoteRow] = {
            name: row
            for name, row in self._known.items()
            if row.quote is not None
            and (kind is None or row.instrument.kind is kind)
            and self.filter.index != COMBINATIONS
            and self._lives(row.instrument)
        }
        if self._shows_combinations:
            lines = self._combined.all().items()
            shown |= {name: self._combined_row(line) for name, line in lines if self._lives(line.instrument)}
        self.rows.replace(shown)
        self.empty.setVisible(not shown)
        old = f" · {Term.STALE}" if self._offline else ""
        unit = {SPOTS: "个报价", COMBINATIONS: f"个{CombinationTerm.COMBINATION}"}.get(self.filter.index, "个合约")
        self.title.note(f"{len(shown)} {unit}{old}")

    @property
    def _shows_combinations(self) -> bool:
        return self.filter.index in (COMBINATIONS, EVERYTHING)

    def _combined_row(self, line: CombinedLine) -> QuoteRow:
        return QuoteRow(line.instrument, line.quote, self._offline, line.derived)

    def _lives(self, instrument: Instrument) -> bool:
        return instrument.expiry is None or instrument.expiry >= self._trading_day

    def _pick(self, place: int) -> None:
        self.picked.emit(self.rows.row(place).instrument.id)

    def _pick_price(self, place: int, column: int) -> None:
        side = SIDES.get(COLUMNS[column].title)
        instrument = self.rows.row(place).instrument
        if side is not None and instrument.kind in ORDERED:
            self.price_picked.emit(instrument.id, side)
