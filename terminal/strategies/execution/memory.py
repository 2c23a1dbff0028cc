"""Hold what an execution remembers: what was planned, what was filled, what the market was when it first looked."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.fact.marks import Chased, ExecutionBegan, Finished, PositionMissing, StrategyMark
from terminal.domain.ids import OrderId
from terminal.domain.parameters.strategy import ExecutionSettings
from terminal.strategies.children import ChildState, Ledger

SCOPE = "work"  # the one place for orders, and their tag


class ExecutionMemory(msgspec.Struct, tag="execution_memory"):
    """Hold what the facts say; instants UTC ns, lots unsigned."""

    planned: ExecutionSettings | None = None  # as it was started: no child is larger than by these
    filled: int = 0
    late: int = 0  # of them after the window had ended, by the exchange's stamp
    value: Decimal = Decimal(0)  # lots x price of the fills
    fees: Decimal = Decimal(0)
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    began_at: int | None = None  # when it first looked at its market within the window
    arrival: Decimal | None = None  # the middle of bid and ask then
    day: int = 0  # the trading day it looked at last
    day_volume: int = 0  # the market's lots of that day that do not count
    day_filled: int = 0
    chases: int = 0
    reach: Decimal | None = None  # of 最优限价: how far the next child may go, reckoned when the last one was chased
    missing_day: int = 0  # when the position to close was last missed
    finished: bool = False
    outpriced: dict[OrderId, Decimal] = {}  # orders sent under a limit that has been loosened since, with that limit

    def planned_anew(self, had: ExecutionSettings, settings: ExecutionSettings) -> None:
        """Take that its settings were changed: what a stricter limit has held so far may go further now."""
        sign = settings.side.sign
        if (settings.limit - had.limit) * sign <= 0:
            return
        self.outpriced = {order: self.outpriced.get(order, had.limit) for order, _ in self.ledger.in_scope(SCOPE)}
        if self.reach is not None and (self.reach - had.limit) * sign >= 0:
            self.reach = None  # it was the limit that held the last chase, not what it was reckoned from

    @property
    def had(self) -> int:
        """Return the lots filled and those that may still fill: an UNKNOWN order counts as filled."""
        return self.filled + abs(self.ledger.reserved(SCOPE))

    @property
    def average(self) -> Decimal | None:
        """Return the average price of the fills, `None` without any."""
        return self.value / self.filled if self.filled else None


def fold_mark(memory: ExecutionMemory, mark: StrategyMark, at: int) -> None:
    """Take what the execution stated into its memory."""
    match mark:
        case ExecutionBegan():
            if memory.began_at is None:
                memory.began_at, memory.arrival = at, mark.mid
            memory.day, memory.day_volume, memory.day_filled = mark.trading_day, mark.volume, 0
        case Chased():
            memory.chases, memory.reach = mark.chase, mark.price
            for _, child in memory.ledger.in_scope(SCOPE):
                if child.state is ChildState.WORKING:
                    child.chased = True
        case PositionMissing():
            memory.missing_day = mark.trading_day
        case Finished():
            memory.finished = True
        case _:
            pass
