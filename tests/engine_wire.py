"""Stand between runner and exchange and let go wrong what the test says."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from terminal.domain.market import Batch
from terminal.domain.reports import LinkDown, QueryAnswer, Report
from terminal.engine.ports import Gateway, OtherExchangeError, WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.passing import PassingGateway


class DiedError(Exception):
    """Stand for the end of the process."""


class Wire(PassingGateway):
    """Be a `Gateway` around another one that does what the test says; `sent` is all that ever left the house.

    - `lose_orders`, `lose_cancels`: written to a dead front, nobody learns of it
    - `hold_orders`: on their way; `arrive` brings them in
    - `lose`, `hold`: kinds of reports that are dropped, or kept until `tell_held`
    - `repeat`: every report comes twice
    - `die`: the process ends when the next order is sent, "before" it reaches the exchange or "after"
    - `cuts`: so many logins are lost again at once; `other`: another exchange answers; `refuses`: why logins fail
    - `rewrite`: what the exchange answers instead
    """

    def __init__(self, inner: Gateway) -> None:
        super().__init__(inner)
        self._ready: deque[Batch | Report] = deque()
        self._on_their_way: list[WireOrder] = []
        self._held: list[Report] = []
        self.sent: list[WireOrder] = []
        self.cancelled: list[WireCancel] = []
        self.requested: list[WireExercise | WireWithdrawal] = []
        self.lose_orders = self.lose_cancels = self.lose_requests = self.hold_orders = self.repeat = False
        self.lose: tuple[type, ...] = ()
        self.hold: tuple[type, ...] = ()
        self.rewrite: Callable[[QueryAnswer], QueryAnswer] | None = None
        self.die = ""
        self.cuts = 0
        self.refuses: list[str] = []
        self.other: OtherExchangeError | None = None
        self.answers: list[QueryAnswer] = []

    async def connect(self, *, from_batch: int) -> None:
        self._ready.clear()
        if self.other is not None:
            raise self.other
        if self.refuses:
            raise ConnectionError(self.refuses.pop(0))
        await self._inner.connect(from_batch=from_batch)
        if self.cuts:
            self.cuts -= 1
            self._ready.append(LinkDown(why="新的登录取代了旧的会话"))

    async def next(self) -> Batch | Report | None:
        while not self._ready:
            item = await self._inner.next()
            if item is None:
                return None
            self._pass(item)
        return self._ready.popleft()

    def _pass(self, item: Batch | Report) -> None:
        if isinstance(item, QueryAnswer):
            item = self.rewrite(item) if self.rewrite is not None else item
            self.answers.append(item)
        if isinstance(item, self.lose):
            return
        if isinstance(item, self.hold) and not isinstance(item, Batch):
            self._held.append(item)
            return
        self._ready.extend([item] * (2 if self.repeat and not isinstance(item, Batch) else 1))

    async def submit(self, order: WireOrder) -> None:
        if self.die == "before":
            raise DiedError
        self.sent.append(order)
        if self.hold_orders:
            self._on_their_way.append(order)
        elif not self.lose_orders:
            await self._inner.submit(order)
        if self.die == "after":
            raise DiedError

    async def cancel(self, cancel: WireCancel) -> None:
        self.cancelled.append(cancel)
        if not self.lose_cancels:
            await self._inner.cancel(cancel)

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        self.requested.append(request)
        if not self.lose_requests:
            await self._inner.exercise(request)

    def cut(self) -> None:
        """Lose the link; the runner hears of it and logs in again. What it had not been told is told again then."""
        self._ready.clear()
        self._ready.append(LinkDown(why="链路中断"))

    def tell(self, *reports: Report) -> None:
        """Say something the exchange did not say by itself."""
        self._ready.extend(reports)

    def tell_held(self) -> None:
        """Tell what was held back, and hold nothing any more."""
        self.hold = ()
        self._ready.extend(self.take_held())

    def take_held(self) -> list[Report]:
        """Return what was held back and forget it."""
        held, self._held = self._held, []
        return held

    async def arrive(self) -> None:
        """Bring the held orders in."""
        self.hold_orders = False
        orders, self._on_their_way = self._on_their_way, []
        for order in orders:
            await self._inner.submit(order)
