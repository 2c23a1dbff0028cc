"""Know which orders rest at the exchange, and which of them have expired."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.ids import WireKey
from terminal.gateways.sim.matching.book import Order

_NEVER = 1 << 62


class Resting:
    """Hold the resting orders with the instant each expires at, UTC ns."""

    def __init__(self) -> None:
        self._orders: dict[WireKey, tuple[int, Order]] = {}
        self._first = _NEVER

    def __contains__(self, key: WireKey) -> bool:
        return key in self._orders

    def __iter__(self) -> Iterator[Order]:
        return (order for _, order in self._orders.values())

    @property
    def first(self) -> int:
        """Return when the next of them may expire, UTC ns."""
        return self._first

    def add(self, order: Order, expires: int) -> None:
        """Let an order rest."""
        self._orders[order.wire_key] = (expires, order)
        self._first = min(self._first, expires)

    def leave(self, order: Order) -> None:
        """Let go of an order, if it rests."""
        self._orders.pop(order.wire_key, None)
        if not self._orders:
            self._first = _NEVER

    def due(self, at: int) -> list[Order]:
        """Return the orders that have expired; they still rest."""
        if at < self._first:
            return []
        found = [order for expires, order in self._orders.values() if expires <= at]
        self._first = min((expires for expires, _ in self._orders.values() if expires > at), default=_NEVER)
        return found
