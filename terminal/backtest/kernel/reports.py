"""Keep what the exchange tells until the strategy hears it, and know when everything is asked about again: compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.backtest.kernel.compiling import compiled
from terminal.backtest.kernel.memory import ASK_EVERY, ASKED, CLOCK, DUE, FIRST, FULL, LAST, LOOK_EVERY, STOPPED

if TYPE_CHECKING:
    from terminal.backtest.kernel.memory import Table


@compiled
def put(now: Table, queue: Table, what: int, whose: int, lots: int, price: int, number: int) -> None:
    """Let the exchange tell something, after all that it has told; `queue` has a power of two of places."""
    place = now[LAST] & (len(queue) - 1)
    queue[place, 0], queue[place, 1], queue[place, 2], queue[place, 3] = what, whose, lots, price
    queue[place, 4] = number
    now[LAST] += 1
    if now[LAST] - now[FIRST] >= len(queue):
        now[STOPPED] = FULL


@compiled
def asked_now(now: Table) -> None:
    """Note that everything was asked about at `CLOCK`, as a day begins."""
    now[DUE], now[ASKED] = now[CLOCK] + LOOK_EVERY, now[CLOCK]


@compiled
def asks_again(now: Table, clock: int) -> bool:
    """Return whether the exchange is asked about everything again: the answer is one more moment to decide in."""
    if clock < now[DUE]:
        return False
    now[DUE] = clock + LOOK_EVERY
    if clock < now[ASKED] + ASK_EVERY:
        return False
    now[ASKED] = clock
    return True
