"""Take what the exchange says of one order on a combination as what it says of each leg.

A trade names its contract, and so its leg; everything else is true of both. Each leg is then heard, settled and proven
as any order, so a leg whose trade was lost stays live until a complete answer has brought it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from terminal.domain import reports as r
from terminal.domain.errors import InvariantError

if TYPE_CHECKING:
    from terminal.domain.ids import WireKey
    from terminal.engine.exchange.answers import PrivateReport
    from terminal.engine.state import AccountState, OrderRow

_T = TypeVar("_T", bound=msgspec.Struct)


def by_legs(account: AccountState, report: PrivateReport) -> tuple[PrivateReport, ...]:
    """Return a private report as one or two about orders of ours; any other as it is."""
    legs = _legs(account, report.wire_key)
    if not legs:
        return (report,)
    if isinstance(report, r.Traded):
        return (_trade(report, legs),)
    return tuple(_about(report, leg) for leg in legs)


def answer_by_legs(account: AccountState, answer: r.QueryAnswer) -> r.QueryAnswer:
    """Return a complete answer with both legs in the place of each order on a combination."""
    if not account.combined:
        return answer
    if not any(one.wire_key in account.combined for told in (answer.orders, answer.trades) for one in told):
        return answer  # the same object: what it has proven is remembered by it
    trades = [_trade(one, legs) if (legs := _legs(account, one.wire_key)) else one for one in answer.trades]
    orders: list[r.OrderThere] = []
    for there in answer.orders:
        legs = _legs(account, there.wire_key)
        orders += [_about(there, leg) for leg in legs] or [there]
    return msgspec.structs.replace(answer, trades=tuple(trades), orders=tuple(orders))


def _legs(account: AccountState, wire_key: WireKey) -> tuple[OrderRow, ...]:
    if wire_key not in account.combined:
        return ()
    row = account.orders[account.by_wire[wire_key]]
    if row.leg is None:
        raise InvariantError(f"order {row.order} is known as a combination's and is no leg")
    other = account.orders.get(row.leg.other)
    return (row,) if other is None else (row, other)


def _trade(report: r.Traded, legs: tuple[OrderRow, ...]) -> r.Traded:
    # One of neither contract stays with the first leg, where it is put aside as none of its order's.
    return next((_about(report, leg) for leg in legs if leg.terms.instrument == report.instrument), report)


def _about(report: _T, leg: OrderRow) -> _T:
    return msgspec.structs.replace(report, wire_key=leg.wire_key)
