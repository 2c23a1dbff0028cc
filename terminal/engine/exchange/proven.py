"""Remember what complete answers have proven for good, so that a day's answers do not go through its orders each time.

An answer about an account repeats every order and trade of the day. An order that has ended in both books, and a trade
that is booked as it is told, say nothing more when they are told again. An exchange in this process hands out the very
same object until something changes; the object that is remembered is kept, so none other can be taken for it. Through
a wire every object is new. Where an answer begins with all that the one before it said, but for what was not proven
then, only what was not, and what came since, is gone through: comparing two sequences of the same objects costs next
to nothing, and what is told in the very same words is as proven as before. Otherwise everything is gone through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from terminal.domain.orders.order import OrderState
from terminal.domain.reports import OrderThere, Traded
from terminal.engine.exchange.quarantine import fill_key
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terminal.engine.state import AccountState, FillKey, OrderRow, TradeRow

AGREE_EVERY: Final = 300_000_000_000  # ns: an agreement that is no news is stated this often: its absence tells
OVER: Final = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED})
_Told = TypeVar("_Told")


class Proven:
    """Serve one account; a new trading day begins anew."""

    def __init__(self) -> None:
        self.booked: dict[FillKey, TradeRow] = {}  # of the day
        self.agreed_at: int | None = None  # the last agreement stated, `None` when something of the account was since
        self._trades = _Known[Traded]()
        self._orders = _Known[OrderThere]()
        self._day = 0
        self._taken = 0

    def begin(self, account: AccountState) -> None:
        """Begin an answer."""
        if self._day != account.trading_day or self._taken > len(account.trades):
            self._day, self._taken = account.trading_day, 0
            self._trades, self._orders, self.booked = _Known(), _Known(), {}
        for row in account.trades[self._taken :]:
            self.booked[fill_key(row)] = row
        self._taken = len(account.trades)

    def is_news(self, account: AccountState, at: int) -> bool:
        """Return whether it is worth a record that both books agree at a market instant."""
        return at >= self.news_at(account)

    def news_at(self, account: AccountState) -> int:
        """Return from when on it is worth a record that both books agree (UTC ns), 0 where it always is.

        Where an order is under way or a leg lacks lots it always is: how long that has lasted is read from the records,
        also of a leg that a strategy has left behind.
        """
        if self.agreed_at is None or account.live:
            return 0
        rows = account.strategies.values()
        lacks = any(strategy_of(row.settings).lacking(row.settings, row.memory) for row in rows)
        return 0 if lacks else self.agreed_at + AGREE_EVERY

    def new_trades(self, trades: Sequence[Traded]) -> list[Traded]:
        """Return the trades that were not proven yet."""
        return self._trades.new(trades)

    def new_orders(self, orders: Sequence[OrderThere]) -> list[OrderThere]:
        """Return the orders that were not proven yet."""
        return self._orders.new(orders)

    def take_trade(self, trade: Traded) -> None:
        """Remember a trade that is booked as it is told."""
        self._trades.proven[id(trade)] = trade

    def take_order(self, there: OrderThere, row: OrderRow) -> None:
        """Remember an order that has ended here and there."""
        if row.state in OVER and there.state in OVER:
            self._orders.proven[id(there)] = there


class _Known(Generic[_Told]):
    # What was told last, and at which places of it something stood that was not proven.

    def __init__(self) -> None:
        self.proven: dict[int, _Told] = {}
        self._last: list[_Told] = []
        self._open: list[int] = []

    def new(self, told: Sequence[_Told]) -> list[_Told]:
        last, proven = self._last, self.proven
        now = list(told)
        begins = now[: len(last)]
        places = [place for place in self._open if place < len(begins)]
        for place in places:
            begins[place] = last[place]
        # Those that were open may be proven by now, or be told anew: they are looked at, and what came after them.
        looked_at: Iterable[int] = range(len(now))
        if begins == last:
            looked_at = (*places, *range(len(last), len(now)))
        self._open = [place for place in looked_at if id(now[place]) not in proven]
        self._last = now
        return [now[place] for place in self._open]
