"""Name what a market may do while somebody who looks at it has nothing to say: the condition for waking up.

The theory. Whoever looks at batches (a strategy, the levels of an account, the exchange's resting orders) may declare,
right after a look that led to nothing, within which values of which columns further looks lead to nothing too, and
until when. A run over a recording then passes over the batches inside all declarations at once. Who declares nothing
looks at every batch: nothing but speed depends on a declaration being there, and everything on its being true. Where
the exact border is hard to tell it lies nearer, never farther.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Column, Row

NEVER: Final = 1 << 62  # later than any instant, more than any value


class Band(NamedTuple):
    """Hold the values of one column of an instrument's quotes that change nothing, both ends included."""

    instrument: InstrumentId
    column: Column
    low: int = -NEVER
    high: int = NEVER


class Quiet(NamedTuple):
    """Hold what changes nothing: quotes inside every band, before an instant (market clock, UTC ns)."""

    until: int = NEVER
    bands: tuple[Band, ...] = ()


EVER: Final = Quiet()


def together(all_of: Iterable[Quiet | None]) -> Quiet | None:
    """Return what changes nothing for any of them; `None` where one of them declares nothing."""
    until, bands = NEVER, list[Band]()
    for one in all_of:
        if one is None:
            return None
        until = min(until, one.until)
        bands += one.bands
    return Quiet(until, tuple(bands))


def bounds_of(bands: Iterable[Band]) -> dict[InstrumentId, dict[Column, tuple[int, int]]]:
    """Return by instrument and column the values inside all bands; where none is, low is above high."""
    found: dict[InstrumentId, dict[Column, tuple[int, int]]] = {}
    for name, column, low, high in bands:
        if name not in found:
            found[name] = {}
        own = found[name]
        if column in own:
            least, most = own[column]
            own[column] = max(least, low), min(most, high)
        else:
            own[column] = low, high
    return found


class Passed(NamedTuple):
    """Hold the latest quote of a slot among the batches that were passed over, and when it was received (UTC ns).

    `traded` is after and by when its volume last changed among them, `None` where it did not; `seen` gives a
    column of every quote of the slot among them, in their order.
    """

    row: Row
    received: int
    traded: tuple[int, int] | None
    seen: Callable[[Column], NDArray[np.integer]]


class Span(NamedTuple):
    """Hold batches that were passed over at once, and what they leave behind.

    `looked` is the market clock of the last of them at which what time demands would have been looked at, `None`
    without one; `steady` is the market time that has passed without its jumps, `steady_looked` as much of it as had
    passed at that look. Instants are UTC ns.
    """

    last: int  # index of the last batch
    batches: int
    at: int
    looked: int | None
    steady: int
    steady_looked: int
    slots: Mapping[int, Passed]
