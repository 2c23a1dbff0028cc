"""Play other terminals on the same accounts: orders the exchange takes that no intent of ours explains.

Most rest far away at a daily limit and are taken back. In a few worlds one trades: then our books and the exchange's
differ for good, and the runner must say so, lock the account, and correct nothing (SAFETY I3, I9).
"""

from __future__ import annotations

from terminal.domain.ids import WireKey
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.engine.look import Look
from terminal.engine.ports import WireCancel, WireOrder
from terminal.engine.state import State
from terminal.gateways.sim.host import Host
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, B
from terminal.simulation.luck import Luck

_AT_MOST = 4
_NEVER_LOCKS = ("SHFE.rb", "DCE.i")  # the sample market never trades these at their daily limits


class Stranger:
    """Place and take back orders past the runner."""

    def __init__(self, luck: Luck, *, places: float, trades: bool) -> None:
        self._luck = luck
        self._places = places  # chance per moment
        self._trades_after = luck.randrange(100, 600) if trades else None
        self.orders: dict[WireKey, OrderTerms] = {}
        self._resting: list[WireOrder] = []
        self._moments = 0

    def act(self, host: Host, look: Look, state: State) -> None:
        """Do what this moment brings."""
        self._moments += 1
        if self._trades_after is not None and self._moments >= self._trades_after:
            self._trade(host, look, state)
        if not self._places or not self._luck.chance(self._places):
            return
        if len(self._resting) < _AT_MOST and self._luck.chance(0.6):
            self._rest(host, look, state)
        elif self._resting:
            order = self._resting.pop(0)
            host.cancel(WireCancel(account=order.account, wire_key=order.wire_key))

    def take_back(self, host: Host) -> None:
        """Cancel what still rests."""
        while self._resting:
            order = self._resting.pop()
            host.cancel(WireCancel(account=order.account, wire_key=order.wire_key))

    def _rest(self, host: Host, look: Look, state: State) -> None:
        there = [one for one in hands.traded(look, state) if one[0].product in _NEVER_LOCKS]
        if not there:
            return
        instrument, quote = self._luck.one_of(there)
        side = self._luck.one_of((Side.BUY, Side.SELL))
        ticks = quote.lower_limit if side is Side.BUY else quote.upper_limit
        if ticks is not None:
            terms = OrderTerms(
                account=self._luck.one_of(ACCOUNTS),
                instrument=instrument.id,
                side=side,
                offset=Offset.OPEN,
                lots=1,
                price=instrument.price(ticks),
            )
            self._resting.append(self._place(host, terms))

    def _trade(self, host: Host, look: Look, state: State) -> None:
        there = [one for one in hands.traded(look, state) if one[0].product in _NEVER_LOCKS]
        if not there:
            return
        self._trades_after = None
        instrument, quote = self._luck.one_of(there)
        terms = hands.opening(B, instrument, quote, self._luck.one_of((Side.BUY, Side.SELL)), 1, HedgeFlag.SPECULATION)
        if terms is not None:
            self._place(host, terms)

    def _place(self, host: Host, terms: OrderTerms) -> WireOrder:
        order = WireOrder(
            account=terms.account, wire_key=WireKey(f"other-terminal/{len(self.orders) + 1:04d}"), terms=terms
        )
        self.orders[order.wire_key] = terms
        host.place(order)
        return order
