"""Ask again, when a start or a change of a strategy is approved, all that was asked when it was parked.

Between the two a roll's days, an execution's window or a contract's last day may pass, a contract may leave the market
or get other terms, prices may carry the whole over what the account may do. What would be refused now where it is
typed is not carried out, and the reason is the one its maker would read (`questions`). `why_stale` asks the rest:
who holds the account, limits, levels, rehearsal, the strategy's own version, and how far prices have gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.engine.strategy.envelope import envelope_of, not_listed
from terminal.engine.strategy.legged_check import why_unsafe
from terminal.engine.strategy.questions import Fault, barred_start, change_fault, start_fault, too_dear
from terminal.engine.strategy.whereabouts import where_it_stands

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


def why_gone(look: Look, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return in a sentence which contract of what was parked the market no longer has, or "".

    Asked before its prices are: of a contract that is gone people would read no more than that it has none.
    """
    return _since_then(strategy, not_listed(look, settings) or "")


def why_lapsed(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> str:
    """Return in a sentence why a strategy, or its change, can no longer be what was parked, or "".

    A strategy that runs already keeps the days that passed under it, as it does when its settings are typed.
    """
    row = account.strategies.get(strategy)
    fault = _fault(look, account, strategy, row, settings)
    if fault is not None:
        return _since_then(strategy, fault.sentence)
    unsafe = why_unsafe(look, account, strategy, settings)
    return f"策略 {strategy}：{unsafe}" if unsafe else ""


def _fault(
    look: Look, account: AccountState, strategy: StrategyId, row: StrategyRow | None, settings: StrategySettings
) -> Fault | None:
    if row is None:
        fault = start_fault(look, account, strategy, settings) or barred_start(account, strategy, settings)
    else:
        fault = change_fault(look, account, row, settings)
    envelope, limits = envelope_of(look, where_it_stands(row, settings), runs=row is not None), account.limits
    if fault is not None or envelope is None or limits is None:
        return fault
    return too_dear(look, envelope, limits, row)


def _since_then(strategy: StrategyId, wrong: str) -> str:
    return f"策略 {strategy}：{wrong}提交时还不是这样，没有执行，请改好后重新提交。" if wrong else ""
