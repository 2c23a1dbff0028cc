"""Give a spread whose leg a roll has moved the prices that belong to its new contract (随移)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.parameters.exits import EXITS
from terminal.strategies.spread.lines import trailed

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings


def shift_of_spread(settings: SpreadSettings, near: InstrumentId, shift: Decimal) -> Decimal:
    """Return by how many yuan a set is worth more once a contract `shift` yuan dearer stands in the place of near."""
    return sum((leg.coefficient * shift for leg in settings.legs if leg.instrument == near), Decimal(0))


def rebound(settings: SpreadSettings, near: InstrumentId, far: InstrumentId, shift: Decimal) -> SpreadSettings:
    """Return the settings of a spread whose leg near is far from now on, which stands `shift` yuan higher.

    Its prices move by that times the leg's coefficient; with them a grid's stop, bounds and limit of
    following, and a spread's own exits.
    """
    moved = shift_of_spread(settings, near, shift)
    legs = tuple(replace(leg, instrument=far) if leg.instrument == near else leg for leg in settings.legs)
    grid = settings.grid
    if grid is None:
        prices = {name: getattr(settings, name) for name in ("buy_at", "sell_at", *EXITS)}
        return replace(
            settings, legs=legs, **{name: price + moved for name, price in prices.items() if price is not None}
        )
    limit = None if grid.trail_to is None else grid.trail_to + moved
    new = trailed(settings, moved)
    return replace(new, legs=legs, grid=None if new.grid is None else replace(new.grid, trail_to=limit))
