"""Hold what a kernel remembers, all in whole numbers, and compile what works on it.

Prices are whole ticks, turned by the grid's sign, so that every grid is a long one: its entries buy below, its exits
sell above, `FAR` is the side an entry would meet (a long grid's ask) and `NEAR` the one an exit would meet. A slot is
the entry (even) or the exit (odd) of a line; it has one order at most, as the strategy has.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Table = NDArray[np.int64]

F = TypeVar("F", bound="Callable[..., object]")

SECOND: Final = 1_000_000_000
GAP: Final = 2_100_000_000  # strategies.children
SOON: Final = 60 * SECOND
TIRED_AFTER, TIRED_WAIT, LONGEST_WAIT = 10, 300, 30
REFUSAL_WINDOW: Final = 31 * SECOND
CANCEL_AGAIN: Final = 30 * SECOND  # strategies.draft
GROWN: Final = 30 * SECOND  # strategies.grid_moment
CALM: Final = 60 * SECOND
NEAR_LINES, FAR_LINES = 3, 5
REPEATS_OVER: Final = 60 * SECOND  # control C10
ASK_EVERY, LOOK_EVERY = 30 * SECOND, SECOND  # engine.pace
NONE: Final = -1
QUEUE: Final = 1024  # reports under way at once: a power of two
MESSAGES: Final = 64  # more than C8 lets out in ten seconds, more orders than C10 lets out in a minute

# Columns of the market, a row a batch.
AT, DAY, OPEN, FAR, FAR_LOTS, NEAR, NEAR_LOTS, PRICE, LOW, HIGH = range(10)
# What `OPEN` says: orders may go out, only resting ones trade, nothing does, an auction is gathered, the day is over.
MAY_SEND, RUNS_OUT, PAUSES, GATHERS, IS_OVER = 1, 0, -1, -2, -3
# Fields of a slot.
LEFT, LOTS, RECORDED, WORKING, CANCELLED, REFUSED, RESTS, SEQUENCE, WAIT, FAILS, YESTERDAY, SCOPE = range(12)
FIELDS: Final = 12
# What is fixed.
LINES, PER_LINE, STOP, LOWER, UPPER, HOLDS, BURST, SUSTAINED, REPEATS, CANCELS_MOST, EXPLICIT, BUYS_FIRST = range(12)
GIVEN: Final = 12
# What is known now.
(
    BATCH, CLOCK, HELD, OUTER, FULL_LINES, ENTERING, LEFT_AT, WAITS, LEDGER_WAIT, REFUSED_AT, FIRST, LAST, SENT,
    CANCELS, FAR_TAKEN, NEAR_TAKEN, ORDERS, FILLS, STOPPED, OLD_LOTS, OLD_FROZEN, TODAY_FROZEN, MESSAGE, ENTRY, DUE,
    ASKED, ACTIVE, LOWEST, HIGHEST, BUYING, SELLING,
) = range(31)  # fmt: skip
KNOWN: Final = 31
NEVER: Final = 1 << 60
# Reports of the exchange.
ACCEPTED, FILLED, GONE, NOT_CANCELLED, ANSWER = range(5)
# Why a kernel stops: the engine would go a way that is not followed here.
DONE, BEYOND, REPEATED, TOO_MANY_CANCELS, SPLIT, AT_LIMIT, FULL, IN_AUCTION = range(8)


class Grid(NamedTuple):
    """Hold the memory of one grid and its exchange, all in whole numbers."""

    given: Table
    ladder: Table  # signed ticks, the anchor first
    market: Table
    now: Table
    slots: Table
    active: Table  # slots whose orders are under way
    found: Table  # lines that want entries, lines that want exits, slots to cancel
    held: Table  # lots of each line, line 1 first
    queue: Table  # report, slot, lots, price
    messages: Table  # stamps, a ring
    entries: Table  # stamps of entries, a ring
    orders: Table  # batch, slot, lots, price
    fills: Table  # batch, slot, lots, price, whether yesterday's


def _keep_compiled() -> None:
    # Compiled code is kept for these very sources: numba looks at the file of a function, not at those it calls.
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    settings: Any = numba.config
    settings.CACHE_DIR = str(platformdirs.user_cache_path("hengduo") / "kernel" / digest.hexdigest()[:16])


_keep_compiled()


def compiled(function: F) -> F:
    """Compile a function that only compiled ones call."""
    return _compile(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def entered(function: F) -> F:
    """Compile a function that Python calls."""
    return _compile(function, no_cfunc_wrapper=True)


def _compile(function: F, **options: bool) -> F:
    # When it is first called; kept where the machine lets us.
    njit: Any = numba.njit
    try:
        return cast("F", njit(cache=True, **options)(function))
    except RuntimeError:  # no folder to keep it in
        return cast("F", njit(**options)(function))
