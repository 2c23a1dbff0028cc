"""Make the lines of own orders (委托) and fills (成交)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import OrderState, Origin
from terminal.domain.words.amount_text import amount_text
from terminal.engine.screen import OrderLine, TradeLine
from terminal.engine.wording import ORDER_ENDS, combination_words, order_title
from terminal.shell.picture.events import source_of

if TYPE_CHECKING:
    from terminal.engine.state import AccountState, OrderRow, TradeRow
    from terminal.shell.picture.present import Present

FAILED: Final = frozenset({OrderState.REJECTED, OrderState.VOID})


def is_listed(account: AccountState, row: OrderRow) -> bool:
    """Return whether a screen that begins anew lists an order: of this trading day, or still to be heard of."""
    return row.trading_day >= account.trading_day or not row.ended


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
        source=source_of(present.state.accounts[row.terms.account], row.cause),
        sys_id=row.sys_id or "",
        cancel_asked=not row.ended and (waiting or bool(row.cancel_wanted)),
        note=_note(row),
        told=_told(present, row),
    )


def trade_line(account: AccountState, row: TradeRow) -> TradeLine:
    """Return a fill as the screen shows it."""
    order = account.orders[row.order]
    return TradeLine(
        account=account.account,
        order=row.order,
        trade=row.trade,
        instrument=order.terms.instrument,
        side=row.side,
        offset=order.terms.offset,
        lots=row.lots,
        price=row.price,
        fee=row.fee,
        at=row.exchange_at,
        trading_day=row.trading_day,
        source=source_of(account, order.cause),
    )


def _told(present: Present, row: OrderRow) -> str:
    if row.state not in FAILED or row.cause.origin is not Origin.MANUAL or row.cause.person != present.person:
        return ""
    where = f"{row.terms.account} " if len(present.state.accounts) > 1 else ""
    why = f"：{row.note}" if row.note else ""
    return f"{where}{order_title(row.terms, row.leg)} {ORDER_ENDS[row.state]}{why}"


def _note(row: OrderRow) -> str:
    # Of a leg the price that was asked is the whole's, which no column shows.
    said = _said(row)
    if row.leg is None:
        return said
    asked = f"{combination_words(row.leg)}，价差 {amount_text(row.leg.price)}"
    return f"{asked}；{said}" if said else asked


def _said(row: OrderRow) -> str:
    why = f"：{row.note}" if row.note else ""
    match row.state:
        case OrderState.UNKNOWN:
            return f"状态未知{why}；等交易所确认，请勿重报"
        case OrderState.REJECTED:
            return f"交易所拒绝{why}"
        case OrderState.VOID:
            return f"没有报出{why}"
        case OrderState.EXPIRED:
            return "收盘失效"
        case OrderState.CANCELLED:
            return row.note
        case _:
            return f"撤单未被接受{why}" if row.note else ""
