"""Turn orders, trades and positions into rows of the exchange's file and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from terminal.domain.books.combined import Pair
from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, SysId, TradeId, WireKey
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, OrderTerms, PriceKind, Side, TimeCondition
from terminal.domain.reports import Traded
from terminal.gateways.sim.accounts.ledger import CombinedKey, HoldingKey
from terminal.gateways.sim.matching.book import Order
from terminal.gateways.sim.positions import Holding

Row = tuple[Any, ...]  # what SQLite gives; each reader below gives it its types


def order_row(order: Order) -> Row:
    """Return an order as a row of `orders`."""
    terms = order.terms
    return (
        order.wire_key,
        terms.account,
        order.exchange,
        order.sys_id,
        order.sequence,
        order.trading_day,
        order.state.value,
        order.filled,
        terms.instrument,
        terms.side.value,
        terms.offset.value,
        terms.lots,
        str(terms.price),
        terms.hedge_flag.value,
        terms.time_condition.value,
        order.code,
        order.text,
        terms.price_kind.value,
    )


def read_order(row: Row) -> Order:
    """Read a row of `orders`."""
    (key, account, exchange, sys_id, sequence, day, state, filled, instrument, side, offset, lots, price, *rest) = row
    flag, condition, code, text, price_kind = rest
    terms = OrderTerms(
        account=AccountId(account),
        instrument=InstrumentId(instrument),
        side=Side(side),
        offset=Offset(offset),
        lots=lots,
        price=Decimal(price),
        hedge_flag=HedgeFlag(flag),
        time_condition=TimeCondition(condition),
        price_kind=PriceKind(price_kind),
    )
    order = Order(
        wire_key=WireKey(key),
        terms=terms,
        exchange=ExchangeId(exchange),
        trading_day=day,
        sequence=sequence,
        state=OrderState(state),
    )
    order.sys_id, order.filled, order.code, order.text = SysId(sys_id), filled, code, text
    return order


def trade_row(trade: Traded) -> Row:
    """Return a trade as a row of `trades`, its number left out."""
    return (
        trade.trading_day,
        trade.exchange,
        trade.trade,
        trade.sys_id,
        trade.side.value,
        trade.account,
        trade.wire_key,
        trade.instrument,
        trade.lots,
        str(trade.price),
        trade.exchange_at,
    )


def read_trade(row: Row) -> Traded:
    """Read a row of `trades`."""
    _, day, exchange, trade, sys_id, side, account, wire_key, instrument, lots, price, at = row
    return Traded(
        account=AccountId(account),
        wire_key=WireKey(wire_key),
        exchange=ExchangeId(exchange),
        sys_id=SysId(sys_id),
        trade=TradeId(trade),
        trading_day=day,
        side=Side(side),
        instrument=InstrumentId(instrument),
        lots=lots,
        price=Decimal(price),
        exchange_at=at,
    )


def position_row(item: tuple[HoldingKey, Holding]) -> Row:
    """Return a position as a row of `positions`."""
    (account, instrument, flag), holding = item
    long, short = holding.long, holding.short
    return account, instrument, flag.value, long.today, long.yesterday, short.today, short.yesterday


def read_position(row: Row) -> tuple[HoldingKey, Holding]:
    """Read a row of `positions`; what live closes freeze is found again from the orders."""
    account, instrument, flag, long_today, long_yesterday, short_today, short_yesterday = row
    holding = Holding()
    holding.long.today, holding.long.yesterday = long_today, long_yesterday
    holding.short.today, holding.short.yesterday = short_today, short_yesterday
    return (AccountId(account), InstrumentId(instrument), HedgeFlag(flag)), holding


def combined_row(key: CombinedKey) -> Row:
    """Return what names a combination in a row of `combinations`."""
    account, pair = key
    return account, pair.first, pair.second, pair.flag.value, pair.side.value


def read_combined(row: Row) -> tuple[CombinedKey, int]:
    """Read a row of `combinations`."""
    account, first, second, flag, side, lots = row
    return (AccountId(account), Pair(InstrumentId(first), InstrumentId(second), HedgeFlag(flag), Side(side))), lots
