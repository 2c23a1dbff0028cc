"""Hold how the active leg of a spread quotes (挂单) instead of only taking, and how far each of its figures may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

BOUNDS: Final = {
    "tolerance_ticks": (0, 10),
    "reach_ticks": (1, 100),
    "rest_seconds": (3, 3600),  # two orders of one place are more than two seconds apart anyway
    "max_cancels": (1, 400),
}


class SpreadQuoting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let the active leg rest at the price at which hedging at the others' opposite prices gives the asked spread.

    Ticks are the active leg's. A quote that has become worse than asked by more than the tolerance is withdrawn at
    once; one that could be better by more than it is quoted anew, no sooner than it has rested long enough.
    """

    tolerance_ticks: int = 1
    reach_ticks: int = 10  # nothing rests further than this from the opposite price
    rest_seconds: int = 10  # between two quotes at least; the more of the day's cancels are spent, the longer
    max_cancels: int = 100  # of quotes, in a trading day; then the active leg only takes


def quoting_faults(quoting: SpreadQuoting) -> Iterator[tuple[str, str]]:
    """Yield each figure that is out of bounds: its name and a sentence to stand after its caption."""
    for name, (least, most) in BOUNDS.items():
        value = getattr(quoting, name)
        if not least <= value <= most:
            yield name, f"应在 {least} 至 {most} 之间，现为 {value}，请修改。"
