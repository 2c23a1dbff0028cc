"""Raise and lower the alarm levels of an account from what can be measured now (SAFETY 6).

The thresholds and the way down are rules (`risk/levels.py`); here the signals are measured and the changes stated.
How long a signal has been quiet is not a fact: after a restart the quiet time starts again, which is the careful side.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.control import DECIDING, StrategyStatus
from terminal.domain.fact.facts import LevelChanged, StrategyPaused
from terminal.domain.ids import OrderId, StrategyId
from terminal.domain.orders.order import OrderState
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.risk import Level, Scope
from terminal.engine.alert.carry_blind import CarryBlind
from terminal.engine.alert.level_figures import EVERYTHING, cancel_figures, money_figures, position_figures
from terminal.engine.alert.naked import OverBreak
from terminal.engine.alert.unfit import Unfit
from terminal.engine.alert.unguarded import Unguarded
from terminal.engine.book.lacking import lacking_of
from terminal.engine.book.scopes import scope_key
from terminal.engine.confirmations.voiding import revoke_pending
from terminal.engine.orders.gate import strategy_loss
from terminal.engine.wording import level_title
from terminal.risk.levels import FIRST, KILL_SIGNAL, SIGNALS, STATEMENT_SIGNAL, Hysteresis
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.view import AccountView
    from terminal.engine.look import Look
    from terminal.engine.standing import LevelRow
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

SECOND = 1_000_000_000
ZERO = Decimal(0)
MINDED = frozenset({*DECIDING, StrategyStatus.PAUSED})


class Watch:
    """Measure one account's signals about once a second of market time."""

    def __init__(self) -> None:
        self._quiet: dict[str, Hysteresis] = {}
        self._doubtful: dict[OrderId, int] = {}  # UNKNOWN order -> steady clock when first seen so
        self._looked_at: int | None = None  # the steady clock
        self._naked: dict[StrategyId, int] = {}  # strategy beyond its naked limit -> likewise
        self._over_break = OverBreak()
        self._unguarded = Unguarded()
        self._carry_blind = CarryBlind()
        self._unfit = Unfit()

    def look_at(self, turn: Turn, look: Look, account: AccountState, *, steady: int) -> None:
        """State every level change the signals demand now, and which leg goes naked into a break or grid unguarded.

        `steady` is market time in ns that counts no jump of the clock (a break, the night): waiting through one is
        not silence.
        """
        self._over_break.look_at(turn, look, account)
        self._unguarded.look_at(turn, look, account)
        self._carry_blind.look_at(turn, look, account)
        self._unfit.look_at(turn, look, account)
        stands = account.levels or self._quiet
        for scope, signal, value in self._signals(look, account, steady, idle=bool(stands)):
            # Nothing is high, nothing stands: so it is for most accounts, every second.
            if stands or value >= FIRST[signal]:
                self._judge(turn, account, scope, signal, value)
                stands = account.levels or self._quiet

    def measure(self, look: Look, account: AccountState) -> list[tuple[Scope, str, Decimal]]:
        """Return every signal's value now; what is measured in time begins at nothing."""
        return self._signals(look, account, 0, idle=True)

    def pass_over(self, steady: int) -> None:
        """Take looks that found nothing high and nothing that ages, the last of them at this steady clock."""
        self._looked_at, self._doubtful, self._naked = steady, {}, {}

    @property
    def stirred(self) -> bool:
        """Return whether the next look may differ from one like the last."""
        timed = bool(self._doubtful or self._naked) or self._over_break.told or self._unguarded.told
        return timed or any(one.stirred for one in self._quiet.values())

    def _signals(
        self, look: Look, account: AccountState, steady: int, *, idle: bool
    ) -> list[tuple[Scope, str, Decimal]]:
        found = measured(look, account, account.book.view(look.columns.last_price), idle=idle)
        unknown = self._unknown_age(account, steady)
        if unknown is not None:
            found.append((EVERYTHING, "unknown_orders", unknown))
        found.extend(counted(account))
        found.extend(self._imbalance(look, account, steady))
        # The switch itself holds its scope red; what its last release left waits for the next one.
        found.extend(
            (row.scope, KILL_SIGNAL, ZERO)
            for row in account.levels.values()
            if row.signal == KILL_SIGNAL and scope_key(row.scope) not in account.kills
        )
        # So does a statement that differs; its red is taken away by a clean one or by two persons.
        found.extend((row.scope, row.signal, ZERO) for row in account.levels.values() if row.signal == STATEMENT_SIGNAL)
        return found

    def _imbalance(self, look: Look, account: AccountState, steady: int) -> list[tuple[Scope, str, Decimal]]:
        # What a strategy that is over left behind is people's position, and no strategy's imbalance any more.
        rows = (account.strategies[name] for name in look.lacking(account))
        beyond = {
            row.strategy: self._naked.get(row.strategy, steady)
            for row in rows
            if row.status in MINDED and is_beyond(account, row)
        }
        self._naked = beyond
        ages = {Scope(strategy=name): Decimal(steady - since) / SECOND for name, since in beyond.items()}
        for level in account.levels.values():
            if level.signal == "leg_imbalance" and level.level:
                ages.setdefault(level.scope, Decimal(0))  # a leg that has caught up brings its level down too
        return [(scope, "leg_imbalance", age) for scope, age in ages.items()]

    def _unknown_age(self, account: AccountState, steady: int) -> Decimal | None:
        # While the link is down nobody can be asked: nothing ages, and no level that stands is given up. What was too
        # old before a restart is so after it as well.
        passed = 0 if account.linked or self._looked_at is None else steady - self._looked_at
        first = steady if self._looked_at is not None else steady - _held_ns(account, "unknown_orders")
        self._looked_at = steady
        unknown = [row.order for row in account.live.values() if row.state is OrderState.UNKNOWN]
        self._doubtful = {
            order: self._doubtful[order] + passed if order in self._doubtful else first for order in unknown
        }
        if not unknown:
            return Decimal(0)
        return Decimal(steady - min(self._doubtful.values())) / SECOND if account.linked else None

    def _judge(self, turn: Turn, account: AccountState, scope: Scope, signal: str, value: Decimal) -> None:
        key = f"{scope_key(scope)}|{signal}"
        row = account.levels.get(key)
        before = row.level if row is not None else Level.NORMAL
        rule = SIGNALS[signal]
        memory = self._quiet.get(key)
        if memory is None:
            if before is Level.NORMAL and rule.level(value) is Level.NORMAL:
                return
            memory = self._quiet[key] = Hysteresis(rule)
        after = memory.step(before, value, turn.at, 0 if row is None else row.since)
        if after is before:
            return
        turn.say(
            LevelChanged(
                account=account.account,
                scope=scope,
                signal=signal,
                value=str(value.quantize(Decimal("0.01"))),
                threshold=rule.text(max(before, after)),
                before=before,
                after=after,
                at=turn.at,
            )
        )
        if after is Level.RED:
            reason = f"风险级别红色：{level_title(scope, signal)}"
            pause_strategies(turn, account, scope, reason)
            # What is parked later has seen the red and may still be approved (SAFETY I22).
            revoke_pending(turn, account, scope, reason)


def measured(
    look: Look, account: AccountState, money: AccountView, *, idle: bool = True
) -> list[tuple[Scope, str, Decimal]]:
    """Return the signals that books, quotes and limits give by themselves.

    A strategy that has not traded loses nothing: only where it is `idle` that matters, to a level that stands.
    """
    found = [(EVERYTHING, name, value) for name, value in money_figures(money, account.limits)]
    found += [(scope, "position_use", value) for scope, value in position_figures(account)]
    found += [(scope, "cancel_use", value) for scope, value in cancel_figures(look.state, account)]
    return found + _strategy_losses(look, account, idle=idle)


def counted(account: AccountState) -> tuple[tuple[Scope, str, Decimal], ...]:
    """Return the signals that count what facts told."""
    return (
        (EVERYTHING, "reconcile", Decimal(account.barrier.different_queries)),
        (EVERYTHING, "zombie", Decimal(account.zombies)),
    )


def _held_ns(account: AccountState, signal: str) -> int:
    row = account.levels.get(f"{scope_key(EVERYTHING)}|{signal}")
    threshold = None if row is None else SIGNALS[signal].holding(row.level)
    return 0 if threshold is None else int(threshold.value * SECOND) + 1


def _strategy_losses(look: Look, account: AccountState, *, idle: bool) -> list[tuple[Scope, str, Decimal]]:
    # C7 binds each strategy too; one without a limit of its own has the account's. Futures alone never make a hedge
    # account red (SAFETY 5), and so no strategy of it.
    limits = account.limits
    limit = None if limits is None else limits.strategy_day_loss_yuan or limits.day_loss_yuan
    if limits is None or not limit:
        return []
    signal = "hedge_day_loss" if limits.is_hedge_account else "day_loss"
    losses = [(scope, strategy_loss(look, row)) for row, scope in look.each(account, _minded if idle else _traded)]
    return [(scope, signal, loss / limit * 100 if loss else ZERO) for scope, loss in losses]


def _minded(row: StrategyRow) -> Scope | None:
    return Scope(strategy=row.strategy) if row.status in MINDED else None


def _traded(row: StrategyRow) -> Scope | None:
    return _minded(row) if row.lots or row.fees_today else None


def still_red(look: Look, account: AccountState, scope: Scope) -> str:
    """Return the signal that would make a scope red again at once, or "" when every cause is gone.

    A zombie order is an event, not a condition: two persons who have looked at it may release it.
    """
    for row in account.levels.values():
        if row.level is not Level.RED or row.scope != scope:
            continue
        match row.signal:
            case "unknown_orders":
                present = any(order.state is OrderState.UNKNOWN for order in account.live.values())
            case "leg_imbalance":
                owner = account.strategies.get(scope.strategy) if scope.strategy is not None else None
                present = owner is not None and owner.status in MINDED and is_beyond(account, owner)
            case "zombie":
                present = False
            case _:
                present = _measured_red(look, account, row)
        if present:
            return row.signal
    return ""


def _measured_red(look: Look, account: AccountState, row: LevelRow) -> bool:
    rule = SIGNALS[row.signal]
    now = Watch().measure(look, account)
    return any(
        scope == row.scope and signal == row.signal and rule.level(value) is Level.RED for scope, signal, value in now
    )


def is_beyond(account: AccountState, row: StrategyRow) -> bool:
    """Return whether a strategy holds more lots unbalanced than it may: of those there, where some were taken."""
    settings = row.settings
    if isinstance(settings, GridSettings | OwnSettings | ExecutionSettings | TargetSettings):
        return False
    if row.lots_taken:
        return sum(abs(lots) for _, lots in lacking_of(account, row)) > settings.naked_lots
    return strategy_of(settings).naked_lots(settings, row.memory) > settings.naked_lots


def step_down(turn: Turn, account: AccountState, scope: Scope) -> None:
    """State that a released kill switch leaves its scope at orange; from there the rule of levels brings it down."""
    turn.say(
        LevelChanged(
            account=account.account,
            scope=scope,
            signal=KILL_SIGNAL,
            value="0",
            threshold=SIGNALS[KILL_SIGNAL].text(Level.RED),
            before=Level.RED,
            after=Level.ORANGE,
            at=turn.at,
        )
    )


def pause_strategies(turn: Turn, account: AccountState, scope: Scope, reason: str) -> None:
    """Pause every strategy that runs or winds down and that a scope covers, at once."""
    for row in list(account.strategies.values()):
        trades = strategy_of(row.settings).instruments(row.settings)
        covered = scope.strategy in {None, row.strategy} and (scope.instrument is None or scope.instrument in trades)
        if row.status in DECIDING and covered:
            turn.say(StrategyPaused(account=account.account, strategy=row.strategy, reason=reason))
