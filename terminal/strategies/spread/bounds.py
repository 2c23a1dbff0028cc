"""Look at the bounds and the stop of a grid over a spread, whatever its legs are doing: one may be unknown for long.

Its price is the middle of what buying and selling it come to; without both there is none, and nothing is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import RangeEntered, RangeLeft
from terminal.strategies.grid.stage import CALM, Stage
from terminal.strategies.grid.trailing import wins_beyond
from terminal.strategies.spread.lines import may_follow
from terminal.strategies.spread.priced import priced

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import SpreadGrid, SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.spread.moment import Moment


def price_of(view: View, settings: SpreadSettings) -> Decimal | None:
    """Return the price in yuan that bounds and stop are held against, `None` while there is none."""
    quote = priced(settings, view)
    return None if quote is None else (quote.buy + quote.sell) / 2


def is_stopped(grid: SpreadGrid, price: Decimal) -> bool:
    """Return whether a price has reached the stop, or lies beyond it."""
    return (price - grid.stop) * grid.side.sign <= 0


def crossed(moment: Moment) -> bool:
    """State that the price leaves the bounds, reaches the stop or is back; return whether it does just now."""
    grid, memory = moment.settings.grid, moment.memory
    price = None if grid is None or memory.stage is not Stage.RUNNING else price_of(moment.view, moment.settings)
    if grid is None or price is None:
        return False
    stopped = is_stopped(grid, price)
    inside = grid.lower <= price <= grid.upper and not stopped
    if not stopped and wins_beyond(grid, price) and may_follow(moment.settings, moment.net):
        return False
    if stopped or (memory.left_at is None and not inside):
        moment.draft.mark(RangeLeft(price=price, stopped=stopped))
        return True
    if memory.left_at is not None and inside and moment.draft.now - memory.left_at >= CALM:
        moment.draft.mark(RangeEntered(price=price))
        return True
    return False
