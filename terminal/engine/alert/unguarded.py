"""Say that a paused grid stands beyond its stop: nobody closes it there, a paused strategy decides nothing.

It is looked at with the levels, about once a second of market time, and told once for each pause. What was told is no
fact: after a restart it is told again, which is the careful side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.market import Column
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.quiet import EVER, Band, Quiet
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Level
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from terminal.strategies.grid.stop import before, is_reached
from terminal.strategies.grid.trailing import trailed
from terminal.strategies.sight import look as sight_of

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

CODE: Final = "GRID_UNGUARDED"


class Unguarded:
    """Tell each paused grid that stands beyond its stop; holds only what was told."""

    def __init__(self) -> None:
        self._told: set[StrategyId] = set()

    @property
    def told(self) -> bool:
        """Return whether anything told stands until a look finds its pause over."""
        return bool(self._told)

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Tell what stands beyond its stop now, once for each pause."""
        rows = account.strategies
        self._told = {name for name in self._told if name in rows and rows[name].status is StrategyStatus.PAUSED}
        for row in rows.values():
            if row.status is not StrategyStatus.PAUSED:
                continue
            settings = None if row.strategy in self._told else _settings(row)
            why = "" if settings is None else _why(look, row, settings)
            if settings is not None and why:
                self._told.add(row.strategy)
                turn.say(_alert(look, row, settings, why))


def stop_given_up(row: StrategyRow) -> str:
    """Return what a person who pauses this strategy gives up with it, "" for nothing: to be added to a sentence."""
    running = isinstance(row.memory, GridMemory) and row.memory.stage in {Stage.RUNNING, Stage.FLATTENING}
    return "；暂停期间没有止损" if running else ""


def quiet(look: Look, row: StrategyRow) -> Quiet | None:
    """Return within which quotes a look at a paused strategy finds no grid beyond its stop."""
    settings = _settings(row)
    if settings is None:
        return EVER
    if _why(look, row, settings):
        return None
    low, high = before(settings, look.instrument(settings.instrument).tick)
    return Quiet(bands=tuple(Band(settings.instrument, column, low, high) for column in (Column.BID, Column.ASK)))


def _settings(row: StrategyRow) -> GridSettings | None:
    # Of a paused grid that holds lots and would close them at its stop, or is closing them; where it stands now.
    if row.status is not StrategyStatus.PAUSED or not isinstance(row.settings, GridSettings):
        return None
    if not isinstance(row.memory, GridMemory) or row.memory.stage not in {Stage.RUNNING, Stage.FLATTENING}:
        return None
    held = row.lots.get(row.settings.instrument)
    return trailed(row.settings, row.memory.moved) if held is not None and held.lots else None


def _why(look: Look, row: StrategyRow, settings: GridSettings) -> str:
    sight = sight_of(look, settings.instrument)
    price = None if sight is None else sight.reference()
    if sight is None or price is None:
        return ""
    now = sight.instrument.price(price)
    if is_reached(settings, now):
        return f"价格 {amount_text(now)} 已到止损价 {amount_text(settings.stop)}"
    stage = row.memory.stage if isinstance(row.memory, GridMemory) else Stage.RUNNING
    return "平仓没有做完" if stage is Stage.FLATTENING else ""


def _alert(look: Look, row: StrategyRow, settings: GridSettings, why: str) -> AlertRaised:
    name = settings.instrument
    what = (
        f"{look.instrument(name).name}（{name}）{why}，网格持有 {abs(row.lots[name].lots)} 手；"
        f"策略已暂停（{row.reason}），暂停期间没有止损；请人工平仓，或恢复策略由它处理。"
    )
    return AlertRaised(
        account=row.account, level=Level.ORANGE, code=CODE, instrument=name, sentence=f"策略 {row.strategy}：{what}"
    )
