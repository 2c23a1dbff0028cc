"""Hold what the grid's kernel remembers, all in whole numbers, and what all kernels name alike.

Prices are whole ticks, turned by the grid's sign, so that every grid is a long one: its entries buy below, its exits
sell above, `FAR` is the side an entry would meet (a long grid's ask) and `NEAR` the one an exit would meet. A slot is
the entry (even) or the exit (odd) of a line; it has one order at most, as the strategy has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.int64]

SECOND: Final = 1_000_000_000
GAP: Final = 2_100_000_000  # strategies.children
HEDGES_AT_ONCE, HEDGE_GAP = 4, 2_300_000_000
PARTS_WITHIN: Final = 300_000_000  # strategies.spread.strategy
SOON: Final = 60 * SECOND
TIRED_AFTER, TIRED_WAIT, LONGEST_WAIT = 10, 300, 30
CANCEL_AGAIN: Final = 30 * SECOND  # strategies.draft
GROWN: Final = 30 * SECOND  # strategies.grid_moment
CALM: Final = 60 * SECOND
NEAR_LINES, FAR_LINES = 3, 5
FARTHEST: Final = 10  # ticks beyond the opposite price that a chase goes, at most: strategies.sight
FRESH: Final = 60 * SECOND
EDGE: Final = 3 * SECOND
REPEATS_OVER: Final = 60 * SECOND  # control C10
ASK_EVERY, LOOK_EVERY = 30 * SECOND, SECOND  # engine.pace
NONE: Final = -1
QUEUE: Final = 1024  # reports under way at once: a power of two
MESSAGES: Final = 64  # more than C8 lets out in ten seconds, more orders than C10 lets out in a minute

# Columns of the market, a row a quote; as the legs' kernels see it, `FAR` is the ask and `NEAR` the bid.
AT, DAY, OPEN, FAR, FAR_LOTS, NEAR, NEAR_LOTS, PRICE, LOW, HIGH = range(10)
# Beside them: which contract, whether both sides are displayed, when the session's phase begins and ends, whether
# another row of the same batch follows, and whether the day has begun before, with words alone.
SLOT, BOTH, BEGINS, ENDS, MORE, BEGUN = range(6)
# Columns of orders and fills as a kernel tells them: the side is 1 or -1, prices are ticks.
DEAL_BATCH, DEAL_LEG, DEAL_SIDE, DEAL_OFFSET, DEAL_LOTS, DEAL_PRICE = range(6)
OPENS, CLOSES, CLOSES_TODAY, CLOSES_YESTERDAY = range(4)
# What `OPEN` says: orders may go out, only resting ones trade, nothing does, an auction is gathered, the day is over.
MAY_SEND, RUNS_OUT, PAUSES, GATHERS, IS_OVER = 1, 0, -1, -2, -3
# Fields of a slot.
LEFT, LOTS, RECORDED, WORKING, CANCELLED, REFUSED, RESTS, NUMBER, WAIT, FAILS, YESTERDAY, SCOPE = range(12)
FIELDS: Final = 12
# What is fixed.
(
    LINES, PER_LINE, STOP, LOWER, UPPER, HOLDS, BURST, SUSTAINED, REPEATS, CANCELS_MOST, EXPLICIT, BUYS_FIRST,
    WORKING_MOST, ENTRY_BURST, ENTRY_SUSTAINED,
) = range(15)  # fmt: skip
GIVEN: Final = 15
# What every kernel knows now, at the same places,
BATCH, CLOCK, DUE, ASKED, FIRST, LAST, SENT, ORDERS, FILLS, STOPPED = range(10)
ALIKE: Final = 10
# and what the grid knows besides.
(
    HELD, OUTER, FULL_LINES, ENTERING, LEFT_AT, WAITS, CANCELS, FAR_TAKEN, NEAR_TAKEN,
    OLD_LOTS, OLD_FROZEN, TODAY_FROZEN, MESSAGE, ENTRY, ACTIVE, LOWEST, HIGHEST, BUYING, SELLING,
) = range(ALIKE, 29)  # fmt: skip
KNOWN: Final = 29
NEVER: Final = 1 << 60
# Reports of the exchange.
ACCEPTED, FILLED, GONE, NOT_CANCELLED, ANSWER = range(5)
# Why a kernel stops: the engine would go a way that is not followed here.
DONE, BEYOND, REPEATED, TOO_MANY_CANCELS, SPLIT, AT_LIMIT, FULL, IN_AUCTION, BESIDE, BROKEN, CROWDED = range(11)


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
    queue: Table  # report, slot, lots, price, number of the slot's order
    messages: Table  # stamps, a ring
    entries: Table  # stamps of entries, a ring
    orders: Table  # batch, slot, lots, price, whether yesterday's
    fills: Table  # batch, slot, lots, price, whether yesterday's
