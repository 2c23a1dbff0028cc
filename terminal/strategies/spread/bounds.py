"""Look at the bounds and the stop of a grid over a spread, whatever its legs are doing: one may be unknown for long.

Its price is the middle of what buying and selling it come to. As long as a leg was not traded yet in the session that
middle is a guess: a book may open hundreds of ticks wide. Then the price lies between the two, and what of the bounds
it crosses is what a contract's crosses (`terminal.strategies.grid.judged`). Without both there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.strategies.grid.judged import Judged, between, crossing
from terminal.strategies.grid.stage import Stage
from terminal.strategies.spread.lines import anchor, may_follow
from terminal.strategies.spread.priced import priced
from terminal.strategies.spread.unseen import grid_seen, is_traded, tell

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadGrid, SpreadSettings
    from terminal.domain.view import SpreadQuote, View
    from terminal.strategies.spread.moment import Moment


def judged(settings: SpreadSettings, grid: SpreadGrid, quote: SpreadQuote | None, view: View) -> Judged | None:
    """Return by what the stop and bounds of a spread's grid are judged that is priced so; both as they are now."""
    if quote is None:
        return None
    if all(is_traded(view, leg.instrument) for leg in settings.legs):
        middle = (quote.buy + quote.sell) / 2
        return Judged(middle, middle, middle)
    return between(anchor(settings, grid), quote.sell, quote.buy)


def crossed(moment: Moment) -> bool:
    """State that the price leaves the bounds, reaches the stop or is back; return whether it does just now.

    Of a grid that holds lots it is stated too that its stop cannot be judged, or can again.
    """
    settings, grid, memory = moment.settings, moment.settings.grid, moment.memory
    if grid is None or memory.stage is not Stage.RUNNING:
        return False
    quote = priced(settings, moment.view)
    ends = None if quote is None else between(anchor(settings, grid), quote.sell, quote.buy)
    # Nearly always both ends are inside: so is the middle, and whether all was traded has not to be asked for.
    inside = ends is not None and memory.left_at is None and ends.inside(grid)
    found = ends if inside else judged(settings, grid, quote, moment.view)
    seen = grid_seen(moment.view, settings, grid, found) if moment.net else None
    if seen is not None:
        tell(moment, seen)
    mark = crossing(grid, found, memory.left_at, moment.draft.now, lambda: may_follow(settings, moment.net))
    if mark is not None:
        moment.draft.mark(mark)
    return mark is not None
