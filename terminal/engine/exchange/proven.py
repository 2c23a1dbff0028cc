"""Remember what complete answers have proven for good, so that a day's answers do not go through its orders each time.

An answer about an account repeats every order and trade of the day. An order that has ended in both books, and a trade
that is booked as it is told, say nothing more when they are told again. An exchange in this process hands out the very
same object until something changes; the object that is remembered is kept, so none other can be taken for it. Through
a wire every object is new, and everything is gone through: what follows is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import OrderState
from terminal.engine.book.quarantine import fill_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.reports import OrderThere, Traded
    from terminal.engine.state import AccountState, FillKey, OrderRow, TradeRow

OVER: Final = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED})


class Proven:
    """Serve one account; a new trading day begins anew."""

    def __init__(self) -> None:
        self.booked: dict[FillKey, TradeRow] = {}  # of the day
        self._known: dict[int, object] = {}
        self._day = 0
        self._taken = 0

    def begin(self, account: AccountState) -> None:
        """Begin an answer."""
        if self._day != account.trading_day or self._taken > len(account.trades):
            self._day, self._taken = account.trading_day, 0
            self._known, self.booked = {}, {}
        for row in account.trades[self._taken :]:
            self.booked[fill_key(row)] = row
        self._taken = len(account.trades)

    def new_trades(self, trades: Sequence[Traded]) -> list[Traded]:
        """Return the trades that were not proven yet."""
        known = self._known
        return [one for one in trades if id(one) not in known]

    def new_orders(self, orders: Sequence[OrderThere]) -> list[OrderThere]:
        """Return the orders that were not proven yet."""
        known = self._known
        return [one for one in orders if id(one) not in known]

    def take_trade(self, trade: Traded) -> None:
        """Remember a trade that is booked as it is told."""
        self._known[id(trade)] = trade

    def take_order(self, there: OrderThere, row: OrderRow) -> None:
        """Remember an order that has ended here and there."""
        if row.state in OVER and there.state in OVER:
            self._known[id(there)] = there
