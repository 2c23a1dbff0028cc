"""Walk the legged states of a spread: what it can come to hold while legs have not followed (DOMAIN 4.9).

The lots a spread may hold on its way form a solid with few corners, and every limit of the risk rules is met inside it
if it is met at its corners. Those are, for buying and for selling: the active leg after its first slice, and at its
goal; and every choice of legs that lag, together by as many lots as may be unbalanced, or by all they need.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING, NamedTuple

from terminal.strategies.spread.balance import active_leg, held_side, largest_slice, needed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.strategy import SpreadSettings


class Legged(NamedTuple):
    """Hold one state: the signed lots of each leg, and the signed lots each one lacks."""

    direction: int  # 1 buys the spread, -1 sells it
    lots: tuple[int, ...]
    lacking: tuple[int, ...]


def legged_states(settings: SpreadSettings) -> tuple[Legged, ...]:
    """Return every corner, the balanced ones among them, each once."""
    return tuple(dict.fromkeys(_states(settings)))


def _states(settings: SpreadSettings) -> Iterator[Legged]:
    lead = active_leg(settings)
    others = [place for place in range(len(settings.legs)) if place != lead]
    subsets = tuple(chain.from_iterable(combinations(others, count) for count in range(len(others) + 1)))
    goal = settings.max_sets * abs(settings.legs[lead].lots)
    nothing = [0] * len(settings.legs)
    first = largest_slice(settings, nothing, direction=1, most=goal, shown=None)
    ways = (1,) if settings.conversion is not None else (1, -1)
    side = held_side(settings)
    if side is not None:
        ways = (side.sign,)  # the other way it only goes back
    for direction in ways:
        sign = direction if settings.legs[lead].lots > 0 else -direction
        for active in (goal, first):
            for lagging in subsets:
                yield _state(settings, direction, sign * active, lagging)


def _state(settings: SpreadSettings, direction: int, active: int, lagging: tuple[int, ...]) -> Legged:
    lead, left = active_leg(settings), settings.naked_lots
    lots, lacking = [], []
    for place in range(len(settings.legs)):
        whole = active if place == lead else needed(settings, place, active)
        lack = min(left, abs(whole)) if place in lagging else 0
        left -= lack
        lacking.append(lack if whole > 0 else -lack)
        lots.append(whole - lacking[-1])
    return Legged(direction, tuple(lots), tuple(lacking))
