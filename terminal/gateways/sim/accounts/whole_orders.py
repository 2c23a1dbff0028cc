"""Tell the orders of a day whole: each the same object until something changes, so that nobody compares it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.reports import OrderThere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import AccountId, WireKey
    from terminal.gateways.sim.matching.book import Order


class WholeOrders:
    """Stand beside the orders of the day, in the order in which they came."""

    def __init__(self, known: Mapping[WireKey, Order]) -> None:
        self._known = known
        self._told: dict[AccountId, dict[WireKey, OrderThere]] = {}
        self._stale: dict[WireKey, None] = {}

    def note(self, order: Order) -> None:
        """Note that an order changed; a leg has its order's key."""
        self._stale[order.wire_key] = None

    def clear(self) -> None:
        """Forget them all: another day has begun."""
        self._told.clear()
        self._stale.clear()

    def orders(self, account: AccountId) -> tuple[OrderThere, ...]:
        """Return the orders of an account as they are now."""
        for key in self._stale:
            order = self._known.get(key)
            if order is not None:
                self._told.setdefault(order.account, {})[key] = _there(order)
        self._stale.clear()
        return tuple(self._told.get(account, {}).values())


def _there(order: Order) -> OrderThere:
    return OrderThere(
        wire_key=order.wire_key,
        exchange=order.exchange,
        sys_id=order.sys_id,
        terms=order.terms,
        filled=order.filled,
        state=order.state.value,
        trading_day=order.trading_day,
        code=order.code,
        text=order.text,
    )
