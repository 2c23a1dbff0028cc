"""Fold the life of strategies: started, brought to rest, resumed, changed, and what they state."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.errors import InvariantError
from terminal.domain.fact import facts as f
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import Finished, MovedStrategy, NearExpires, RollBegan
from terminal.domain.fact.way_marks import RateHeld, WayBarred
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, SpreadGrid, SpreadSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.engine.book.carriers import carry, put_down
from terminal.engine.folds.barred import fold_way
from terminal.engine.state import RateHold, StrategyRow
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.grid.unseen import counts_anew, sees_anew
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.rebound import turned
from terminal.strategies.table import strategy_of
from terminal.strategies.target.memory import TargetMemory

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import PersonId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import AccountState


def apply_strategy(
    account: AccountState,
    fact: f.StrategyStarted
    | f.StrategyWinding
    | f.StrategyPaused
    | f.StrategyResumed
    | f.StrategyStopped
    | f.StrategyMarked
    | f.StrategyChanged,
    at: int,
) -> None:
    """Fold what a strategy is, does, and states."""
    if isinstance(fact, f.StrategyStarted):
        _start(account, fact, at)
        return
    row = account.strategies[fact.strategy]
    row.heard_day = account.trading_day
    match fact:
        case f.StrategyWinding():
            row.status, row.reason, row.then = StrategyStatus.WINDING, fact.reason, fact.then
        case f.StrategyPaused():
            row.status, row.reason, row.then, row.barred = StrategyStatus.PAUSED, fact.reason, None, {}
            row.rate_hold = None
            row.lots_taken |= fact.lots_taken
        case f.StrategyResumed():
            row.status, row.reason, row.then, row.lots_taken = StrategyStatus.RUNNING, "", None, False
            row.refused = None
            if isinstance(row.memory, GridMemory | SpreadMemory):
                row.memory.resumed()
            _acts_for(row, fact.person)
        case f.StrategyStopped():
            row.status, row.reason, row.then, row.barred = StrategyStatus.STOPPED, fact.reason, None, {}
            row.rate_hold = None
            put_down(account, row)
        case f.StrategyChanged():
            _change_strategy(row, fact)
            _acts_for(row, fact.person)
        case f.StrategyMarked():
            _mark(account, row, fact)
        case _:
            assert_never(fact)


def _mark(account: AccountState, row: StrategyRow, fact: f.StrategyMarked) -> None:
    strategy_of(row.settings).fold(row.settings, row.memory, fact, "", fact.at)
    match fact.mark:
        case WayBarred():
            fold_way(row, fact.mark)
        case RateHeld():
            mark = fact.mark
            row.rate_held_day = mark.trading_day
            row.rate_hold = RateHold(mark.instrument, mark.orders, mark.since, fact.at)
            if mark.hedges:
                row.hedge_held_at[fact.mark.instrument] = fact.at
        case RollBegan():
            carry(account, row)
        case NearExpires():
            row.expires_told[fact.mark.instrument] = fact.mark.trading_day
        case Finished():
            row.status, row.reason, row.then = StrategyStatus.FINISHED, fact.mark.summary, None
            row.barred = {}
            for moved in fact.mark.moved:
                row.passed_on[moved.strategy] = _move(account, moved)
            put_down(account, row)
        case _:
            pass


def _start(account: AccountState, fact: f.StrategyStarted, at: int) -> None:
    if fact.strategy in account.strategies:
        raise InvariantError(f"strategy {fact.strategy} was started twice")
    account.strategies[fact.strategy] = StrategyRow(
        strategy=fact.strategy,
        account=fact.account,
        settings=fact.settings,
        version=fact.version,
        memory=strategy_of(fact.settings).begin(fact.settings),
        task=fact.task,
        envelope=fact.envelope,
        agreed=fact.settings,
        people=() if fact.person is None else (fact.person,),
        heard_day=account.trading_day,
        started_at=at,
        limits_version=0 if account.limits is None else account.limits.version,
    )


def _turns(old: StrategySettings, new: StrategySettings) -> bool:
    return isinstance(old, SpreadSettings) and isinstance(new, SpreadSettings) and bool(turned(old, new))


def _acts_for(row: StrategyRow, person: PersonId | None) -> None:
    if person is not None and person not in row.people:
        row.people = (*row.people, person)


def _change_strategy(row: StrategyRow, fact: f.StrategyChanged) -> None:
    if fact.envelope is not None:
        row.agreed = fact.settings
    if fact.version != row.version + 1 or type(fact.settings) is not type(row.settings):
        raise InvariantError(f"strategy {row.strategy} cannot go from version {row.version} to {fact.version}")
    if isinstance(row.memory, SpreadMemory) and _turns(row.settings, fact.settings):
        row.memory.bound_anew()
    if isinstance(row.memory, RollMemory):
        row.memory.planned_anew()
    had, has = row.settings, fact.settings
    if isinstance(row.memory, ExecutionMemory) and isinstance(had, ExecutionSettings) and type(has) is type(had):
        row.memory.planned_anew(had, has)
    if isinstance(row.memory, GridMemory | SpreadMemory) and _stop_of(had) != _stop_of(has):
        counts_anew(row.memory)
    row.settings, row.version, row.refused = fact.settings, fact.version, None
    row.envelope = fact.envelope or row.envelope


def _stop_of(settings: StrategySettings) -> Decimal | None:
    bounds = settings.grid if isinstance(settings, SpreadSettings) else settings
    return bounds.stop if isinstance(bounds, GridSettings | SpreadGrid) else None


def _move(account: AccountState, moved: MovedStrategy) -> int:
    # Its lots, which it returns, have gone to another contract, and its settings with them.
    row = account.strategies[moved.strategy]
    if moved.version != row.version + 1 or type(moved.settings) is not type(row.settings):
        raise InvariantError(f"strategy {row.strategy} cannot go from version {row.version} to {moved.version}")
    row.settings, row.version, row.heard_day = moved.settings, moved.version, account.trading_day
    row.bound = (*(row.bound if row.bound_day == account.trading_day else ()), moved.far)
    row.bound_day = account.trading_day
    if isinstance(row.memory, SpreadMemory | TargetMemory):
        row.memory.bound_anew()
    elif isinstance(row.memory, GridMemory):
        sees_anew(row.memory)
    row.ended.pop(moved.near, None)
    held = row.lots.pop(moved.near, None)
    if held is not None:
        held.cost += moved.paid_yuan
        row.lots[moved.far] = held
    if moved.resumes:
        row.status, row.reason, row.then = StrategyStatus.RUNNING, "", None
    row.reason = moved.why or row.reason
    row.lots_taken |= moved.lots_taken
    return 0 if held is None or isinstance(row.settings, TargetSettings) else held.lots  # a target holds nothing
