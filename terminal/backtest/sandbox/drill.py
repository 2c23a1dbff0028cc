"""Disturb the exchange's door at chosen orders, as a fault drill does: a lost link, a rejected order, a dead runner.

What happens to which order of a strategy follows from the tape, the number of the drill and the strategy's name alone.
Nothing is invented: a rejected order has reached the exchange with a price off its tick, and the exchange said no; an
order at which the link is lost has arrived and nobody has heard of it; after one at which the runner dies the next
runner finds it in its journal.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.domain.fact.sandbox import Disturbance
from terminal.gateways.passing import PassingGateway

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.ids import StrategyId
    from terminal.engine.ports import WireOrder
    from terminal.shell.plans.cuts import CutGateway

TIMES: Final = 2  # each disturbance comes to each strategy in one drill
SHORTEST_SECONDS: Final = 5  # of a lost link, market time
_OFF_TICK: Final = Decimal("0.0000001")  # finer than any tick
_ORDERS: Final = tuple(permutations(Disturbance))


def schedule(tape_sha256: str, drill: int, strategy: StrategyId) -> dict[int, tuple[Disturbance, int]]:
    """Return what happens at which order of a strategy (1 is its first), and for how long a lost link is lost.

    Drill 0 is the calm one. Up to two orders pass undisturbed in between, so that a strategy comes on.
    """
    if not drill:
        return {}
    drawn = iter(hashlib.sha256(f"{tape_sha256}|{drill}|{strategy}".encode()).digest())
    found, number = dict[int, tuple[Disturbance, int]](), 0
    for turn in range(TIMES):
        # Three drills in a row begin with each of the disturbances: a task may send but one order.
        first = drill + turn * next(drawn)
        for what in _ORDERS[(2 * first + next(drawn) % 2) % len(_ORDERS)]:
            number += 1 + next(drawn) % 3 if number else 1
            found[number] = (what, SHORTEST_SECONDS + next(drawn) % 26)
    return found


class DrillGateway(PassingGateway):
    """Be a `Gateway` that passes everything through one that can be cut, and disturbs the orders of strategies.

    `owner` tells which strategy an order is of; what people order sets the stage, and is let through.
    """

    def __init__(
        self, inner: CutGateway, tape_sha256: str, drill: int, owner: Callable[[WireOrder], StrategyId | None]
    ) -> None:
        super().__init__(inner)
        self._link = inner
        self._play = tape_sha256, drill
        self._owner = owner
        self._ahead: dict[StrategyId, dict[int, tuple[Disturbance, int]]] = {}
        self._orders: dict[StrategyId, int] = {}
        self.dies = False  # the runner is to be ended after this input

    async def submit(self, order: WireOrder) -> None:
        """Give the exchange an order, and let happen what the drill has for it."""
        what, seconds = self._next(order)
        if what is Disturbance.REJECTION:
            order = replace(order, terms=replace(order.terms, price=order.terms.price + _OFF_TICK))
        await self._inner.submit(order)
        if what is Disturbance.LINK:
            self._link.cut(seconds)
        self.dies = self.dies or what is Disturbance.RESTART

    def _next(self, order: WireOrder) -> tuple[Disturbance | None, int]:
        strategy = self._owner(order)
        if strategy is None:
            return None, 0
        if strategy not in self._ahead:
            self._ahead[strategy] = schedule(*self._play, strategy)
        number = self._orders[strategy] = self._orders.get(strategy, 0) + 1
        return self._ahead[strategy].get(number, (None, 0))
