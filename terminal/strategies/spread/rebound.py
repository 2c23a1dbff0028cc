"""Give a spread whose leg has gone to another month the prices that belong to it: by a roll (随移), or while empty."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.parameters.exits import EXITS
from terminal.strategies.spread.lines import trailed

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
    from terminal.strategies.spread.memory import SpreadMemory


def shift_of_spread(settings: SpreadSettings, near: InstrumentId, shift: Decimal) -> Decimal:
    """Return by how many yuan a set is worth more once a contract `shift` yuan dearer stands in the place of near."""
    return sum((leg.coefficient * shift for leg in settings.legs if leg.instrument == near), Decimal(0))


def rebound(settings: SpreadSettings, near: InstrumentId, far: InstrumentId, shift: Decimal) -> SpreadSettings:
    """Return the settings of a spread whose leg near is far from now on, which stands `shift` yuan higher.

    Its prices move by that times the leg's coefficient; with them a grid's stop, bounds and limit of
    following, and a spread's own exits.
    """
    legs = tuple(replace(leg, instrument=far) if leg.instrument == near else leg for leg in settings.legs)
    return _moved(settings, legs, shift_of_spread(settings, near, shift))


def turned(old: SpreadSettings, new: SpreadSettings) -> tuple[int, ...]:
    """Return which legs stand for another contract in the new settings; none where anything else of a leg differs."""
    if len(old.legs) != len(new.legs):
        return ()
    legs = list(zip(old.legs, new.legs, strict=True))
    if any(replace(one, instrument=other.instrument) != other for one, other in legs):
        return ()
    return tuple(place for place, (one, other) in enumerate(legs) if one.instrument != other.instrument)


def why_not_whole(old: SpreadSettings, new: SpreadSettings, memory: SpreadMemory) -> str | None:
    """Return why a spread whose legs become other contracts cannot have these settings, in one sentence, or `None`.

    A leg goes while nothing of it is held and no order is out, and all prices go with it by the same yuan.
    """
    if memory.ledger.busy or any(memory.legs[place].net for place in turned(old, new)):
        return "价差的这一腿持有仓位或有委托在途时合约不能换，请由移仓带它过去。"
    if new != _moved(old, new.legs, new.buy_at - old.buy_at):
        return "价差换合约时各价要一起平移同样的元数，其余设置不变；请由移仓带它过去，或停止后另启一个。"
    return None


def _moved(settings: SpreadSettings, legs: tuple[SpreadLeg, ...], moved: Decimal) -> SpreadSettings:
    grid = settings.grid
    if grid is None:
        prices = {name: getattr(settings, name) for name in ("buy_at", "sell_at", *EXITS)}
        return replace(
            settings, legs=legs, **{name: price + moved for name, price in prices.items() if price is not None}
        )
    limit = None if grid.trail_to is None else grid.trail_to + moved
    new = trailed(settings, moved)
    return replace(new, legs=legs, grid=None if new.grid is None else replace(new.grid, trail_to=limit))
