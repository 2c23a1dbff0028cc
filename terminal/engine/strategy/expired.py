"""Refuse a spread or a grid over a contract that is past its last trading day: it could not trade it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.view import View


def traded(settings: StrategySettings) -> tuple[InstrumentId, ...]:
    """Return the contracts a spread or a grid trades to hold; none of a conversion, and of any other kind."""
    if isinstance(settings, GridSettings):
        return (settings.instrument,)
    if isinstance(settings, SpreadSettings) and settings.conversion is None:
        return tuple(leg.instrument for leg in settings.legs if leg.lots)
    return ()


def why_expired(view: View, settings: StrategySettings) -> str:
    """Return in a sentence which contract is over, "" where none is, or no last trading day is known."""
    left = [(name, view.days_to_expiry(name)) for name in traded(settings)]
    over = [short(name) for name, days in left if days is not None and days < 0]
    return f"{'、'.join(over)} 已过最后交易日，不能再交易；请换一个月份。" if over else ""
