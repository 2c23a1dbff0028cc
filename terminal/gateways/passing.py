"""Pass everything through to another gateway: whoever stands in between overrides only what he changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.market import Batch
    from terminal.domain.reports import Report
    from terminal.engine.ports import Gateway, WireCancel, WireExercise, WireOrder, WireWithdrawal


class PassingGateway:
    """Be a `Gateway` that gives on whatever it is asked, and says whatever it is told."""

    def __init__(self, inner: Gateway) -> None:
        self._inner = inner

    @property
    def market(self) -> str:
        """Return the market's name."""
        return self._inner.market

    @property
    def identity(self) -> str:
        """Return what tells this exchange from every other one."""
        return self._inner.identity

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot."""
        return self._inner.universe

    @property
    def history_until(self) -> int:
        """Return the index of the first batch of this login that is live."""
        return self._inner.history_until

    @property
    def standing(self) -> Batch | None:
        """Return what the exchange knew of every instrument at this login."""
        return self._inner.standing

    async def connect(self, *, from_batch: int) -> None:
        """Log in, also again."""
        await self._inner.connect(from_batch=from_batch)

    async def next(self) -> Batch | Report | None:
        """Return the next input."""
        return await self._inner.next()

    async def submit(self, order: WireOrder) -> None:
        """Give the exchange an order."""
        await self._inner.submit(order)

    async def cancel(self, cancel: WireCancel) -> None:
        """Give the exchange a cancel."""
        await self._inner.cancel(cancel)

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Give the exchange a request about an option, or its withdrawal."""
        await self._inner.exercise(request)

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account."""
        await self._inner.query(account, query)

    async def close(self) -> None:
        """Log out."""
        await self._inner.close()
