"""Plan the orders a wish about a position becomes, each with its fee, before anything is sent (C6, C7).

One planner for every close: today's and older lots where the exchange keeps them apart, in pieces no larger than it
takes. A close never opens, never asks for more than no other close holds, and never takes lots of another hedge flag:
those are only named. 锁仓 opens the other side and closes nothing. 解锁 closes the same lots of both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.errors import InvariantError
from terminal.domain.orders.offset import plan_close
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.fees import fee, fees_known
from terminal.domain.products.instrument import Instrument


class Take(StrEnum):
    """Say which lots a close takes first where the exchange keeps today's and older ones apart."""

    YESTERDAY_FIRST = "YESTERDAY_FIRST"  # 先平昨
    TODAY_FIRST = "TODAY_FIRST"  # 先平今
    CHEAPEST = "CHEAPEST"  # 手续费少的先


class PlannedOrder(NamedTuple):
    """Hold one order of a plan; `fee` in yuan at its own price, `None` where a fee is not known."""

    terms: OrderTerms
    fee: Decimal | None


class ClosePlan(NamedTuple):
    """Hold the orders of a close; `missing` lots cannot be closed now.

    `elsewhere` are the closable lots of the same side under other flags, which this close does not touch. `locked` are
    lots of the side that stand against the other side under the flag: closing them ends the lock.
    """

    orders: tuple[PlannedOrder, ...]
    missing: int
    elsewhere: tuple[tuple[HedgeFlag, int], ...] = ()
    locked: int = 0

    @property
    def lots(self) -> int:
        """Return the lots of all orders."""
        return sum(one.terms.lots for one in self.orders)

    @property
    def fee(self) -> Decimal | None:
        """Return the fee of all orders in yuan, `None` where one is not known."""
        fees = [one.fee for one in self.orders]
        return None if None in fees else sum((one for one in fees if one is not None), Decimal(0))


def close_orders(
    book: AccountBook, instrument: Instrument, wish: OrderTerms, *, take: Take = Take.YESTERDAY_FIRST
) -> ClosePlan:
    """Return the orders that close as many of the wished lots as can be; a wish to open is an `InvariantError`.

    `wish.side` is the order's: SELL closes long lots; which closing word it uses does not matter.
    """
    if wish.is_opening:
        raise InvariantError(f"a wish to open {wish.lots} lots of {wish.instrument} was planned as a close")
    position = book.position(instrument.id, wish.hedge_flag)
    splits = (plan_close(instrument, position, wish.side, wish.lots, today_first=today) for today in _orders_of(take))
    plans = [_priced(book, instrument, _pieces(instrument, wish, parts)) for parts in splits]
    best = min(plans, key=lambda plan: sum((one.fee or Decimal(0) for one in plan), Decimal(0)))
    planned = sum(one.terms.lots for one in best)
    free = max(wish.side.opposite.sign * position.net, 0)  # lots of the side that stand against none
    return ClosePlan(
        orders=best,
        missing=wish.lots - planned,
        elsewhere=tuple(_elsewhere(book, wish)),
        locked=max(planned - free, 0),
    )


def lock_orders(book: AccountBook, instrument: Instrument, wish: OrderTerms) -> tuple[PlannedOrder, ...]:
    """Return the opening orders that stand against `wish.lots` of the side the wish would close (锁仓)."""
    opening = msgspec.structs.replace(wish, offset=Offset.OPEN)
    return _priced(book, instrument, _pieces(instrument, opening, ((Offset.OPEN, wish.lots),)))


def unlock_orders(
    book: AccountBook,
    instrument: Instrument,
    wish: OrderTerms,
    *,
    other_price: Decimal,
    take: Take = Take.YESTERDAY_FIRST,
) -> tuple[ClosePlan, ClosePlan]:
    """Return the closes of both sides of a lock, the same lots of each (解锁).

    `wish` closes one side at its own price, `other_price` is the other side's. Lots that either side cannot close are
    missing on both, so that no side is left open by the plan.
    """
    other = msgspec.structs.replace(wish, side=wish.side.opposite, price=other_price)
    most = min(close_orders(book, instrument, one, take=take).lots for one in (wish, other))
    if not most:
        nothing = ClosePlan((), wish.lots)
        return nothing, nothing
    one, two = (
        close_orders(book, instrument, msgspec.structs.replace(side, lots=most), take=take) for side in (wish, other)
    )
    return one._replace(missing=wish.lots - most), two._replace(missing=wish.lots - most)


def _orders_of(take: Take) -> tuple[bool, ...]:
    # Yesterday's first wins where both cost the same.
    return {Take.YESTERDAY_FIRST: (False,), Take.TODAY_FIRST: (True,), Take.CHEAPEST: (False, True)}[take]


def _pieces(instrument: Instrument, wish: OrderTerms, parts: Iterable[tuple[Offset, int]]) -> Iterator[OrderTerms]:
    for offset, lots in parts:
        largest = instrument.max_lots or lots
        for begun in range(0, lots, largest):
            yield msgspec.structs.replace(wish, offset=offset, lots=min(largest, lots - begun))


def _priced(book: AccountBook, instrument: Instrument, pieces: Iterable[OrderTerms]) -> tuple[PlannedOrder, ...]:
    # The lots that pay 平今 are counted over the orders of the plan, as if they filled one after the other.
    planned: list[PlannedOrder] = []
    before: dict[Offset, int] = {}
    for terms in pieces:
        done = before.get(terms.offset, 0)
        before[terms.offset] = done + terms.lots
        if not fees_known(instrument):
            planned.append(PlannedOrder(terms, None))
            continue
        today = book.charged_today(instrument, terms, done + terms.lots) - book.charged_today(instrument, terms, done)
        cost = fee(
            instrument,
            offset=terms.offset,
            lots=terms.lots,
            price=terms.price,
            close_today_lots=today,
            flag=terms.hedge_flag,
        )
        planned.append(PlannedOrder(terms, cost))
    return tuple(planned)


def _elsewhere(book: AccountBook, wish: OrderTerms) -> Iterator[tuple[HedgeFlag, int]]:
    for flag in HedgeFlag:
        if flag is not wish.hedge_flag:
            held = book.position(wish.instrument, flag)
            lots = held.long_closable if wish.side is Side.SELL else held.short_closable
            if lots > 0:
                yield flag, lots
