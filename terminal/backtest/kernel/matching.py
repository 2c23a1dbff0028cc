"""Match one grid's orders as the sim exchange does, hear what it reports, and count what the gate counts: compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.backtest.kernel.compiling import compiled
from terminal.backtest.kernel.memory import (
    ACCEPTED,
    ACTIVE,
    BATCH,
    BURST,
    BUYING,
    BUYS_FIRST,
    CANCELLED,
    CANCELS,
    CANCELS_MOST,
    CLOCK,
    CROWDED,
    ENTERING,
    ENTRY,
    ENTRY_BURST,
    ENTRY_SUSTAINED,
    EXPLICIT,
    FAILS,
    FAR,
    FAR_LOTS,
    FAR_TAKEN,
    FILLED,
    FILLS,
    FULL,
    FULL_LINES,
    GATHERS,
    GONE,
    HELD,
    IN_AUCTION,
    LEFT,
    LONGEST_WAIT,
    LOTS,
    MESSAGE,
    MESSAGES,
    NEAR,
    NEAR_LOTS,
    NEAR_TAKEN,
    NEVER,
    NONE,
    NOT_CANCELLED,
    NUMBER,
    OLD_FROZEN,
    OLD_LOTS,
    OUTER,
    RECORDED,
    REFUSED,
    REPEATED,
    REPEATS,
    REPEATS_OVER,
    RESTS,
    SECOND,
    SELLING,
    SOON,
    SPLIT,
    STOPPED,
    SUSTAINED,
    TIRED_AFTER,
    TIRED_WAIT,
    TODAY_FROZEN,
    TOO_MANY_CANCELS,
    WAIT,
    WORKING,
    WORKING_MOST,
    YESTERDAY,
    Grid,
)
from terminal.backtest.kernel.reports import put

if TYPE_CHECKING:
    from terminal.backtest.kernel.memory import Table


@compiled
def report(g: Grid, what: int, slot: int, lots: int, price: int) -> None:
    """Let the exchange tell something, after all that it has told."""
    put(g.now, g.queue, what, slot, lots, price, g.slots[slot, NUMBER])


# --- the exchange ---


@compiled
def price_of(g: Grid, slot: int) -> int:
    """Return the price of a slot's order, in signed ticks."""
    line = (slot >> 1) + 1
    return int(g.ladder[line - 1] if slot & 1 else g.ladder[line])


@compiled
def _fill(g: Grid, slot: int, price: int, free: int) -> int:
    lots = min(free, g.slots[slot, RESTS])
    g.slots[slot, RESTS] -= lots
    report(g, FILLED, slot, lots, price)
    return int(lots)


@compiled
def _best(g: Grid, side: int) -> int:
    # The resting order of a side that comes first: the highest entry, the lowest exit.
    best = NONE
    for place in range(g.now[ACTIVE]):
        slot = g.active[place]
        if (slot & 1) == side and g.slots[slot, RESTS] > 0 and (best == NONE or ((slot < best) == (side == 0))):
            best = slot
    return best


@compiled
def look_again(g: Grid) -> None:
    """Find the prices at which the resting orders trade first: most snapshots reach neither."""
    entry, out = _best(g, 0), _best(g, 1)
    g.now[BUYING] = -NEVER if entry == NONE else price_of(g, entry)
    g.now[SELLING] = NEVER if out == NONE else price_of(g, out)


@compiled
def sweep_side(g: Grid, side: int) -> None:
    """Trade the resting entries (0) or exits (1) with what is displayed, best price first, each at its own limit."""
    batch = g.now[BATCH]
    far = side == 0
    price = g.market[batch, FAR] if far else g.market[batch, NEAR]
    lots = g.market[batch, FAR_LOTS] if far else g.market[batch, NEAR_LOTS]
    taken = FAR_TAKEN if far else NEAR_TAKEN
    while lots > g.now[taken]:
        slot = _best(g, side)
        if slot == NONE:
            return
        limit = price_of(g, slot)
        if (limit < price) if far else (limit > price):
            return
        g.now[taken] += _fill(g, slot, limit, lots - g.now[taken])


@compiled
def forget(now: Table, row: Table, before: Table) -> None:
    """Forget the lots taken of a level that is displayed differently now."""
    if row[FAR] != before[FAR] or row[FAR_LOTS] != before[FAR_LOTS]:
        now[FAR_TAKEN] = 0
    if row[NEAR] != before[NEAR] or row[NEAR_LOTS] != before[NEAR_LOTS]:
        now[NEAR_TAKEN] = 0


@compiled
def place_order(g: Grid, slot: int) -> None:
    """Take a new order; an exit takes at once what is displayed at its price or above."""
    batch = g.now[BATCH]
    g.slots[slot, RESTS] = g.slots[slot, LOTS]
    report(g, ACCEPTED, slot, 0, 0)
    free = g.market[batch, NEAR_LOTS] - g.now[NEAR_TAKEN]
    if slot & 1 and free > 0 and g.market[batch, NEAR] >= price_of(g, slot):
        g.now[NEAR_TAKEN] += _fill(g, slot, g.market[batch, NEAR], free)
    look_again(g)


@compiled
def cancel_order(g: Grid, slot: int) -> None:
    """Take an order out, if it still rests."""
    if g.slots[slot, RESTS] > 0:
        report(g, GONE, slot, g.slots[slot, RESTS], 0)
        g.slots[slot, RESTS] = 0
        look_again(g)
    else:
        report(g, NOT_CANCELLED, slot, 0, 0)


# --- what reports say ---


@compiled
def _fail(g: Grid, slot: int) -> None:
    g.slots[slot, FAILS] += 1
    fails = g.slots[slot, FAILS]
    wait = TIRED_WAIT if fails > TIRED_AFTER else min(1 << (fails - 1), LONGEST_WAIT)
    g.slots[slot, WAIT] = max(g.slots[slot, WAIT], g.now[CLOCK] + wait * SECOND)


@compiled
def leave(g: Grid, slot: int, lots: int) -> None:
    """Let so many lots of a slot's order be under way no longer."""
    g.slots[slot, LEFT] -= lots
    if g.slots[slot, LEFT] == 0:
        place = 0
        while g.active[place] != slot:
            place += 1
        g.now[ACTIVE] -= 1
        g.active[place] = g.active[g.now[ACTIVE]]
    if not slot & 1:
        g.now[ENTERING] -= lots
    else:
        g.now[OLD_FROZEN if g.slots[slot, YESTERDAY] else TODAY_FROZEN] -= lots


@compiled
def _book(g: Grid, slot: int, lots: int, price: int) -> None:
    line, now, out = slot >> 1, g.now, g.fills
    if now[FILLS] >= len(out):
        now[STOPPED] = FULL
        return
    place = now[FILLS]
    out[place, 0], out[place, 1], out[place, 2], out[place, 3] = now[BATCH], slot, lots, price
    out[place, 4] = g.slots[slot, YESTERDAY] if slot & 1 else 0
    now[FILLS] += 1
    g.slots[slot, FAILS], g.slots[slot, WORKING] = 0, 1
    leave(g, slot, lots)
    before = g.held[line]
    g.held[line] += -lots if slot & 1 else lots
    now[HELD] += g.held[line] - before
    now[OLD_LOTS] -= lots if slot & 1 and g.slots[slot, YESTERDAY] else 0
    now[FULL_LINES] += int(g.held[line] > 0) - int(before > 0)
    now[OUTER] = max(now[OUTER], line + 1) if g.held[line] > 0 else now[OUTER]
    while now[OUTER] > 0 and g.held[now[OUTER] - 1] <= 0:
        now[OUTER] -= 1


@compiled
def hear(g: Grid, what: int, slot: int, lots: int, price: int, number: int) -> None:
    """Take one report of an order into the memory."""
    fields = g.slots[slot]
    if what == ACCEPTED and fields[LEFT] > 0:
        fields[WORKING] = 1
    elif what == FILLED:
        _book(g, slot, lots, price)
    elif what == GONE:
        soon, traded = g.now[CLOCK] - fields[RECORDED] < SOON, fields[LOTS] > lots
        leave(g, slot, lots)
        g.now[CANCELS] += 1
        if soon and not traded:
            _fail(g, slot)
        elif not soon:
            fields[FAILS] = 0
    elif what == NOT_CANCELLED and fields[LEFT] > 0 and fields[NUMBER] == number:
        fields[CANCELLED], fields[REFUSED] = g.now[CLOCK], 1


# --- what the gate counts ---


@compiled
def _since(stamps: Table, last: int, start: int) -> int:
    count = 0
    while count < MESSAGES and count < last and stamps[(last - 1 - count) & (MESSAGES - 1)] > start:
        count += 1
    return count


@compiled
def _keeps(g: Grid, second: int, ten: int) -> bool:
    clock, last = g.now[CLOCK], g.now[MESSAGE]
    burst = _since(g.messages, last, clock - SECOND) < second
    return bool(burst and _since(g.messages, last, clock - 10 * SECOND) < ten)


@compiled
def has_room(g: Grid) -> bool:
    """Return whether one more message keeps within control C8."""
    return _keeps(g, g.given[BURST], g.given[SUSTAINED])


@compiled
def may_enter(g: Grid) -> bool:
    """Return whether an entry does, which leaves a part of the limits to exits and cancels."""
    return _keeps(g, g.given[ENTRY_BURST], g.given[ENTRY_SUSTAINED])


@compiled
def stamp(g: Grid) -> None:
    """Count one message."""
    g.messages[g.now[MESSAGE] & (MESSAGES - 1)] = g.now[CLOCK]
    g.now[MESSAGE] += 1


@compiled
def passes(g: Grid) -> bool:
    """Return whether the gate lets an entry out; what C10, C11 and C12 do about one is not followed."""
    now = g.now
    if now[ACTIVE] >= g.given[WORKING_MOST]:
        now[STOPPED] = CROWDED
        return False
    if _since(g.entries, now[ENTRY], now[CLOCK] - REPEATS_OVER) >= g.given[REPEATS]:
        now[STOPPED] = REPEATED
        return False
    if now[CANCELS] >= g.given[CANCELS_MOST]:
        now[STOPPED] = TOO_MANY_CANCELS
        return False
    g.entries[now[ENTRY] & (MESSAGES - 1)] = now[CLOCK]
    now[ENTRY] += 1
    return True


@compiled
def takes_lots(g: Grid, slot: int, lots: int) -> None:
    """Choose whose lots an exit closes, yesterday's first; two orders for one exit are not followed."""
    now, g_slot = g.now, g.slots[slot]
    old = min(lots, now[OLD_LOTS] - now[OLD_FROZEN]) if g.given[EXPLICIT] else 0
    if 0 < old < lots:
        now[STOPPED] = SPLIT
        return
    g_slot[YESTERDAY] = int(old > 0)
    now[OLD_FROZEN if old else TODAY_FROZEN] += lots


@compiled
def expire(g: Grid) -> None:
    """End every order with its day."""
    now = g.now
    while now[ACTIVE] > 0:
        slot = g.active[now[ACTIVE] - 1]
        g.slots[slot, RESTS] = 0
        if now[CLOCK] - g.slots[slot, RECORDED] >= SOON:
            g.slots[slot, FAILS] = 0
        leave(g, slot, g.slots[slot, LEFT])
    look_again(g)


@compiled
def pause(g: Grid, state: int) -> None:
    """Display nothing that could be taken; what an auction does with resting orders is not followed."""
    g.now[FAR_TAKEN] = g.now[NEAR_TAKEN] = 0
    if state == GATHERS and g.now[ACTIVE]:
        g.now[STOPPED] = IN_AUCTION


@compiled
def trade(g: Grid, batch: int) -> None:
    """Display a batch and trade the resting orders that it reaches, buying ones first."""
    now, row = g.now, g.market[batch]
    if batch:
        forget(now, row, g.market[batch - 1])
    if row[FAR] <= now[BUYING] or row[NEAR] >= now[SELLING]:
        sweep_side(g, 1 - g.given[BUYS_FIRST])
        sweep_side(g, g.given[BUYS_FIRST])
        look_again(g)
