"""Fold one fact into the state.

`apply` never decides and never reaches out: the same fold runs in runner, desk, backtest and verifier. `at` is the
market clock the record carries. A fact that contradicts the state is a broken invariant and raises.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from terminal.domain.errors import InvariantError
from terminal.domain.fact import facts as f
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState, decide
from terminal.domain.words.risk import Level
from terminal.engine.book.freeze import MOVES, freeze_exercises
from terminal.engine.book.scopes import WHOLE_ACCOUNT, is_killed, scope_key
from terminal.engine.books.exercise import TOLD_ONCE, key_of
from terminal.engine.folds.batch import apply_batch
from terminal.engine.folds.book import apply_book
from terminal.engine.folds.conditional import apply_conditional
from terminal.engine.folds.exercise import apply_exercise
from terminal.engine.folds.orders import apply_cancel, apply_order, apply_refusal, is_of_order, record_order
from terminal.engine.folds.otc import apply_otc
from terminal.engine.folds.refused_openings import fold_other_limits
from terminal.engine.folds.reversal import apply_reversal
from terminal.engine.folds.sandbox import apply_sandbox
from terminal.engine.folds.statement import apply_handed_in, let_go
from terminal.engine.folds.strategy import apply_strategy
from terminal.engine.person import PersonState, apply_person
from terminal.engine.records.forgetting import forget
from terminal.engine.records.journal import account_of, is_of_account
from terminal.engine.standing import AlertRow, Barrier, ConfirmationRow, KillRow, LetGo, LevelRow, LinkLoss
from terminal.engine.state import AccountState, ExternalRow, MemberRow, State
from terminal.engine.tenant import apply_tenant
from terminal.risk.levels import KILL_SIGNAL

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId

Fold = Callable[[State, f.Fact, int], None]  # `apply`, or who looks at the books before and after it

OPEN_ALERTS = 200  # kept per account until a person has seen them
_LongWish = f.ConditionalFact | f.ReversalFact | f.BatchFact | f.ExerciseFact | f.OtcFact  # what has a life of its own
ANSWERS_OF_A_PERSON = 1_000  # kept of what no account is about: drafts, spot prices


def apply(state: State, fact: f.Fact, at: int) -> None:
    """Take one fact into the state; `at` is the market clock of its record, UTC ns."""
    state.folded += 1
    if is_of_account(fact) and type(fact) is not f.AccountOpened:  # nearly all; asking one union after another is slow
        account = state.accounts[account_of(fact)]
        if is_of_order(fact):
            apply_order(state, account, fact, at)
        else:
            _apply_account(state, account, fact, at)
        if account.exercises.may_come and isinstance(fact, MOVES):
            freeze_exercises(state.tenant.instruments, account)
    elif isinstance(fact, f.TenantFact):
        apply_tenant(state, fact, at)
    elif isinstance(fact, f.CommandDone):
        _apply_command(state, fact)
    elif isinstance(fact, f.PersonFact):
        apply_person(_kept_by(state, fact.person), fact)
    elif isinstance(fact, f.AccountOpened):
        if fact.account in state.accounts:
            raise InvariantError(f"account {fact.account} was opened twice")
        made = AccountState(fact.account, fact.name, fact.investor, fact.cash, fact.trading_day)
        made.unit = fact.unit
        state.accounts[fact.account] = made


def _apply_long_wish(account: AccountState, fact: _LongWish, at: int) -> None:
    if isinstance(fact, f.ConditionalFact):
        apply_conditional(account, fact, at)
    elif isinstance(fact, f.ReversalFact):
        apply_reversal(account, fact, at)
    elif isinstance(fact, f.BatchFact):
        apply_batch(account, fact, at)
    elif isinstance(fact, f.OtcFact):
        apply_otc(account, fact, at)
    else:
        apply_exercise(account, fact, at)


def _apply_command(state: State, fact: f.CommandDone) -> None:
    if fact.account is not None:
        home = state.accounts[fact.account].commands
    elif fact.person is not None:
        home = _kept_by(state, fact.person).commands
    else:
        raise InvariantError(f"the answer to {fact.command} belongs to nobody")
    if fact.command in home:
        raise InvariantError(f"command {fact.command} took effect twice")
    home[fact.command] = fact
    if fact.account is None and len(home) > ANSWERS_OF_A_PERSON:
        del home[
            next(iter(home))
        ]  # no settlement clears a person's stream; the journal answers the repeat (SAFETY I17)


def _kept_by(state: State, person: PersonId) -> PersonState:
    return state.persons.setdefault(person, PersonState())


# --- everything else in an account's stream --------------------------------------------------------------------


def _apply_account(state: State, account: AccountState, fact: f.AccountFact, at: int) -> None:  # noqa: C901, PLR0912 - one arm per kind of fact
    match fact:  # arm by arm, and each costs: what comes most often stands first, what has many kinds last
        case f.OrderRecorded():
            record_order(state, account, fact, at)
        case f.Reconciled() | f.LinkLost() | f.BarrierBegan() | f.BarrierPassed():
            _apply_link(account, fact, at)
        case f.OrderRefused():
            apply_refusal(account, fact, at)
        case f.CancelRecorded() | f.CancelRefused():
            apply_cancel(state, account, fact, at)
        case f.ExternalOrderSeen():
            _see_external(account, fact)
        case f.RolesGranted():
            account.members[fact.person] = MemberRow(name=fact.name, roles=fact.roles)
        case f.LimitsSet():
            account.limits = fact.limits
            fold_other_limits(account)
        case f.CashMoved():
            account.book.move_cash(fact.amount)
        case f.DaySettled():
            _settle(state, account, fact)
        case f.SettlementCorrected() | f.PositionEnded() | f.CombinationMoved() | f.ReportQuarantined():
            apply_book(state, account, fact)
        case f.StatementReconciled() | f.StatementRefused():
            apply_handed_in(account, fact, at)
        case f.SandboxRecorded():
            apply_sandbox(account, fact)
        case f.ConfirmationRequested():
            waits = ConfirmationRow(confirmation=fact.confirmation, requested_at=at, heard_day=account.trading_day)
            name = fact.confirmation.confirmation
            account.confirmations[name] = account.pending[name] = waits
            account.verdicts["CONFIRM2_PARKED"] = account.verdicts.get("CONFIRM2_PARKED", 0) + 1
        case f.ConfirmationDecided():
            _decide_confirmation(account, fact)
        case (
            f.StrategyStarted()
            | f.StrategyWinding()
            | f.StrategyPaused()
            | f.StrategyResumed()
            | f.StrategyStopped()
            | f.StrategyMarked()
            | f.StrategyChanged()
        ):
            apply_strategy(account, fact, at)
        case f.LevelAcknowledged():
            _see_level(account, fact, at)
        case f.LevelChanged() | f.LevelReleased() | f.KillSwitched() | f.KillReleased() | f.ReleaseAsked():
            _apply_risk(account, fact, at)
        case f.AlertRaised() | f.AlertAcknowledged():
            _apply_alert(account, fact, at)
        case f.UnitAssigned():
            account.unit = fact.unit
        case f.AccountTaken():
            account.holder = (fact.person, fact.device)
        case _ if isinstance(fact, _LongWish):
            _apply_long_wish(account, fact, at)
        case _:
            raise InvariantError(f"no fold for {type(fact).__name__}")


def _see_external(account: AccountState, fact: f.ExternalOrderSeen) -> None:
    account.external[fact.exchange, fact.sys_id] = ExternalRow(
        exchange=fact.exchange,
        sys_id=fact.sys_id,
        wire_key=fact.wire_key,
        terms=fact.terms,
        filled=fact.filled,
        heard_day=account.trading_day,
    )


def _settle(state: State, account: AccountState, fact: f.DaySettled) -> None:
    if fact.trading_day != account.trading_day or fact.next_day <= fact.trading_day:
        raise InvariantError(f"day {fact.trading_day} cannot be settled while {account.trading_day} is open")
    account.book.settle(fact.prices, fact.next_day, fact.provisional, missed=fact.missed, unheard=fact.unheard)
    account.trading_day = fact.next_day
    account.cancels.clear()
    account.trades = [trade for trade in account.trades if trade.trading_day >= fact.next_day]
    for strategy in account.strategies.values():
        strategy.fees_today = Decimal(0)
        for name, held in strategy.lots.items():
            price = fact.prices.get(name)
            if not held.lots:
                held.cost = Decimal(0)  # what it gained is of the day that ends
            elif price is not None:
                held.cost = state.tenant.instruments[name].value(price, held.lots)
    if not fact.missed:  # what the exchange has still to say is of the day before it
        forget(account, fact.trading_day)


def _decide_confirmation(account: AccountState, fact: f.ConfirmationDecided) -> None:
    row = account.confirmations[fact.confirmation]
    row.state, row.heard_day = decide(row.state, fact.decision), account.trading_day
    account.pending.pop(fact.confirmation, None)
    if fact.decision is ConfirmationEvent.APPROVE:
        if fact.person is None or fact.person == row.confirmation.maker:
            raise InvariantError(f"confirmation {fact.confirmation} was approved by its maker")
        row.checker, row.reference_price = fact.person, fact.reference_price
    if row.state is ConfirmationState.CONSUMED and row.checker is None:
        raise InvariantError(f"confirmation {fact.confirmation} was consumed without approval")


def _apply_risk(
    account: AccountState,
    fact: f.LevelChanged | f.LevelReleased | f.KillSwitched | f.KillReleased | f.ReleaseAsked,
    at: int,
) -> None:
    match fact:
        case f.LevelChanged():
            key = f"{scope_key(fact.scope)}|{fact.signal}"
            account.levels[key] = LevelRow(
                scope=fact.scope, signal=fact.signal, level=fact.after, since=at, value=fact.value
            )
            if fact.after is Level.RED:
                account.releases.pop(scope_key(fact.scope), None)  # a request made before it does not lift it
            if fact.signal == KILL_SIGNAL and fact.after is Level.NORMAL:
                account.let_go.pop(scope_key(fact.scope), None)
        case f.LevelReleased():
            asked = account.releases.pop(scope_key(fact.scope), None)
            if scope_key(fact.scope) == WHOLE_ACCOUNT:
                account.zombies = 0  # two persons have looked at them; the next one turns the account red again
                let_go(account, fact, asked, at)  # likewise
            for row in account.levels.values():
                if row.scope == fact.scope and row.level is Level.RED:
                    row.level, row.since, row.seen_by, row.seen_at = Level.ORANGE, at, None, 0
        case f.KillSwitched():
            pulled = KillRow(scope=fact.scope, person=fact.person, reason=fact.reason, at=at)
            account.kills.setdefault(scope_key(fact.scope), pulled)  # pulled once more it stands as long as before
            account.let_go.pop(scope_key(fact.scope), None)
            account.releases.pop(scope_key(fact.scope), None)  # likewise
            for order in account.live.values():
                order.killed |= is_killed(account, order.cause.strategy, order.terms.instrument)
        case f.KillReleased():
            account.kills.pop(scope_key(fact.scope), None)
            asked = account.releases.pop(scope_key(fact.scope), None)
            account.let_go[scope_key(fact.scope)] = LetGo(
                first=fact.first,
                second=fact.second,
                reason=fact.reason,
                at=at,
                first_reason="" if asked is None or asked[0] != fact.first else asked[2],
            )
        case f.ReleaseAsked():
            account.releases[scope_key(fact.scope)] = (fact.person, at, fact.reason)
        case _:
            assert_never(fact)


def _see_level(account: AccountState, fact: f.LevelAcknowledged, at: int) -> None:
    row = account.levels.get(f"{scope_key(fact.scope)}|{fact.signal}")
    if row is None or row.level is not fact.level or row.seen_by is not None:
        raise InvariantError(f"level {fact.signal} of {account.account} does not wait to be seen at {fact.level.name}")
    row.seen_by, row.seen_at = fact.person, at


def _apply_alert(account: AccountState, fact: f.AlertRaised | f.AlertAcknowledged, at: int) -> None:
    alerts = account.open_alerts
    if isinstance(fact, f.AlertAcknowledged):
        if alerts.pop(fact.alert, None) is None:
            raise InvariantError(f"alert {fact.alert} of {account.account} is not open")
        return
    account.alerts += 1
    if fact.code in TOLD_ONCE:
        account.exercises.told.append(key_of(fact.code, fact.instrument, fact.about))
    alerts[account.alerts] = AlertRow(
        number=account.alerts,
        level=fact.level,
        code=fact.code,
        instrument=fact.instrument,
        sentence=fact.sentence,
        at=at,
        person=fact.person,
    )
    if len(alerts) > OPEN_ALERTS:  # what nobody looked at makes room: the mildest first, of these the oldest
        del alerts[min(alerts.values(), key=lambda row: (row.level, row.number)).number]


def _apply_link(
    account: AccountState, fact: f.LinkLost | f.BarrierBegan | f.Reconciled | f.BarrierPassed, at: int
) -> None:
    match fact:
        case f.LinkLost():
            account.linked, account.link_loss = False, LinkLoss(at=at, why=fact.why)
            account.barrier.passed = False
        case f.BarrierBegan():
            account.linked, account.link_loss = True, None
            account.barrier = Barrier(session=fact.session, began_at=fact.at)
        case f.Reconciled():
            account.barrier.queries += 1
            account.barrier.since = account.barrier.since or fact.at
            account.barrier.differences = fact.differences
            for order in fact.absent:
                row = account.orders[order]
                row.absent_queries += 1
                row.absent_since = fact.at if row.absent_since is None else row.absent_since
            account.barrier.different_queries = account.barrier.different_queries + 1 if fact.differences else 0
        case f.BarrierPassed():
            account.barrier.passed, account.barrier.since = True, at
        case _:
            assert_never(fact)
