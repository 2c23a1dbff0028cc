"""Say that a held spread against spot (期现价差) has no price: the last trading day of its future is not known.

What holding spot costs until then is in its price, so without that day nothing is judged and nothing is closed. It is
looked at with the levels, about once a second of market time, and told once each trading day. What was told is no fact:
after a restart it is told again, which is the careful side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.control import DECIDING
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.words.risk import Level
from terminal.domain.words.spot_terms import SpotTerm
from terminal.engine.wording import short
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import SpreadMemory

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

CODE: Final = "CARRY_UNKNOWN"


class CarryBlind:
    """Tell each running spread that holds lots and cannot be priced; holds only the day it was told on."""

    def __init__(self) -> None:
        self._told: dict[StrategyId, int] = {}

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Tell what is blind now, once a trading day."""
        for row, lead in look.each(account, _lead):
            if look.instrument(lead).expiry is not None or self._told.get(row.strategy) == look.trading_day:
                continue
            self._told[row.strategy] = look.trading_day
            turn.say(
                AlertRaised(
                    account=row.account,
                    level=Level.ORANGE,
                    code=CODE,
                    instrument=lead,
                    sentence=f"策略 {row.strategy}：{short(lead)} 的最后交易日未知，算不出{SpotTerm.CARRY}，"
                    "所持的套不判价、也不会自己平；请补上合约的最后交易日，或把资金年利率与仓储费改为 0，或人工平仓。",
                )
            )


def _lead(row: StrategyRow) -> InstrumentId | None:
    settings, memory = row.settings, row.memory
    if row.status not in DECIDING or not isinstance(settings, SpreadSettings) or not isinstance(memory, SpreadMemory):
        return None
    if not carries(settings.spot_side) or not any(memory.nets):
        return None
    return settings.legs[active_leg(settings)].instrument
