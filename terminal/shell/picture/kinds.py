"""Name the facts that change the same lines of a screen."""

from __future__ import annotations

from terminal.domain.fact import facts as f

OfOrder = (
    f.OrderRecorded
    | f.OrderSent
    | f.OrderAccepted
    | f.OrderRejected
    | f.OrderFilled
    | f.OrderCancelled
    | f.OrderExpired
    | f.OrderUnknown
    | f.OrderVoided
    | f.CancelWanted
    | f.CancelRecorded
    | f.CancelRefused
)
OfStrategy = (
    f.StrategyStarted
    | f.StrategyPaused
    | f.StrategyResumed
    | f.StrategyStopped
    | f.StrategyWinding
    | f.StrategyMarked
    | f.StrategyChanged
)
OfMoney = (
    f.AccountOpened
    | f.CashMoved
    | f.DaySettled
    | f.SettlementCorrected
    | f.PositionEnded
    | f.CombinationMoved
    | f.ExerciseFact
)
OfStanding = (
    f.LinkLost
    | f.BarrierBegan
    | f.Reconciled
    | f.BarrierPassed
    | f.LevelChanged
    | f.LevelReleased
    | f.KillSwitched
    | f.KillReleased
    | f.StatementReconciled
    | f.LimitsSet
)
OfOtc = f.OtcFact | f.DaySettled | f.ConfirmationRequested | f.ConfirmationDecided | f.LimitsSet
