"""Say whether changed settings only restrain a roll: it moves no more, no sooner and at no worse prices than before.

Limits may fall under a roll that runs, so that it could not be started any more. Nobody is kept from making it smaller
or slower then: what it opens is asked of again before near is closed. How long its orders rest before they are chased
is free, as long as they go no further; a threshold a market is held against may be met sooner or later by turns, so it
stays as it is.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from terminal.domain.parameters.strategy import DaysToExpiry, Manual, RollSettings, Slices, StepDay, Timing

SIZES: Final = ("lots", "batch_lots", "naked_lots", "pay_up_ticks")
CHASES: Final = ("chase_seconds", "max_chases")


def only_restrains(had: RollSettings, settings: RollSettings) -> bool:
    """Return whether a roll that is given settings moves no more lots, no sooner and pays up no further."""
    free = {name: getattr(had, name) for name in (*SIZES, *CHASES, "batch_pause_seconds", "timings")}
    if replace(settings, **free) != had or len(settings.timings) != len(had.timings):
        return False
    no_larger = all(getattr(settings, name) <= getattr(had, name) for name in SIZES)
    no_faster = settings.batch_pause_seconds >= had.batch_pause_seconds
    return no_larger and no_faster and all(map(_no_sooner, had.timings, settings.timings))


def _no_sooner(had: Timing, timing: Timing) -> bool:
    match had, timing:
        case Manual(), Manual():
            return had.go or not timing.go
        case Slices(), Slices():
            return timing.first_day >= had.first_day and timing.slices >= had.slices
        case StepDay(), StepDay():
            return timing.day >= had.day and timing.days <= had.days
        case DaysToExpiry(), DaysToExpiry():
            return replace(timing, days=had.days) == had and timing.days <= had.days
        case _:
            return timing == had
