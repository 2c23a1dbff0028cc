"""Hold one line of the trades file: who tells of trades needs no database for it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, InstrumentId, OrderId, TradeId
from terminal.domain.orders.order import Offset, Side


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one line of the trades file; the fields are its columns."""

    account: AccountId
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    fee: Decimal
    trading_day: int
    at_ns: int
    order_id: OrderId
    trade_id: TradeId
