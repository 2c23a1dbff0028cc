"""Draw what a rough market does to its contracts: gaps, limit locks, halts, one-sided books.

Every market has each of them at least once, some more, and single books that flicker: what a leg was to be hedged in
is gone for some seconds. Breaks need not be drawn: the sample market plays both
sides of every break, and its clock jumps over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from terminal.simulation.luck import Luck


class Kind(StrEnum):
    """Name what may happen to a contract."""

    GAP = "gap"  # its prices jump and stay there
    LOCK_UP = "lock_up"  # 涨停: bid at the limit, nobody offers
    LOCK_DOWN = "lock_down"  # 跌停
    HALT = "halt"  # no quotes at all
    NO_BID = "no_bid"
    NO_ASK = "no_ask"


class Hazard(NamedTuple):
    """Hold one happening: to which slots, from batch `first` up to, not including, `last`; `ticks` is a gap's."""

    kind: Kind
    slots: frozenset[int]
    first: int
    last: int
    ticks: int = 0


_SURE: Final = ((Kind.GAP,), (Kind.LOCK_UP, Kind.LOCK_DOWN), (Kind.HALT,), (Kind.NO_BID, Kind.NO_ASK))
_LENGTHS: Final = (6, 15, 40, 90)  # batches
_JUMPS: Final = (3, 8, 20, 60)  # ticks
_MOST_MORE = 5
_FLICKERS = 10
_FLICKER: Final = (3, 8, 15, 25)  # batches
_FLICKERING: Final = (Kind.NO_BID, Kind.NO_ASK, Kind.HALT)


def draw_hazards(luck: Luck, products: Sequence[Sequence[int]], batches: int) -> tuple[Hazard, ...]:
    """Return what happens in a market of so many batches; `products` are the slots of each product's contracts."""
    groups = list(_SURE) + [luck.one_of(_SURE) for _ in range(luck.randrange(_MOST_MORE + 1))]
    drawn = [_draw(luck, luck.one_of(group), luck.one_of(products), batches) for group in groups]
    return (*drawn, *(_flicker(luck, luck.one_of(products), batches) for _ in range(_FLICKERS)))


def _flicker(luck: Luck, product: Sequence[int], batches: int) -> Hazard:
    first = luck.randrange(batches)
    last = min(first + luck.one_of(_FLICKER), batches)
    return Hazard(luck.one_of(_FLICKERING), frozenset({luck.one_of(product)}), first, last)


def _draw(luck: Luck, kind: Kind, product: Sequence[int], batches: int) -> Hazard:
    # As often as not all months of a product go together, as they do when news comes.
    whole = kind is not Kind.HALT and luck.chance(0.5)
    slots = frozenset(product) if whole else frozenset({luck.one_of(product)})
    first = luck.randrange(batches // 10, batches)
    if kind is Kind.GAP:
        return Hazard(kind, slots, first, batches, luck.one_of(_JUMPS) * luck.one_of((-1, 1)))
    return Hazard(kind, slots, first, min(first + luck.one_of(_LENGTHS), batches))
