"""Say what stopping one half of a roll between accounts does to the other one (跨账户移仓): it is stopped as well.

Nobody is told which account that is in: who trades in one may have no part in the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import Rest
from terminal.domain.parameters.strategy import Half
from terminal.engine.records.forgetting import OVER
from terminal.engine.strategy.halves import fellow_of, half_of
from terminal.engine.strategy.unwound import unwound
from terminal.engine.strategy.winding import must_wind_down

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow


def fellow_stops(look: Look, row: StrategyRow) -> str:
    """Return in a clause what becomes of the other half once this one is stopped; "" where there is none to stop."""
    half = half_of(look.state, row)
    fellow = None if half is None else fellow_of(look.state, half)
    if half is None or fellow is None or fellow.row.status in OVER:
        return ""
    if half.settings.half is Half.FAR:
        return "；平近月的一半随之停止"
    lack = half.memory.closed - fellow.memory.opened
    if lack <= 0:
        return "；开远月的一半随之停止"
    if unwound(look, fellow.account, fellow.row) or not must_wind_down(fellow.account, fellow.row, Rest.STOPPED):
        return f"；开远月的一半随之立即停止，它缺的 {lack} 手不再由它补"
    return f"；开远月的一半先补开它缺的 {lack} 手，再停止"
