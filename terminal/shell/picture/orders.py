"""Make the lines of own orders (委托) and fills (成交)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.combined_order import whole_of
from terminal.domain.orders.order import OrderState, Origin
from terminal.engine.screen import LegLine, OrderLine, TradeLine
from terminal.engine.wording import ORDER_ENDS, half_told, order_title
from terminal.shell.picture.events import source_of

if TYPE_CHECKING:
    from terminal.domain.ids import OrderId
    from terminal.engine.state import AccountState, OrderRow, TradeRow
    from terminal.shell.picture.present import Present

FAILED: Final = frozenset({OrderState.REJECTED, OrderState.VOID})


def is_listed(account: AccountState, row: OrderRow) -> bool:
    """Return whether a screen that begins anew lists an order: of this trading day, or still to be heard of."""
    return row.trading_day >= account.trading_day or not row.ended


def listed_as(account: AccountState, order: OrderId) -> OrderId:
    """Return under which order a screen lists one: both legs of a combination stand as the first."""
    leg = account.orders[order].leg
    return order if leg is None or leg.is_first or leg.other not in account.orders else leg.other


def order_line(present: Present, row: OrderRow) -> OrderLine:
    """Return an order as the screen shows it; of a leg the whole order on the combination."""
    account = present.state.accounts[row.terms.account]
    other = None if row.leg is None else account.orders.get(row.leg.other)
    rows = (row,) if other is None else (row, other)
    told = _behind(rows)
    waiting = told.cancel_at is not None and not told.cancel_refused
    return OrderLine(
        order=row.order,
        terms=row.terms if row.leg is None else whole_of(row.terms, row.leg),
        state=_state(rows, told),
        filled=told.filled,
        recorded_at=row.recorded_at,
        trading_day=row.trading_day,
        source=source_of(account, row.cause),
        sys_id=row.sys_id or "",
        cancel_asked=not told.ended and (waiting or bool(told.cancel_wanted)),
        note=_half_told(rows, told) or _said(told),
        told=_told(present, told),
        legs=()
        if row.leg is None
        else tuple(LegLine(one.terms.instrument, one.terms.side, one.filled) for one in rows),
    )


def _behind(rows: tuple[OrderRow, ...]) -> OrderRow:
    # Both legs move together; while one of them is still to be heard of, the whole is as far as that one.
    return min(rows, key=lambda one: (one.ended, one.state is not OrderState.UNKNOWN, one.filled))


def _state(rows: tuple[OrderRow, ...], behind: OrderRow) -> OrderState:
    if not behind.ended and behind.state is not OrderState.UNKNOWN and any(one.filled > behind.filled for one in rows):
        return OrderState.PARTIAL
    return behind.state


def _half_told(rows: tuple[OrderRow, ...], behind: OrderRow) -> str:
    ended = next((one for one in rows if one.ended), None)
    if ended is None or behind.ended or behind.state is OrderState.UNKNOWN:
        return ""
    return half_told(ended, behind)


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
    whole = row.terms if row.leg is None else whole_of(row.terms, row.leg)
    where = f"{row.terms.account} " if len(present.state.accounts) > 1 else ""
    why = f"：{row.note}" if row.note else ""
    return f"{where}{order_title(whole)} {ORDER_ENDS[row.state]}{why}"


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
