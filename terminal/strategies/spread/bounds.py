"""Look at the bounds and the stop of a grid over a spread, whatever its legs are doing: one may be unknown for long.

Nobody trades at the middle of a spread: one leg's book that stands wide open for one snapshot moves it by yuan, before
the first trade and after it. So the price lies between what selling and what buying it come to, and what of the bounds
it crosses is what a contract's crosses (`terminal.strategies.grid.judged`): a bound or the stop once both lie beyond
it, which on the winning side is what taking the profit comes to, and the stop too once what its lots could be closed at
has lain there for long. Without both there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.strategies.grid.judged import Since, between, crossing
from terminal.strategies.grid.stage import Stage
from terminal.strategies.grid.unseen import beyond_lasts
from terminal.strategies.spread.lines import anchor, may_follow
from terminal.strategies.spread.priced import priced
from terminal.strategies.spread.unseen import begins_at, grid_seen, tell

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadGrid, SpreadSettings
    from terminal.domain.view import SpreadQuote
    from terminal.strategies.grid.judged import Judged
    from terminal.strategies.spread.moment import Moment


def judged(settings: SpreadSettings, grid: SpreadGrid, quote: SpreadQuote | None) -> Judged | None:
    """Return by what the stop and bounds of a spread's grid are judged that is priced so; both as they are now."""
    return None if quote is None else between(anchor(settings, grid), quote.sell, quote.buy)


def crossed(moment: Moment) -> bool:
    """State that the price leaves the bounds, reaches the stop or is back; return whether it does just now.

    Of a grid that holds lots it is stated too that its stop cannot be judged, or can again.
    """
    settings, grid, memory = moment.settings, moment.settings.grid, moment.memory
    if grid is None or memory.stage is not Stage.RUNNING:
        return False
    found = judged(settings, grid, priced(settings, moment.view))
    seen = grid_seen(moment.view, settings, grid, found) if moment.net else None
    if seen is not None:
        tell(moment, seen)
    now = moment.draft.now
    since = Since(memory.left_at, memory.beyond_at > 0 and beyond_lasts(memory, now, begins_at(moment)))
    mark = crossing(grid, found, since, now, lambda: may_follow(settings, moment.net))
    if mark is not None:
        moment.draft.mark(mark)
    return mark is not None
