"""Say whether a change of a strategy that runs can only make it trade less, or lose less.

Nobody waits for a second person with that: who runs a strategy may stop it alone, and this is less than that. What
counts is what each kind calls its sizes, its stop, and the worst price of an execution. Everything else, however
harmless it looks, is judged as before: an end or a bound, a patience, a price to begin at may each let it trade more in
one market and less in another. So may the limit of loss of a spread's broken round: a smaller one takes rounds back at
a loss which a little patience would have hedged, and the next one begins.

A nearer stop that is reached already is no guard, but closes what is held at once. Who stops a strategy leaves its lots
where they are; to sell them is what a second person is asked of. So a stop is asked about by the worst of what is known
of the price: what the held lots could be closed at where two sides show it, and of a lone side and the last price the
one nearer to the stop. In a break the last book counts. Where nothing tells the price, nothing tells either that the
stop is not reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.parameters.exits import exits_of
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, SpreadGrid, SpreadSettings
from terminal.domain.words.settings import differing
from terminal.engine.prices.spread import Spread
from terminal.engine.strategy.whereabouts import where_it_stands
from terminal.strategies.grid.judged import judged
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage, left_for
from terminal.strategies.grid.stop import is_reached
from terminal.strategies.sight import Sight
from terminal.strategies.spread.bounds import judged as judged_spread
from terminal.strategies.spread.exits import way_held
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.view import SpreadQuote
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow
    from terminal.strategies.grid.judged import Judged

REACHED = "现价已到新的止损价，改了就会平掉所持"
UNKNOWN = "现在没有报价，看不出是否已到新的止损价"


def only_lessens(old: StrategySettings, new: StrategySettings) -> bool:
    """Return whether each difference of two settings of one kind is a smaller size, a nearer stop or a stricter limit.

    Settings that do not differ lessen nothing.
    """
    before, after = strategy_of(old).sizes(old), strategy_of(new).sizes(new)
    lesser = {name for name, lots in after.items() if lots <= before[name]} | _guards(old, new)
    changed = differing(old, new)
    return bool(changed) and lesser.issuperset(changed)


def _guards(old: StrategySettings, new: StrategySettings) -> set[str]:
    # The fields of a stop or a limit that are as strict as they were, or stricter.
    if isinstance(old, GridSettings) and isinstance(new, GridSettings):
        return {"stop"} if _nearer(old.stop, new.stop, old.side.sign) else set()
    if isinstance(old, ExecutionSettings) and isinstance(new, ExecutionSettings):
        return {"limit"} if _nearer(old.limit, new.limit, -old.side.sign) else set()
    if not isinstance(old, SpreadSettings) or not isinstance(new, SpreadSettings):
        return set()
    stricter = {
        "long_stop": _nearer(old.long_stop, new.long_stop, 1),
        "short_stop": _nearer(old.short_stop, new.short_stop, -1),
        "grid": _lesser_grid(old.grid, new.grid),
    }
    return {name for name, so in stricter.items() if so}


def _nearer(old: Decimal | None, new: Decimal | None, sign: int) -> bool:
    # A stop of what is bought is stricter the higher it lies: `sign` 1; having one is stricter than having none.
    if new is None:
        return old is None
    return old is None or (new - old) * sign >= 0


def _lesser_grid(old: SpreadGrid | None, new: SpreadGrid | None) -> bool:
    if old is None or new is None:
        return old is new
    same = replace(old, lines=new.lines, stop=new.stop) == new
    return same and new.lines <= old.lines and _nearer(old.stop, new.stop, old.side.sign)


def why_closes(look: Look, row: StrategyRow, written: StrategySettings) -> str:
    """Return why another stop may close at once what a strategy holds, in words, or ""; `written` as a person wrote it.

    A stop that stays where it is closes nothing anew, and neither does one at which the lots are kept.
    """
    now, then, memory = where_it_stands(row, row.settings), where_it_stands(row, written), row.memory
    if isinstance(now, GridSettings) and isinstance(then, GridSettings) and isinstance(memory, GridMemory):
        moved = any(memory.held) and now.stop != then.stop
        return _of_bounds(then, _contract(look, then)) if moved else ""
    if isinstance(now, SpreadSettings) and isinstance(then, SpreadSettings) and isinstance(memory, SpreadMemory):
        way = way_held(then, memory)
        return _of_spread(look, now, then, way) if way else ""
    return ""


def _of_spread(look: Look, now: SpreadSettings, then: SpreadSettings, way: int) -> str:
    if now.grid is not None and then.grid is not None:
        moved = now.grid.stop != then.grid.stop
        return _of_bounds(then.grid, judged_spread(then, then.grid, _last_book(look, then))) if moved else ""
    stop = exits_of(then, way).stop
    if stop is None or stop == exits_of(now, way).stop:
        return ""
    quote = _last_book(look, then)
    if quote is None:
        return UNKNOWN
    return REACHED if ((quote.sell if way > 0 else quote.buy) - stop) * way <= 0 else ""


def _of_bounds(bounds: GridSettings | SpreadGrid, found: Judged | None) -> str:
    if left_for(bounds.out_of_range, stopped=True) is not Stage.FLATTENING:
        return ""
    worst = None if found is None else found.worst(bounds)
    if worst is None:
        return UNKNOWN
    return REACHED if is_reached(bounds, worst) else ""


def _contract(look: Look, settings: GridSettings) -> Judged | None:
    quote = look.quote(settings.instrument)
    if quote is None:
        return None
    return judged(settings, Sight(look.instrument(settings.instrument), quote, left=0, fresh=False), lasts=False)


def _last_book(look: Look, settings: SpreadSettings) -> SpreadQuote | None:
    spread = Spread("", look.columns, tuple((leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs))
    spread.price(0)
    return spread.quote()
