"""Say where an empty grid will stand once it has followed its price, and whether it ends there all the same.

A price beyond the winning bound does not end a grid that may still follow. It follows as far as its limit lets it; if
the price is beyond its bound there too, that is the way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.words.amount_text import amount_text
from terminal.strategies.grid.stage import Stage, left_for
from terminal.strategies.grid.trailing import may_follow, room, trailed, wins_beyond
from terminal.strategies.spread.lines import anchor
from terminal.strategies.spread.lines import may_follow as spread_may_follow
from terminal.strategies.spread.lines import room as spread_room
from terminal.strategies.spread.lines import trailed as spread_trailed

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import GridSettings, SpreadGrid, SpreadSettings
    from terminal.domain.products.instrument import Instrument


class Followed(NamedTuple):
    """Hold a grid's first level and bounds after it has followed a price, and whether it ends there."""

    anchor: Decimal
    bounds: GridSettings | SpreadGrid
    ends: bool

    @property
    def words(self) -> str:
        """Return in words that it ends where it has followed to."""
        between = f"{amount_text(self.bounds.lower)} 至 {amount_text(self.bounds.upper)}"
        return f"先移到 {amount_text(self.anchor)}，仍在区间（{between}）外，随即结束"


def followed(now: GridSettings, price: Decimal, known: Instrument, *, empty: bool) -> Followed | None:
    """Return where a grid that stands so now will stand by this price; `None` where it may not follow."""
    if not may_follow(now, empty=empty):
        return None
    then = trailed(now, room(now, int(price // known.tick), known.tick))
    return Followed(then.anchor, then, _ends(then, price, further=may_follow(then, empty=True)))


def spread_followed(now: SpreadSettings, price: Decimal, net: int) -> Followed | None:
    """Return where a grid over a spread that stands so now will stand by this price; `None` where it may not follow."""
    if not spread_may_follow(now, net):
        return None
    then = spread_trailed(now, spread_room(now, price))
    if then.grid is None:
        return None
    return Followed(anchor(then, then.grid), then.grid, _ends(then.grid, price, further=spread_may_follow(then, 0)))


def _ends(bounds: GridSettings | SpreadGrid, price: Decimal, *, further: bool) -> bool:
    return (
        not further and wins_beyond(bounds, price) and left_for(bounds.out_of_range, stopped=False) is not Stage.RUNNING
    )
