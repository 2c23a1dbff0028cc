"""Say what happened while a desk was away: two looks at a state, and the difference in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.confirmation import ConfirmationState
from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, StrategyId
from terminal.domain.order import ENDED, OrderState

if TYPE_CHECKING:
    from terminal.engine.state import State


class Glance(msgspec.Struct, frozen=True):
    """Hold what of a state a returning person asks about first."""

    fills: int
    orders: int
    unknown: int
    alerts: int
    net: dict[tuple[AccountId, InstrumentId], int]
    strategies: dict[tuple[AccountId, StrategyId], str]
    pending: frozenset[ConfirmationId]
    killed: frozenset[AccountId]


def glance(state: State) -> Glance:
    """Return one look at a state."""
    accounts = state.accounts.values()
    return Glance(
        fills=sum(len(account.fills) for account in accounts),
        orders=sum(len(account.orders) for account in accounts),
        unknown=sum(row.state is OrderState.UNKNOWN for account in accounts for row in account.live.values()),
        alerts=sum(account.alerts for account in accounts),
        net={
            (account.account, name): lots
            for account in accounts
            for name, lots in account.book.net_lots().items()
            if lots
        },
        strategies={
            (account.account, row.strategy): row.status.value
            for account in accounts
            for row in account.strategies.values()
        },
        pending=frozenset(
            name
            for account in accounts
            for name, row in account.confirmations.items()
            if row.state is ConfirmationState.PENDING
        ),
        killed=frozenset(account.account for account in accounts if account.kills),
    )


def missed(before: Glance, after: Glance) -> tuple[str, ...]:
    """Return what is different, most important first; nothing where nothing is."""
    found = [f"账户 {account} 已被一键停止" for account in sorted(after.killed - before.killed)]
    if after.unknown:
        found.append(f"{after.unknown} 笔委托状态不明，请核对")
    for count, what in (
        (after.fills - before.fills, "笔成交"),
        (after.orders - before.orders, "笔新委托"),
        (after.alerts - before.alerts, "条告警"),
    ):
        if count > 0:
            found.append(f"{count} {what}")
    found += [f"{name} 净持仓 {was} → {now} 手" for name, was, now in _moved(before.net, after.net)]
    for key, status in after.strategies.items():
        was = before.strategies.get(key)
        if was != status:
            found.append(f"策略 {key[1]} {_STATUS.get(was or '', '新启动')} → {_STATUS.get(status, status)}")
    gone, came = before.pending - after.pending, after.pending - before.pending
    if came:
        found.append(f"{len(came)} 项新的待复核")
    if gone:
        found.append(f"{len(gone)} 项待复核已有结果或已过期，需要时请重新提交")
    return tuple(found)


_STATUS = {"RUNNING": "运行", "WINDING": "收尾", "PAUSED": "暂停", "STOPPED": "停止", "FINISHED": "完成"}


def _moved(
    before: Mapping[tuple[AccountId, InstrumentId], int], after: Mapping[tuple[AccountId, InstrumentId], int]
) -> list[tuple[str, int, int]]:
    keys = sorted(before.keys() | after.keys())
    moved = [(name, before.get((account, name), 0), after.get((account, name), 0)) for account, name in keys]
    return [(name, was, now) for name, was, now in moved if was != now]


def live_orders(state: State) -> int:
    """Return how many orders have not ended."""
    return sum(row.state not in ENDED for account in state.accounts.values() for row in account.live.values())
