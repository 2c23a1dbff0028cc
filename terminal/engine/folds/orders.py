"""Fold the facts about orders: their life, their fills, what they reserve, and the counters rules read."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, TypeGuard, get_args

from terminal.domain.errors import InvariantError
from terminal.domain.fact import facts as f
from terminal.domain.orders.order import OrderEvent, OrderState, Side, advance
from terminal.domain.words.risk import Level
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.folds.barred import fold_sent
from terminal.engine.folds.batch import note_order
from terminal.engine.folds.refused_openings import fold_let_out, fold_refusal
from terminal.engine.state import AccountState, OrderRow, State, StrategyLots, TradeRow
from terminal.risk.check import Recent
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId

SECOND = 1_000_000_000
MINUTE = 60 * SECOND

DOUBTED = frozenset({OrderState.UNKNOWN, OrderState.VOID})

OrderMoved = (
    f.OrderSent | f.OrderAccepted | f.OrderRejected | f.OrderCancelled | f.OrderExpired | f.OrderUnknown | f.OrderVoided
)
OrderFact = OrderMoved | f.OrderFilled | f.CancelWanted
_OF_ORDER: Final = frozenset(get_args(OrderFact))

MOVES: Final[dict[type[OrderMoved], OrderEvent]] = {
    f.OrderSent: OrderEvent.SEND,
    f.OrderAccepted: OrderEvent.ACCEPT,
    f.OrderRejected: OrderEvent.REJECT,
    f.OrderCancelled: OrderEvent.CANCEL,
    f.OrderExpired: OrderEvent.EXPIRE,
    f.OrderUnknown: OrderEvent.LOSE,
    f.OrderVoided: OrderEvent.VOID,
}

_STRATEGY_SEES: Final = frozenset(
    {
        f.OrderAccepted,
        f.OrderRejected,
        f.OrderFilled,
        f.OrderCancelled,
        f.OrderExpired,
        f.OrderUnknown,
        f.OrderVoided,
    }
)

_SILENT: Final = frozenset({f.OrderSent, f.OrderAccepted, f.OrderFilled})  # of an order that nobody doubted


def is_of_order(fact: f.AccountFact) -> TypeGuard[OrderFact]:
    """Return whether a fact says what happened to an order; by its class, for asking a union is slow."""
    return type(fact) in _OF_ORDER


def apply_order(state: State, account: AccountState, fact: OrderFact, at: int) -> None:
    """Fold what happened to an order."""
    row = account.orders[fact.order]
    row.heard_day = account.trading_day
    if isinstance(fact, f.CancelWanted):
        row.cancel_wanted = fact.reason
        return
    was_reserving, before = not row.ended, row.state
    if isinstance(fact, f.OrderFilled):
        _apply_fill(state, account, row, fact)
    else:
        if row.state is OrderState.VOID and not isinstance(fact, f.OrderVoided | f.OrderSent):
            account.zombies += 1
            account.had_zombie = True
        row.state = advance(row.state, MOVES[type(fact)])
    _note(row, before, fact)
    if type(fact) is f.OrderAccepted:
        row.exchange, row.sys_id = fact.exchange, fact.sys_id
    elif type(fact) is f.OrderUnknown:
        row.unknown_at, row.absent_queries, row.absent_since = at, 0, None
    elif type(fact) is f.OrderCancelled and before is not OrderState.CANCELLED:
        _count_cancel(state, account, row)
    if row.ended:
        account.live.pop(row.order, None)
        if row.state is not OrderState.VOID:  # one that lives after all is still wanted back
            row.cancel_wanted = ""
        row.cancel_reason = ""
        if was_reserving:
            account.book.release(row.order)
            _count_opened(account, row, -row.remaining)
    elif row.order not in account.live:  # the zombie: void, and it lives after all
        account.live[row.order] = row
        account.book.reserve(row.order, state.tenant.instruments[row.terms.instrument], row.reckoned, row.remaining)
        _count_opened(account, row, row.remaining)
    if type(fact) in _STRATEGY_SEES:
        _tell_strategy(account, row, fact, at)


def _note(row: OrderRow, before: OrderState, fact: OrderFact) -> None:
    # Only what changed the state speaks, so that a report that comes late or twice leaves the same words; an order lost
    # anew is in doubt for the newer reason.
    if row.state is before and not (before is OrderState.UNKNOWN and isinstance(fact, f.OrderUnknown)):
        return
    if type(fact) in _SILENT and not row.ended and before not in DOUBTED:
        return
    match fact:
        case f.OrderRejected():
            row.note = fact.text or fact.code
        case f.OrderCancelled():
            row.note = row.cancel_reason or fact.why
        case f.OrderUnknown() | f.OrderVoided():
            row.note = fact.why
        case _ if row.ended or before in DOUBTED:
            row.note = ""  # it ended as orders do, or what was doubtful is proven


def _apply_fill(state: State, account: AccountState, row: OrderRow, fact: f.OrderFilled) -> None:
    key = (fact.trading_day, fact.exchange, fact.trade, fact.sys_id, fact.side)
    if key in account.fills:
        raise InvariantError(f"fill {key} was booked twice")
    if fact.lots > row.remaining:
        raise InvariantError(f"order {row.order} filled {fact.lots} lots beyond its {row.remaining} remaining")
    account.fills[key] = row.order
    account.trades.append(
        TradeRow(row.order, *key, lots=fact.lots, price=fact.price, fee=fact.fee, exchange_at=fact.exchange_at)
    )
    if row.ended:
        _count_opened(account, row, fact.lots)  # it had been given back when the order ended
    instrument = state.tenant.instruments[fact.instrument]
    if row.order in account.live:
        account.book.release(row.order, fact.lots)
    else:
        account.zombies += row.state is OrderState.VOID
        account.had_zombie |= row.state is OrderState.VOID
    told = (instrument, row.terms, fact.lots, fact.price, fact.fee)
    if fact.late is None:
        account.book.fill(*told, at=fact.exchange_at, trade=fact.trade)
    else:
        account.book.fill_late(*told, day=fact.trading_day, late=fact.late)
    row.filled += fact.lots
    row.heard_day = max(row.heard_day, fact.trading_day)  # the exchange may have begun the next day before us
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


def _count_cancel(state: State, account: AccountState, row: OrderRow) -> None:
    # An order that cancelled itself, such as the rest of a market order, was asked by nobody.
    line = state.tenant.instruments[row.terms.instrument].cancel_line
    if row.cancel_at is not None and (line is None or line.counts(row.terms)):
        account.cancels[row.terms.instrument] = account.cancels.get(row.terms.instrument, 0) + 1


def _count_opened(account: AccountState, row: OrderRow, lots: int) -> None:
    # What an envelope has opened: filled, live or unknown lots of its opening children, and nothing given back twice.
    if row.confirmation is not None and row.cause.task is not None and row.terms.is_opening:
        account.confirmations[row.confirmation].opened_lots += lots


def apply_cancel(state: State, account: AccountState, fact: f.CancelRecorded | f.CancelRefused, at: int) -> None:
    """Fold that a cancel was asked for, or that the exchange refused it."""
    row = account.orders[fact.order]
    row.heard_day = account.trading_day
    if isinstance(fact, f.CancelRecorded):
        row.cancel_at, row.cancel_refused, row.cancel_wanted = at, False, ""
        row.cancel_reason = fact.reason
        if row.leg is None or row.leg.is_first:
            count_message(state, account, row.terms.instrument, at)
    else:
        row.cancel_refused = True
        if not row.ended and row.state is not OrderState.UNKNOWN:  # there the doubt is what matters
            row.note = fact.text or fact.code
    _tell_strategy(account, row, fact, at)


def _tell_strategy(account: AccountState, row: OrderRow, fact: f.AccountFact, at: int) -> None:
    strategy = account.strategies.get(row.cause.strategy) if row.cause.strategy else None
    if strategy is not None:
        kind = strategy_of(strategy.settings)
        kind.fold(strategy.settings, strategy.memory, fact, row.cause.tag, at)


def record_order(state: State, account: AccountState, fact: f.OrderRecorded, at: int) -> None:
    """Fold a new intent."""
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
        heard_day=account.trading_day,
        reckoned_at=fact.reckoned_at,
        leg=fact.leg,
    )
    account.orders[fact.order] = account.live[fact.order] = row
    account.by_wire[fact.wire_key] = fact.order
    if fact.leg is not None and fact.leg.is_first:
        account.combined.add(fact.wire_key)
    _count_opened(account, row, row.terms.lots)
    account.reference = fact.reference
    account.book.reserve(fact.order, state.tenant.instruments[fact.terms.instrument], row.reckoned, fact.terms.lots)
    account.recent.append(Recent(at, fact.order, fact.terms, fact.cause.strategy, fact.cause.tag))
    is_message = fact.leg is None or fact.leg.is_first  # both legs of a combination go out as one
    if is_message:
        count_message(state, account, fact.terms.instrument, at)
        verdict = "WARN" if fact.findings else "CONFIRM2" if fact.confirmation else "ALLOW"
        account.verdicts[verdict] = account.verdicts.get(verdict, 0) + 1
    _forget_old(account, at)
    if fact.cause.strategy in account.strategies:
        account.strategies[fact.cause.strategy].messages += is_message
        strategy = account.strategies[fact.cause.strategy]
        strategy_of(strategy.settings).fold(strategy.settings, strategy.memory, fact, fact.cause.tag, at)
        fold_sent(strategy, fact.terms, fact.cause.tag)
        fold_let_out(strategy, fact.terms)
    note_order(account, fact)


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


def count_message(state: State, account: AccountState, instrument: InstrumentId, at: int) -> None:
    """Count an order or cancel sent to an instrument's exchange, for control C8."""
    stamps = account.message_stamps.setdefault(state.tenant.instruments[instrument].exchange, deque())
    stamps.append(at)
    while stamps and stamps[0] <= at - 10 * SECOND:
        stamps.popleft()


def _forget_old(account: AccountState, at: int) -> None:
    while account.recent and account.recent[0].at <= at - MINUTE:
        account.recent.popleft()
    while account.refusals and account.refusals[0][0] <= at - 30 * SECOND:
        account.refusals.popleft()


def apply_refusal(account: AccountState, fact: f.OrderRefused, at: int) -> None:
    """Fold the gate's no."""
    worst = max(fact.findings, key=lambda finding: finding.verdict)
    account.refused[worst.code] = account.refused.get(worst.code, 0) + 1
    name = worst.verdict.name
    account.verdicts[name] = account.verdicts.get(name, 0) + 1
    account.refusals.append((at, fact.cause.strategy))
    _forget_old(account, at)
    strategy = account.strategies.get(fact.cause.strategy) if fact.cause.strategy else None
    if strategy is not None:
        strategy_of(strategy.settings).fold(strategy.settings, strategy.memory, fact, fact.cause.tag, at)
        fold_refusal(strategy, fact, at, account.trading_day)
