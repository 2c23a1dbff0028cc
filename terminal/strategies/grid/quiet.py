"""Say within which quotes a grid that wants nothing goes on wanting nothing.

It wakes where a price passes its bounds or its stop, where the best price it would meet reaches the next line that is
free, where an empty grid may follow the price, where a side is no longer displayed or stuck at its daily limit, and
where a line that had to wait may send again.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from terminal.domain.market import Column
from terminal.domain.quiet import EVER, NEVER, Band, Quiet
from terminal.strategies.grid.judged import judged
from terminal.strategies.grid.moment import ENTRY, EXIT, NEAR_LINES, scope_of
from terminal.strategies.grid.stage import CALM
from terminal.strategies.grid.stop import before
from terminal.strategies.grid.trailing import may_follow
from terminal.strategies.grid.unseen import old_from
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import InstrumentId
    from terminal.domain.view import Quote
    from terminal.strategies.grid.moment import Moment


def quiet_of(moment: Moment) -> Quiet | None:
    """Return what a running grid that wants nothing now may sleep through."""
    quote, settings = moment.sight.quote, moment.settings
    entries, adds, takes = moment.near_entries
    exits = moment.exits
    wanted = {scope_of(line, ENTRY) for line in entries} | {scope_of(line, EXIT) for line in exits}
    if not moment.sight.flows or moment.under_way.keys() - wanted:
        return None
    for line in exits[:NEAR_LINES]:
        if moment.memory.held[line - 1] > moment.reserved(line, EXIT) > 0:
            return None
    inside = _inside(moment)
    if inside is None:
        return None
    left_at, now = moment.memory.left_at, moment.draft.now
    until = now + moment.sight.left - EDGE
    if left_at is not None and now < left_at + CALM:
        until = min(until, left_at + CALM)
    if any(moment.memory.held):
        until = min(until, old_from(moment.sight))
    follows = _follows(moment)
    until = min([until, follows.until, *_waits(moment, entries, exits)])
    best = Column.ASK if moment.sign > 0 else Column.BID
    low, high = -NEVER if takes is None else takes + 1, NEVER if adds is None else adds
    name = settings.instrument
    edge = Band(name, best, low, high) if moment.sign > 0 else Band(name, best, -high, -low)
    return Quiet(until, (*_displayed(name, quote), *inside, *follows.bands, edge))


def _displayed(name: InstrumentId, quote: Quote) -> Iterator[Band]:
    # Both sides stay displayed, and neither is stuck at its limit.
    yield Band(name, Column.BID_LOTS, low=1)
    yield Band(name, Column.ASK_LOTS, low=1)
    if quote.upper_limit is not None:
        yield Band(name, Column.BID, high=quote.upper_limit - 1)
    if quote.lower_limit is not None:
        yield Band(name, Column.ASK, low=quote.lower_limit + 1)


def _inside(moment: Moment) -> tuple[Band, ...] | None:
    # The price of the moment lies between bid and ask, so it stays on the side of a border on which both are.
    settings, tick = moment.settings, moment.sight.instrument.tick
    price, found = moment.sight.reference(), judged(moment.settings, moment.sight, lasts=False)
    if price is None or found is None or not found.tells_stop(settings):
        return None  # that its stop cannot be judged is said once it has lasted
    lower, upper = _up(settings.lower, tick), _down(settings.upper, tick)
    low, high = before(settings, tick)
    left_at = moment.memory.left_at
    if may_follow(settings, empty=not any(moment.memory.held)):
        lower, upper = (lower, NEVER) if moment.sign > 0 else (-NEVER, upper)
    if left_at is None:
        low, high = max(low, lower), min(high, upper)
    elif moment.draft.now >= left_at + CALM:
        if lower <= price <= upper:
            return None
        low, high = (max(low, upper + 1), high) if price > upper else (low, min(high, lower - 1))
    return tuple(Band(settings.instrument, column, low, high) for column in (Column.BID, Column.ASK))


def _follows(moment: Moment) -> Quiet:
    # An empty grid that may follow the price does so once that is a whole spacing beyond the anchor.
    settings, memory, sign = moment.settings, moment.memory, moment.sign
    if not may_follow(settings, empty=not any(memory.held)):
        return EVER
    if memory.moved_at and moment.draft.now < memory.moved_at + CALM:
        return Quiet(memory.moved_at + CALM)
    last = (2 * moment.ladder[0] - moment.ladder[1]) * sign - 1
    low, high = (-NEVER, last) if sign > 0 else (-last, NEVER)
    return Quiet(bands=tuple(Band(settings.instrument, column, low, high) for column in (Column.BID, Column.ASK)))


def _up(price: Decimal, tick: Decimal) -> int:
    return int((price / tick).to_integral_value(rounding=ROUND_CEILING))


def _down(price: Decimal, tick: Decimal) -> int:
    return int((price / tick).to_integral_value(rounding=ROUND_FLOOR))


def _waits(moment: Moment, entries: list[int], exits: list[int]) -> Iterator[int]:
    # When lines that would send, and may not yet, may: what they wait for else is a fact.
    ledger, now = moment.memory.ledger, moment.draft.now
    for what, lines in ((EXIT, exits), (ENTRY, entries)):
        for line in lines[:NEAR_LINES]:
            if not moment.reserved(line, what):
                ready = ledger.ready_at(scope_of(line, what), closing=what == EXIT)
                if ready > now:
                    yield ready
