"""Run the sim exchange inside the caller's process, behind the same door as a remote one."""

from __future__ import annotations

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import Batch
from terminal.domain.reports import Report
from terminal.engine.ports import WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.sim.host import Host


class LocalGateway:
    """Be a `Gateway` to a host in this process; nothing here ever waits."""

    def __init__(self, host: Host) -> None:
        self.host = host

    @property
    def market(self) -> str:
        """Return the market's name."""
        return self.host.market

    @property
    def identity(self) -> str:
        """Return what tells this exchange from every other one."""
        return self.host.identity

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot."""
        return self.host.universe

    @property
    def history_until(self) -> int:
        """Return the index of the first batch of this login that is live."""
        return self.host.history_until

    @property
    def standing(self) -> Batch | None:
        """Return what the exchange knew of every instrument at this login."""
        return self.host.standing

    async def connect(self, *, from_batch: int) -> None:
        """Log in, also again."""
        self.host.log_in(from_batch)

    async def next(self) -> Batch | Report | None:
        """Return the next input."""
        return self.host.next()

    async def submit(self, order: WireOrder) -> None:
        """Give the exchange an order."""
        self.host.place(order)

    async def cancel(self, cancel: WireCancel) -> None:
        """Give the exchange a cancel."""
        self.host.cancel(cancel)

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Give the exchange a request about an option, or its withdrawal."""
        self.host.exercise(request)

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account."""
        self.host.query(account, query)

    async def close(self) -> None:
        """Write down what is not yet written."""
        self.host.save()
