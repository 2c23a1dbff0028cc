"""Fold one fact into the state.

`apply` never decides and never reaches out: the same fold runs in runner, desk, backtest and verifier. `at` is the
market clock the record carries. A fact that contradicts the state is a broken invariant and raises.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from terminal.domain import facts as f
from terminal.domain.confirmation import ConfirmationEvent, ConfirmationState, decide
from terminal.domain.errors import InvariantError
from terminal.domain.marks import Finished
from terminal.domain.order import OrderEvent, OrderState, Side, advance
from terminal.domain.risk_words import Level
from terminal.engine.journal import account_of
from terminal.engine.scopes import is_killed, scope_key, worst_level
from terminal.engine.state import (
    AccountState,
    Barrier,
    ConfirmationRow,
    ExternalRow,
    LevelRow,
    OrderRow,
    State,
    StrategyLots,
    StrategyRow,
    StrategyStatus,
)
from terminal.risk.check import Recent
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId

SECOND = 1_000_000_000
MINUTE = 60 * SECOND

OrderFact = (
    f.OrderSent
    | f.OrderAccepted
    | f.OrderRejected
    | f.OrderFilled
    | f.OrderCancelled
    | f.OrderExpired
    | f.OrderUnknown
    | f.OrderVoided
)

_EVENTS: dict[type, OrderEvent] = {
    f.OrderSent: OrderEvent.SEND,
    f.OrderAccepted: OrderEvent.ACCEPT,
    f.OrderRejected: OrderEvent.REJECT,
    f.OrderCancelled: OrderEvent.CANCEL,
    f.OrderExpired: OrderEvent.EXPIRE,
    f.OrderUnknown: OrderEvent.LOSE,
    f.OrderVoided: OrderEvent.VOID,
}

_STRATEGY_SEES = (
    f.OrderAccepted,
    f.OrderRejected,
    f.OrderFilled,
    f.OrderCancelled,
    f.OrderExpired,
    f.OrderUnknown,
    f.OrderVoided,
)


def apply(state: State, fact: f.Fact, at: int) -> None:
    """Take one fact into the state; `at` is the market clock of its record, UTC ns."""
    if isinstance(fact, f.TenantFact):
        _apply_tenant(state, fact, at)
    elif isinstance(fact, f.CommandDone):
        _apply_command(state, fact)
    elif isinstance(fact, f.AccountOpened):
        if fact.account in state.accounts:
            raise InvariantError(f"account {fact.account} was opened twice")
        state.accounts[fact.account] = AccountState(fact.account, fact.name, fact.investor, fact.cash, fact.trading_day)
    else:
        account = state.accounts[account_of(fact)]
        if isinstance(fact, OrderFact):
            _apply_order(state, account, fact, at)
        else:
            _apply_account(state, account, fact, at)


def _apply_tenant(state: State, fact: f.TenantFact, at: int) -> None:
    tenant = state.tenant
    match fact:
        case f.RunnerStarted():
            tenant.starts += 1
        case f.PersonEnrolled():
            tenant.persons[fact.person] = fact
        case f.DeviceEnrolled():
            tenant.devices[fact.device] = fact
        case f.InstrumentListed():
            tenant.instruments[fact.instrument.id] = fact.instrument
            for account in state.accounts.values():
                account.book.relist(fact.instrument)
        case f.SpotQuoted():
            tenant.spots[fact.instrument] = (fact.price, at, fact.source)
        case _:
            assert_never(fact)


def _apply_command(state: State, fact: f.CommandDone) -> None:
    home = state.tenant.commands if fact.account is None else state.accounts[fact.account].commands
    if fact.command in home:
        raise InvariantError(f"command {fact.command} took effect twice")
    home[fact.command] = fact


# --- orders ----------------------------------------------------------------------------------------------------


def _apply_order(state: State, account: AccountState, fact: OrderFact, at: int) -> None:
    row = account.orders[fact.order]
    was_reserving = not row.ended
    if isinstance(fact, f.OrderFilled):
        _apply_fill(state, account, row, fact)
    else:
        if row.state is OrderState.VOID and not isinstance(fact, f.OrderVoided | f.OrderSent):
            account.zombies += 1
        row.state = advance(row.state, _EVENTS[type(fact)])
    if isinstance(fact, f.OrderAccepted):
        row.exchange, row.sys_id = fact.exchange, fact.sys_id
    if isinstance(fact, f.OrderUnknown):
        row.unknown_at, row.absent_queries, row.absent_since = at, 0, None
    if row.ended:
        account.live.pop(row.order, None)
        if was_reserving:
            account.book.release(row.order)
    elif row.order not in account.live:  # the zombie: void, and it lives after all
        account.live[row.order] = row
        account.book.reserve(row.order, state.tenant.instruments[row.terms.instrument], row.terms, row.remaining)
    if isinstance(fact, _STRATEGY_SEES):
        _tell_strategy(account, row, fact, at)


def _apply_fill(state: State, account: AccountState, row: OrderRow, fact: f.OrderFilled) -> None:
    key = (fact.trading_day, fact.exchange, fact.trade, fact.sys_id, fact.side)
    if key in account.fills:
        raise InvariantError(f"fill {key} was booked twice")
    if fact.lots > row.remaining:
        raise InvariantError(f"order {row.order} filled {fact.lots} lots beyond its {row.remaining} remaining")
    account.fills[key] = row.order
    instrument = state.tenant.instruments[fact.instrument]
    if row.order in account.live:
        account.book.release(row.order, fact.lots)
    else:
        account.zombies += row.state is OrderState.VOID
    account.book.fill(instrument, row.terms, fact.lots, fact.price, fact.fee, at=fact.exchange_at, trade=fact.trade)
    row.filled += fact.lots
    row.exchange, row.sys_id = fact.exchange, fact.sys_id
    row.state = advance(row.state, OrderEvent.COMPLETE if row.remaining == 0 else OrderEvent.FILL)
    bought, sold = account.filled_lots.get(fact.instrument, (0, 0))
    if fact.side is Side.BUY:
        bought += fact.lots
    else:
        sold += fact.lots
    account.filled_lots[fact.instrument] = (bought, sold)
    strategy = account.strategies.get(row.cause.strategy) if row.cause.strategy else None
    if strategy is not None:
        held = strategy.lots.setdefault(fact.instrument, StrategyLots())
        held.lots += fact.side.sign * fact.lots
        held.cost += fact.side.sign * instrument.value(fact.price, fact.lots)
        strategy.fees_today += fact.fee


def _tell_strategy(account: AccountState, row: OrderRow, fact: f.AccountFact, at: int) -> None:
    strategy = account.strategies.get(row.cause.strategy) if row.cause.strategy else None
    if strategy is not None:
        kind = strategy_of(strategy.settings)
        kind.fold(strategy.settings, strategy.memory, fact, row.cause.tag, at)


def _record_order(state: State, account: AccountState, fact: f.OrderRecorded, at: int) -> None:
    if fact.order in account.orders or fact.wire_key in account.by_wire:
        raise InvariantError(f"order {fact.order} was recorded twice")
    if fact.terms.is_opening:
        _refuse_opening(account, fact)
    row = OrderRow(
        order=fact.order,
        wire_key=fact.wire_key,
        reference=fact.reference,
        terms=fact.terms,
        cause=fact.cause,
        trading_day=fact.trading_day,
        recorded_at=at,
        confirmation=fact.confirmation,
    )
    account.orders[fact.order] = account.live[fact.order] = row
    account.by_wire[fact.wire_key] = fact.order
    account.reference = fact.reference
    account.book.reserve(fact.order, state.tenant.instruments[fact.terms.instrument], fact.terms, fact.terms.lots)
    account.recent.append(Recent(at, fact.order, fact.terms, fact.cause.strategy))
    _count_message(state, account, fact.terms.instrument, at)
    _forget_old(account, at)
    verdict = "WARN" if fact.findings else "CONFIRM2" if fact.confirmation else "ALLOW"
    account.verdicts[verdict] = account.verdicts.get(verdict, 0) + 1
    if fact.cause.strategy in account.strategies:
        account.strategies[fact.cause.strategy].messages += 1
        strategy = account.strategies[fact.cause.strategy]
        strategy_of(strategy.settings).fold(strategy.settings, strategy.memory, fact, fact.cause.tag, at)


def _refuse_opening(account: AccountState, fact: f.OrderRecorded) -> None:
    # SAFETY I7, I20, I21 once more, where the record is made: the gate has already asked all of this.
    if not account.barrier.passed:
        raise InvariantError(f"opening order {fact.order} before the barrier was passed")
    if account.limits is None:
        raise InvariantError(f"opening order {fact.order} without limits")
    if worst_level(account, fact.cause.strategy, fact.terms.instrument) is Level.RED:
        raise InvariantError(f"opening order {fact.order} at a red level")
    if is_killed(account, fact.cause.strategy, fact.terms.instrument):
        raise InvariantError(f"opening order {fact.order} under a kill switch")


def _count_message(state: State, account: AccountState, instrument: InstrumentId, at: int) -> None:
    stamps = account.message_stamps.setdefault(state.tenant.instruments[instrument].exchange, deque())
    stamps.append(at)
    while stamps and stamps[0] <= at - 10 * SECOND:
        stamps.popleft()


def _forget_old(account: AccountState, at: int) -> None:
    while account.recent and account.recent[0].at <= at - MINUTE:
        account.recent.popleft()
    while account.refusals and account.refusals[0][0] <= at - 30 * SECOND:
        account.refusals.popleft()


def _apply_refusal(account: AccountState, fact: f.OrderRefused, at: int) -> None:
    worst = max(fact.findings, key=lambda finding: finding.verdict)
    account.refused[worst.code] = account.refused.get(worst.code, 0) + 1
    name = worst.verdict.name
    account.verdicts[name] = account.verdicts.get(name, 0) + 1
    account.refusals.append((at, fact.cause.strategy))
    _forget_old(account, at)
    strategy = account.strategies.get(fact.cause.strategy) if fact.cause.strategy else None
    if strategy is not None:
        strategy_of(strategy.settings).fold(strategy.settings, strategy.memory, fact, fact.cause.tag, at)


# --- everything else in an account's stream --------------------------------------------------------------------


def _apply_account(state: State, account: AccountState, fact: f.AccountFact, at: int) -> None:  # noqa: C901, PLR0912 - one arm per kind of fact
    match fact:
        case f.OrderRecorded():
            _record_order(state, account, fact, at)
        case f.OrderRefused():
            _apply_refusal(account, fact, at)
        case f.CancelRecorded():
            row = account.orders[fact.order]
            row.cancel_at = at
            _count_message(state, account, row.terms.instrument, at)
        case f.CancelRefused():
            account.orders[fact.order].cancels_refused += 1
        case f.ExternalOrderSeen():
            account.external[fact.exchange, fact.sys_id] = ExternalRow(
                exchange=fact.exchange,
                sys_id=fact.sys_id,
                wire_key=fact.wire_key,
                terms=fact.terms,
                filled=fact.filled,
            )
        case f.LimitsSet():
            account.limits = fact.limits
        case f.CashMoved():
            account.book.move_cash(fact.amount)
        case f.DaySettled():
            _settle(state, account, fact)
        case f.ConfirmationRequested():
            account.confirmations[fact.confirmation.confirmation] = ConfirmationRow(
                confirmation=fact.confirmation, requested_at=at
            )
            account.verdicts["CONFIRM2_PARKED"] = account.verdicts.get("CONFIRM2_PARKED", 0) + 1
        case f.ConfirmationDecided():
            _decide_confirmation(account, fact, at)
        case f.StrategyStarted() | f.StrategyPaused() | f.StrategyResumed() | f.StrategyStopped() | f.StrategyMarked():
            _apply_strategy(account, fact)
        case (
            f.LevelChanged()
            | f.LevelReleased()
            | f.KillSwitched()
            | f.KillReleased()
            | f.ReleaseAsked()
            | f.AlertRaised()
        ):
            _apply_risk(account, fact, at)
        case f.LinkLost() | f.BarrierBegan() | f.Reconciled() | f.BarrierPassed():
            _apply_link(account, fact)
        case _:
            raise InvariantError(f"no fold for {type(fact).__name__}")


def _settle(state: State, account: AccountState, fact: f.DaySettled) -> None:
    if fact.trading_day != account.trading_day or fact.next_day <= fact.trading_day:
        raise InvariantError(f"day {fact.trading_day} cannot be settled while {account.trading_day} is open")
    account.book.settle(fact.prices, fact.next_day)
    account.trading_day = fact.next_day
    for strategy in account.strategies.values():
        strategy.fees_today = Decimal(0)
        for name, held in strategy.lots.items():
            price = fact.prices.get(name)
            if price is not None:
                held.cost = state.tenant.instruments[name].value(price, held.lots)


def _decide_confirmation(account: AccountState, fact: f.ConfirmationDecided, at: int) -> None:
    row = account.confirmations[fact.confirmation]
    row.state = decide(row.state, fact.decision)
    if fact.decision is ConfirmationEvent.APPROVE:
        if fact.person is None or fact.person == row.confirmation.maker:
            raise InvariantError(f"confirmation {fact.confirmation} was approved by its maker")
        row.checker, row.approved_at, row.reference_price = fact.person, at, fact.reference_price
    if row.state is ConfirmationState.CONSUMED and row.checker is None:
        raise InvariantError(f"confirmation {fact.confirmation} was consumed without approval")


def _apply_strategy(
    account: AccountState,
    fact: f.StrategyStarted | f.StrategyPaused | f.StrategyResumed | f.StrategyStopped | f.StrategyMarked,
) -> None:
    if isinstance(fact, f.StrategyStarted):
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
        )
        return
    row = account.strategies[fact.strategy]
    match fact:
        case f.StrategyPaused():
            row.status, row.reason = StrategyStatus.PAUSED, fact.reason
        case f.StrategyResumed():
            row.status, row.reason = StrategyStatus.RUNNING, ""
        case f.StrategyStopped():
            row.status, row.reason = StrategyStatus.STOPPED, fact.reason
        case f.StrategyMarked():
            strategy_of(row.settings).fold(row.settings, row.memory, fact, "", fact.at)
            if isinstance(fact.mark, Finished):
                row.status, row.reason = StrategyStatus.FINISHED, fact.mark.summary
        case _:
            assert_never(fact)


def _apply_risk(
    account: AccountState,
    fact: f.LevelChanged | f.LevelReleased | f.KillSwitched | f.KillReleased | f.ReleaseAsked | f.AlertRaised,
    at: int,
) -> None:
    match fact:
        case f.LevelChanged():
            key = f"{scope_key(fact.scope)}|{fact.signal}"
            account.levels[key] = LevelRow(scope=fact.scope, signal=fact.signal, level=fact.after, since=at)
        case f.LevelReleased():
            account.releases.pop(scope_key(fact.scope), None)
            for row in account.levels.values():
                if row.scope == fact.scope and row.level is Level.RED:
                    row.level, row.since = Level.ORANGE, at
        case f.KillSwitched():
            account.kills[scope_key(fact.scope)] = fact.scope
        case f.KillReleased():
            account.kills.pop(scope_key(fact.scope), None)
            account.releases.pop(scope_key(fact.scope), None)
        case f.ReleaseAsked():
            account.releases[scope_key(fact.scope)] = fact.person
        case f.AlertRaised():
            account.alerts += 1
        case _:
            assert_never(fact)


def _apply_link(account: AccountState, fact: f.LinkLost | f.BarrierBegan | f.Reconciled | f.BarrierPassed) -> None:
    match fact:
        case f.LinkLost():
            account.linked = False
            account.barrier.passed = False
        case f.BarrierBegan():
            account.linked = True
            account.barrier = Barrier(session=fact.session, began_at=fact.at)
        case f.Reconciled():
            account.barrier.queries += 1
            account.barrier.differences = fact.differences
            for order in fact.absent:
                row = account.orders[order]
                row.absent_queries += 1
                row.absent_since = fact.at if row.absent_since is None else row.absent_since
            account.barrier.different_queries = account.barrier.different_queries + 1 if fact.differences else 0
        case f.BarrierPassed():
            account.barrier.passed = True
        case _:
            assert_never(fact)
