"""Cut the link to the exchange at the times a plan says, for a while of market time.

While the link is down nobody answers, and the market goes on: what it passes in the dark comes as history after the
next login, with the reports that followed. A cut whose time has passed before a restart does not happen again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.market import Batch
from terminal.domain.reports import LinkDown
from terminal.gateways.passing import PassingGateway
from terminal.shell.plans.times import When

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import AccountId
    from terminal.domain.reports import Report
    from terminal.engine.ports import Gateway, WireCancel, WireExercise, WireOrder, WireWithdrawal


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one cut: when, and how many seconds of market time the link is down."""

    when: When
    seconds: int


class CutGateway(PassingGateway):
    """Be a `Gateway` that passes everything through another one, except while the link is cut."""

    def __init__(self, inner: Gateway, cuts: Iterable[Cut]) -> None:
        super().__init__(inner)
        self._cuts = tuple(cuts)
        self._ahead: list[tuple[int, int]] | None = None  # (from, until), the next one last
        self._dark_until: int | None = None
        self._at = 0
        self._falls = False  # the link is down, and nobody has been told yet

    async def connect(self, *, from_batch: int) -> None:
        """Log in; after a cut, when its time is over."""
        while self._dark_until is not None:
            item = await self._inner.next()
            if item is None or (isinstance(item, Batch) and item.at >= self._dark_until):
                self._dark_until = None
        await self._inner.connect(from_batch=from_batch)

    async def next(self) -> Batch | Report | None:
        """Return the next input, or that the link is down."""
        if self._falls:
            self._falls = False
            return LinkDown(why="演练中的断线")
        item = await self._inner.next()
        if not isinstance(item, Batch):
            return item
        self._at = item.at
        if self._ahead is None:
            starts = [(cut.when.instant(item.at), cut.seconds) for cut in self._cuts]
            self._ahead = sorted(((at, at + seconds * SECOND_NS) for at, seconds in starts), reverse=True)
        live = item.index >= self._inner.history_until
        while self._ahead and self._ahead[-1][0] <= item.at:
            _, until = self._ahead.pop()
            if live and item.at < until:
                self._dark_until = until
                return LinkDown(why="方案中的断线")
        return item

    def cut(self, seconds: int) -> None:
        """Cut the link now, for so many seconds of market time."""
        self._dark_until = self._at + seconds * SECOND_NS
        self._falls = True

    async def submit(self, order: WireOrder) -> None:
        """Write an order to the wire; on a dead link it is lost."""
        if self._dark_until is None:
            await self._inner.submit(order)

    async def cancel(self, cancel: WireCancel) -> None:
        """Write a cancel to the wire; on a dead link it is lost."""
        if self._dark_until is None:
            await self._inner.cancel(cancel)

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Write a request about an option to the wire; on a dead link it is lost."""
        if self._dark_until is None:
            await self._inner.exercise(request)

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account; on a dead link nobody hears it."""
        if self._dark_until is None:
            await self._inner.query(account, query)
