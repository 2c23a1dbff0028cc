"""Read off a recording what each contract was at the end of each trading day, and where it traded within it.

A row counts as a price only where something traded: before the opening an exchange repeats the last price of the day
before, and that is no price of today.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terminal.domain.market import Column
from terminal.domain.products.instrument import Instrument, Kind
from terminal.engine.prices.columns import HAS_LAST, HAS_OPEN_INTEREST, HAS_VOLUME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import ProductId
    from terminal.domain.market import Recording

    Whole = NDArray[np.int64]

Resolve = Callable[[str, int], Instrument]
"""What tells an instrument by its name with the exchange, on a day."""


class DayTold(NamedTuple):
    """Hold what was told of one contract on one trading day; `None` where it was not.

    `close` is the last price that traded, in ticks; `opened` is the first open interest of the day, `interest` the
    last; `volume` are the lots of the whole day.
    """

    close: int | None
    opened: int | None = None
    interest: int | None = None
    volume: int | None = None


class Traded(NamedTuple):
    """Hold the rows of one contract at which something had traded, oldest first: when (UTC ns), and the last ticks."""

    at: Whole
    ticks: Whole


class Contract(NamedTuple):
    """Hold one contract of a product, what was told of its days, and what traded on each."""

    instrument: Instrument
    days: dict[int, DayTold]
    traded: dict[int, Traded]

    @property
    def month(self) -> int:
        """Return its delivery month, as 202105."""
        return self.instrument.delivery_month or 0


def contracts_of(recording: Recording, resolve: Resolve, calendar: Calendar) -> dict[ProductId, list[Contract]]:
    """Return the futures of a recording by product, the nearer month first."""
    ends = recording.ends.astype(np.int64)
    row_at = np.repeat(recording.at, np.diff(ends, prepend=0))
    first, last = calendar.trading_day(int(row_at[0])), calendar.trading_day(int(row_at[-1]))
    days = calendar.trading_days(first, last)
    begins = np.array([calendar.begins_at(day) for day in days], dtype=np.int64)
    order = np.argsort(recording.slots, kind="stable").astype(np.int64)
    heads = np.flatnonzero(np.diff(recording.slots[order].astype(np.int64), prepend=-1)).tolist()
    found: dict[ProductId, list[Contract]] = {}
    for head, end in zip(heads, [*heads[1:], len(order)], strict=True):
        places = order[head:end]
        name, seen = recording.universe[int(recording.slots[places[0]])], int(row_at[places[0]])
        known = resolve(name, calendar.trading_day(seen))
        if known.kind is Kind.FUTURE and known.delivery_month is not None:
            of_day = np.searchsorted(begins, row_at[places], side="right") - 1
            contract = _contract(recording, known, places, row_at[places], of_day, days)
            found.setdefault(known.product, []).append(contract)
    return {product: sorted(of, key=lambda one: (one.month, one.instrument.id)) for product, of in found.items()}


def _contract(
    recording: Recording, known: Instrument, places: Whole, at: Whole, of_day: Whole, days: tuple[int, ...]
) -> Contract:
    mask, last, volume, interest = (
        recording.column(column)[places].astype(np.int64)
        for column in (Column.MASK, Column.LAST, Column.VOLUME, Column.OPEN_INTEREST)
    )
    has_volume = mask & HAS_VOLUME != 0
    dealt = (mask & HAS_LAST != 0) & (~has_volume | (volume > 0))
    told, traded = {}, {}
    for place in np.unique(of_day).tolist():
        mine = of_day == place
        held = interest[mine & (mask & HAS_OPEN_INTEREST != 0)].tolist()
        lots = volume[mine & has_volume].tolist()
        prices = last[mine & dealt]
        told[days[place]] = DayTold(
            close=int(prices[-1]) if len(prices) else None,
            opened=held[0] if held else None,
            interest=held[-1] if held else None,
            volume=lots[-1] if lots else None,
        )
        traded[days[place]] = Traded(at[mine & dealt], prices)
    return Contract(known, told, traded)
