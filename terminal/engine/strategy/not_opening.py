"""Say on a strategy's card why it opens nothing: what stands against every opening, or what the gate refused last.

What stands against an opening is a fact of the account, a contract or the strategy itself, and `Look.opening_allowed`
asks the same. A limit that an order would only pass by its size shows in the refusal alone: it is said with the time,
until an opening in that contract goes out, the strategy is resumed or changed, or the trading day is another one. An
own order in the way (C14) is no refusal of this kind: whose it is stands on the card by itself (`in_the_way`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.calendar import show
from terminal.domain.fact.control import DECIDING
from terminal.domain.words.risk import Level
from terminal.engine.folds.statement import closed_why
from terminal.engine.wording import LEVELS, level_title, scope_name, short
from terminal.risk.levels import SIGNALS
from terminal.risk.tradable import lacks
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.stage import Stage
from terminal.strategies.opened import opens
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.domain.words.risk import Scope
    from terminal.engine.standing import LevelRow
    from terminal.engine.state import AccountState, State, StrategyRow


def not_opening(state: State, account: AccountState, row: StrategyRow) -> str:
    """Return why a strategy opens nothing, since when, and what to do, without a full stop; "" where nothing bars it.

    Nothing is said of one that opens nothing anyhow: it only closes, rests, or leaves.
    """
    names = _opened(row)
    if not names:
        return ""
    return _standing(state, account, row, names) or _refused(account, row)


def _opened(row: StrategyRow) -> tuple[InstrumentId, ...]:
    leaves = isinstance(row.memory, GridMemory | SpreadMemory) and row.memory.stage is not Stage.RUNNING
    if row.status not in DECIDING or leaves:
        return ()
    traded = {name for name, lots in strategy_of(row.settings).whole(row.settings) if lots}
    return tuple(name for name in opens(row.settings) if name in traded)


# --- what stands against every opening -----------------------------------------------------------------------------


def _standing(state: State, account: AccountState, row: StrategyRow, names: Sequence[InstrumentId]) -> str:
    return (
        _of_exchange(account)
        or _of_kill(account, row, names)
        or _of_statement(account)
        or _of_level(account, row, names)
        or next((why for name in names if (why := _of_contract(state, account, name))), "")
    )


def _of_exchange(account: AccountState) -> str:
    barrier, loss = account.barrier, account.link_loss
    if barrier.passed:
        return ""
    if not account.linked:
        return f"{'' if loss is None else _since(loss.at)}与交易所断开，不能开仓，重连并对账一致后自动恢复"
    if barrier.differences:
        return f"{_since(barrier.began_at)}与交易所对账不一致，不能开仓，请核对持仓与委托"
    return f"{_since(barrier.began_at)}正在与交易所对账，不能开仓，一致后自动恢复"


def _of_kill(account: AccountState, row: StrategyRow, names: Sequence[InstrumentId]) -> str:
    for kill in account.kills.values():
        if _covers(kill.scope, row, names):
            return f"{_since(kill.at)}{scope_name(kill.scope)}已一键停止，不能开仓，须两人解除"
    return ""


def _of_statement(account: AccountState) -> str:
    why = closed_why(account)
    return f"{why}，不能开仓，请查明后重新对账，或由两人解除" if why else ""


def _of_level(account: AccountState, row: StrategyRow, names: Sequence[InstrumentId]) -> str:
    over = [one for one in account.levels.values() if one.level >= Level.ORANGE and _covers(one.scope, row, names)]
    if not over:
        return ""
    worst = min(over, key=lambda one: (-one.level, one.since))
    return f"{_since(worst.since)}{_level_words(worst)}，不能开仓，{_level_advice(worst)}"


def _level_words(row: LevelRow) -> str:
    known = SIGNALS.get(row.signal)
    shown = f" {row.value} {known.unit}" if known is not None and row.value else ""
    return f"{level_title(row.scope, row.signal)}{shown}，级别{LEVELS[row.level]}"


def _level_advice(row: LevelRow) -> str:
    known = SIGNALS.get(row.signal)
    if row.level is Level.RED:
        return "须两人解除"
    return f"降级后自动接着做{'' if known is None else f'；{known.advice}'}"


def _of_contract(state: State, account: AccountState, name: InstrumentId) -> str:
    limits = account.limits
    unknown = lacks(state.tenant.instruments[name])
    if unknown:
        return f"{short(name)} 的{'、'.join(unknown)}未知，不能开仓，请在方案中写明"
    if limits is None:
        return "账户没有设置限额，不能开仓，请风控人员先设置"
    most = limits.position_lots_by_instrument.get(name, limits.position_lots)
    if most:
        return ""
    what = "没有设置持仓限额" if most is None else "持仓限额为 0 手"
    return f"{short(name)} {what}，不能开仓，请风控人员先设置"


def _covers(scope: Scope, row: StrategyRow, names: Sequence[InstrumentId]) -> bool:
    return scope.strategy in {None, row.strategy} and (scope.instrument is None or scope.instrument in names)


def _since(at: int) -> str:
    return f"自 {_minute(at)} 起"


def _minute(at: int) -> str:
    return show(at)[5:16]


# --- what the gate refused last -------------------------------------------------------------------------------------


def _refused(account: AccountState, row: StrategyRow) -> str:
    known = row.refused
    if known is None or known.trading_day != account.trading_day:
        return ""
    times = f"，{_since(known.since)}共 {known.times} 次" if known.times > 1 else ""
    return f"最近一次开仓（{_minute(known.until)}）被风控拒绝{times}：{known.sentence.rstrip('。')}"
