"""Compute the fee of a fill.

A fee is a fraction of the traded value plus yuan per lot; both may be charged, and only their sum is rounded, once
per fill, half-up to 0.01 yuan (DOMAIN 5; a fill is one trade of the exchange, so splitting an order changes the fee).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from terminal.domain.errors import InvariantError
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms
from terminal.domain.products.ending import How
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Fee, FeeClass, Fees

ZERO = Decimal(0)
_OPEN = Offset.OPEN
_HEDGE, _ARBITRAGE = HedgeFlag.HEDGE, HedgeFlag.ARBITRAGE
_FEN = Decimal("0.01")


def round_half_up(amount: Decimal) -> Decimal:
    """Return an amount in yuan rounded to 0.01, halves away from zero."""
    return amount.quantize(_FEN, ROUND_HALF_UP)


def fees_of(instrument: Instrument, flag: HedgeFlag) -> Fees:
    """Return the fees of lots under a hedge flag: its own where it has them, else those of all."""
    every = instrument.fees
    own = instrument.hedge_fees if flag is _HEDGE else None
    own = instrument.arbitrage_fees if flag is _ARBITRAGE else own
    if own is None:
        return every
    return Fees(
        **{
            name: getattr(every, name) if (fee := getattr(own, name)) is None else fee
            for name in Fees.__struct_fields__
        }
    )


def fees_known(instrument: Instrument) -> bool:
    """Return whether opening, closing and closing today's lots all have a known fee."""
    fees = instrument.fees
    return fees.open is not None and fees.close is not None and fees.close_today is not None


def fee(
    instrument: Instrument,
    *,
    offset: Offset,
    lots: int,
    price: Decimal,
    close_today_lots: int = 0,
    flag: HedgeFlag = HedgeFlag.SPECULATION,
) -> Decimal:
    """Return the fee of one fill in yuan; of a close, `close_today_lots` pay 平今 and the rest 平仓.

    The gate lets nothing open whose fees are not all known, so a fee that is needed and not known is an
    `InvariantError`.
    """
    fees = fees_of(instrument, flag)
    if offset is _OPEN:
        return round_half_up(_charge(instrument, fees.open, lots, price))
    if not 0 <= close_today_lots <= lots:
        raise InvariantError(f"{close_today_lots} of {lots} lots of {instrument.id} cannot pay the close-today fee")
    if not close_today_lots:
        return round_half_up(_charge(instrument, fees.close, lots, price))
    amount = _charge(instrument, fees.close_today, close_today_lots, price)
    if lots > close_today_lots:
        amount += _charge(instrument, fees.close, lots - close_today_lots, price)
    return round_half_up(amount)


def worst_fee(instrument: Instrument, terms: OrderTerms, lots: int) -> Decimal:
    """Return the most that lots of an order pay when they fill at once at its own price, in yuan.

    A close may be under way whose fees nobody knows: nothing can be frozen for it. Opening is an `InvariantError` then.
    """
    if not lots:
        return ZERO
    offset, price, flag = terms.offset, terms.price, terms.hedge_flag
    if terms.is_opening:
        return fee(instrument, offset=offset, lots=lots, price=price, flag=flag)
    today = (offset is Offset.CLOSE_TODAY,) if instrument.fee_class is FeeClass.EXPLICIT else (False, True)
    fees = fees_of(instrument, flag)
    known = [is_today for is_today in today if (fees.close_today if is_today else fees.close) is not None]
    paid = [
        fee(instrument, offset=offset, lots=lots, price=price, close_today_lots=lots * is_today, flag=flag)
        for is_today in known
    ]
    return max(paid, default=ZERO)


def ending_fee(instrument: Instrument, how: How, *, lots: int, price: Decimal, flag: HedgeFlag) -> Decimal | None:
    """Return the fee of lots that leave without a trade, in yuan; `None` where it is not known.

    Exercise and assignment pay the one, delivery the other; what lapses or is netted pays nothing.
    """
    if how in {How.LAPSED, How.NETTED}:
        return ZERO
    fees = fees_of(instrument, flag)
    terms = fees.delivery if how is How.DELIVERED else fees.exercise
    return None if terms is None else round_half_up(_charge(instrument, terms, lots, price))


def _charge(instrument: Instrument, terms: Fee | None, lots: int, price: Decimal) -> Decimal:
    if terms is None:
        raise InvariantError(f"a fee of {instrument.id} is needed and not known")
    return (price * instrument.multiplier * terms.by_value + terms.by_lot) * lots
