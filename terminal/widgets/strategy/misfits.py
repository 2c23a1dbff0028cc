"""Say, field by field and as one types, what is wrong with contracts that do not go together, as the market lists them.

What follows from them is said too: of timings that switch, which ones never decide. The runner refuses the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.words.timings import timing_name
from terminal.strategies.roll.fit import contracts_fault, passed_over_places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.screen import StrategyCard
    from terminal.widgets.strategy.faults import Faults


def misfits_of(
    settings: StrategySettings, listed: Mapping[InstrumentId, Instrument], card: StrategyCard | None
) -> Faults:
    """Return what is wrong by field name (`timings.0` for rows); `card` is of the strategy changed, else `None`."""
    if not isinstance(settings, RollSettings):
        return {}
    near, far = listed.get(settings.near), listed.get(settings.far)
    faults = {} if near is None else _passed_over(settings, near, card)
    wrong = None if near is None or far is None or near is far else contracts_fault(near, far)
    return faults | ({"far": wrong} if wrong else {})


def _passed_over(settings: RollSettings, near: Instrument, card: StrategyCard | None) -> Faults:
    found, had = passed_over_places(settings, near), None if card is None else card.settings
    if found is None:
        return {}
    by, places = found
    first = f"时机 {by + 1}（{timing_name(settings.timings[by])}）"
    why = f"轮不到：自动切换时，{first}总看得见数值，一直由它决定；请"
    if card is None:
        return {f"timings.{place}": f"{why}把它放到最后，或把组合改成任一满足。" for place in places}
    # One that runs keeps what an older version let start; of one that moves lots the runner alone knows what decides.
    kept = isinstance(had, RollSettings) and passed_over_places(had, near) is not None
    names = "、".join(f"时机 {place + 1}" for place in places)
    return {} if kept or card.progress else {"combine": f"{names} {why}保留原来的组合，或停止后另启一个。"}
