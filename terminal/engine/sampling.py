"""Say who leans on which window of samples, and at which samples to come each must be asked, while a market sleeps.

Only of a person's own rule that can be said: it decides by samples alone, and by what is held, which does not change in
a sleep. It declares it (`wakes`), or it is asked ahead where it is proven to remember nothing. Every other strategy
with a window is asked at each sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.control import DECIDING
from terminal.domain.parameters.own import OwnSettings
from terminal.strategies.own.memory import OwnMemory
from terminal.strategies.own.windows import watches_of
from terminal.strategies.table import OWN, strategy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from terminal.domain.ids import AccountId
    from terminal.engine.prices.samples import Window
    from terminal.engine.receive import Engine


class Leaning(NamedTuple):
    """Hold a strategy of which it can be said when it must be asked, and its windows: one of each contract.

    They are sampled at the same batches, and hold as many samples. `declares`: its rule says it of many at once.
    """

    account: AccountId
    settings: OwnSettings
    memory: OwnMemory
    windows: tuple[Window, ...]
    declares: bool


def foreseen(engine: Engine) -> list[Leaning] | None:
    """Return every strategy that may decide by a sample; `None` where of one it cannot be said when it must be asked.

    An empty list means that nobody minds a sample.
    """
    found = []
    for account in engine.state.accounts.values():
        for row in account.strategies.values():
            settings, memory = row.settings, row.memory
            if row.status not in DECIDING or not strategy_of(settings).watches(settings):
                continue
            if not isinstance(settings, OwnSettings) or not isinstance(memory, OwnMemory) or not OWN.foresees(settings):
                return None
            windows = tuple(engine.columns.watches[watch] for watch in watches_of(settings))
            found.append(Leaning(row.account, settings, memory, windows, OWN.declares(settings)))
    return found


def wakes(engine: Engine, one: Leaning, prices: Sequence[NDArray[np.float64]], first: int) -> NDArray[np.bool_]:
    """Return at which of the prices to come, those from `first` on of each window in yuan, a strategy must be asked."""
    engine.look.account = engine.state.accounts[one.account]
    return OWN.wakes(one.settings, one.memory, engine.look, prices, first)
