"""Say within which quotes a spread that has no round goes on having none.

What the price of the spread lacks to its threshold is shared evenly among the legs: none may move by its share. A leg
that is not quoted on both sides, or has not been quoted for long, begins no round either, so what goes missing is no
reason to wake; it is looked at all the same. One that holds lots and has exits of its own is always looked at. A grid
wakes at its next line either way, at its bounds and its stop.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from terminal.domain.market import Column
from terminal.domain.orders.order import Side
from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.products.instrument import Kind
from terminal.domain.quiet import NEVER, Band, Quiet
from terminal.strategies.grid.stage import Stage
from terminal.strategies.sight import FRESH
from terminal.strategies.spread.balance import active_leg, held_side, lacks
from terminal.strategies.spread.bounds import judged
from terminal.strategies.spread.exits import leaving
from terminal.strategies.spread.lines import ZERO, level, trailed
from terminal.strategies.spread.memory import SpreadMemory, closes, pauses_until, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.strategy import SpreadGrid, SpreadLeg
    from terminal.domain.view import SpreadQuote, View
    from terminal.strategies.grid.judged import Judged


def quiet_of(settings: SpreadSettings, memory: SpreadMemory, view: View) -> Quiet | None:
    """Return within which quotes a spread wants nothing, `None` while it has a round or a leg to mend."""
    if any(lacks(settings, memory.nets)) or memory.ledger.busy or memory.running or settings.conversion is not None:
        return None
    if guarded(settings) and (any(memory.nets) or leaving(settings, memory)):
        return None  # its exits are looked at with every quote, and that all is closed is said with the next one
    lead = active_leg(settings)
    if carries(settings.spot_side) and view.instrument(settings.legs[lead].instrument).expiry is None:
        return None  # that it cannot be priced is said each trading day
    waits = max(pauses_until(settings, memory), memory.ledger.ready_at(scope_of(lead), closing=closes(memory)))
    if any(leg.broken for leg in memory.legs):
        return None
    if settings.grid is not None:
        # Its bounds are looked at in a pause too.
        return None if view.now < waits else _grid(settings, settings.grid, memory, view)
    if view.now < waits:
        return Quiet(waits)
    if settings.quoting is not None or carries(settings.spot_side):
        return None  # any move of the others may make a quote; what holding spot costs falls with the trading day
    return _until_priced(settings, memory.legs[lead].net, settings.legs[lead].lots * settings.max_sets, view)


def _until_priced(settings: SpreadSettings, net: int, whole: int, view: View) -> Quiet | None:
    quote = view.spread((leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs)
    if quote is None:
        return None
    bands: list[Band] = []
    # At its most in one direction it begins no round in that one, at no price.
    side = held_side(settings)
    for buying, room in ((True, quote.buy - settings.buy_at), (False, settings.sell_at - quote.sell)):
        if net == (whole if buying else -whole) or (not net and side is (Side.SELL if buying else Side.BUY)):
            continue
        if room <= 0:
            return None
        for leg in settings.legs:
            band = _band(leg, room / len(settings.legs), view, buying=buying)
            if band is None:
                return None
            bands.append(band)
    return Quiet(bands=tuple(bands))


def _grid(written: SpreadSettings, grid: SpreadGrid, memory: SpreadMemory, view: View) -> Quiet | None:
    # Each leg's two sides may move by its share of what the spread lacks to whatever lies nearest, either way.
    settings = trailed(written, memory.moved)
    grid = settings.grid or grid
    quote = view.spread((leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs)
    if quote is None or memory.stage is not Stage.RUNNING or memory.left_at is not None:
        return None
    if memory.blind or memory.doubted_at:
        return None  # that its stop is not seen is said once it has lasted
    by = judged(settings, grid, quote)
    away = ZERO if by is None else min(_distances(settings, grid, memory, quote, by))
    if away <= 0:
        return None
    bands: list[Band] = []
    until = NEVER
    for leg in settings.legs:
        shown, known = view.quote(leg.instrument), view.instrument(leg.instrument)
        if shown is None:
            return None
        if known.kind is Kind.SPOT:
            if shown.last is None:
                return None
            bands.append(Band(leg.instrument, Column.LAST, shown.last, shown.last))
            continue
        if shown.bid is None or shown.ask is None:
            return None
        ticks = _whole_ticks(away / len(settings.legs), leg, known.tick)
        lowest, highest = shown.ask - ticks, shown.bid + ticks
        if any(memory.nets):  # its stop is not seen while a side shows no lots, is stuck at its limit, or old
            bands += (Band(leg.instrument, column, low=1) for column in (Column.BID_LOTS, Column.ASK_LOTS))
            until = min(until, shown.received_at + FRESH + 1)
            lowest = lowest if shown.lower_limit is None else max(lowest, shown.lower_limit + 1)
            highest = highest if shown.upper_limit is None else min(highest, shown.upper_limit - 1)
        bands.append(Band(leg.instrument, Column.BID, shown.bid - ticks, highest))
        bands.append(Band(leg.instrument, Column.ASK, lowest, shown.ask + ticks))
    return Quiet(until, tuple(bands))


def _distances(
    settings: SpreadSettings, grid: SpreadGrid, memory: SpreadMemory, quote: SpreadQuote, by: Judged
) -> Iterator[Decimal]:
    lead, sign = active_leg(settings), grid.side.sign
    per_line, held = settings.sets * abs(settings.legs[lead].lots), abs(memory.legs[lead].net)
    entering, leaving = (quote.buy, quote.sell) if sign > 0 else (quote.sell, quote.buy)
    entry, held_lines = held // per_line + 1, -(-held // per_line)
    if entry <= grid.lines:
        yield (entering - level(settings, grid, entry)) * sign
    if held_lines:
        yield (level(settings, grid, held_lines - 1) - leaving) * sign
    # One end may lie beyond a bound: it leaves and follows once the nearest price does. Of a grid that holds lots
    # people are told once the farthest one is at the stop.
    yield from (by.price - grid.lower, grid.upper - by.price, (by.price - grid.stop) * sign)
    if held:
        yield (leaving - grid.stop) * sign
    elif grid.trail_to is not None:
        yield (level(settings, grid, -1) - by.price) * sign


def _whole_ticks(room: Decimal, leg: SpreadLeg, tick: Decimal) -> int:
    return int((room / (abs(leg.coefficient) * tick)).to_integral_value(rounding=ROUND_CEILING)) - 1


def _band(leg: SpreadLeg, room: Decimal, view: View, *, buying: bool) -> Band | None:
    # What is bought takes the ask, and must not fall by its share of what buying lacks; what is sold mirrors it.
    known, quote = view.instrument(leg.instrument), view.quote(leg.instrument)
    if known.kind is Kind.SPOT:  # stated, and not often: any other price is looked at
        return None if quote is None or quote.last is None else Band(known.id, Column.LAST, quote.last, quote.last)
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    ticks = _whole_ticks(room, leg, known.tick)
    if (leg.coefficient > 0) is buying:
        return Band(leg.instrument, Column.ASK, low=quote.ask - ticks)
    return Band(leg.instrument, Column.BID, high=quote.bid + ticks)
