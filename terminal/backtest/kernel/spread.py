"""Decide for a spread of two legs as `strategies.spread` does, from balance to balance: compiled.

The active leg trades first, immediate or cancel, slice by slice; the other one follows what was filled and is chased. A
leg that has lagged for all its chases is broken, and there the kernel stops: the way back is not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.backtest.kernel.compiling import compiled, entered
from terminal.backtest.kernel.exchange import (
    CHASES,
    FAR_TAKEN,
    LEFT,
    LOTS,
    NEAR_TAKEN,
    NET,
    OWN,
    SEEN,
    STARTED,
    open_row,
    place_order,
)
from terminal.backtest.kernel.legs import is_fresh, is_seen, next_report, price_at, pursue, ready_at, send
from terminal.backtest.kernel.memory import (
    AT,
    BATCH,
    BEGINS,
    BOTH,
    BROKEN,
    CLOCK,
    DAY,
    EDGE,
    ENDS,
    FAR,
    FAR_LOTS,
    FIRST,
    HIGH,
    LAST,
    LOW,
    MORE,
    NEAR,
    NEAR_LOTS,
    NONE,
    OPEN,
    PARTS_WITHIN,
    RUNS_OUT,
    SENT,
    SLOT,
    STOPPED,
)
from terminal.backtest.kernel.reports import asks_again

if TYPE_CHECKING:
    from terminal.backtest.kernel.exchange import Legs, Table

# What is fixed: which leg is active; the prices (millionths of a yuan), sets of a round and in all, lots unbalanced at
# most, the pause, the patience and the pay-up of a hedge, how long its chases go on, and when the strategy starts.
LEAD, BUY_AT, SELL_AT, SETS, MOST_SETS, NAKED, PAUSE, PATIENCE, PAY_UP, CHASE_TIME, STARTS = range(11)
GIVEN: Final = 11
# What is fixed of a leg beside what `exchange` names: lots of a set, and what a tick of it adds to the spread.
PER_SET, WEIGHT = range(2, 4)
# What is known now: whether a round runs and the lots it goes to, when the last one ended, since when the other leg
# lacks lots, how many hedges there were and how long before a break the active leg stands back for them.
RUNNING, GOAL, ENDED_AT, SINCE, HEDGES, STANDS_BACK = range(OWN, OWN + 6)
OWN_FIELDS: Final = 6
KEPT, ENOUGH = 100, 20  # hedges remembered, and those that tell a percentile: strategies.spread.hedge_ladder
MILLISECOND: Final = 1_000_000


# --- prices ---


@compiled
def _price(g: Legs, way: int) -> int:
    # What buying (1) or selling (-1) a set comes to; bought legs at their ask, sold ones at their bid.
    total = 0
    for leg in range(2):
        row, weight = g.market[g.legs[leg, SEEN]], g.terms[leg, WEIGHT]
        total += weight * (row[FAR] if weight * way > 0 else row[NEAR])
    return total


@compiled
def _is_quoted(g: Legs) -> bool:
    for leg in range(2):
        seen = g.legs[leg, SEEN]
        if seen == NONE or not g.beside[seen, BOTH] or not is_fresh(g, leg):
            return False
    return True


@compiled
def _shown(g: Legs, leg: int, side: int) -> int:
    # The lots that an order of a side would find.
    row = g.market[g.legs[leg, SEEN]]
    return int(row[FAR_LOTS] if side > 0 else row[NEAR_LOTS])


@compiled
def _shown_sets(g: Legs, way: int) -> int:
    sets = [_shown(g, leg, way * np.sign(g.terms[leg, PER_SET])) // abs(g.terms[leg, PER_SET]) for leg in range(2)]
    return int(min(sets[0], sets[1]))


# --- balance ---


@compiled
def _lack(g: Legs, active: int) -> int:
    """Return the signed lots that the other leg lacks while the active one holds so many."""
    lead = g.given[LEAD]
    lots, exact = g.terms[lead, PER_SET], active * g.terms[1 - lead, PER_SET]
    whole = abs(exact) // abs(lots)
    return int((whole if exact * lots > 0 else -whole) - g.legs[1 - lead, NET])


@compiled
def _balance(g: Legs, lack: int) -> None:
    now, other, batch = g.now, 1 - g.given[LEAD], g.now[BATCH]
    lags = now[CLOCK] - max(now[SINCE], g.beside[batch, BEGINS])  # since the later of the lack and the session's begin
    if lack and g.market[batch, OPEN] >= RUNS_OUT and lags >= g.given[CHASE_TIME]:
        now[STOPPED] = BROKEN
        return
    if (
        lack
        and now[CLOCK] - now[SINCE] < PARTS_WITHIN
        and 0 < g.legs[g.given[LEAD], LEFT] < g.legs[g.given[LEAD], LOTS]
    ):
        return  # the active leg's order is told part by part
    if lack or g.legs[other, LEFT]:
        pursue(g, other, lack, g.given[PAY_UP], g.given[PATIENCE], 1)


@compiled
def _note_fill(g: Legs) -> None:
    """Note since when the other leg lacks lots, and how long a hedge took that has ended."""
    now, lead = g.now, g.given[LEAD]
    lack = _lack(g, g.legs[lead, NET])
    if lack:
        now[SINCE] = now[CLOCK] if now[SINCE] == NONE else now[SINCE]
        return
    g.legs[1 - lead, CHASES] = 0
    if now[SINCE] == NONE:
        return
    took = min(now[CLOCK] - now[SINCE], 2 * g.given[CHASE_TIME])
    now[SINCE] = NONE
    g.ring[now[HEDGES] % KEPT] = took // MILLISECOND
    now[HEDGES] += 1
    count = min(now[HEDGES], KEPT)
    if count >= ENOUGH:
        now[STANDS_BACK] = np.sort(g.ring[:count])[(95 * count + 99) // 100 - 1] * MILLISECOND


# --- rounds ---


@compiled
def _goal_of(g: Legs, sets: int) -> int:
    lots = g.terms[g.given[LEAD], PER_SET]
    most = g.given[MOST_SETS] * abs(lots)
    return int(max(-most, min(g.legs[g.given[LEAD], NET] + sets * lots, most)))


@compiled
def _flows(g: Legs, leg: int) -> bool:
    row = g.market[g.legs[leg, SEEN]]
    return bool(is_seen(g, leg) and is_fresh(g, leg) and row[NEAR] < row[HIGH] and row[FAR] > row[LOW])


@compiled
def _largest_slice(g: Legs, side: int, most: int) -> int:
    # The other leg must find what it would lack displayed, and no more than `NAKED` may be unbalanced.
    lead = g.given[LEAD]
    other, net = 1 - lead, g.legs[lead, NET]
    way = side if g.terms[lead, PER_SET] * g.terms[other, PER_SET] > 0 else -side
    allowed = min(g.given[NAKED], _shown(g, other, way))
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if abs(_lack(g, net + side * middle)) <= allowed:
            low = middle
        else:
            high = middle - 1
    return low


@compiled
def _slice(g: Legs, goal: int) -> bool:
    """Want the active leg's next order on its way to a goal, and return whether it goes out."""
    now, lead = g.now, g.given[LEAD]
    if not _flows(g, 0) or not _flows(g, 1):
        return False
    if g.beside[now[BATCH], ENDS] - now[CLOCK] < now[STANDS_BACK] + EDGE:
        return False
    if now[CLOCK] < ready_at(g, 1 - lead, 1):
        return False
    net = g.legs[lead, NET]
    side = 1 if goal > net else -1
    lots = _largest_slice(g, side, min(abs(goal - net), _shown(g, lead, side)))
    closes = min(abs(net), lots) if net * side < 0 else 0
    price, row = price_at(g, lead, side, 0), g.market[g.legs[lead, SEEN]]
    if price != (row[FAR] if side > 0 else row[NEAR]):  # beyond the day's band
        return False
    return send(g, lead, side, closes if closes > 0 else lots, price, int(closes > 0), 1, 0)


@compiled
def _begin(g: Legs) -> None:
    for way in (1, -1):
        if _price(g, 1) > g.given[BUY_AT] if way > 0 else _price(g, -1) < g.given[SELL_AT]:
            continue
        goal = _goal_of(g, way * min(g.given[SETS], _shown_sets(g, way)))
        if goal == g.legs[g.given[LEAD], NET]:
            continue
        if _slice(g, goal):
            g.now[RUNNING], g.now[GOAL] = 1, goal
        return


@compiled
def _end(now: Table) -> None:
    now[RUNNING], now[ENDED_AT] = 0, now[CLOCK]


@compiled
def _trade(g: Legs) -> None:
    """Begin, continue or end a round, from balance with nothing under way."""
    now, lead = g.now, g.given[LEAD]
    net = g.legs[lead, NET]
    if now[RUNNING] and net == now[GOAL]:
        _end(now)
        return
    if not _is_quoted(g):
        return
    if not now[RUNNING]:
        if now[CLOCK] >= ready_at(g, lead, 0):
            _begin(g)
        return
    buys = (now[GOAL] > net) == (g.terms[lead, PER_SET] > 0)
    if _price(g, 1) <= g.given[BUY_AT] if buys else _price(g, -1) >= g.given[SELL_AT]:
        _slice(g, now[GOAL])
    else:
        _end(now)


@compiled
def _pauses_until(g: Legs) -> int:
    return int(0 if g.now[ENDED_AT] == NONE else g.now[ENDED_AT] + g.given[PAUSE])


@compiled
def _decide(g: Legs) -> None:
    now, lead = g.now, g.given[LEAD]
    if not now[STARTED]:
        return
    lack = _lack(g, g.legs[lead, NET])
    if lack or g.legs[0, LEFT] or g.legs[1, LEFT]:
        _balance(g, lack)
    elif now[RUNNING] or now[CLOCK] >= _pauses_until(g):
        _trade(g)
    if now[SENT] != NONE:
        leg, now[SENT] = now[SENT], NONE
        place_order(g, leg)


# --- the market ---


@compiled
def _has_time(g: Legs) -> bool:
    # Whether nothing is to be done before a price is reached, or a day begins.
    if not g.now[STARTED] or g.now[RUNNING] or _lack(g, g.legs[g.given[LEAD], NET]):
        return False
    for leg in range(2):
        one = g.legs[leg]
        if one[SEEN] == NONE or one[LEFT] or one[FAR_TAKEN] or one[NEAR_TAKEN]:
            return False
    return True


@compiled
def _pass_over(g: Legs, batch: int) -> int:
    """Pass over the rows in which no round can begin, and return the first other one."""
    market, beside, now, until = g.market, g.beside, g.now, _pauses_until(g)
    first, second = g.legs[0, SEEN], g.legs[1, SEEN]
    one, two = g.terms[0, WEIGHT], g.terms[1, WEIGHT]
    net = g.legs[g.given[LEAD], NET]
    lowest = g.given[BUY_AT] if _goal_of(g, 1) != net else -(1 << 62)
    highest = g.given[SELL_AT] if _goal_of(g, -1) != net else 1 << 62
    day = market[batch - 1, DAY]
    while batch < len(market) and market[batch, DAY] == day:
        place, latest = (batch, second) if beside[batch, SLOT] == 0 else (first, batch)
        a, b, at = market[place], market[latest], market[batch, AT]
        buy = one * (a[FAR] if one > 0 else a[NEAR]) + two * (b[FAR] if two > 0 else b[NEAR])
        sell = one * (a[NEAR] if one > 0 else a[FAR]) + two * (b[NEAR] if two > 0 else b[FAR])
        if at >= until and (buy <= lowest or sell >= highest):
            break
        asks_again(now, at)
        first, second = place, latest
        batch += 1
    g.legs[0, SEEN], g.legs[1, SEEN] = first, second
    return batch


@compiled
def _take_reports(g: Legs) -> None:
    now = g.now
    while now[FIRST] < now[LAST] and not now[STOPPED]:
        if next_report(g) != NONE:
            _note_fill(g)
        _decide(g)


@entered
def play(g: Legs) -> int:
    """Play the whole market, and return how many rows were followed: all of them, or those before it stopped."""
    now, row = g.now, 0
    while True:
        if row and _has_time(g):
            row = _pass_over(g, row)
        if row >= len(g.market):
            return row
        if open_row(g, row):
            _decide(g)
        if not g.beside[row, MORE]:
            now[STARTED] |= row >= g.given[STARTS]
            _take_reports(g)
        if now[STOPPED]:
            return row
        row += 1
