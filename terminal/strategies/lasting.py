"""Say what of a strategy's settings lasts for its life: what its memory was folded with cannot be changed under it.

`terminal.domain.parameters.lasting` names what is free, as a form has to know it too. A roll's timings keep their
kinds and places, and whatever their row of sighted days or their window was built with; thresholds are free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.parameters.lasting import LEG_FREE, SPOT_SIDE_FREE, TIMING_FREE, lasts
from terminal.domain.words.settings import WORDS, differing

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import RollSettings, SpreadSettings, StrategySettings, Timing


def lasting(old: StrategySettings, new: StrategySettings, free: frozenset[str]) -> str | None:
    """Return the sentence that names the changed fields which are not free, or `None`."""
    names = [WORDS[name] for name in differing(old, new) if name not in free]
    return lasts("、".join(names)) if names else None


def with_chase_of(old: SpreadSettings, new: SpreadSettings) -> SpreadSettings:
    """Return the old settings with the new ones' pay-up and patience of each leg: nothing else of a leg is free."""
    if len(old.legs) != len(new.legs):
        return old
    legs = zip(old.legs, new.legs, strict=True)
    return replace(
        old, legs=tuple(replace(leg, **{name: getattr(other, name) for name in LEG_FREE}) for leg, other in legs)
    )


def with_grid_of(old: SpreadSettings, new: SpreadSettings) -> SpreadSettings:
    """Return the old settings with the new ones' lines and bounds: of a spread's grid only the side lasts."""
    if old.grid is None or new.grid is None or old.grid.side is not new.grid.side:
        return old
    return replace(old, grid=new.grid)


def with_spot_of(old: SpreadSettings, new: SpreadSettings) -> SpreadSettings:
    """Return the old settings with what is free of the new ones' spot side: the reminder, and what holding costs."""
    if old.spot_side is None or new.spot_side is None:
        return old
    freed = {name: getattr(new.spot_side, name) for name in SPOT_SIDE_FREE}
    return replace(old, spot_side=replace(old.spot_side, **freed))


def with_thresholds_of(old: RollSettings, new: RollSettings) -> RollSettings:
    """Return the old settings with the new ones' thresholds of each timing."""
    if len(old.timings) != len(new.timings):
        return old
    timings = zip(old.timings, new.timings, strict=True)
    return replace(old, timings=tuple(_with_threshold(timing, other) for timing, other in timings))


def _with_threshold(old: Timing, new: Timing) -> Timing:
    if type(old) is not type(new):
        return old
    names = TIMING_FREE & set(old.__struct_fields__)
    return replace(old, **{name: getattr(new, name) for name in names})
