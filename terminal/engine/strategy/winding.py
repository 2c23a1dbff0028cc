"""Bring a strategy to rest: hedge to balance first, then pause or stop (收尾, DOMAIN 4.9).

A person who pauses or stops a strategy wants no new position, and no naked leg either. So a strategy with unbalanced
legs winds down: it decides on, for balance alone, and rests once it wants nothing more. One that is in balance rests at
once, and so does one that may not open: at red or under a kill switch only people bring it to balance, by closing
(SAFETY 6). So does a paused strategy that a person stops where what lacks is not its own to hedge any more, as a
person has traded it by hand (`unwound`). What red, kill and control C10 pause is paused at once, winding down or not,
and what is naked then is shown (`alerts`). What it lacks may be out of its reach for long, or a person may have traded
it by hand, which it does not know of: whoever stops a second time one that winds down to its stop has it stopped at
once, naked as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import (
    DECIDING,
    Rest,
    StrategyChanged,
    StrategyPaused,
    StrategyResumed,
    StrategyStatus,
    StrategyStopped,
    StrategyWinding,
)
from terminal.domain.parameters.strategy import ExecutionSettings, RollSettings, SpreadSettings
from terminal.domain.words.risk import Level
from terminal.engine.alert.unguarded import stop_given_up
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.strategy.unwound import unwound
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from terminal.strategies.roll.last_days import ends_at_rest
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.quotes import rests
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

ENDING = frozenset({Stage.STOPPING, Stage.FLATTENING})
RESTED = {StrategyStatus.PAUSED: "已暂停", StrategyStatus.STOPPED: "已停止", StrategyStatus.FINISHED: "已完成"}
BY_HAND = "手工补了请再按一次停止"
WORDS = {Rest.PAUSED: "暂停", Rest.STOPPED: "停止"}


def asked_by_time(look: Look, account: AccountState, now: int) -> list[StrategyRow]:
    """Return the strategies that time concerns: who lacks lots of a leg, quotes one, closes and ends, an execution.

    They are asked as time goes by, not only when one of their contracts says something: it may be halted or quiet. An
    execution that is paused when its window ends is asked too, and a paused roll whose contract is over: what it leaves
    is told all the same.
    """
    return [
        row
        for row, since in look.each(account, _asked_since)
        if now >= since and (row.status in DECIDING or is_overdue(look, row, now))
    ]


def asked_by_people(turn: Turn) -> list[StrategyRow]:
    """Return the strategies a person has let run on, or changed, in a turn.

    They are asked with the next batch of whatever contract: what they left to nobody meanwhile, an exit that has been
    reached say, waits for no quote of their own.
    """
    facts = [said.fact for said in turn.said if isinstance(said.fact, StrategyResumed | StrategyChanged)]
    return [turn.state.accounts[fact.account].strategies[fact.strategy] for fact in facts]


def is_overdue(look: Look, row: StrategyRow, now: int) -> bool:
    """Return whether a strategy rests beyond the end of its window, or contract: all it can do any more is to end."""
    settings, memory = row.settings, row.memory
    if row.status is not StrategyStatus.PAUSED:
        return False
    if isinstance(settings, RollSettings) and isinstance(memory, RollMemory):
        return ends_at_rest(settings, memory, look)
    return isinstance(settings, ExecutionSettings) and now >= settings.ends_at


def _asked_since(row: StrategyRow) -> int | None:
    # From when on time concerns it as it stands, UTC ns; of one that is paused `is_overdue` says whether it does.
    settings, memory = row.settings, row.memory
    if row.status is StrategyStatus.PAUSED and isinstance(settings, RollSettings | ExecutionSettings):
        return 0
    if row.status not in DECIDING:
        return None
    if isinstance(settings, ExecutionSettings):
        return settings.begins_at
    ends = isinstance(memory, SpreadMemory | GridMemory) and memory.stage in ENDING
    quotes = isinstance(settings, SpreadSettings) and isinstance(memory, SpreadMemory) and rests(settings, memory)
    return 0 if ends or quotes or strategy_of(settings).lacking(settings, memory) else None


def bring_to_rest(
    turn: Turn,
    account: AccountState,
    row: StrategyRow,
    then: Rest,
    reason: str,
    *,
    at_once: bool = False,
) -> tuple[str, str]:
    """Pause or stop a strategy as a person asks, after it has wound down where it must; return code and sentence.

    `at_once` where its own lots are not what it takes them for: it would balance against lots that are not there.
    """
    if row.status is StrategyStatus.WINDING and row.then in {then, Rest.STOPPED}:
        return _winding(row)
    if at_once or not must_wind_down(account, row, then):
        _rest(turn, row, then, reason)
        lacks = stop_given_up(row) if then is Rest.PAUSED else ""
        return "OK", f"策略 {row.strategy} 已{WORDS[then]}，挂单会撤回，持仓不动{lacks}"
    turn.say(StrategyWinding(account=account.account, strategy=row.strategy, then=then, reason=reason))
    return _winding(row)


def stop(turn: Turn, look: Look, account: AccountState, row: StrategyRow) -> tuple[str, str]:
    """Stop a strategy as a person asks; the second stop waits for nothing, nor does one with nothing left to open."""
    why = unwound(look, account, row)
    if row.then is not Rest.STOPPED and not why:
        return bring_to_rest(turn, account, row, Rest.STOPPED, "人工停止", at_once=row.lots_taken)
    naked = strategy_of(row.settings).naked_lots(row.settings, row.memory)
    _rest(turn, row, Rest.STOPPED, "人工停止，不再收尾")
    left = f"；还缺 {naked} 手，不再由它补{f'：{why}' if why else ''}" if naked else ""
    return "OK", f"策略 {row.strategy} 已停止，挂单会撤回，持仓不动{left}"


def end_winding(turn: Turn, row: StrategyRow) -> None:
    """Let a strategy that wants nothing more rest, if its legs are balanced and nothing of it is under way."""
    settled = strategy_of(row.settings).settled(row.settings, row.memory)
    if row.status is StrategyStatus.WINDING and row.then is not None and settled:
        _rest(turn, row, row.then, f"{row.reason}，收尾完成")


def _rest(turn: Turn, row: StrategyRow, then: Rest, reason: str) -> None:
    if then is Rest.PAUSED:
        turn.say(StrategyPaused(account=row.account, strategy=row.strategy, reason=reason))
    else:
        turn.say(StrategyStopped(account=row.account, strategy=row.strategy, reason=reason))


def must_wind_down(account: AccountState, row: StrategyRow, then: Rest) -> bool:
    """Return whether a strategy must wind down before it is paused or stopped so."""
    if row.status is StrategyStatus.PAUSED and then is Rest.PAUSED:
        return False
    kind = strategy_of(row.settings)
    return not kind.settled(row.settings, row.memory) and not any(
        is_killed(account, row.strategy, name) or worst_level(account, row.strategy, name) is Level.RED
        for name in kind.instruments(row.settings)
    )


def _winding(row: StrategyRow) -> tuple[str, str]:
    naked = strategy_of(row.settings).naked_lots(row.settings, row.memory)
    then = WORDS[row.then] if row.then is not None else ""
    what = f"还缺 {naked} 手对冲" if naked else "还有委托未了"
    by_hand = f"{BY_HAND}，不再由它补。" if naked and row.then is Rest.STOPPED else ""
    lacks = stop_given_up(row) if row.then is Rest.PAUSED else ""
    return "WINDING", f"策略 {row.strategy} 正在收尾：{what}，平衡后{then}{lacks}。{by_hand}"
