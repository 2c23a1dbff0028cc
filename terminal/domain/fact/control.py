"""Hold the facts about control: confirmations, strategies, levels, kill switch, barrier."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.fact.marks import StrategyMark
from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, InstrumentId, OrderId, PersonId, StrategyId, TaskId
from terminal.domain.orders.confirmation import Confirmation, ConfirmationEvent
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.words.risk import Finding, Level, Scope


class ConfirmationRequested(msgspec.Struct, frozen=True, kw_only=True, tag="confirmation_requested"):
    """An order or a parent task waits for another person (复核)."""

    confirmation: Confirmation
    findings: tuple[Finding, ...]


class ConfirmationDecided(msgspec.Struct, frozen=True, kw_only=True, tag="confirmation_decided"):
    """A confirmation moved on: approved, rejected, withdrawn, expired, superseded, stale, revoked or consumed."""

    account: AccountId
    confirmation: ConfirmationId
    decision: ConfirmationEvent
    person: PersonId | None  # None: time or the engine decided
    device: DeviceId | None
    signature: str = ""  # Ed25519 over hash|decision|person, hex; empty unless APPROVED or REJECTED
    reason: str = ""
    reference_price: Decimal | None = (
        None  # at an approval what the checker saw, and of what ended otherwise the price then
    )


class StrategyStarted(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_started"):
    """A strategy runs with these parameters."""

    account: AccountId
    strategy: StrategyId
    settings: StrategySettings
    version: int
    task: TaskId | None = None
    envelope: ConfirmationId | None = None  # the approval its orders cite
    person: PersonId | None = None  # who wanted it; `None`: said before this was kept


class Rest(StrEnum):
    """Name what a strategy is winding down (收尾) to."""

    PAUSED = "PAUSED"
    STOPPED = "STOPPED"


class StrategyStatus(StrEnum):
    """Name what a strategy is doing; RUNNING and WINDING decide, the others do not."""

    RUNNING = "RUNNING"
    WINDING = "WINDING"  # 收尾: only what brings its legs to balance, then PAUSED or STOPPED
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    FINISHED = "FINISHED"


DECIDING: Final = frozenset({StrategyStatus.RUNNING, StrategyStatus.WINDING})


class StrategyWinding(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_winding"):
    """A person wants a strategy to rest while its legs are unbalanced: it hedges to balance first (收尾)."""

    account: AccountId
    strategy: StrategyId
    then: Rest
    reason: str


class StrategyPaused(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_paused"):
    """A strategy decides nothing until resumed; `lots_taken` where what it records was closed from under it."""

    account: AccountId
    strategy: StrategyId
    reason: str
    lots_taken: bool = False


class StrategyResumed(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_resumed"):
    """A strategy decides again."""

    account: AccountId
    strategy: StrategyId
    person: PersonId | None = None  # who wanted it; `None`: said before this was kept


class StrategyStopped(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_stopped"):
    """A strategy is over; its orders are cancelled, its position stays."""

    account: AccountId
    strategy: StrategyId
    reason: str


class StrategyMarked(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_marked"):
    """A strategy stated something about itself."""

    account: AccountId
    strategy: StrategyId
    at: int  # market clock
    mark: StrategyMark


class StrategyChanged(msgspec.Struct, frozen=True, kw_only=True, tag="strategy_changed"):
    """A person gave a strategy other settings; orders from now on name this version."""

    account: AccountId
    strategy: StrategyId
    settings: StrategySettings
    version: int
    person: PersonId
    envelope: ConfirmationId | None = None  # the approval its orders cite from now on; `None`: as before


class AccountTaken(msgspec.Struct, frozen=True, kw_only=True, tag="account_taken"):
    """A person took the account over at a device (接管); the one before is its holder no more."""

    account: AccountId
    person: PersonId
    device: DeviceId


class AlertAcknowledged(msgspec.Struct, frozen=True, kw_only=True, tag="alert_acknowledged"):
    """A person has seen the raised alert with this number; numbers count an account's alerts from 1."""

    account: AccountId
    alert: int
    person: PersonId


class LevelAcknowledged(msgspec.Struct, frozen=True, kw_only=True, tag="level_acknowledged"):
    """A person has seen this alarm level of a scope; it stands until its own rule ends it."""

    account: AccountId
    scope: Scope
    signal: str
    level: Level
    person: PersonId


class LevelChanged(msgspec.Struct, frozen=True, kw_only=True, tag="level_changed"):
    """An alarm level moved for a scope because a signal crossed its threshold."""

    account: AccountId
    scope: Scope
    signal: str
    value: str
    threshold: str
    before: Level
    after: Level
    at: int


class LevelReleased(msgspec.Struct, frozen=True, kw_only=True, tag="level_released"):
    """Two persons cleared a red level to orange."""

    account: AccountId
    scope: Scope
    first: PersonId
    second: PersonId
    reason: str


class KillSwitched(msgspec.Struct, frozen=True, kw_only=True, tag="kill_switched"):
    """The kill switch was pulled for a scope; latched until two persons release it."""

    account: AccountId
    scope: Scope
    person: PersonId
    device: DeviceId
    reason: str


class KillReleased(msgspec.Struct, frozen=True, kw_only=True, tag="kill_released"):
    """Two persons released the kill switch of a scope."""

    account: AccountId
    scope: Scope
    first: PersonId
    second: PersonId
    reason: str


class ReleaseAsked(msgspec.Struct, frozen=True, kw_only=True, tag="release_asked"):
    """A first person asked to release a kill switch or a red level; a second one must do the same."""

    account: AccountId
    scope: Scope
    person: PersonId
    reason: str


class AlertRaised(msgspec.Struct, frozen=True, kw_only=True, tag="alert_raised"):
    """Something needs people's eyes; says what happened, to which contract, what to do.

    `person` is whose doing it tells of, where another person has to see it. `about` tells alerts apart that say the
    same of one contract, such as requests of it by their keys.
    """

    account: AccountId
    level: Level
    code: str
    instrument: InstrumentId | None
    sentence: str
    person: PersonId | None = None
    about: str = ""


class LinkLost(msgspec.Struct, frozen=True, kw_only=True, tag="link_lost"):
    """The exchange link is down; nothing new is sent and the barrier is up."""

    account: AccountId
    why: str


class BarrierBegan(msgspec.Struct, frozen=True, kw_only=True, tag="barrier_began"):
    """A (re)connect or start began reconciling; opening is closed until `BarrierPassed` (SAFETY I7)."""

    account: AccountId
    session: str  # the exchange's session id
    at: int


class Reconciled(msgspec.Struct, frozen=True, kw_only=True, tag="reconciled"):
    """A complete query was compared with the fold; `differences` are sentences, empty when equal."""

    account: AccountId
    query: int
    at: int
    differences: tuple[str, ...] = ()
    absent: tuple[OrderId, ...] = ()  # UNKNOWN orders the complete answer did not show


class BarrierPassed(msgspec.Struct, frozen=True, kw_only=True, tag="barrier_passed"):
    """Fold and exchange agree; opening is allowed again."""

    account: AccountId
    session: str
