"""Say how far quotes may move before the alarm of a basis turns.

What the value lacks to the nearest border is shared evenly among the legs. An alarm between its band and its border,
and a spread without a price, are looked at with every quote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.market import Column
from terminal.domain.quiet import Band, Quiet
from terminal.engine.prices.samples import SCALE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.engine.alert.alarms import BasisAlarm, BasisAlarms
    from terminal.engine.prices.columns import Columns
    from terminal.engine.prices.spread import Spread

TWICE = 2 * SCALE  # a middle is half of buy and sell together


def quiet(alarms: BasisAlarms, columns: Columns) -> Quiet | None:
    """Return within which quotes no alarm begins or ends to ring."""
    bands: list[Band] = []
    spreads = {spread.name: spread for spread in columns.spreads}
    for alarm, ringing in alarms.standing():
        spread = spreads.get(alarm.spread)
        if spread is None:
            continue
        room = _room(alarm, ringing, spread)
        if room is None:
            return None
        bands += _bands(spread, room, columns)
    return Quiet(bands=tuple(bands))


def _room(alarm: BasisAlarm, ringing: int, spread: Spread) -> int | None:
    # By how much twice the value may move, in millionths of a yuan.
    if spread.buy is None or spread.sell is None:
        return None
    twice = spread.buy + spread.sell
    above = None if alarm.high is None else twice - int(alarm.high * TWICE)
    below = None if alarm.low is None else int(alarm.low * TWICE) - twice
    if ringing:
        beyond = above if ringing > 0 else below
        return None if beyond is None or beyond <= 1 else beyond - 2
    lacks = [-one for one in (above, below) if one is not None]
    least = min(lacks, default=0)
    return None if least < 1 else least - 1  # a border may be finer than a millionth


def _bands(spread: Spread, room: int, columns: Columns) -> Iterator[Band]:
    for slot, weight, _, spot in spread.legs:
        row, name = columns.row(slot), columns.universe[slot]
        ticks = room // (2 * len(spread.legs) * abs(weight))
        for column in (Column.LAST,) if spot else (Column.BID, Column.ASK):
            if row is not None:  # a spread that has a price has a quote of each leg
                yield Band(name, column, row[column] - ticks, row[column] + ticks)
