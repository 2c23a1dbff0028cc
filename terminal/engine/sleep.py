"""Let an engine sleep while a market does nothing that matters to it, and pass over those batches all at once.

`quiet` asks everybody who looks at a batch; `pass_over` leaves columns and pace as they would be had the batches come
one by one. What declares nothing here and therefore looks at every batch: an account that waits for answers or for the
barrier, conditional orders, reversals and batches (分组批量下单) that are under way, requests about options and options
held, levels that may come down, a leg that lacks lots, and every strategy whose kind declares nothing at the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import DECIDING, StrategyStatus
from terminal.domain.orders.order import OrderState
from terminal.domain.parameters.strategy import ExecutionSettings
from terminal.domain.quiet import EVER, NEVER, Quiet, together
from terminal.engine.alert import alarm_quiet, deadline_watch, last_days, level_quiet, roll_watch, unguarded
from terminal.engine.exchange.silence import NOT_ANSWERED
from terminal.engine.pace import LOOK_EVERY
from terminal.engine.records.forgetting import OVER
from terminal.engine.strategy.halves import half_of
from terminal.engine.strategy.spot_side import tells_spot_at
from terminal.engine.strategy.unwanted import may_be_unwanted
from terminal.engine.strategy.winding import asked_by_time
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import AccountId
    from terminal.domain.quiet import Span
    from terminal.engine.receive import Engine
    from terminal.engine.state import AccountState

WAITED_FOR: Final = frozenset({*NOT_ANSWERED, OrderState.UNKNOWN})


def quiet(engine: Engine) -> Quiet | None:
    """Return what the market may do without a batch that changes anything; `None`: every batch may.

    Whoever passes over has the engine `look_again` where a window is sampled, and where accounts are asked about.
    """
    pace = engine.pace
    if not pace.live or pace.wakes is None or pace.sent or pace.held_back:
        return None
    return together(_all(engine))


def leaning(engine: Engine) -> Quiet | None:
    """Return what those may sleep through who lean on samples; `None` also where a sample is overdue."""
    if samples_at(engine) <= engine.look.now:
        return None
    accounts = engine.state.accounts.values()
    return together(one for account in accounts for one in _strategies(engine, account, leaning=True))


def samples_at(engine: Engine) -> int:
    """Return when a window is sampled next."""
    return min((window.due for window in engine.columns.watches.values()), default=NEVER)


def asks_at(engine: Engine) -> int:
    """Return from when on an account is asked about at the next look."""
    return min(map(engine.pace.asks_at, engine.state.accounts.values()), default=NEVER)


def asked(engine: Engine, at: int) -> list[AccountId]:
    """Return which accounts are asked about in a batch of an instant (UTC ns), if it is a look."""
    return [name for name, account in engine.state.accounts.items() if at >= engine.pace.asks_at(account)]


def pass_over(engine: Engine, span: Span) -> None:
    """Take batches that change nothing, all at once."""
    pace, columns = engine.pace, engine.columns
    slots = list(span.slots)
    columns.pass_over(span)
    engine.dozing.wake(slots)  # what somebody dozes through was declared earlier, and may be narrower than the sleep
    engine.touched_spreads = columns.price_spreads(slots)
    pace.steady += span.steady
    if span.looked is None:
        return
    pace.due = span.looked + LOOK_EVERY
    pace.corrected = columns.said, pace.settlings
    looked_at = pace.steady - span.steady + span.steady_looked
    for account in engine.state.accounts.values():
        pace.watch(account.account).pass_over(looked_at)
        pace.exercises.pass_over(account.account, span.looked)


def _all(engine: Engine) -> Iterator[Quiet | None]:
    yield Quiet(engine.pace.day_ends)
    yield None if samples_at(engine) <= engine.look.now else EVER
    yield alarm_quiet.quiet(engine.alarms, engine.columns)
    accounts = engine.state.accounts.values()
    for account in accounts:
        yield _waiting(engine, account)
    for account in accounts:
        yield from _strategies(engine, account)
    for account in accounts:
        yield level_quiet.quiet(engine.pace.watch(account.account), engine.look, account)


def _waiting(engine: Engine, account: AccountState) -> Quiet | None:
    # What is under way, and when time by itself demands something.
    pace, now = engine.pace, engine.look.now
    if not (account.linked and account.barrier.passed) or account.trading_day != engine.look.trading_day:
        return None
    if account.conditionals.rows or account.exercises.rows or account.exercises.expected:
        return None
    if account.batches.waiting:
        return None
    if _stirs(account) or pace.naked or asked_by_time(engine.look, account, now) or may_be_unwanted(account):
        return None
    if account.book.unsettled_days() and pace.corrected != (engine.columns.said, pace.settlings):
        return None
    until = min((row.confirmation.expires_at for row in account.pending.values()), default=NEVER)
    until = min(until, tells_spot_at(engine.look, account))
    told = pace.handover.due(account)
    if now < told:
        until = min(until, told)
    elif now < instant(account.trading_day, 9):
        return None
    return Quiet(until)


def _stirs(account: AccountState) -> bool:
    for row in account.live.values():
        if row.state in WAITED_FOR:
            return True
    return any(row.stands for row in account.reversals.rows.values())


def _strategies(engine: Engine, account: AccountState, *, leaning: bool = False) -> Iterator[Quiet | None]:
    engine.look.account = account
    for row in account.strategies.values():
        yield last_days.quiet(engine.look, account, row)
        yield deadline_watch.quiet(engine.look, row)
        if leaning and not strategy_of(row.settings).watches(row.settings):
            continue
        if (
            row.barred
            or row.status is StrategyStatus.WINDING
            or (row.status not in OVER and half_of(engine.state, row) is not None)
        ):
            yield None
        elif row.status in DECIDING:
            kind = strategy_of(row.settings)
            yield engine.dozing.declared(row) or kind.quiet(row.strategy, row.settings, row.memory, engine.look)
        elif row.status is StrategyStatus.PAUSED and isinstance(row.settings, ExecutionSettings):
            yield Quiet(row.settings.ends_at)  # what it leaves is told then, paused or not
        else:
            yield unguarded.quiet(engine.look, row)
            yield roll_watch.quiet(engine.look, row)
