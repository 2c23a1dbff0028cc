"""Say which contracts a strategy opens in its account: it waits where an opening is barred there."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.orders.order import Offset
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, Half, RollSettings, SpreadSettings
from terminal.domain.parameters.target import TargetSettings

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings


def opens(settings: StrategySettings) -> tuple[InstrumentId, ...]:
    """Return the contracts that a strategy opens to get anywhere; none where all it does is closing.

    A target may have to close as well as to open; a spread's leg that `closes` opens on its way back alone.
    """
    match settings:
        case RollSettings():
            here = settings.half is not Half.NEAR and settings.far_account is None
            return (settings.far,) if here else ()
        case SpreadSettings():
            return tuple(leg.instrument for leg in settings.legs if leg.lots and not leg.closes)
        case ExecutionSettings():
            return (settings.instrument,) if settings.offset is Offset.OPEN else ()
        case GridSettings():
            return (settings.instrument,)
        case OwnSettings():
            return tuple(one.instrument for one in settings.contracts)
        case TargetSettings():
            return ()
        case _:
            assert_never(settings)
