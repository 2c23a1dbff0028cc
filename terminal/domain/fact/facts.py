"""Hold everything that can have happened, as immutable messages: one declaration for type, journal and wire.

Facts are for ever: add optional fields or a new kind, never rename or reuse one. Each fact belongs to one stream
(SAFETY I15): the tenant's, one account's, or one person's; folding a stream reads that stream only. Every desk gets the
tenant's, so nothing in it speaks of a person or an account (I25): who may do what stands in the account it is about,
and names and devices of somebody without a part in any of one's accounts come to one nowhere.
"""

from __future__ import annotations

from terminal.domain.fact.batch import BatchFact, BatchMoved, BatchOrdered, BatchTaken, GroupSaved
from terminal.domain.fact.book import (
    CombinationMoved,
    PositionEnded,
    PriceCorrected,
    ReportQuarantined,
    SettlementCorrected,
)
from terminal.domain.fact.conditional import (
    ConditionalChanged,
    ConditionalFact,
    ConditionalMissed,
    ConditionalMoved,
    ConditionalPlaced,
    ConditionalReleased,
    ConditionalShrunk,
    ConditionalTriggered,
    ConditionalWatched,
)
from terminal.domain.fact.control import (
    AccountTaken,
    AlertAcknowledged,
    AlertRaised,
    BarrierBegan,
    BarrierPassed,
    ConfirmationDecided,
    ConfirmationRequested,
    KillReleased,
    KillSwitched,
    LevelAcknowledged,
    LevelChanged,
    LevelReleased,
    LinkLost,
    Reconciled,
    ReleaseAsked,
    StrategyChanged,
    StrategyMarked,
    StrategyPaused,
    StrategyResumed,
    StrategyStarted,
    StrategyStopped,
    StrategyWinding,
)
from terminal.domain.fact.exercise import (
    ExerciseExpected,
    ExerciseFact,
    ExerciseMoved,
    ExerciseRequested,
    ExerciseWithdrawalSent,
)
from terminal.domain.fact.house import (
    FILING_FEE,
    AccountOpened,
    CashMoved,
    CommandDone,
    DaySettled,
    DeviceEnrolled,
    DocumentSaved,
    InstrumentListed,
    LimitsSet,
    PersonEnrolled,
    Role,
    RolesGranted,
    RunnerStarted,
    SpotQuoted,
)
from terminal.domain.fact.order import (
    CancelRecorded,
    CancelRefused,
    CancelWanted,
    ExternalOrderSeen,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
    OrderRejected,
    OrderSent,
    OrderUnknown,
    OrderVoided,
)
from terminal.domain.fact.otc import OtcBooked, OtcEnded, OtcFact, OtcMarked
from terminal.domain.fact.reversal import (
    ReversalBegan,
    ReversalFact,
    ReversalMoved,
    ReversalOpened,
    ReversalResumed,
)
from terminal.domain.fact.sandbox import SandboxRecorded
from terminal.domain.fact.statement import StatementReconciled, StatementRefused
from terminal.domain.fact.unit import UnitAssigned
from terminal.domain.stock import StocksStated

TenantFact = RunnerStarted | InstrumentListed | SpotQuoted | StocksStated

AccountFact = (
    AccountOpened
    | UnitAssigned
    | RolesGranted
    | LimitsSet
    | CashMoved
    | DaySettled
    | SettlementCorrected
    | PositionEnded
    | CombinationMoved
    | ReportQuarantined
    | StatementReconciled
    | StatementRefused
    | SandboxRecorded
    | OrderRecorded
    | OrderSent
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCancelled
    | OrderExpired
    | OrderUnknown
    | OrderVoided
    | OrderRefused
    | CancelWanted
    | CancelRecorded
    | CancelRefused
    | ExternalOrderSeen
    | ConfirmationRequested
    | ConfirmationDecided
    | ConditionalFact
    | ReversalFact
    | BatchFact
    | ExerciseFact
    | OtcFact
    | StrategyStarted
    | StrategyPaused
    | StrategyResumed
    | StrategyStopped
    | StrategyWinding
    | StrategyMarked
    | StrategyChanged
    | AccountTaken
    | AlertAcknowledged
    | LevelAcknowledged
    | LevelChanged
    | LevelReleased
    | KillSwitched
    | KillReleased
    | ReleaseAsked
    | AlertRaised
    | LinkLost
    | BarrierBegan
    | Reconciled
    | BarrierPassed
)

PersonFact = PersonEnrolled | DeviceEnrolled | DocumentSaved | GroupSaved | BatchOrdered

Fact = TenantFact | AccountFact | PersonFact | CommandDone

__all__ = [
    "FILING_FEE",
    "AccountFact",
    "AccountOpened",
    "AccountTaken",
    "AlertAcknowledged",
    "AlertRaised",
    "BarrierBegan",
    "BarrierPassed",
    "BatchFact",
    "BatchMoved",
    "BatchOrdered",
    "BatchTaken",
    "CancelRecorded",
    "CancelRefused",
    "CancelWanted",
    "CashMoved",
    "CombinationMoved",
    "CommandDone",
    "ConditionalChanged",
    "ConditionalFact",
    "ConditionalMissed",
    "ConditionalMoved",
    "ConditionalPlaced",
    "ConditionalReleased",
    "ConditionalShrunk",
    "ConditionalTriggered",
    "ConditionalWatched",
    "ConfirmationDecided",
    "ConfirmationRequested",
    "DaySettled",
    "DeviceEnrolled",
    "DocumentSaved",
    "ExerciseExpected",
    "ExerciseFact",
    "ExerciseMoved",
    "ExerciseRequested",
    "ExerciseWithdrawalSent",
    "ExternalOrderSeen",
    "Fact",
    "GroupSaved",
    "InstrumentListed",
    "KillReleased",
    "KillSwitched",
    "LevelAcknowledged",
    "LevelChanged",
    "LevelReleased",
    "LimitsSet",
    "LinkLost",
    "OrderAccepted",
    "OrderCancelled",
    "OrderExpired",
    "OrderFilled",
    "OrderRecorded",
    "OrderRefused",
    "OrderRejected",
    "OrderSent",
    "OrderUnknown",
    "OrderVoided",
    "OtcBooked",
    "OtcEnded",
    "OtcFact",
    "OtcMarked",
    "PersonEnrolled",
    "PersonFact",
    "PositionEnded",
    "PriceCorrected",
    "Reconciled",
    "ReleaseAsked",
    "ReportQuarantined",
    "ReversalBegan",
    "ReversalFact",
    "ReversalMoved",
    "ReversalOpened",
    "ReversalResumed",
    "Role",
    "RolesGranted",
    "RunnerStarted",
    "SandboxRecorded",
    "SettlementCorrected",
    "SpotQuoted",
    "StatementReconciled",
    "StatementRefused",
    "StocksStated",
    "StrategyChanged",
    "StrategyMarked",
    "StrategyPaused",
    "StrategyResumed",
    "StrategyStarted",
    "StrategyStopped",
    "StrategyWinding",
    "TenantFact",
    "UnitAssigned",
]
