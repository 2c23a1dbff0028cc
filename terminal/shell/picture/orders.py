"""Make the lines of own orders (委托) and fills (成交)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.order import OrderState
from terminal.engine.screen import OrderLine, TradeLine
from terminal.shell.picture.events import source_of

if TYPE_CHECKING:
    from terminal.domain.facts import OrderFilled
    from terminal.engine.state import OrderRow, State
    from terminal.shell.picture.present import Present

# What a row says by itself; a desk that began from a snapshot has not heard more.
UNHEARD = {
    OrderState.UNKNOWN: "状态未知；等交易所确认，请勿重报",
    OrderState.REJECTED: "交易所拒绝",
    OrderState.VOID: "没有报出",
    OrderState.EXPIRED: "收盘失效",
}


def order_line(present: Present, row: OrderRow) -> OrderLine:
    """Return an order as the screen shows it."""
    waiting = row.cancel_at is not None and not row.cancel_refused
    return OrderLine(
        order=row.order,
        terms=row.terms,
        state=row.state,
        filled=row.filled,
        recorded_at=row.recorded_at,
        trading_day=row.trading_day,
        source=source_of(present.state, row.cause),
        sys_id=row.sys_id or "",
        cancel_asked=not row.ended and (waiting or bool(row.cancel_wanted)),
        note=present.heard.order_notes.get(row.order) or UNHEARD.get(row.state, ""),
    )


def trade_line(state: State, fact: OrderFilled) -> TradeLine:
    """Return a fill as the screen shows it."""
    row = state.accounts[fact.account].orders[fact.order]
    return TradeLine(
        account=fact.account,
        order=fact.order,
        trade=fact.trade,
        instrument=fact.instrument,
        side=fact.side,
        offset=row.terms.offset,
        lots=fact.lots,
        price=fact.price,
        fee=fact.fee,
        at=fact.exchange_at,
        trading_day=fact.trading_day,
        source=source_of(state, row.cause),
    )
