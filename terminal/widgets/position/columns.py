"""Describe one side of a contract as a row: every figure a hedger closes by, and which of them are grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import Quote
from terminal.domain.words.terms import Term
from terminal.engine.book.lines import PositionLine
from terminal.engine.prices.basis import Basis
from terminal.engine.prices.samples import FRESH_SECONDS, SECOND
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Number, Tone, tone_of
from terminal.widgets.strategy.fields import short_code

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId, ProductId

NEAR_EXPIRY_DAYS: Final = 10
FLAGS: Final = {
    HedgeFlag.SPECULATION: Term.SPECULATION,
    HedgeFlag.ARBITRAGE: Term.ARBITRAGE,
    HedgeFlag.HEDGE: Term.HEDGE,
}


class Known:
    """Hold what is known of contracts and products; it changes while rows point at it."""

    def __init__(self) -> None:
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.basis: dict[ProductId, Basis] = {}  # the latest samples; of each the spot leg is read here
        self.at = 0  # market clock, UTC ns
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
        instrument, last, sample = self.instrument, self.last, self._sample
        if instrument is None or last is None or sample is None:
            return None
        return sample.spot_price - last * instrument.tick

    @property
    def basis_is_stale(self) -> bool:
        """Return whether a leg of it is too old, by the rule of the basis panel; offline both are."""
        quote, sample, at = self.quote, self._sample, self.known.at
        until = min(
            at + 1 if sample is None else sample.spot_until,
            at + 1 if quote is None else quote.received_at + FRESH_SECONDS * SECOND,
        )
        return self.known.offline or at >= until

    @property
    def _sample(self) -> Basis | None:
        return None if self.instrument is None else self.known.basis.get(self.instrument.product)

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


def name_of(row: PositionRow) -> str:
    """Return the contract's name, or its code while nothing is known of it."""
    instrument = row.instrument
    if instrument is None or instrument.option is not None:  # an option's strike would be cut off
        return short_code(row.line.instrument)
    return instrument.name


def side_of(row: PositionRow) -> str:
    """Return the side of the position in words."""
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
GUARDED: Final[Column[PositionRow]] = Column(
    Term.GUARD,
    168,
    lambda row: row.line.guard or figures.ABSENT,
    kind=Kind.NAME,
    tone=lambda row: Tone.QUIET if row.line.guard else Tone.DIM,
    tip="附在这一边持仓上的止损、止盈：随持仓减少，平完即止（Ctrl+G）",
)
COLUMNS: Final[tuple[Column[PositionRow], ...]] = (
    Column(Term.INSTRUMENT, 90, name_of, kind=Kind.NAME),
    Column(
        Term.SIDE,
        44,
        side_of,
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
    GUARDED,
    Column(
        Term.BASIS,
        52,
        _basis,
        tone=lambda row: Tone.DIM if row.basis_is_stale else tone_of(row.basis),
        number=lambda row: row.basis,
        tip="现货 − 本行合约的最新价；任一腿过期或离线时为灰色。「基差一览」减的是主力合约",
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
GUARD_PLACE: Final = COLUMNS.index(GUARDED)


TODAY_PLACE, YESTERDAY_PLACE = COLUMNS.index(TODAY), COLUMNS.index(YESTERDAY)
