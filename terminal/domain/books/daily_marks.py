"""Work out positions, realised profit and daily marks of whole histories at once: columns in, columns out, no loop.

The books (`account`, `holding`) fold one fact after the other. Here the same rules are read as lines. Lots come in in
the order of `Holding` (trading day, exchange time, trade number), and put end to end they are a line; what went out
is a point on it. Of one holding and day:

- Today's closes take the first of today's lots, so they cut a piece off the front of the day's stretch of line.
- What is left of all stretches, end to end, is the line of the older lots; closes of older lots eat it from its
  start. The cost of what they ate on a day is what the point they reached has cost less what yesterday's had.
- A close that takes the oldest first takes older lots as long as there are any. So, whatever the order within the
  day, `older = of yesterday + min(oldest first, what is left of the older lots)`, and the rest is of today.

A *holding* is one side of one instrument under one hedge flag of one account; a *cell* is a holding on a day on which
something traded or was settled. Money is int64, in fen (分, 1/100 yuan), so the figures are exact; what might not fit
into 63 bits is refused before it is added. A price stands for what a lot is *worth* to its holder: price x multiplier,
negative for short lots. So long and short are worked out alike.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.domain.errors import InvariantError

Ints = NDArray[np.int64]

AT_ONCE: Final = 1 << 16  # trades: the columns of so many stay in a processor's cache
_HALF: Final = 31  # bits
MOST_LOTS: Final = 1 << _HALF  # of one trade, and of all that are worked out at once
_ROOM: Final = 1 << 62


class Taken(IntEnum):
    """Say which lots a trade takes, or that it brings them; the numbers are stored."""

    NONE = 0  # it opens
    TODAY = 1
    YESTERDAY = 2
    OLDEST_FIRST = 3


class CellError(InvariantError):
    """Report a cell that cannot be: `cell` is its index."""

    def __init__(self, message: str, cell: int) -> None:
        super().__init__(message)
        self.cell = cell


class Ledger(NamedTuple):
    """Hold trades in the order of their cells, openings and closes apart, and what is known of each cell.

    `holding` rises; a holding's cells stand by day. `settlement` is a worth, 0 where there is none. `openings` and
    `closes` count the trades of a cell; openings stand by exchange time and trade number within it.
    """

    holding: Ints
    settlement: Ints
    openings: Ints
    open_lots: Ints
    open_worth: Ints
    closes: Ints
    close_lots: Ints
    close_worth: Ints
    close_taken: NDArray[np.int8]


class Marks(NamedTuple):
    """Hold what every cell comes to at the end of its day, in the order of the ledger's cells.

    `close_profit` 平仓盈亏 and `position_profit` 持仓盈亏 are by the day (盯市), `trade_close_profit` 平仓盈亏 and
    `floating_profit` 浮动盈亏 by the trade (逐笔). What hangs on the day's settlement price means something only where
    there is one.
    """

    lots: Ints
    close_profit: Ints
    position_profit: Ints
    trade_close_profit: Ints
    floating_profit: Ints


def daily_marks(ledger: Ledger, *, at_once: int = AT_ONCE) -> Marks:
    """Return the marks of every cell; more closed than held, or figures beyond 63 bits, is a `CellError`."""
    marks = Marks(*np.empty((len(Marks._fields), len(ledger.holding)), np.int64))
    opened, closed = _before(ledger.openings), _before(ledger.closes)
    first = np.flatnonzero(np.diff(ledger.holding, prepend=-1))
    end = np.append(first[1:], len(ledger.holding))[: len(first)]
    trades = (opened + closed)[end]
    begin = 0
    while begin < len(first):
        done = int(trades[begin - 1]) if begin else 0
        stop = max(int(np.searchsorted(trades, done + at_once, "right")), begin + 1)
        cells = slice(int(first[begin]), int(end[stop - 1]))
        part = _part(ledger, cells, opened, closed)
        try:
            ins, outs = (line[cells.start : cells.stop + 1] - line[cells.start] for line in (opened, closed))
            own = Marks(*(column[cells] for column in marks))
            _fill(part, ins, outs, first[begin:stop] - cells.start, (end - first)[begin:stop], own)
        except CellError as error:
            raise CellError(str(error), cells.start + error.cell) from None
        begin = stop
    return marks


def _part(ledger: Ledger, cells: slice, opened: Ints, closed: Ints) -> Ledger:
    ins, outs = (slice(line[cells.start], line[cells.stop]) for line in (opened, closed))
    return Ledger(
        holding=ledger.holding[cells],
        settlement=ledger.settlement[cells],
        openings=ledger.openings[cells],
        open_lots=ledger.open_lots[ins],
        open_worth=ledger.open_worth[ins],
        closes=ledger.closes[cells],
        close_lots=ledger.close_lots[outs],
        close_worth=ledger.close_worth[outs],
        close_taken=ledger.close_taken[outs],
    )


def _fill(part: Ledger, opened: Ints, closed: Ints, first: Ints, cells: Ints, marks: Marks) -> None:
    # The marks of whole holdings. Cell i has the openings from opened[i] to opened[i + 1], closes likewise; `first` is
    # the first cell of each holding, `cells` how many it has.
    line, out_line = _before(part.open_lots), _before(part.close_lots)
    _refuse_too_large(part, int(line[-1]) + int(out_line[-1]))
    in_before, out_before = line[opened], out_line[closed]
    net = in_before - out_before
    lots = net[1:] - np.repeat(net[first], cells)
    older = _from_cell_before(lots, first)
    out = np.diff(out_before)
    from_older = _from_older(part, closed, out, older)
    from_today = out - from_older
    _refuse_more_than_held(from_older, older, lots)

    # What is left of each opening at the end of its day, and the line of the older lots, in lots and in money.
    left = line[1:] - np.repeat(in_before[:-1] + from_today, part.openings)
    np.clip(left, 0, part.open_lots, out=left)
    stretch = _before(left)
    paid = _before(np.multiply(left, part.open_worth, out=left))
    kept = paid[opened]
    cost_older = _eaten(part, from_older, stretch, paid, opened, first, cells)

    # Money: closes less what their lots had cost, by the day and by the trade.
    brought = _before(part.close_lots * part.close_worth)[closed]
    brought -= _before(part.open_lots * part.open_worth)[opened]
    kept_today = np.diff(kept)
    earned = np.diff(brought) + kept_today
    basis = _from_cell_before(part.settlement, first)  # of an older lot
    cost = kept - _before(cost_older)
    value = part.settlement * lots
    marks.lots[:] = lots
    np.subtract(earned, basis * from_older, out=marks.close_profit)
    np.subtract(earned, cost_older, out=marks.trade_close_profit)
    np.subtract(value - kept_today, basis * (older - from_older), out=marks.position_profit)
    np.add(value - cost[1:], np.repeat(cost[first], cells), out=marks.floating_profit)


def _from_older(part: Ledger, closed: Ints, out: Ints, older: Ints) -> Ints:
    taken = part.close_taken
    if taken.min(initial=Taken.OLDEST_FIRST) == Taken.OLDEST_FIRST:
        return np.minimum(out, older)
    # Both sums run in one column, a half of its bits each.
    both = np.where(taken == Taken.YESTERDAY, part.close_lots << _HALF, part.close_lots * (taken == Taken.TODAY))
    sums = np.diff(_before(both)[closed])
    yesterday, today = sums >> _HALF, sums & (MOST_LOTS - 1)
    rest = np.maximum(older - yesterday, 0)
    older_out: Ints = yesterday + np.minimum(out - yesterday - today, rest)
    return older_out


def _eaten(part: Ledger, from_older: Ints, stretch: Ints, paid: Ints, opened: Ints, first: Ints, cells: Ints) -> Ints:
    # The cost of the older lots that went out on each day: up to where the line is eaten, less up to where it was.
    cost = np.zeros_like(from_older)
    busy = np.flatnonzero(from_older > 0)
    if not len(busy):
        return cost
    gone = _before(from_older)
    begin = opened[first]
    point = (gone[1:] + np.repeat(stretch[begin] - gone[first], cells))[busy]
    opening = np.searchsorted(stretch, point, "left") - 1
    reached = paid[opening] + (point - stretch[opening]) * part.open_worth[opening]
    was = np.empty_like(reached)
    was[1:] = reached[:-1]
    start = np.searchsorted(busy, first)  # a holding's first of them, where it has any
    has = start < np.append(start[1:], len(busy))
    was[start[has]] = paid[begin][has]
    cost[busy] = reached - was
    return cost


def _from_cell_before(column: Ints, first: Ints) -> Ints:
    shifted = np.empty_like(column)
    shifted[1:] = column[:-1]
    shifted[first] = 0
    return shifted


def _before(column: Ints) -> Ints:
    # Running sums with the empty one in front: what stands before each row, and before the end.
    sums = np.empty(len(column) + 1, np.int64)
    sums[0] = 0
    np.cumsum(column, out=sums[1:])
    return sums


def _refuse_more_than_held(from_older: Ints, older: Ints, lots: Ints) -> None:
    wrong = (older < from_older) | (lots < older - from_older)  # less than is left of the older ones: of today's
    if wrong.any():
        raise CellError("more lots were closed than were held", int(np.argmax(wrong)))


def _refuse_too_large(part: Ledger, lots: int) -> None:
    # Every figure is a sum or difference of less than four sums over at most all lots of the part. Where one trade is
    # too large the sum of the lots may have wrapped, so that is asked first.
    most = max(int(column.max(initial=0)) for column in (part.open_lots, part.close_lots))
    prices = (part.open_worth, part.close_worth, part.settlement)
    worth = max(max(int(one.max(initial=0)), -int(one.min(initial=0))) for one in prices)
    if most >= MOST_LOTS or lots >= MOST_LOTS or lots * worth * 4 >= _ROOM:
        raise CellError("the figures do not fit into 63 bits", 0)
