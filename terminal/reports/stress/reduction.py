"""Say what would be closed first where an account's margin is not covered (强制减仓).

The rule: of what can be closed at all, the side that binds the most margin goes first, by as few lots as cover what is
missing, then the next. Where the larger side alone is charged (大边), only the dearer side of a product counts; its
other side follows once it has become the dearer one. Lots go at the scenario's prices, fees paid. What a contract at
its limit holds against the move cannot be closed, and without exits nothing can.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.ids import AccountId, InstrumentId, TradeId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.fees import ZERO, fees_of
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.margin import PoolKey, pool_key

Stuck = Collection[tuple[InstrumentId, Side]]


class Reduction(msgspec.Struct, frozen=True, kw_only=True):
    """Hold lots of one side of a position that would be closed, of how many, at which price."""

    instrument: InstrumentId
    flag: HedgeFlag
    side: Side  # of the lots
    lots: int
    held: int
    price: Decimal


class _Side(NamedTuple):
    # One side of a position; amounts are yuan a lot.
    instrument: Instrument
    flag: HedgeFlag
    side: Side
    lots: int
    frees: Decimal  # margin that is not netted, and of an option the premium that moves
    fee: Decimal

    @property
    def key(self) -> PoolKey:
        return pool_key(self.instrument, self.flag)

    @property
    def gains(self) -> Decimal:
        return self.frees - self.fee


def reduce(
    book: AccountBook,
    account: AccountId,
    instruments: Mapping[InstrumentId, Instrument],
    prices: Mapping[InstrumentId, Decimal],
    stuck: Stuck,
) -> tuple[list[Reduction], Decimal]:
    """Close lots of a settled book until its margin is covered; return them, and what is missing then, in yuan."""
    closed: dict[tuple[InstrumentId, HedgeFlag, Side], Reduction] = {}
    while (missing := -book.view(prices.get).available) > 0:
        found, most = _next(_sides(book, account, instruments, prices), stuck)
        if found is None:
            return list(closed.values()), missing
        lots = min(found.lots, _lots(missing / found.gains), most)
        price = prices[found.instrument.id]
        terms = _terms(account, found.instrument, found.flag, found.side, lots, price)
        fee = book.fee(found.instrument, terms, lots, price) if found.fee else ZERO
        book.fill(found.instrument, terms, lots, price, fee, at=0, trade=TradeId("stress"))
        key = found.instrument.id, found.flag, found.side
        before = closed.get(key)
        closed[key] = Reduction(
            instrument=found.instrument.id,
            flag=found.flag,
            side=found.side,
            lots=lots + (before.lots if before else 0),
            held=before.held if before else found.lots,
            price=price,
        )
    return list(closed.values()), ZERO


def _sides(
    book: AccountBook,
    account: AccountId,
    instruments: Mapping[InstrumentId, Instrument],
    prices: Mapping[InstrumentId, Decimal],
) -> list[_Side]:
    found = []
    for name, flag in book.positions():
        known, price = instruments[name], prices[name]
        for side in Side:
            sums = book.sums(name, flag, side)
            if not sums.lots:
                continue
            frees, fee = sums.margin / sums.lots, ZERO
            if known.option is not None:
                frees += side.sign * known.value(price, 1)
            if fees_of(known, flag).close is not None:
                fee = book.fee(known, _terms(account, known, flag, side, 1, price), 1, price)
            found.append(_Side(known, flag, side, sums.lots, frees, fee))
    return found


def _next(sides: list[_Side], stuck: Stuck) -> tuple[_Side | None, int]:
    # What to close next, and the most lots of it that free anything.
    bound: dict[tuple[PoolKey, Side], Decimal] = {}
    free: set[tuple[PoolKey, Side]] = set()
    open_to_all = [one for one in sides if (one.instrument.id, one.side) not in stuck and one.gains > 0]
    for one in sides:
        bound[one.key, one.side] = bound.get((one.key, one.side), ZERO) + one.frees * one.lots
    for one in open_to_all:
        free.add((one.key, one.side))

    def frees(one: _Side) -> Decimal:
        # On the larger side alone no more than it is dearer by, unless the other side can follow.
        whole, (_, is_larger, _) = one.frees * one.lots, one.key
        if not is_larger:
            return whole
        dearer = bound[one.key, one.side] - bound.get((one.key, one.side.opposite), ZERO)
        return whole if dearer >= 0 and (one.key, one.side.opposite) in free else min(whole, max(dearer, ZERO))

    best = max(open_to_all, key=lambda one: (frees(one), one.instrument.id, one.side), default=None)
    if best is None or frees(best) <= 0:
        return None, 0
    return best, _lots(frees(best) / best.frees)


def _lots(share: Decimal) -> int:
    return int(share.to_integral_value(rounding=ROUND_CEILING))


def _terms(account: AccountId, known: Instrument, flag: HedgeFlag, side: Side, lots: int, price: Decimal) -> OrderTerms:
    return OrderTerms(
        account=account,
        instrument=known.id,
        side=side.opposite,
        offset=Offset.CLOSE,  # every lot is yesterday's after a settlement
        lots=lots,
        price=price,
        hedge_flag=flag,
    )
