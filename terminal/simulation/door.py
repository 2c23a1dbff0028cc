"""Be the door to an exchange that may itself be killed and started again over its own file."""

from __future__ import annotations

from collections.abc import Callable

from terminal.domain.ids import AccountId
from terminal.domain.market import Batch
from terminal.domain.reports import LinkDown, Report
from terminal.engine.ports import WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.wire.local import LocalGateway


class Door(LocalGateway):
    """Be a `Gateway` to the exchange of the moment; what is written to a dead one is written to nobody."""

    def __init__(self, start: Callable[[], Host]) -> None:
        super().__init__(start())
        self._start = start
        self._linked = False

    def restart(self) -> None:
        """Kill the exchange: what it had not written down never happened to it."""
        self.host = self._start()
        self._linked = False

    def pass_time(self, batches: int, until: int) -> None:
        """Let the market go on while nobody is connected, but not past the batch `until`."""
        self.host.log_in(0)
        self.host.log_in(max(self.host.history_until, min(self.host.history_until + batches, until)))

    async def connect(self, *, from_batch: int) -> None:
        """Log in."""
        await super().connect(from_batch=from_batch)
        self._linked = True

    async def next(self) -> Batch | Report | None:
        """Return the next input."""
        if not self._linked:
            return LinkDown(why="交易所重启（模拟故障）")
        return await super().next()

    async def submit(self, order: WireOrder) -> None:
        """Give the exchange an order."""
        if self._linked:
            await super().submit(order)

    async def cancel(self, cancel: WireCancel) -> None:
        """Give the exchange a cancel."""
        if self._linked:
            await super().cancel(cancel)

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Give the exchange a request about an option, or its withdrawal."""
        if self._linked:
            await super().exercise(request)

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account."""
        if self._linked:
            await super().query(account, query)
