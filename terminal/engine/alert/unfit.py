"""Say that a roll which an older version let start is one that would be refused today (老移仓), and that it goes on.

Its contracts are not of one product, so that it takes a position in another one; it waits for a day on which its far
month is over; or its timings switch, and some of them never decide. It is looked at with the levels, and told once: at
the first look after the engine has begun. What was told is no fact: after a restart it is told again, which is the
careful side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.control import DECIDING, StrategyStatus
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.domain.words.risk import Level
from terminal.domain.words.settings import WORDS
from terminal.strategies.roll.fit import contracts_fault
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.prospects import outlives_far, passed_over, word_suffices

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

CODE: Final = "ROLL_UNFIT"
MINDED: Final = frozenset({*DECIDING, StrategyStatus.PAUSED})


class Unfit:
    """Tell each roll that could not start today; holds only which were looked at."""

    def __init__(self) -> None:
        self._seen: set[StrategyId] = set()

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Tell what is unfit of the rolls that were not looked at yet."""
        for row, settings in look.each(account, _roll):
            if row.strategy in self._seen:
                continue
            self._seen.add(row.strategy)
            why = _why(look, row, settings) if row.status in MINDED and settings.half is not Half.FAR else ""
            if why:
                turn.say(
                    AlertRaised(
                        account=row.account,
                        level=Level.ORANGE,
                        code=CODE,
                        instrument=settings.near,
                        sentence=f"策略 {row.strategy}：{why}",
                    )
                )


def _roll(row: StrategyRow) -> RollSettings | None:
    return row.settings if isinstance(row.settings, RollSettings) else None


def _why(look: Look, row: StrategyRow, settings: RollSettings) -> str:
    if not (look.listed(settings.near) and look.listed(settings.far)):
        return ""
    wrong = contracts_fault(look.instrument(settings.near), look.instrument(settings.far))
    if wrong:
        return f"{wrong.rstrip('。')}。它是旧版本启动的，会照旧做下去，现在已不能这样启动；不要的请停止它。"
    memory = row.memory if isinstance(row.memory, RollMemory) else None
    began = memory is not None and memory.began
    late = "" if began else outlives_far(settings, look)
    if late:
        other = "改用“人工发令”发令" if word_suffices(settings) else "把这个时机改到远月最后交易日之前"
        return f"{late.rstrip('。')}。它是旧版本启动的，照旧等着；请{other}，或停止它另启。"
    waits = not began or (memory is not None and memory.sliced)  # else its timings decide nothing any more
    clause = passed_over(settings, look) if waits else ""
    word = "用“人工发令”发令，" if word_suffices(settings) else ""
    mend = f"请{word}把{WORDS['combine']}改成任一满足，或停止它另启"
    return f"{clause}。它是旧版本启动的，照旧做下去；{mend}。" if clause else ""
