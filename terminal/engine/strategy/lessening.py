"""Say whether a change of a strategy that runs can only make it trade less, or lose less.

Nobody waits for a second person with that: who runs a strategy may stop it alone, and this is less than that. What
counts is what each kind calls its sizes, its stop, its limit of loss, and the worst price of an execution. Everything
else, however harmless it looks, is judged as before: an end or a bound, a patience, a price to begin at may each let it
trade more in one market and less in another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, SpreadGrid, SpreadSettings
from terminal.domain.words.settings import differing
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import StrategySettings


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
        "max_loss_yuan": _nearer(old.max_loss_yuan, new.max_loss_yuan, -1),
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
