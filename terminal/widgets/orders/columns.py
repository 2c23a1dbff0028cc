"""Describe how orders, trades and events read in a table."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.orders.kind_words import PRICE_KINDS
from terminal.domain.orders.order import ENDED, Offset, OrderState, OrderTerms, PriceKind, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.screen import EventLine, OrderLine, TradeLine
from terminal.engine.wording import short
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Tone
from terminal.widgets.ticket.fields import FLAGS, OFFSETS, SIDES

# A shape, a word and a tone each: an order that nobody knows the state of must not look like one that rests.
STATES: Final = {
    OrderState.RECORDED: ("○", Term.RECORDED, Tone.QUIET),
    OrderState.SENT: ("○", Term.SENT, Tone.QUIET),
    OrderState.LIVE: ("●", Term.RESTING, Tone.ACCENT),
    OrderState.PARTIAL: ("●", Term.PARTLY_FILLED, Tone.ACCENT),
    OrderState.FILLED: ("◆", Term.FILLED, Tone.DOWN),
    OrderState.CANCELLED: ("◇", Term.CANCELLED, Tone.DIM),
    OrderState.EXPIRED: ("◇", Term.EXPIRED, Tone.DIM),
    OrderState.REJECTED: ("■", Term.REJECTED, Tone.ALERT),
    OrderState.UNKNOWN: ("▲", Term.STATE_UNKNOWN, Tone.WARN),
    OrderState.VOID: ("◇", Term.NEVER_SENT, Tone.DIM),
}
LEVELS: Final = {
    Level.NORMAL: ("", Tone.PLAIN),
    Level.YELLOW: ("● ", Tone.CAUTION),
    Level.ORANGE: ("▲ ", Tone.WARN),
    Level.RED: ("■ ", Tone.ALERT),
}
UNKNOWN_ADVICE: Final = "先别重发：正在向交易所查询，查明之前按可能成交计"
OLD_ADVICE: Final = "先别重发：连上运行器才知道，查明之前按可能成交计"


class OrderRow(NamedTuple):
    """Hold an order, its contract once that is listed, and whether it is of before the cut, or of an earlier day."""

    line: OrderLine
    instrument: Instrument | None
    old: bool = False
    earlier: bool = False  # recorded on a trading day before the account's


class TradeRow(NamedTuple):
    """Hold a fill and its contract, once that is listed."""

    line: TradeLine
    instrument: Instrument | None


class EventRow(NamedTuple):
    """Hold an event and its contract, if it has one that is listed."""

    line: EventLine
    instrument: Instrument | None


def is_active(line: OrderLine) -> bool:
    """Return whether an order may still fill."""
    return line.state not in ENDED


def state_text(line: OrderLine, *, old: bool = False) -> str:
    """Return an order's state with its shape, like `● 部分成交 3/5`.

    One that may have gone on since the link was cut is hollow, and says that it is of before.
    """
    shape, word, _ = STATES[line.state]
    if line.cancel_asked and line.state in (OrderState.LIVE, OrderState.PARTIAL):
        word = Term.CANCELLING
    if old and is_active(line):
        return f"{shape if line.state is OrderState.UNKNOWN else '○'} {Term.BEFORE_CUT}{word}"
    return f"{shape} {word} {line.filled}/{line.terms.lots}" if line.state is OrderState.PARTIAL else f"{shape} {word}"


def _state_tone(row: OrderRow) -> Tone:
    # What warns goes on warning; what rests may rest no more.
    told = STATES[row.line.state][2]
    return Tone.DIM if row.old and is_active(row.line) and told is not Tone.WARN else told


def note_text(line: OrderLine, *, old: bool = False) -> str:
    """Return what is to be known about an order, and of a combination's legs; an unknown state says what to do."""
    advice = "" if line.state is not OrderState.UNKNOWN else OLD_ADVICE if old else UNKNOWN_ADVICE
    return "；".join(part for part in (legs_text(line), line.note, advice) if part)


def legs_text(line: OrderLine) -> str:
    """Return how far each leg of an order on a combination has come: `买 i2101 2/3 · 卖 i2105 2/3`."""
    return " · ".join(f"{SIDES[leg.side]} {short(leg.instrument)} {leg.filled}/{line.terms.lots}" for leg in line.legs)


def _time(row: OrderRow) -> str:
    return (figures.day_and_clock if row.earlier else figures.clock)(row.line.recorded_at)


def _name(instrument: Instrument | None, name: str | None) -> str:
    return instrument.name if instrument else (name or figures.ABSENT)


def _ordered(row: OrderRow) -> str:
    # A combination by its code, which names both legs in less room than their names.
    name = row.line.terms.instrument
    return short(name) if row.line.legs else _name(row.instrument, name)


def _price(price: Decimal, instrument: Instrument | None) -> str:
    # A contract that is not listed has no tick to round to: its price is shown as it is.
    places = figures.decimals(instrument.tick) if instrument else 0
    return figures.number(price, max(places, figures.decimals(price)))


def _order_price(terms: OrderTerms, instrument: Instrument | None) -> str:
    # An order without a price of its own carries the limit price only to be reckoned with.
    return _price(terms.price, instrument) if terms.price_kind is PriceKind.LIMIT else PRICE_KINDS[terms.price_kind]


def _side_tone(side: Side) -> Tone:
    return Tone.UP if side is Side.BUY else Tone.DOWN


def _offset(offset: Offset) -> str:
    return OFFSETS[offset]


ORDER_COLUMNS: Final[tuple[Column[OrderRow], ...]] = (
    Column(
        Term.TIME,
        94,
        _time,
        kind=Kind.NAME,
        tone=lambda row: Tone.WARN if row.earlier else Tone.QUIET,
        number=lambda row: row.line.recorded_at,
    ),
    Column(Term.INSTRUMENT, 118, _ordered, kind=Kind.NAME),
    Column(
        Term.BUY_SELL,
        46,
        lambda row: SIDES[row.line.terms.side],
        kind=Kind.PILL,
        tone=lambda row: _side_tone(row.line.terms.side),
    ),
    Column(Term.OFFSET, 52, lambda row: _offset(row.line.terms.offset), kind=Kind.NAME),
    Column(
        Term.ORDER_PRICE,
        78,
        lambda row: _order_price(row.line.terms, row.instrument),
        number=lambda row: row.line.terms.price,
    ),
    Column(Term.LOTS, 54, lambda row: figures.number(row.line.terms.lots), number=lambda row: row.line.terms.lots),
    Column(
        Term.FILLED_LOTS,
        54,
        lambda row: figures.number(row.line.filled),
        tone=lambda row: Tone.PLAIN if row.line.filled else Tone.DIM,
        number=lambda row: row.line.filled,
    ),
    Column(
        Term.STATE,
        128,
        lambda row: state_text(row.line, old=row.old),
        kind=Kind.NAME,
        tone=_state_tone,
    ),
    Column(
        Term.HEDGE_FLAG, 50, lambda row: FLAGS[row.line.terms.hedge_flag], kind=Kind.NAME, tone=lambda _: Tone.QUIET
    ),
    Column(Term.SOURCE, 96, lambda row: row.line.source, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(
        Term.NOTE,
        110,
        lambda row: note_text(row.line, old=row.old),
        kind=Kind.NAME,
        tone=lambda row: Tone.WARN if row.line.state is OrderState.UNKNOWN else Tone.QUIET,
    ),
)
TRADE_COLUMNS: Final[tuple[Column[TradeRow], ...]] = (
    Column(Term.TIME, 74, lambda row: figures.clock(row.line.at), tone=lambda _: Tone.QUIET, kind=Kind.NAME),
    Column(Term.INSTRUMENT, 104, lambda row: _name(row.instrument, row.line.instrument), kind=Kind.NAME),
    Column(
        Term.BUY_SELL,
        46,
        lambda row: SIDES[row.line.side],
        kind=Kind.PILL,
        tone=lambda row: _side_tone(row.line.side),
    ),
    Column(Term.OFFSET, 52, lambda row: _offset(row.line.offset), kind=Kind.NAME),
    Column(Term.TRADE_PRICE, 82, lambda row: _price(row.line.price, row.instrument), number=lambda row: row.line.price),
    Column(Term.LOTS, 58, lambda row: figures.number(row.line.lots), number=lambda row: row.line.lots),
    Column(
        Term.COMMISSION,
        82,
        lambda row: figures.number(row.line.fee, 2),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.line.fee,
    ),
    Column(Term.SOURCE, 110, lambda row: row.line.source, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(Term.TRADE_NUMBER, 110, lambda row: row.line.trade, kind=Kind.NAME, tone=lambda _: Tone.DIM),
)
EVENT_COLUMNS: Final[tuple[Column[EventRow], ...]] = (
    Column(
        Term.TIME,
        74,
        lambda row: figures.clock(row.line.at) if row.line.at else figures.ABSENT,
        tone=lambda _: Tone.QUIET,
        kind=Kind.NAME,
    ),
    Column(Term.SOURCE, 110, lambda row: row.line.source, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(
        Term.INSTRUMENT,
        104,
        lambda row: _name(row.instrument, row.line.instrument),
        kind=Kind.NAME,
        tone=lambda row: Tone.PLAIN if row.line.instrument else Tone.DIM,
    ),
    Column(
        Term.CONTENT,
        460,
        lambda row: f"{LEVELS[row.line.level][0]}{row.line.sentence}",
        kind=Kind.NAME,
        tone=lambda row: LEVELS[row.line.level][1],
    ),
)
