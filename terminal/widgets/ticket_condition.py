"""Hold what a person has filled in about when an order is to go out, and make a conditional order (条件单) of it.

Nothing here knows Qt. The condition is about the ticket's own contract; what several conditions must hold together is
for other ways in. A price that follows the market is found at the release, so only 对手价 and a price that was named
can wait.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.conditional import (
    AtOpposite,
    AtPrice,
    BreaksEven,
    CloseLots,
    Condition,
    Conditional,
    MarketOpens,
    PriceReaches,
    PriceWithin,
    Quoted,
    Release,
    SendOrder,
    TimeReached,
    Validity,
    Way,
    WhenShort,
)
from terminal.domain.ids import InstrumentId
from terminal.domain.instrument import Instrument
from terminal.domain.order import Offset
from terminal.domain.terms import Term
from terminal.widgets.ticket_block import Block
from terminal.widgets.ticket_fields import PriceMode, Ticket


class When(StrEnum):
    """Say what an order waits for."""

    AT_ONCE = "AT_ONCE"
    PRICE = "PRICE"
    RANGE = "RANGE"
    TIME = "TIME"
    OPENING = "OPENING"  # 预埋: the next opening
    BREAK_EVEN = "BREAK_EVEN"


WHENS: Final = {
    When.AT_ONCE: Term.AT_ONCE,
    When.PRICE: Term.PRICE,
    When.RANGE: Term.PRICE_RANGE,
    When.TIME: Term.TIME,
    When.OPENING: Term.PRESET_ORDER,
    When.BREAK_EVEN: Term.BREAK_EVEN,
}
LASTING: Final = {  # a day has to be typed for GTD: the runner takes it, this row does not offer it
    Validity.GFD: Term.GOOD_FOR_DAY,
    Validity.SESSION: Term.GOOD_FOR_SESSION,
    Validity.GTC: Term.GOOD_TILL_CANCELLED,
}


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the fields; what does not belong to `when` stays and does nothing."""

    when: When = When.AT_ONCE
    quoted: Quoted = Quoted.LAST
    way: Way = Way.AT_OR_ABOVE
    price: Decimal | None = None
    highest: Decimal | None = None  # of a range, whose lower end is `price`
    clock: int | None = None  # seconds after midnight
    ticks: int = 0  # through the opposite price
    validity: Validity = Validity.GFD
    when_short: WhenShort | None = None  # nobody has chosen yet

    @property
    def waits(self) -> bool:
        """Return whether the order is not to go out at once."""
        return self.when is not When.AT_ONCE

    def about_another(self) -> Wait:
        """Return it for another contract: a price named for the one before says nothing of this one."""
        return msgspec.structs.replace(self, price=None, highest=None)

    def turned(self, when: When) -> Wait:
        """Return it waiting for something else; an order for the opening ends with that session."""
        validity = Validity.SESSION if when is When.OPENING else self.validity
        if self.when is When.OPENING and when is not When.OPENING and validity is Validity.SESSION:
            validity = Validity.GFD
        return msgspec.structs.replace(self, when=when, validity=validity)


def conditional(wait: Wait, ticket: Ticket, instrument: Instrument, reason: str = "") -> Conditional | Block:
    """Return the conditional order the fields make, or what is missing in them."""
    at = _release_price(wait, ticket)
    if isinstance(at, Block):
        return at
    condition = _condition(wait, ticket, instrument)
    if isinstance(condition, Block):
        return condition
    release: Release
    if ticket.offset is Offset.CLOSE:
        if wait.when_short is None:
            what = f"「{Term.CANCEL_CLOSES_FIRST}」或「{Term.DO_NOT_SEND}」"
            return Block("选可平不足", f"触发时若可平不足（别的平仓委托占着），怎么办？请选{what}。")
        release = CloseLots(
            instrument=instrument.id,
            side=ticket.side,
            lots=ticket.lots,
            price=at,
            hedge_flag=ticket.hedge_flag,
            time_condition=ticket.time_condition,
            when_short=wait.when_short,
        )
    else:
        release = SendOrder(
            instrument=instrument.id,
            side=ticket.side,
            offset=ticket.offset,
            lots=ticket.lots,
            price=at,
            hedge_flag=ticket.hedge_flag,
            time_condition=ticket.time_condition,
        )
    return Conditional(condition=condition, release=release, validity=wait.validity, reason=reason)


def _release_price(wait: Wait, ticket: Ticket) -> AtPrice | AtOpposite | Block:
    if ticket.mode is PriceMode.COUNTER:
        return AtOpposite(ticks=wait.ticks)
    if ticket.mode is PriceMode.FIXED and ticket.price is not None:
        return AtPrice(price=ticket.price)
    return Block("选报单价", f"条件单触发时报什么价：请选「{Term.COUNTER_PRICE}」，或直接输入价格。")


def _condition(wait: Wait, ticket: Ticket, instrument: Instrument) -> Condition | Block:
    name: InstrumentId = instrument.id
    match wait.when:
        case When.PRICE:
            if wait.price is None:
                return Block("先填条件价", "条件价还空着：价格到多少才报出？")
            wrong = _off_grid(wait.price, instrument)
            return wrong or PriceReaches(instrument=name, quoted=wait.quoted, way=wait.way, price=wait.price)
        case When.RANGE:
            if wait.price is None or wait.highest is None:
                return Block("先填区间", "价格区间的下限或上限还空着。")
            if wait.price > wait.highest:
                return Block("区间不对", f"区间下限 {wait.price:f} 高于上限 {wait.highest:f}，请改正。")
            wrong = _off_grid(wait.price, instrument) or _off_grid(wait.highest, instrument)
            return wrong or PriceWithin(instrument=name, quoted=wait.quoted, lowest=wait.price, highest=wait.highest)
        case When.TIME:
            if wait.clock is None:
                return Block("先填时间", "时间还空着或不完整，请写成 14:55 或 14:55:30。")
            return TimeReached(instrument=name, clock=wait.clock)
        case When.BREAK_EVEN:
            if ticket.offset is Offset.OPEN:
                return Block("保本只用于平仓", f"「{Term.BREAK_EVEN}」看的是已有持仓，开平请选「{Term.CLOSE}」。")
            side = ticket.side.opposite
            return BreaksEven(instrument=name, side=side, hedge_flag=ticket.hedge_flag, way=wait.way)
        case _:
            return MarketOpens(instrument=name)


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
