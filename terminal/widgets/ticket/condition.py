"""Hold what a person has filled in about when an order is to go out, and make a conditional order (条件单) of it.

Nothing here knows Qt. Up to four conditions about the ticket's own contract, of which all (且) or any (或) must hold. A
price that follows the market is found at the release, so only 对手价 and a price that was named can wait.

`fields_of` goes the other way, for whoever changes one that waits: what these fields cannot say is not changed here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.orders.conditional import (
    AllOf,
    AnyOf,
    AtOpposite,
    AtPrice,
    BasisReaches,
    BreaksEven,
    CloseLots,
    Condition,
    Conditional,
    MarketOpens,
    Part,
    PriceReaches,
    PriceWithin,
    Release,
    SendOrder,
    SpreadReaches,
    TimeReached,
    Validity,
    WhenShort,
    parts_of,
)
from terminal.domain.orders.order import Offset
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.terms import Term
from terminal.engine.conditional.wording import part_text
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.expected import Expected, When, about_another, part_of, turned
from terminal.widgets.ticket.fields import PriceMode, Ticket

LASTING: Final = {
    Validity.GFD: Term.GOOD_FOR_DAY,
    Validity.SESSION: Term.GOOD_FOR_SESSION,
    Validity.GTD: Term.GOOD_TILL_DAY,
    Validity.GTC: Term.GOOD_TILL_CANCELLED,
}


class Join(StrEnum):
    """Say how many of several conditions must hold."""

    ALL = "ALL"
    ANY = "ANY"


JOINS: Final = {Join.ALL: Term.ALL_CONDITIONS, Join.ANY: Term.ANY_CONDITION}


class Wait(Expected, frozen=True, kw_only=True):
    """Hold the first condition, those that are added to it, and what it lets go at what price and how long."""

    more: tuple[Expected, ...] = ()
    join: Join = Join.ALL
    ticks: int = 0  # through the opposite price
    validity: Validity = Validity.GFD
    last_day: int | None = None  # of GTD
    when_short: WhenShort | None = None  # nobody has chosen yet

    @property
    def waits(self) -> bool:
        """Return whether the order is not to go out at once."""
        return self.when is not When.AT_ONCE

    def about_another(self) -> Wait:
        """Return it for another contract, whose prices are others and whose last day is another."""
        return msgspec.structs.replace(about_another(self), more=tuple(map(about_another, self.more)), last_day=None)

    def turned(self, when: When) -> Wait:
        """Return it waiting for something else; an order for the opening ends with that session."""
        validity = Validity.SESSION if when is When.OPENING else self.validity
        if self.when is When.OPENING and when is not When.OPENING and validity is Validity.SESSION:
            validity = Validity.GFD
        more = () if when is When.AT_ONCE else self.more
        return msgspec.structs.replace(turned(self, when), validity=validity, more=more)


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
    last_day = wait.last_day if wait.validity is Validity.GTD else None
    if wait.validity is Validity.GTD and last_day is None:
        return Block("选日期", f"「{Term.GOOD_TILL_DAY}」哪个交易日还没有选，到那一天收盘失效。")
    return Conditional(condition=condition, release=release, validity=wait.validity, last_day=last_day, reason=reason)


def _release_price(wait: Wait, ticket: Ticket) -> AtPrice | AtOpposite | Block:
    if ticket.mode is PriceMode.COUNTER:
        return AtOpposite(ticks=wait.ticks)
    if ticket.mode is PriceMode.FIXED and ticket.price is not None:
        return AtPrice(price=ticket.price)
    return Block("选报单价", f"条件单触发时报什么价：请选「{Term.COUNTER_PRICE}」，或直接输入价格。")


def _condition(wait: Wait, ticket: Ticket, instrument: Instrument) -> Condition | Block:
    parts: list[Part] = []
    for place, expected in enumerate((wait, *wait.more)):
        part = part_of(expected, ticket, instrument)
        if isinstance(part, Block):
            return part if not wait.more else Block(part.short, f"第 {place + 1} 个条件：{part.sentence}")
        if part in parts:
            return Block("条件重复", f"第 {place + 1} 个条件与前面的相同（{part_text(part)}），请改正或移除。")
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    return AllOf(parts=tuple(parts)) if wait.join is Join.ALL else AnyOf(parts=tuple(parts))


# --- from a conditional order back to the fields ------------------------------------------------------------------


def fields_of(wanted: Conditional) -> tuple[Ticket, Wait] | None:
    """Return the fields that make this conditional order, `None` where none do: it came another way."""
    release = wanted.release
    expected = [_expected(part, release) for part in parts_of(wanted.condition)]
    plain_close = isinstance(release, SendOrder) and release.offset is Offset.CLOSE
    if plain_close or not all(expected):
        return None
    named = release.price if isinstance(release.price, AtPrice) else None
    ticket = Ticket(
        instrument=release.instrument,
        side=release.side,
        offset=release.offset if isinstance(release, SendOrder) else Offset.CLOSE,
        lots=release.lots,
        mode=PriceMode.FIXED if named else PriceMode.COUNTER,
        price=named.price if named else None,
        hedge_flag=release.hedge_flag,
        time_condition=release.time_condition,
    )
    first, *more = (one for one in expected if one is not None)
    wait = Wait(
        **msgspec.structs.asdict(first),
        more=tuple(more),
        join=Join.ANY if isinstance(wanted.condition, AnyOf) else Join.ALL,
        ticks=release.price.ticks if isinstance(release.price, AtOpposite) else 0,
        validity=wanted.validity,
        last_day=wanted.last_day,
        when_short=release.when_short if isinstance(release, CloseLots) else None,
    )
    return ticket, wait


def _expected(part: Part, release: Release) -> Expected | None:
    if part.instrument != release.instrument:
        return None
    match part:
        case PriceReaches():
            return Expected(when=When.PRICE, quoted=part.quoted, way=part.way, price=part.price)
        case PriceWithin():
            return Expected(when=When.RANGE, quoted=part.quoted, price=part.lowest, highest=part.highest)
        case TimeReached():
            return Expected(when=When.TIME, clock=part.clock)
        case MarketOpens():
            return Expected(when=When.OPENING)
        case BreaksEven():
            same = part.side is release.side.opposite and part.hedge_flag is release.hedge_flag
            return Expected(when=When.BREAK_EVEN, way=part.way) if same and not release.is_opening else None
        case SpreadReaches():
            return Expected(
                when=When.SPREAD,
                quoted=part.quoted,
                way=part.way,
                price=part.value,
                other=part.less,
                coefficient=part.coefficient,
            )
        case BasisReaches():
            return Expected(when=When.BASIS, quoted=part.quoted, way=part.way, price=part.value, other=part.spot)
