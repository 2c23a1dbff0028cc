"""Hold what a person has filled in about one condition, and make a part of a conditional order (条件单) of it.

Nothing here knows Qt. Every condition is about the ticket's own contract: a spread takes another one off it, a basis
takes it off a spot price.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.conditional import (
    BasisReaches,
    BreaksEven,
    MarketOpens,
    Part,
    PriceReaches,
    PriceWithin,
    Quoted,
    SpreadReaches,
    TimeReached,
    Way,
)
from terminal.domain.orders.order import Offset
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.terms import Term
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.fields import Ticket


class When(StrEnum):
    """Say what an order waits for."""

    AT_ONCE = "AT_ONCE"
    PRICE = "PRICE"
    RANGE = "RANGE"
    TIME = "TIME"
    OPENING = "OPENING"  # 预埋: the next opening
    BREAK_EVEN = "BREAK_EVEN"
    SPREAD = "SPREAD"
    BASIS = "BASIS"


WHENS: Final = {
    When.AT_ONCE: Term.AT_ONCE,
    When.PRICE: Term.PRICE,
    When.RANGE: Term.PRICE_RANGE,
    When.TIME: Term.TIME,
    When.OPENING: Term.PRESET_ORDER,
    When.BREAK_EVEN: Term.BREAK_EVEN,
    When.SPREAD: Term.SPREAD,
    When.BASIS: Term.BASIS,
}
DIFFERENCES: Final = (When.SPREAD, When.BASIS)


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the fields of one condition; what does not belong to `when` stays and does nothing."""

    when: When = When.AT_ONCE
    quoted: Quoted = Quoted.LAST
    way: Way = Way.AT_OR_ABOVE
    price: Decimal | None = None  # of a spread or basis its value
    highest: Decimal | None = None  # of a range, whose lower end is `price`
    clock: int | None = None  # seconds after midnight
    other: InstrumentId | None = None  # a spread's second leg, a basis's spot
    coefficient: Decimal | None = Decimal(1)  # of the second leg


AnyExpected = TypeVar("AnyExpected", bound=Expected)


def about_another(part: AnyExpected) -> AnyExpected:
    """Return it for another contract: a price named for the one before says nothing of this one."""
    return msgspec.structs.replace(part, price=None, highest=None, other=None)


def turned(part: AnyExpected, when: When) -> AnyExpected:
    """Return it waiting for something else: a spread has no last price, and its value is no price."""
    quoted = Quoted.BID if when is When.SPREAD and part.quoted is Quoted.LAST else part.quoted
    if when is part.when or not {when, part.when} & set(DIFFERENCES):
        return msgspec.structs.replace(part, when=when, quoted=quoted)
    return msgspec.structs.replace(part, when=when, quoted=quoted, price=None, highest=None, other=None)


def part_of(part: Expected, ticket: Ticket, instrument: Instrument) -> Part | Block:
    """Return the condition the fields make, or what is missing in them."""
    name = instrument.id
    match part.when:
        case When.PRICE:
            if part.price is None:
                return Block("先填条件价", "条件价还空着：价格到多少才报出？")
            wrong = _off_grid(part.price, instrument)
            return wrong or PriceReaches(instrument=name, quoted=part.quoted, way=part.way, price=part.price)
        case When.RANGE:
            return _range(part, instrument)
        case When.TIME:
            if part.clock is None:
                return Block("先填时间", "时间还空着或不完整，请写成 14:55 或 14:55:30。")
            return TimeReached(instrument=name, clock=part.clock)
        case When.BREAK_EVEN:
            if ticket.offset is Offset.OPEN:
                return Block("保本只用于平仓", f"「{Term.BREAK_EVEN}」看的是已有持仓，开平请选「{Term.CLOSE}」。")
            side = ticket.side.opposite
            return BreaksEven(instrument=name, side=side, hedge_flag=ticket.hedge_flag, way=part.way)
        case When.SPREAD | When.BASIS:
            return _difference(part, name)
        case _:
            return MarketOpens(instrument=name)


def _range(part: Expected, instrument: Instrument) -> Part | Block:
    if part.price is None or part.highest is None:
        return Block("先填区间", "价格区间的下限或上限还空着。")
    if part.price > part.highest:
        return Block("区间不对", f"区间下限 {part.price:f} 高于上限 {part.highest:f}，请改正。")
    wrong = _off_grid(part.price, instrument) or _off_grid(part.highest, instrument)
    return wrong or PriceWithin(instrument=instrument.id, quoted=part.quoted, lowest=part.price, highest=part.highest)


def _difference(part: Expected, name: InstrumentId) -> Part | Block:
    spread = part.when is When.SPREAD
    if part.other is None:
        if spread:
            return Block("先选另一腿", "价差还缺另一腿：减哪个合约？")
        return Block("先选现货", "基差还缺现货：没有可选的，请在方案里写上这个品种的现货。")
    if spread and not part.coefficient:
        return Block("先填系数", "另一腿的系数还空着或是 0；直接相减请填 1。")
    if part.price is None:
        what = Term.SPREAD if spread else Term.BASIS
        return Block(f"先填{what}", f"{what}还空着：到多少才报出？可以是负数。")
    if spread:
        times = part.coefficient or Decimal(1)
        return SpreadReaches(
            instrument=name, less=part.other, coefficient=times, quoted=part.quoted, way=part.way, value=part.price
        )
    return BasisReaches(instrument=name, spot=part.other, quoted=part.quoted, way=part.way, value=part.price)


def _off_grid(price: Decimal, instrument: Instrument) -> Block | None:
    if price > 0 and instrument.on_grid(price):
        return None
    tick = f"{instrument.tick.normalize():f}"
    return Block("条件价不对", f"条件价 {price:f} 不是最小变动价位 {tick} 的正整数倍，请改价。")


def clock_of(text: str) -> int | None:
    """Return a time as typed in seconds after midnight, `None` while it is none.

    >>> clock_of("14:55"), clock_of("9:00:30"), clock_of("25:00"), clock_of("14:")
    (53700, 32430, None, None)
    """
    parts = text.replace("：", ":").split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts):
        return None
    hours, minutes, seconds = (*map(int, parts), 0)[:3]
    return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else None
