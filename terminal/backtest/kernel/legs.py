"""Keep one order at a time on each leg: what its reports say, when the next may be sent, its chases: compiled.

This is `strategies.children` and `strategies.legs` for strategies that send one order at a time to one place. What
would be a second order beside the first, an order in two pieces, or one at the day's limit price, stops the kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.backtest.kernel.compiling import compiled
from terminal.backtest.kernel.exchange import (
    AT_ONCE,
    CANCELLED,
    CANCELS,
    CANCELS_MOST,
    CHASED,
    CHASES,
    EXPLICIT,
    FAILS,
    KEPT,
    LEFT,
    LOTS,
    NET,
    NEXT,
    NUMBER,
    OFFSET,
    OLD,
    PACED,
    PRICE,
    RECORDED,
    REFUSED,
    SEEN,
    SIDE,
    WAIT,
    WORKING,
    Legs,
    cancel_order,
)
from terminal.backtest.kernel.memory import (
    ACCEPTED,
    AT,
    AT_LIMIT,
    BATCH,
    BEGINS,
    BESIDE,
    CANCEL_AGAIN,
    CLOCK,
    CLOSES,
    CLOSES_TODAY,
    CLOSES_YESTERDAY,
    FAR,
    FARTHEST,
    FILLED,
    FILLS,
    FIRST,
    FRESH,
    FULL,
    GAP,
    GONE,
    HEDGE_GAP,
    HEDGES_AT_ONCE,
    HIGH,
    LONGEST_WAIT,
    LOW,
    MAY_SEND,
    NEAR,
    NONE,
    NOT_CANCELLED,
    OPEN,
    OPENS,
    ORDERS,
    RUNS_OUT,
    SECOND,
    SENT,
    SOON,
    SPLIT,
    STOPPED,
    TIRED_AFTER,
    TIRED_WAIT,
    TOO_MANY_CANCELS,
)

if TYPE_CHECKING:
    from terminal.backtest.kernel.exchange import Table

# --- what reports say ---


@compiled
def _fail(g: Legs, one: Table) -> None:
    one[FAILS] += 1
    wait = TIRED_WAIT if one[FAILS] > TIRED_AFTER else min(1 << (one[FAILS] - 1), LONGEST_WAIT)
    one[WAIT] = max(one[WAIT], g.now[CLOCK] + wait * SECOND)


@compiled
def tell(g: Legs, out: Table, count: int, leg: int, lots: int, price: int) -> None:
    """Write an order or a fill of a leg's order down."""
    place = g.now[count]
    if place >= len(out):
        g.now[STOPPED] = FULL
        return
    one = g.legs[leg]
    out[place, 0], out[place, 1], out[place, 2] = g.now[BATCH], leg, one[SIDE]
    out[place, 3], out[place, 4], out[place, 5] = one[OFFSET], lots, price
    g.now[count] += 1


@compiled
def next_report(g: Legs) -> int:
    """Take the next report into the memory, and return of which leg it was a fill, or `NONE`."""
    place = g.now[FIRST] & (KEPT - 1)
    g.now[FIRST] += 1
    what, leg, lots, price = g.queue[place, 0], g.queue[place, 1], g.queue[place, 2], g.queue[place, 3]
    one = g.legs[leg]
    if what == ACCEPTED and one[LEFT] > 0:
        one[WORKING] = 1
    elif what == FILLED:
        tell(g, g.fills, FILLS, leg, lots, price)
        one[LEFT] -= lots
        one[NET] += one[SIDE] * lots
        one[OLD] -= lots if one[OFFSET] == CLOSES_YESTERDAY else 0
        one[FAILS], one[WORKING] = 0, 1
        return int(leg)
    elif what == GONE:
        soon = g.now[CLOCK] - one[RECORDED] < SOON
        one[LEFT] = 0
        one[CANCELS] += one[CANCELLED] != NONE  # one that ends itself is no cancel
        if soon and one[LOTS] == lots and not one[CHASED]:
            _fail(g, one)
        elif not soon:
            one[FAILS] = 0
    elif what == NOT_CANCELLED and one[LEFT] > 0 and g.queue[place, 4] == one[NUMBER]:
        one[CANCELLED], one[REFUSED] = g.now[CLOCK], 1
    return NONE


# --- orders ---


@compiled
def is_seen(g: Legs, leg: int) -> bool:
    """Return whether a leg may be traded now: its session goes on for a while, and it was quoted in it."""
    batch, seen = g.now[BATCH], g.legs[leg, SEEN]
    if g.market[batch, OPEN] != MAY_SEND or seen == NONE:
        return False
    return bool(g.market[seen, AT] >= g.beside[batch, BEGINS])


@compiled
def is_fresh(g: Legs, leg: int) -> bool:
    """Return whether a leg's latest quote is young enough to be traded at."""
    return bool(g.now[CLOCK] - g.market[g.legs[leg, SEEN], AT] <= FRESH)


@compiled
def price_at(g: Legs, leg: int, side: int, through: int) -> int:
    """Return the opposite price, so many ticks through it, ten at most, within the day's band."""
    row = g.market[g.legs[leg, SEEN]]
    price = (row[FAR] if side > 0 else row[NEAR]) + side * min(through, FARTHEST)
    return int(min(max(price, row[LOW]), row[HIGH]))


@compiled
def ready_at(g: Legs, leg: int, hedges: int) -> int:
    """Return from when a leg's next order, or hedge, may be sent."""
    one = g.legs[leg]
    return int(max(one[WAIT], one[PACED] - (HEDGES_AT_ONCE - 1) * HEDGE_GAP if hedges else one[NEXT]))


@compiled
def send(g: Legs, leg: int, side: int, lots: int, price: int, closes: int, at_once: int, hedges: int) -> bool:
    """Want an order of a leg, and return whether it goes out; what the kernel does not follow of one stops it."""
    now, one, row = g.now, g.legs[leg], g.market[g.legs[leg, SEEN]]
    if now[CLOCK] < ready_at(g, leg, hedges) or lots <= 0:
        return False
    offset = OPENS
    if closes:
        old = min(lots, one[OLD]) if g.terms[leg, EXPLICIT] else 0
        if 0 < old < lots:
            now[STOPPED] = SPLIT
        offset = CLOSES if not g.terms[leg, EXPLICIT] else CLOSES_YESTERDAY if old > 0 else CLOSES_TODAY
    elif one[CANCELS] >= g.terms[leg, CANCELS_MOST]:
        now[STOPPED] = TOO_MANY_CANCELS
    if one[LEFT] > 0:
        now[STOPPED] = BESIDE
    if price in (row[LOW], row[HIGH]):
        now[STOPPED] = AT_LIMIT
    if now[STOPPED]:
        return False
    one[LEFT] = one[LOTS] = lots
    one[SIDE], one[PRICE], one[OFFSET], one[AT_ONCE] = side, price, offset, at_once
    one[RECORDED], one[WORKING], one[CHASED], one[CANCELLED], one[REFUSED] = now[CLOCK], 0, 0, NONE, 0
    one[NEXT], one[PACED] = now[CLOCK] + GAP, max(one[PACED], now[CLOCK]) + HEDGE_GAP
    one[NUMBER] += 1
    tell(g, g.orders, ORDERS, leg, lots, price)
    now[SENT] = leg
    return True


@compiled
def cancel(g: Legs, leg: int) -> None:
    """Want a leg's working order cancelled, unless that is under way or was refused just now."""
    one, clock = g.legs[leg], g.now[CLOCK]
    if one[LEFT] == 0 or not one[WORKING] or (one[CANCELLED] != NONE and clock - one[CANCELLED] < CANCEL_AGAIN):
        return
    if one[REFUSED] and g.market[g.now[BATCH], OPEN] < RUNS_OUT:
        return
    one[CANCELLED], one[REFUSED] = clock, 0
    cancel_order(g, leg)


@compiled
def pursue(g: Legs, leg: int, lack: int, pay_up: int, patience: int, hedges: int) -> None:
    """Order what a leg lacks, chase what rests too long, cancel what is no longer needed.

    `lack` counts nothing under way; so many of the leg's own lots are closed before anything is opened.
    """
    one = g.legs[leg]
    under_way = one[SIDE] * one[LEFT]
    rest = lack - under_way
    if under_way and rest * under_way < 0:
        cancel(g, leg)
        return
    if not is_seen(g, leg):
        return
    if rest and is_fresh(g, leg):
        side = 1 if lack > 0 else -1
        own = min(abs(one[NET]), abs(lack)) if one[NET] * lack < 0 else 0
        if one[LEFT] > 0:
            g.now[STOPPED] = BESIDE
            return
        lots = min(abs(rest), own) if own > 0 else abs(rest)
        send(g, leg, side, lots, price_at(g, leg, side, one[CHASES] * pay_up), int(own > 0), 0, hedges)
    elif not rest and under_way:
        _chase(g, leg, pay_up, patience)


@compiled
def _chase(g: Legs, leg: int, pay_up: int, patience: int) -> None:
    one = g.legs[leg]
    if one[CHASED]:
        cancel(g, leg)
        return
    if not one[WORKING] or g.now[CLOCK] - one[RECORDED] < patience or not is_fresh(g, leg):
        return
    if (price_at(g, leg, one[SIDE], (one[CHASES] + 1) * pay_up) - one[PRICE]) * one[SIDE] > 0:
        one[CHASES] += 1
        one[CHASED] = 1
        cancel(g, leg)
