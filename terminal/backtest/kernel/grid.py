"""Decide for one grid as `strategies.grid` does, over the columns of one contract: compiled.

After each batch, and after each report of the exchange, the grid decides again: at most one order a decision, until it
wants nothing. Batches in which nobody has anything to do are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.backtest.kernel.compiling import compiled, entered
from terminal.backtest.kernel.matching import (
    cancel_order,
    expire,
    forget,
    has_room,
    hear,
    may_enter,
    passes,
    pause,
    place_order,
    price_of,
    report,
    stamp,
    takes_lots,
    trade,
)
from terminal.backtest.kernel.memory import (
    ACTIVE,
    ANSWER,
    AT,
    AT_LIMIT,
    BATCH,
    BEYOND,
    BUYING,
    CALM,
    CANCEL_AGAIN,
    CANCELLED,
    CANCELS,
    CLOCK,
    DAY,
    ENTERING,
    FAR,
    FAR_LINES,
    FAR_TAKEN,
    FIRST,
    FULL,
    FULL_LINES,
    GAP,
    GROWN,
    HELD,
    HIGH,
    HIGHEST,
    HOLDS,
    IS_OVER,
    LAST,
    LEFT,
    LEFT_AT,
    LINES,
    LOTS,
    LOW,
    LOWER,
    LOWEST,
    MAY_SEND,
    NEAR,
    NEAR_LINES,
    NEAR_TAKEN,
    NEVER,
    NONE,
    NUMBER,
    OLD_LOTS,
    OPEN,
    ORDERS,
    OUTER,
    PER_LINE,
    PRICE,
    QUEUE,
    RECORDED,
    REFUSED,
    RUNS_OUT,
    SCOPE,
    SELLING,
    SENT,
    STOP,
    STOPPED,
    UPPER,
    WAIT,
    WAITS,
    WORKING,
    YESTERDAY,
    Grid,
)
from terminal.backtest.kernel.reports import asked_now, asks_again

if TYPE_CHECKING:
    from terminal.backtest.kernel.memory import Table


@compiled
def _send(g: Grid, slot: int, lots: int) -> bool:
    """Want an order of a slot, and return whether the decision is over with it."""
    now, fields, batch = g.now, g.slots[slot], g.now[BATCH]
    price = price_of(g, slot)
    if price < g.market[batch, LOW] or price > g.market[batch, HIGH]:
        return False
    if now[CLOCK] < fields[WAIT]:
        now[WAITS] = 1
        return False
    now[WAITS] = 1
    if price in (g.market[batch, LOW], g.market[batch, HIGH]):
        now[STOPPED] = AT_LIMIT
        return True
    if not has_room(g) or (not slot & 1 and not (may_enter(g) and passes(g))):
        return True
    if slot & 1:
        takes_lots(g, slot, lots)
    else:
        now[ENTERING] += lots
    if now[ORDERS] >= len(g.orders):
        now[STOPPED] = FULL
    if now[STOPPED]:
        return True
    out, place = g.orders, now[ORDERS]
    out[place, 0], out[place, 1], out[place, 2], out[place, 3] = batch, slot, lots, price
    out[place, 4] = fields[YESTERDAY] if slot & 1 else 0
    now[ORDERS] += 1
    stamp(g)
    fields[NUMBER] += 1
    fields[LEFT] = fields[LOTS] = lots
    fields[RECORDED], fields[WORKING], fields[CANCELLED], fields[REFUSED] = now[CLOCK], 0, NONE, 0
    fields[WAIT] = max(fields[WAIT], now[CLOCK] + GAP)
    g.active[now[ACTIVE]] = slot
    now[ACTIVE] += 1
    now[SENT] = slot
    return True


# --- what the grid wants ---


@compiled
def _crosses(g: Grid) -> bool:
    now, given = g.now, g.given
    price = g.market[now[BATCH], PRICE]
    inside = given[LOWER] <= price <= given[UPPER]
    if price <= given[STOP] or (not inside and not given[HOLDS]):
        now[STOPPED] = BEYOND
        return True
    if now[LEFT_AT] == NONE and not inside:
        now[LEFT_AT] = now[CLOCK]
        now[WAITS] = 1
        return True
    return False


@compiled
def _find_entries(g: Grid, found: Table) -> int:
    # The same lines are found while the side they would meet stays above `LOWEST` and up to `HIGHEST`.
    now = g.now
    now[LOWEST], now[HIGHEST] = -NEVER, NEVER
    if now[LEFT_AT] != NONE:
        return 0
    best, count = g.market[now[BATCH], FAR], 0
    for line in range(max(now[OUTER], 1), g.given[LINES] + 1):
        if g.slots[2 * line - 2, LEFT] == 0:
            if g.held[line - 1] > 0:
                continue
            if g.ladder[line] >= best:
                now[HIGHEST] = g.ladder[line]
                continue
            now[LOWEST] = max(now[LOWEST], g.ladder[line])
        found[count] = line
        count += 1
        if count == FAR_LINES:
            break
    return count


@compiled
def _find_exits(g: Grid, found: Table) -> int:
    count, most = 0, min(FAR_LINES, g.now[FULL_LINES])
    for line in range(g.now[OUTER], 0, -1):
        if count == most:
            break
        if g.held[line - 1] > 0:
            found[count] = line
            count += 1
    return count


@compiled
def _cancel(g: Grid, slot: int) -> None:
    now, fields = g.now, g.slots[slot]
    if not fields[WORKING]:
        return
    if fields[CANCELLED] != NONE and now[CLOCK] - fields[CANCELLED] < CANCEL_AGAIN:
        now[WAITS] = 1
        return
    now[WAITS] = 1
    if has_room(g):
        fields[CANCELLED], fields[REFUSED] = now[CLOCK], 0
        stamp(g)
        cancel_order(g, slot)


@compiled
def _is_in(line: int, found: Table, count: int) -> bool:
    for place in range(count):  # noqa: SIM110 - numba compiles no generators
        if found[place] == line:
            return True
    return False


@compiled
def _cancel_unwanted(g: Grid, entries: Table, entering: int, exits: Table, leaving: int) -> None:
    # In the order of their scopes' names, as the grid names them.
    unwanted, count = g.found[2], 0
    for place in range(g.now[ACTIVE]):
        slot = g.active[place]
        line = (slot >> 1) + 1
        if _is_in(line, exits, leaving) if slot & 1 else _is_in(line, entries, entering):
            continue
        at = count
        while at > 0 and g.slots[unwanted[at - 1], SCOPE] > g.slots[slot, SCOPE]:
            unwanted[at] = unwanted[at - 1]
            at -= 1
        unwanted[at] = slot
        count += 1
    for place in range(count):
        _cancel(g, unwanted[place])


@compiled
def _exit(g: Grid, line: int) -> bool:
    slot, held = 2 * line - 1, g.held[line - 1]
    out = g.slots[slot, LEFT]
    if out > 0:
        if held > out:
            g.now[WAITS] = 1
            if g.slots[slot - 1, LEFT] == 0 or g.now[CLOCK] - g.slots[slot, RECORDED] >= GROWN:
                _cancel(g, slot)
        return False
    for place in range(g.now[ACTIVE]):
        other = g.active[place]
        if not other & 1 and g.ladder[(other >> 1) + 1] >= g.ladder[line - 1]:
            return False
    return _send(g, slot, held)


@compiled
def _enter(g: Grid, line: int) -> bool:
    lots = g.given[PER_LINE]
    room = g.given[LINES] * lots - g.now[HELD] - g.now[ENTERING]
    if g.slots[2 * line - 2, LEFT] > 0 or g.held[line - 1] > 0 or room < lots:
        return False
    return _send(g, 2 * line - 2, lots)


@compiled
def _flows(g: Grid, batch: int) -> bool:
    return bool(g.market[batch, NEAR] < g.market[batch, HIGH] and g.market[batch, FAR] > g.market[batch, LOW])


@compiled
def _order(g: Grid, entries: Table, entering: int, exits: Table, leaving: int) -> None:
    for place in range(min(leaving, NEAR_LINES)):
        if _exit(g, exits[place]):
            return
    if g.now[LEFT_AT] != NONE:
        return
    if not _flows(g, g.now[BATCH]):
        g.now[WAITS] = 1
        return
    for place in range(min(entering, NEAR_LINES)):
        if _enter(g, entries[place]):
            return


@compiled
def _decide(g: Grid) -> None:
    now = g.now
    now[WAITS], now[SENT] = 0, NONE
    if g.market[now[BATCH], OPEN] != MAY_SEND or _crosses(g):
        now[WAITS] = 1
        return
    price = g.market[now[BATCH], PRICE]
    left = now[LEFT_AT]
    entered = left != NONE and now[CLOCK] - left >= CALM and g.given[LOWER] <= price <= g.given[UPPER]
    entries, exits = g.found[0], g.found[1]
    entering, leaving = _find_entries(g, entries), _find_exits(g, exits)
    _cancel_unwanted(g, entries, entering, exits, leaving)
    _order(g, entries, entering, exits, leaving)
    if left != NONE:
        now[WAITS] = 1
    if entered:
        now[LEFT_AT] = NONE
    if now[SENT] != NONE:
        place_order(g, now[SENT])


# --- the market ---


@compiled
def _pass_over(given: Table, market: Table, now: Table, batch: int) -> int:
    """Pass over the batches in which nobody has anything to do, and return the first other one."""
    if now[WAITS] or batch == 0:
        return batch
    lower, upper = max(given[LOWER], given[STOP] + 1), given[UPPER]
    lowest, highest, buying, selling = now[LOWEST], now[HIGHEST], now[BUYING], now[SELLING]
    while batch < len(market):
        row, before = market[batch], market[batch - 1]
        far, near = row[FAR], row[NEAR]
        if row[DAY] != before[DAY] or row[OPEN] != MAY_SEND or not lower <= row[PRICE] <= upper:
            break
        if far <= max(buying, lowest, row[LOW]) or far > highest or near >= min(selling, row[HIGH]):
            break
        forget(now, row, before)
        asks_again(now, row[AT])
        batch += 1
    return batch


@compiled
def _take_reports(g: Grid) -> None:
    now = g.now
    while now[FIRST] < now[LAST] and not now[STOPPED]:
        place = now[FIRST] & (QUEUE - 1)
        now[FIRST] += 1
        hear(g, g.queue[place, 0], g.queue[place, 1], g.queue[place, 2], g.queue[place, 3], g.queue[place, 4])
        if not now[STOPPED]:
            _decide(g)


@compiled
def _take_batch(g: Grid, batch: int) -> None:
    now, market = g.now, g.market
    begins = batch == 0 or market[batch, DAY] != market[batch - 1, DAY]
    state = market[batch, OPEN]
    if (begins and batch) or state == IS_OVER:
        expire(g)
    if begins:
        now[CANCELS], now[OLD_LOTS] = 0, now[HELD]
        now[FAR_TAKEN] = now[NEAR_TAKEN] = 0
    now[BATCH], now[CLOCK] = batch, market[batch, AT]
    if state < RUNS_OUT:
        pause(g, state)
    else:
        trade(g, batch)
    if begins:
        asked_now(now)
        report(g, ANSWER, 0, 0, 0)  # nothing is decided before the exchange has told how things stand
        return
    if asks_again(now, now[CLOCK]):
        report(g, ANSWER, 0, 0, 0)
    _decide(g)


@entered
def play(g: Grid) -> int:
    """Play the whole market, and return how many batches were followed: all of them, or those before it stopped."""
    batch = 0
    while True:
        batch = _pass_over(g.given, g.market, g.now, batch)
        if batch >= len(g.market):
            return batch
        _take_batch(g, batch)
        _take_reports(g)
        if g.now[STOPPED]:
            return batch
        batch += 1
