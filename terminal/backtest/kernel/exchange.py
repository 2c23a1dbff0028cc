"""Be the exchange for strategies that have one order at a time on each contract, and take batches: compiled.

This is `gateways.sim.book` where no own order ever meets another. A contract of the market is called a leg, also where
it is the only one. Prices are ticks, sides 1 and -1; `FAR` is the ask, `NEAR` the bid. What a strategy knows of its
order stands in the same memory, and is worked on in `legs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from terminal.backtest.kernel.compiling import compiled
from terminal.backtest.kernel.memory import (
    ACCEPTED,
    ALIKE,
    ANSWER,
    AT,
    BATCH,
    BEGUN,
    CLOCK,
    DAY,
    FAR,
    FAR_LOTS,
    FILLED,
    GATHERS,
    GONE,
    IN_AUCTION,
    IS_OVER,
    MORE,
    NEAR,
    NEAR_LOTS,
    NONE,
    NOT_CANCELLED,
    OPEN,
    RUNS_OUT,
    SENT,
    SLOT,
    SOON,
    STOPPED,
)
from terminal.backtest.kernel.reports import asked_now, asks_again, put

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.int64]

KEPT: Final = 16  # reports under way at once: a power of two
# What is known of a leg: its latest row, lots taken of what is displayed, its net lots and those of them that are old,
(
    SEEN, FAR_TAKEN, NEAR_TAKEN, NET, OLD,
    # its order as the strategy knows it, and what of it rests at the exchange,
    LEFT, LOTS, SIDE, PRICE, OFFSET, RECORDED, WORKING, CHASED, CANCELLED, REFUSED, RESTS, AT_ONCE,
    # when the next may be sent after a failure, by the pace of orders and by that of hedges, failures in a row, chases,
    # cancels of the day.
    WAIT, NEXT, PACED, FAILS, CHASES, CANCELS,
    # The number of its order: a cancel may be refused when the next one is under way.
    NUMBER,
) = range(24)  # fmt: skip
FIELDS: Final = 24
# What is fixed of a leg.
EXPLICIT, CANCELS_MOST = range(2)
# What is known now of all legs, beside what every kernel knows.
STARTED, BEGAN = range(ALIKE, ALIKE + 2)
OWN: Final = ALIKE + 2  # from here on a family keeps its own


class Legs(NamedTuple):
    """Hold the memory of one strategy and its exchange, all in whole numbers."""

    given: Table  # what is fixed of the strategy
    terms: Table  # of each leg
    market: Table
    beside: Table
    now: Table
    legs: Table
    ring: Table  # samples, or how long hedges took
    queue: Table  # report, leg, lots, price, number of the order
    orders: Table  # in the columns that `memory` names
    fills: Table


def new_legs(given: Table, terms: Table, market: Table, beside: Table, *, own: int, ring: int) -> Legs:
    """Return the memory before the first batch: so many fields of the family's own, and so long a ring."""
    now, legs = np.zeros(OWN + own, dtype=np.int64), np.zeros((len(terms), FIELDS), dtype=np.int64)
    now[SENT] = NONE
    legs[:, SEEN] = legs[:, CANCELLED] = NONE
    return Legs(
        given=given,
        terms=terms,
        market=market,
        beside=beside,
        now=now,
        legs=legs,
        ring=np.zeros(ring, dtype=np.int64),
        queue=np.zeros((KEPT, 5), dtype=np.int64),
        orders=np.zeros((len(market) // 2 + 1000, 6), dtype=np.int64),
        fills=np.zeros((len(market) // 2 + 1000, 6), dtype=np.int64),
    )


# --- the exchange ---


@compiled
def report(g: Legs, what: int, leg: int, lots: int, price: int) -> None:
    """Let the exchange tell something, after all that it has told."""
    put(g.now, g.queue, what, leg, lots, price, g.legs[leg, NUMBER])


@compiled
def _trade(g: Legs, leg: int, resting: int) -> None:
    # An order that has just come takes what is displayed at its price, one that rests fills at its own limit.
    one = g.legs[leg]
    row = g.market[one[SEEN]]
    buys = one[SIDE] > 0
    price, taken = row[FAR] if buys else row[NEAR], FAR_TAKEN if buys else NEAR_TAKEN
    free = (row[FAR_LOTS] if buys else row[NEAR_LOTS]) - one[taken]
    if one[RESTS] > 0 and free > 0 and (one[PRICE] - price) * one[SIDE] >= 0:
        lots = min(free, one[RESTS])
        one[RESTS] -= lots
        one[taken] += lots
        report(g, FILLED, leg, lots, one[PRICE] if resting else price)


@compiled
def place_order(g: Legs, leg: int) -> None:
    """Take a new order; what is displayed in the session going on is taken at once."""
    one = g.legs[leg]
    one[RESTS] = one[LOTS]
    report(g, ACCEPTED, leg, 0, 0)
    _trade(g, leg, 0)
    if one[AT_ONCE] and one[RESTS] > 0:
        report(g, GONE, leg, one[RESTS], 0)
        one[RESTS] = 0


@compiled
def cancel_order(g: Legs, leg: int) -> None:
    """Take an order out, if it still rests."""
    one = g.legs[leg]
    if one[RESTS] > 0:
        report(g, GONE, leg, one[RESTS], 0)
        one[RESTS] = 0
    else:
        report(g, NOT_CANCELLED, leg, 0, 0)


@compiled
def show(g: Legs, batch: int) -> None:
    """Display a row and trade the resting order that it reaches; what an auction does with one is not followed."""
    leg = g.beside[batch, SLOT]
    one, row, state = g.legs[leg], g.market[batch], g.market[batch, OPEN]
    before, one[SEEN] = one[SEEN], batch
    if state < RUNS_OUT:
        one[FAR_TAKEN] = one[NEAR_TAKEN] = 0
        if state == GATHERS:
            for other in range(len(g.legs)):
                if g.legs[other, LEFT] > 0:
                    g.now[STOPPED] = IN_AUCTION
        return
    if before != NONE:
        old = g.market[before]
        if row[FAR] != old[FAR] or row[FAR_LOTS] != old[FAR_LOTS]:
            one[FAR_TAKEN] = 0
        if row[NEAR] != old[NEAR] or row[NEAR_LOTS] != old[NEAR_LOTS]:
            one[NEAR_TAKEN] = 0
    if one[RESTS] > 0:
        _trade(g, leg, 1)


@compiled
def expire(g: Legs) -> None:
    """End every order with its day; `CLOCK` is still that of the batch before."""
    for leg in range(len(g.legs)):
        one = g.legs[leg]
        if one[LEFT] > 0:
            if g.now[CLOCK] - one[RECORDED] >= SOON:
                one[FAILS] = 0
            one[LEFT] = one[RESTS] = 0


@compiled
def begin_day(g: Legs) -> None:
    """Let today's lots become yesterday's; nothing is displayed before the market says something new."""
    for leg in range(len(g.legs)):
        one = g.legs[leg]
        one[OLD], one[CANCELS] = abs(one[NET]), 0
        one[FAR_TAKEN] = one[NEAR_TAKEN] = 0


@compiled
def open_row(g: Legs, row: int) -> bool:
    """Take a row up to where the strategy is asked, and return whether it is.

    It is asked with the last row of a batch, and not before the day's first answer.
    """
    now, market = g.now, g.market
    if row == 0 or not g.beside[row - 1, MORE]:
        begins = row == 0 or market[row, DAY] != market[row - 1, DAY]
        if (begins and row) or market[row, OPEN] == IS_OVER:
            expire(g)
        if begins:
            begin_day(g)
        now[BEGAN] = begins and not g.beside[row, BEGUN]
    now[BATCH], now[CLOCK] = row, market[row, AT]
    show(g, row)
    if g.beside[row, MORE]:
        return False
    began, now[BEGAN] = now[BEGAN], 0
    if began:
        asked_now(now)
    if began or asks_again(now, now[CLOCK]):
        report(g, ANSWER, 0, 0, 0)
    return not began
